#!/bin/sh
# Builds build/dyzurka_VERSION_ARCH.deb for Debian 13 and the Raspberry Pi OS made of it (Python 3.13).
#   tools/build-deb.sh [amd64|arm64]…     without a word: both
# DEB_DIR: another place than build/, DEB_ZIP: another compression than the smallest, for a test that wants it soon.
# Needs: .venv with pip (tools/setup.sh run), dpkg-deb. Runs nothing of the package, so any machine builds for both.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
into=${DEB_DIR:-build}
[ $# -gt 0 ] || set -- amd64 arm64
mkdir -p "$into"
for arch; do
    root=.cache/deb-$arch
    rm -rf "$root"
    mkdir -p "$root/DEBIAN"
    # A directory above the data, for a backup is put in their place by rename(2); /var/lib itself stays as Debian has it.
    tools/install-tree.sh "$root" --arch "$arch" --data /var/lib/dyzurka/data
    install -d "$root/etc/nftables.d" "$root/etc/avahi/services"
    install -m 644 packaging/deb/avahi.service "$root/etc/avahi/services/dyzurka.service"
    find "$root" -name __pycache__ -prune -exec rm -rf {} +
    chmod -R u=rwX,go=rX "$root/usr" "$root/etc"
    for script in config preinst postinst prerm postrm; do
        install -m 755 "packaging/deb/$script" "$root/DEBIAN/$script"
    done
    install -m 644 packaging/deb/templates "$root/DEBIAN/templates"
    echo /etc/avahi/services/dyzurka.service > "$root/DEBIAN/conffiles"
    size=$(du -k -s --exclude=DEBIAN "$root" | cut -f1)
    sed "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@SIZE@/$size/" packaging/deb/control > "$root/DEBIAN/control"
    dpkg-deb --root-owner-group -Z${DEB_ZIP:-xz} --build "$root" "$into/dyzurka_${version}_$arch.deb" > /dev/null
    rm -rf "$root"
    echo "build-deb: $into/dyzurka_${version}_$arch.deb"
done
