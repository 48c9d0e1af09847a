#!/bin/sh
# Travels in the bundle and runs on the box, once RAUC has written the other root: puts that slot's kernel, initrd and
# device trees onto the boot partition. Slot and files are the other ones: nothing that runs is touched.
set -eu
[ "${1:-}" = slot-post-install ] || exit 0

boot=/firmware
slot=$RAUC_SLOT_BOOTNAME
from=$(dirname "$RAUC_IMAGE_NAME")/boot
case $slot in A | B) ;; *) echo "$slot is no slot" >&2; exit 1 ;; esac
[ "$slot" != "$(cat /run/dyzurka/slot)" ] || { echo "slot $slot runs" >&2; exit 1; }

mount -o remount,rw "$boot"
trap 'sync; mount -o remount,ro "$boot"' EXIT

rm -rf "${boot:?}/$slot"
mkdir "$boot/$slot"
cp "$from"/* "$boot/$slot/"
sed "s/dyzurka\.slot=[AB]/dyzurka.slot=$slot/" "$from/cmdline.txt" > "$boot/$slot/cmdline.txt"
sync
for each in "$from"/*; do
    name=$(basename "$each")
    [ "$name" = cmdline.txt ] || cmp "$each" "$boot/$slot/$name"
done
