# What every step knows. Sourced by build.sh's steps; runs nothing.
# shellcheck shell=sh disable=SC2034
set -eu
PATH=$PATH:/usr/sbin:/sbin

ARCH=arm64
SUITE=trixie
CACHE=${CACHE:-$PWD/.cache/image}
BUILD=${BUILD:-$PWD/build}
DISK_ID=64797a75 # "dyzu": the partitions are PARTUUID=64797a75-01 to -04 on every medium
# Sizes in MiB; image/README.md tells what lies where.
FIRMWARE_MIB=384 ROOT_MIB=512 DATA_MIB=256
VERSION=$(sed -n 's/^VERSION = "\(.*\)"/\1/p' appliance/__init__.py)
# What the root's tree takes from this repository, and one moment for every file of the image: that of the last change to
# what it is made from. Each step that stamps with it has it among what it is made of.
SOURCES="appliance hardware webui systemd docs examples pyproject.toml CHANGELOG.md README.md LICENSE image/files image/rauc"
# shellcheck disable=SC2086  # a list
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct -- $SOURCES image tools/install-tree.sh 2>/dev/null || echo 1700000000)}
export SOURCE_DATE_EPOCH

# The kernel's command line on a board; SLOT is the slot's letter. The consoles are the serial ports that the kernel's own
# device trees have on the header (Pi 3 and 4: ttyS1, for ttyAMA0 is their Bluetooth's; Pi 5: ttyAMA10) and those of others.
CMDLINE="dyzurka.slot=SLOT console=ttyAMA0,115200 console=ttyAMA10,115200 console=ttyS0,115200 console=ttyS1,115200 console=tty1 panic=10 quiet"

say() { echo "${STEP:-build}: $*"; }

# The mirror that this machine has its own packages from.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | sort -u | head -n 1
}

# made NAME INPUT…: whether NAME was made of exactly this before; otherwise remembers it for `done_with`.
made() {
    name=$1
    shift
    wanted=$(printf '%s\n' "$*" | sha256sum | cut -d' ' -f1)
    [ "$(cat "$CACHE/$name.made" 2>/dev/null)" = "$wanted" ]
}
done_with() { echo "$wanted" > "$CACHE/$1.made"; }

# hash FILE|DIRECTORY…: of contents and names; what git does not track is no input.
hash() { git ls-files -s -- "$@" 2>/dev/null | sha256sum; git diff HEAD -- "$@" 2>/dev/null | sha256sum; }
