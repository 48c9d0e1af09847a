#!/bin/sh
# Leaves: in .cache/image/kernel the module dyzurka_firmware (image/module): the mainline kernel, unlike the Raspberry Pi's
# own, passes `reboot '0 tryboot'` on to nobody, and does not tell of a weak power supply.
# Needs: 20-kernel and the headers of the same version; 10-root and qemu for the kernel's build tools, which are for arm64.
# Proved by: tests/box/test_raspi3b.py (it loads, and the firmware is asked); that a board then starts tryboot.txt, only
# a board can prove (docs/hardware.md).
. image/lib.sh
STEP=25-firmware-module

version=$(cat image/kernel.version)
abi=${version%%-*}+deb13-$ARCH
to=$CACHE/kernel/lib/modules/$abi/updates
if made module "$(cat "$CACHE/kernel.made" image/25-firmware-module.sh image/module/*)" && [ -e "$to/dyzurka_firmware.ko" ]; then exit 0; fi

debs=$CACHE/debs apt=$CACHE/apt
wanted_debs="linux-headers-$abi linux-headers-${abi%-"$ARCH"}-common linux-kbuild-${abi%-"$ARCH"}"
missing=""
for each in $wanted_debs; do
    ls "$debs/$each"_*.deb > /dev/null 2>&1 || missing="$missing $each=$version"
done
if [ -n "$missing" ]; then
    say "apt-get download$missing"
    export APT_CONFIG="$apt/apt.conf"
    [ -d "$apt/lists/partial" ] && ls "$apt"/lists/*Packages* > /dev/null 2>&1 || apt-get -qq update
    # shellcheck disable=SC2086
    (cd "$debs" && apt-get -qq download $missing) || {
        say "the headers of $version are gone from $SUITE-backports and not kept in $debs: see 20-kernel" >&2
        exit 1
    }
fi
headers=$CACHE/headers source=$headers/usr/src/linux-headers-$abi
rm -rf "$headers" "$CACHE/module"
mkdir -p "$headers" "$to"
for each in $wanted_debs; do dpkg-deb -x "$(ls "$debs/$each"_*.deb)" "$headers"; done
sed -i "s# /usr/src/# $headers/usr/src/#; s#=/usr/src/#=$headers/usr/src/#" "$source/Makefile"
cp -R image/module "$CACHE/module"
# The kernel was made by a newer gcc; what this one does not know changes nothing of such a small module.
QEMU_LD_PREFIX=$CACHE/root make -s -C "$source" M="$CACHE/module" ARCH=$ARCH CROSS_COMPILE=aarch64-linux-gnu- \
    CC=aarch64-linux-gnu-gcc CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT= CONFIG_DEBUG_INFO_BTF_MODULES= modules
aarch64-linux-gnu-strip --strip-debug "$CACHE/module/dyzurka_firmware.ko"
install -m 644 "$CACHE/module/dyzurka_firmware.ko" "$to/"
depmod -b "$CACHE/kernel" "$abi" 2>&1 | grep -v 'needs unknown symbol' | head -n 3 || true
rm -rf "$headers" "$CACHE/module"
done_with module
