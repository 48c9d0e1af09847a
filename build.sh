#!/bin/sh
# Builds the SD card image of Dyżurka for the Raspberry Pi 3, 4 and 5 (Debian 13, arm64), on any Debian 12 or 13, as root.
#
#   ./build.sh             build/dyzurka-VERSION.img.zst, its checksum, the rpi-imager manifest, the list of what is in it
#   ./build.sh --card      build/dyzurka-VERSION.img only, for `make box-test`: quicker, larger
#   ./build.sh --list      the steps, and which of them would run
#   ./build.sh --help
#
# The steps lie in image/, one file each; what came out of them is kept in .cache/image and made again when what went
# in has changed. Cold it takes about 15 minutes on two cores, most of it Debian's packages setting themselves up in
# emulation; four to five when only our own code has changed, seconds when nothing has. No loop devices, nothing of this machine is touched but for binfmt_misc, which is told
# of arm64. CACHE=, BUILD= name other places.
set -eu
cd "$(dirname "$0")"

usage() { sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" | sed '$d'; }
last=90
case ${1:-} in
"") ;;
--card) last=60 SQUASH_LEVEL=${SQUASH_LEVEL:-6} && export SQUASH_LEVEL ;;
--list) for step in image/[0-9]*.sh; do echo "$(basename "$step"): $(sed -n '2s/^# //p' "$step")"; done; exit 0 ;;
-h | --help) usage; exit 0 ;;
*) usage >&2; exit 2 ;;
esac
[ "$(id -u)" -eq 0 ] || exec sudo --preserve-env=CACHE,BUILD "$0" "$@"

tools/setup.sh run
tools/setup.sh image
. image/lib.sh
mkdir -p "$CACHE" "$BUILD"
export CACHE BUILD ZSTD_LEVEL="${ZSTD_LEVEL:-19}"
steps=$(ls image/[0-9]*.sh)
count=$(echo "$steps" | wc -l)
began=$(date +%s) number=0
for step in $steps; do
    number=$((number + 1))
    place=$(basename "$step" | cut -c1-2)
    [ "$place" -le "$last" ] || continue
    at=$(date +%s)
    echo "build: [$number/$count] $(basename "$step" .sh)"
    "$step"
    took=$(($(date +%s) - at))
    [ $took -lt 2 ] || echo "build: $(basename "$step" .sh) took $took s"
done
echo "build: done in $(($(date +%s) - began)) s"
