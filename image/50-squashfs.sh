#!/bin/sh
# Leaves: .cache/image/root.squashfs, a slot's root, the same bytes for the same input.
# Needs: 40-tree. SQUASH_LEVEL: zstd's, 1 to 22; ./build.sh --card takes a quick one.
# Proved by: tests/box, every boot (`/` is a squashfs and read-only).
. image/lib.sh
STEP=50-squashfs

level=${SQUASH_LEVEL:-22}
if made squashfs "$(cat "$CACHE/tree.made" "$CACHE/keyring.made" image/50-squashfs.sh)" "$level" "$SOURCE_DATE_EPOCH"; then exit 0; fi
rm -f "$CACHE/root.squashfs"
# One moment for every file: SOURCE_DATE_EPOCH (image/lib.sh).
env -u SOURCE_DATE_EPOCH mksquashfs "$CACHE/tree" "$CACHE/root.squashfs" -comp zstd -Xcompression-level "$level" -b 256K -noappend \
    -no-progress -quiet -mkfs-time "$SOURCE_DATE_EPOCH" -all-time "$SOURCE_DATE_EPOCH" > /dev/null
size=$(stat -c %s "$CACHE/root.squashfs")
[ "$size" -le $((ROOT_MIB * 1024 * 1024)) ] || { say "the root has $((size / 1048576)) MiB, its partition $ROOT_MIB" >&2; exit 1; }
say "root.squashfs: $((size / 1048576)) MiB"
done_with squashfs
