#!/bin/sh
# Leaves: build/dyzurka-VERSION.img, the card: firmware partition, root A, an empty root B for the first
# update, data. No loop device is used: each partition is a file, written to its place.
# Needs: 20-kernel, 30-initrd, 50-squashfs; mtools, mke2fs, sfdisk.
# Proved by: tests/box (layout, first boot, growing).
. image/lib.sh
STEP=60-card

out=$BUILD/dyzurka-$VERSION.img
mkdir -p "$BUILD"
if made card "$(cat "$CACHE/squashfs.made" "$CACHE/kernel.made" "$CACHE/initrd.made" image/60-card.sh image/config.txt image/lib.sh)" \
    && [ -e "$out" ]; then exit 0; fi

MIB=1048576
boot=$CACHE/boot
rm -rf "$boot"
mkdir -p "$boot"
cp -a "$CACHE/firmware/." "$boot/"
echo "A=g B=b" > "$boot/slots" # image/files/usr/lib/dyzurka/bootslot
rm -rf "$boot/overlays" "$boot"/*_db.* "$boot"/*4db.* "$boot"/*_x.* "$boot"/*4x.*
cp image/config.txt "$boot/config.txt"
sed 's/^os_prefix=.*/os_prefix=B\//' image/config.txt > "$boot/tryboot.txt"
for slot in A; do # B comes with the first update
    mkdir "$boot/$slot"
    cp "$CACHE/kernel/vmlinuz.gz" "$CACHE/initrd.zst" "$CACHE/kernel/dtb/"*.dtb "$boot/$slot/"
    echo "$CMDLINE" | sed "s/SLOT/$slot/" > "$boot/$slot/cmdline.txt"
    echo "$VERSION" > "$boot/$slot/version"
done
find "$boot" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
fat=$CACHE/firmware.fat
rm -f "$fat"
truncate -s ${FIRMWARE_MIB}M "$fat"
mkfs.vfat --invariant -F 32 -n DYZBOOT -i "$DISK_ID" "$fat" > /dev/null
# shellcheck disable=SC2046
TZ=UTC MTOOLS_SKIP_CHECK=1 mcopy -s -m -i "$fat" "$boot"/* ::

rm -f "$CACHE/data.ext4"
truncate -s ${DATA_MIB}M "$CACHE/data.ext4"
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -t ext4 -L dyzdata -m 1 -U 64797a75-6461-7461-8000-000000000001 \
    -E hash_seed=64797a75-6461-7461-8000-000000000002,lazy_itable_init=0,resize=33554432 -O ^orphan_file,metadata_csum "$CACHE/data.ext4"

start_a=$((4 + FIRMWARE_MIB)) start_b=$((4 + FIRMWARE_MIB + ROOT_MIB)) start_data=$((4 + FIRMWARE_MIB + 2 * ROOT_MIB))
rm -f "$out.new"
truncate -s "$(((start_data + DATA_MIB) * MIB))" "$out.new"
sfdisk --quiet "$out.new" <<END
label: dos
label-id: 0x$DISK_ID
unit: sectors
start=8192, size=$((FIRMWARE_MIB * 2048)), type=c, bootable
start=$((start_a * 2048)), size=$((ROOT_MIB * 2048)), type=83
start=$((start_b * 2048)), size=$((ROOT_MIB * 2048)), type=83
start=$((start_data * 2048)), size=$((DATA_MIB * 2048)), type=83
END
put() { dd if="$1" of="$out.new" bs=1M seek="$2" conv=notrunc,sparse status=none; }
put "$fat" 4
put "$CACHE/root.squashfs" "$start_a"
put "$CACHE/data.ext4" "$start_data"
mv "$out.new" "$out"
say "$out: $((start_data + DATA_MIB)) MiB, $(du -m "$out" | cut -f1) on disk"
done_with card
