#!/bin/sh
# Leaves: .cache/image/initrd.zst: busybox, the modules of image/initrd/modules with what they depend on, image/initrd/init.
# Needs: 20-kernel.
# Proved by: tests/box, every boot; the growing partition and the choice of slot by tests of their own.
. image/lib.sh
STEP=30-initrd

if made initrd "$(cat "$CACHE/kernel.made" image/30-initrd.sh image/initrd/*)" "$SOURCE_DATE_EPOCH"; then exit 0; fi

abi=$(ls "$CACHE/kernel/lib/modules") tree=$CACHE/initrd
rm -rf "$tree"
mkdir -p "$tree/bin" "$tree/etc" "$tree/lib/modules/$abi"
cp "$CACHE/busybox" "$tree/bin/busybox"
install -m 755 image/initrd/init "$tree/init"
echo "$DISK_ID" > "$tree/etc/disk-id"
: > "$tree/etc/modules"
for module in $(sed 's/#.*//' image/initrd/modules); do
    paths=$(modprobe -d "$CACHE/kernel" -S "$abi" --show-depends "$module" 2> /dev/null | awk '$1 == "insmod" { print $2 }') || true
    [ -n "$paths" ] || { modprobe -d "$CACHE/kernel" -S "$abi" --show-depends "$module" > /dev/null 2>&1 || say "no module $module"; continue; }
    for path in $paths; do
        to=$tree/${path#"$CACHE/kernel/"}
        to=${to%.xz}
        [ -e "$to" ] && continue
        mkdir -p "$(dirname "$to")"
        xz -dc "$path" > "$to"
    done
    echo "$module" >> "$tree/etc/modules"
done
cp "$CACHE/kernel/lib/modules/$abi/modules.builtin" "$CACHE/kernel/lib/modules/$abi/modules.order" "$tree/lib/modules/$abi/"
depmod -b "$tree" "$abi" 2> /dev/null
find "$tree" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
(cd "$tree" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) | zstd -q -19 -f -o "$CACHE/initrd.zst"
size=$(stat -c %s "$CACHE/initrd.zst")
[ "$size" -gt 500000 ] || { say "the initrd is empty" >&2; exit 1; }
done_with initrd
