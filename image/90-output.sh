#!/bin/sh
# Leaves in build/: dyzurka-VERSION.img.zst, .img.zst.sha256, .rpi-imager.json (its manifest), .spdx.json (what is in it),
# .reproducible.txt (what may differ between two builds of the same source).
# Needs: 60-card.
# Proved by: tests/box/test_output.py (checksums, sizes, the SBOM names every package, two builds agree).
. image/lib.sh
STEP=90-output

image=dyzurka-$VERSION
card=$BUILD/$image.img out=$BUILD/$image.img.zst
if made output "$(cat "$CACHE/card.made" image/90-output.sh tools/image-papers.py)$ZSTD_LEVEL" && [ -e "$out" ]; then exit 0; fi
say "zstd -$ZSTD_LEVEL"
nice zstd -q -T0 "-$ZSTD_LEVEL" -f "$card" -o "$out"
size=$(stat -c %s "$out")
[ "$size" -le 188743680 ] || say "the image has $((size / 1048576)) MiB, more than the 180 it may have" >&2
python3 tools/image-papers.py "$card" "$out" "$CACHE/packages.txt" ".cache/wheels-$ARCH" "$VERSION" "$SOURCE_DATE_EPOCH" image/kernel.version
cat > "$BUILD/$image.reproducible.txt" <<END
Two builds of this source are the same, byte for byte, where these are:
- the moment: SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH (that of the last commit to what the image is made from, unless it is given)
- Debian's packages: $(sha256sum < "$CACHE/packages.txt" | cut -c1-16), of $(wc -l < "$CACHE/packages.txt") lines of packages.txt (in the .spdx.json)
- the kernel and the firmware: $(cd "$CACHE/debs" && for each in linux-binary-* raspi-firmware*; do echo "$each"; done | tr '\n' ' ')
- the Python libraries: $(ls ".cache/wheels-$ARCH" | sha256sum | cut -c1-16), the names of the wheels (in the .spdx.json)
- whose updates are trusted: $(sha256sum < "$CACHE/tree/etc/rauc/keyring.pem" | cut -c1-16), of the keyring (docs/updates.md)
- the builder's tools: $(mksquashfs -version | sed -n '1s/mksquashfs //p'); $(zstd -V | tr -d '*'); $(mke2fs -V 2>&1 | head -n 1); $(mkfs.vfat --help 2>&1 | head -n 1 || true)
END
(cd "$BUILD" && sha256sum "$image.img.zst" > "$image.img.zst.sha256")
say "$out: $((size / 1048576)) MiB"
done_with output
