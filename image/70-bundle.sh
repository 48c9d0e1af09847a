#!/bin/sh
# Leaves: build/dyzurka-VERSION.raucb, the signed update: a slot's root, and its kernel, initrd and device trees.
# Needs: 50-squashfs, 30-initrd, 20-kernel; rauc; a key (image/update-key.sh). BUNDLE_VERSION names another version, for tests
# of updates; NEWS is the line that the page shows.
# Proved by: tests/box/test_update.py (from A to B, a bad one back, power cuts).
. image/lib.sh
STEP=70-bundle
. image/update-key.sh

version=${BUNDLE_VERSION:-$VERSION} root=${BUNDLE_ROOT:-$CACHE/root.squashfs}
out=$BUILD/dyzurka-$version.raucb
if made "bundle-$version" "$(cat "$CACHE/squashfs.made" "$CACHE/kernel.made" "$CACHE/initrd.made" image/70-bundle.sh image/bundle/* "$cert")" \
    "$root" "${NEWS:-}" && [ -e "$out" ]; then exit 0; fi

content=$CACHE/bundle
rm -rf "$content"
mkdir -p "$content/boot" "$BUILD"
ln "$root" "$content/rootfs.img" 2> /dev/null || cp "$root" "$content/rootfs.img"
cp "$CACHE/kernel/vmlinuz.gz" "$CACHE/initrd.zst" "$CACHE/kernel/dtb/"*.dtb "$content/boot/"
echo "$CMDLINE" | sed 's/SLOT/A/' > "$content/boot/cmdline.txt"
echo "$version" > "$content/boot/version"
install -m 755 image/bundle/hook.sh "$content/hook.sh"
cat > "$content/manifest.raucm" <<END
[update]
compatible=dyzurka-raspberrypi-arm64
version=$version
description=${NEWS:-}

[bundle]
format=verity

[hooks]
filename=hook.sh

[image.rootfs]
filename=rootfs.img
hooks=post-install
END
find "$content" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
rm -f "$out" "$out.new"
# All of it is compressed already.
nice rauc --cert="$cert" --key="$key" bundle --mksquashfs-args="-noI -noD -noF -noX" "$content" "$out.new" 2> "$CACHE/rauc.log" || {
    cat "$CACHE/rauc.log" >&2
    exit 1
}
mv "$out.new" "$out"
rm -rf "$content"
say "$out: $(($(stat -c %s "$out") / 1048576)) MiB, signed by $(openssl x509 -noout -subject -nameopt multiline -in "$cert" | sed -n 's/ *commonName *= //p')"
done_with "bundle-$version"
