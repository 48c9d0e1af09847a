#!/bin/sh
# Installs, upgrades, removes and purges the package in a Debian 13 root of its own (.cache/deb-root), amd64, and looks
# after each step at what must hold; the installed exchange is run there, too. Says "ok" or "FAILED" a line; exits with
# 1 where something failed. No systemd runs inside: what only it shows (sandbox, watchdog) it does not show.
#   tools/test-deb.sh [OLD.deb]     the package to upgrade from; without: this tree under a lower version
set -eu
cd "$(dirname "$0")/.."

base=$PWD/.cache/deb-root packages=$PWD/.cache/deb-test
tools/setup.sh roots
tools/debian-root.sh make trixie "$base" main python3 systemd udev init-system-helpers debconf libspandsp2t64 nftables \
    espeak-ng alsa-utils openssl ca-certificates util-linux tzdata openssh-server procps
rm -rf "$packages"
mkdir -p "$packages/old" "$packages/new"
DEB_ZIP=gzip DEB_DIR=$packages/new tools/build-deb.sh amd64
if [ $# -gt 0 ]; then
    cp "$1" "$packages/old/"
else
    # The same under a lower version, with a module that the newer one has not.
    dpkg-deb -R "$packages"/new/*.deb "$packages/tree"
    sed -i 's/^Version: .*/Version: 0.0.1/' "$packages/tree/DEBIAN/control"
    echo "# of a version before" > "$packages/tree/usr/lib/dyzurka/lib/appliance/of_before.py"
    dpkg-deb --root-owner-group -Zgzip --build "$packages/tree" "$packages/old/dyzurka_0.0.1_amd64.deb" > /dev/null
    rm -rf "$packages/tree"
fi
cp tools/deb-steps.sh "$packages/"

# A fresh copy each time: the root that was made stays as it is.
root=$PWD/.cache/deb-run
rm -rf "$root"
cp -a --reflink=auto "$base" "$root"
echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/test" # a root that is thrown away need not be on the disk
status=0
tools/debian-root.sh run "$root" --bind "$packages:/packages" -- sh /packages/deb-steps.sh || status=$?
rm -rf "$root"
exit "$status"
