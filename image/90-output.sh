#!/bin/sh
# Leaves in build/: dyzurka-VERSION.img.zst, .img.zst.sha256, .rpi-imager.json (its manifest), .spdx.json (what is in it),
# .reproducible.txt (what may differ between two builds of the same source).
# Needs: 60-card.
# Proved by: tests/box/test_output.py (checksums, sizes, the SBOM names every package, two builds agree).
. image/lib.sh
STEP=90-output

name=dyzurka-$VERSION
card=$BUILD/$name.img out=$BUILD/$name.img.zst
if made output "$(cat "$CACHE/card.made" image/90-output.sh tools/image-papers.py)$ZSTD_LEVEL" && [ -e "$out" ]; then exit 0; fi
say "zstd -$ZSTD_LEVEL"
nice zstd -q -T0 "-$ZSTD_LEVEL" -f "$card" -o "$out"
size=$(stat -c %s "$out")
[ "$size" -le 188743680 ] || say "the image has $((size / 1048576)) MiB, more than the 180 it may have" >&2
python3 tools/image-papers.py "$card" "$out" "$CACHE/packages.txt" ".cache/wheels-$ARCH" "$VERSION" "$SOURCE_DATE_EPOCH" image/kernel.version
(cd "$BUILD" && sha256sum "$name.img.zst" > "$name.img.zst.sha256")
say "$out: $((size / 1048576)) MiB"
done_with output
