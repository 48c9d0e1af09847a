#!/bin/sh
# Leaves: .cache/image/root, a configured Debian root with what the box needs and nothing of ours, and packages.txt.
# Needs: mmdebstrap, qemu-user-static (the packages' own scripts run emulated: most of a cold build's time).
# Proved by: tests/box, every boot.
. image/lib.sh
STEP=10-root
packages=$(sed 's/#.*//' image/packages.txt | tr -s ' \n' ',,' | sed 's/^,//; s/,$//')
if made root "$packages" "$(cat image/10-root.sh)"; then exit 0; fi
# The kernel hands arm64 programs to qemu. It is told so here where nobody has told it yet.
if ! arch-test arm64 > /dev/null 2>&1; then
    [ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    sed 's#:/usr/libexec[^:]*:.*#:/usr/bin/qemu-aarch64-static:FC#' /usr/lib/binfmt.d/qemu-aarch64.conf \
        > /proc/sys/fs/binfmt_misc/register
fi
say "mmdebstrap $SUITE $ARCH: about 10 minutes the first time"
# Nobody reads manuals on a box, or the names of every maker's hardware; licences stay.
mmdebstrap --quiet --mode=root --architectures=$ARCH --variant=minbase --format=directory \
    --components=main,contrib,non-free,non-free-firmware \
    --aptopt='APT::Install-Recommends "false"' --aptopt='APT::Sandbox::User "root"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/i18n/*' \
    --dpkgopt='path-exclude=/usr/share/lintian/*' --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' --dpkgopt=force-unsafe-io \
    --include="$packages" \
    --customize-hook='chroot "$1" dpkg-query -W -f "\${Package} \${Version} \${Architecture} \${source:Package} \${source:Version}\n" > '"$CACHE/packages.txt" \
    --customize-hook='rm -rf "$1/var/lib/apt/lists" "$1/var/cache/apt" "$1/var/log/apt"' \
    $SUITE "$CACHE/root.new" "$(mirror)"
rm -rf "$CACHE/root"
mv "$CACHE/root.new" "$CACHE/root"
done_with root
