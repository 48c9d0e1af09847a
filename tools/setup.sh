#!/bin/sh
# Makes this machine ready: `setup.sh run` to run Dyżurka, `setup.sh test` to test it too,
# `setup.sh image` and
# `setup.sh box` to build the image and to boot it, `setup.sh roots` to build Debian roots. It says what it installs, installs only what is missing,
# and remembers in a stamp file that nothing was, so that the second time takes a second. Debian packages come from
# the machine's own sources and never replace others. PYTHON= names another Python 3.11 or newer.
set -eu
cd "$(dirname "$0")/.."

mode=${1:-run}
PATH=$PATH:/usr/sbin:/sbin  # where some of what is looked for lies, for root alone
say() { echo "setup: $*"; }

as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"

apt_get() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

# need COMMAND PACKAGE: notes the package if the command is missing.
missing=""
need() {
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

install_missing() {
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null 2>&1 || {
        say "missing:$missing; install them by hand, this is not a Debian machine" >&2
        exit 1
    }
    # A minimal Debian and a long unused one know no packages.
    if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; then
        say "apt-get update"
        apt_get update
    fi
    say "apt-get install$missing"
    # shellcheck disable=SC2086  # the packages are words
    apt_get install -y --no-install-recommends --no-remove $missing >/dev/null || {
        say "apt-get update, and once more"
        apt_get update
        # shellcheck disable=SC2086
        apt_get install -y --no-install-recommends --no-remove $missing >/dev/null
    }
    missing=""
}

spandsp_package() {
    if apt-cache show libspandsp2t64 >/dev/null 2>&1; then echo libspandsp2t64; else echo libspandsp2; fi
}

python_works() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

choose_python() {
    for python in "${PYTHON:-}" /usr/bin/python3 python3; do
        [ -n "$python" ] && python_works "$python" && return 0
        [ -z "${PYTHON:-}" ] || { say "$PYTHON is not Python 3.11 or newer" >&2; exit 1; }
    done
    return 1
}

set_up_python() {
    choose_python
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        missing="$missing python3-venv"
        install_missing
    fi
    extra=""
    [ "$mode" != test ] || extra="[test]"
    wanted=$( { "$python" -V; echo "$extra"; cat pyproject.toml "$0"; } | sha256sum | cut -d' ' -f1)
    if [ -x .venv/bin/dyzurka ] && python_works .venv/bin/python; then
        [ "$(cat ".setup-$mode" 2>/dev/null)" != "$wanted" ] || return 0
    else
        rm -rf .venv
        say "$python -m venv .venv"
        "$python" -m venv .venv
    fi
    say "pip install -e .$extra, into .venv"
    .venv/bin/python -m pip install --quiet -e ".$extra"
    echo "$wanted" > ".setup-$mode"
}

case $mode in
run | test)
    need espeak-ng espeak-ng
    need arecord alsa-utils  # for a modem whose sound is a USB sound card
    need update-ca-certificates ca-certificates
    # libspandsp2t64 from trixie on; it is no command.
    ls /usr/lib/*/libspandsp.so.2 >/dev/null 2>&1 || missing="$missing $(spandsp_package)"
    if [ "$mode" = test ]; then
        # A mobile's codec, to hear keys through.
        ls /usr/lib/*/libopencore-amrnb.so.0 >/dev/null 2>&1 || missing="$missing libopencore-amrnb0"
        need sipp sip-tester
        need baresip baresip
        need linphonec linphone-cli
        need sipsak sipsak
        if [ ! -x /usr/sbin/kamailio ]; then
            # The tests start their own: as a service it would take the port that `make run` wants.
            ! command -v systemctl >/dev/null 2>&1 || $as_root systemctl --quiet mask kamailio.service || true
            missing="$missing kamailio"
        fi
        need openssl openssl
        need ip iproute2
        need nft nftables
        need strace strace
        need chromium chromium
        [ -x /lib/nut/dummy-ups ] || missing="$missing nut-server"  # its daemons start only where nut.conf says so
        need rauc rauc
        need systemd-analyze systemd
        need mksquashfs squashfs-tools
        [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || missing="$missing fonts-dejavu-core"
        need cc gcc
        [ -e /usr/include/stdlib.h ] || missing="$missing libc6-dev"
    fi
    choose_python || missing="$missing python3 python3-venv"
    install_missing
    set_up_python
    if [ "$mode" = test ] && [ ! -x .cache/bin/RHVoice-test ]; then
        say "RHVoice for the tests, into .cache/rhvoice"
        tools/rhvoice-root.sh || { say "RHVoice cannot be had, so the tests cannot hear it: see above" >&2; exit 1; }
    fi
    ;;
image | box)
    need mmdebstrap mmdebstrap
    need arch-test arch-test
    need qemu-aarch64-static qemu-user-static
    need mcopy mtools
    need mkfs.vfat dosfstools
    need mksquashfs squashfs-tools
    need sfdisk fdisk
    need mke2fs e2fsprogs
    need depmod kmod
    need cpio cpio
    need xz xz-utils
    need zstd zstd
    need git git
    need rauc rauc
    need openssl openssl
    need make make
    need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu  # for a module of the kernel
    [ -e /usr/aarch64-linux-gnu/include/stdio.h ] || missing="$missing libc6-dev-arm64-cross"  # for image/rauc
    if [ "$mode" = box ]; then
        need qemu-system-aarch64 qemu-system-arm
        need qemu-img qemu-utils
    fi
    install_missing
    ;;
roots)
    need mmdebstrap mmdebstrap
    install_missing
    ;;
*)
    echo "usage: $0 run|test|image|box|roots" >&2
    exit 2
    ;;
esac
