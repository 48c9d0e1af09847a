#!/bin/sh
# Runs the unit tests and scenarios under Python 3.13, in a Debian trixie root of its own (.cache/trixie).
# The tree is copied in, so nothing here is touched. Arguments: these tests only. The peers' tests stay with `make test`.
set -eu
cd "$(dirname "$0")/.."

root=$PWD/.cache/trixie
tools/setup.sh roots
tools/debian-root.sh make trixie "$root" main python3 python3-venv ca-certificates espeak-ng procps systemd openssl rauc \
    squashfs-tools nut-server libspandsp2t64 libopencore-amrnb0
copy=$PWD/.cache/trixie-tree
rm -rf "$copy"
mkdir -p "$copy"
tar --exclude=./.git --exclude='./.venv*' --exclude=./.cache --exclude=./dyzurka-data --exclude='./.*_cache' \
    --exclude='./.setup-*' --exclude='*.egg-info' -cf - . | tar -C "$copy" -xf -
mkdir -p "$root/dyzurka"
# shellcheck disable=SC2016  # expanded inside
tools/debian-root.sh run "$root" --bind "$copy:/tree" -- sh -euc '
    rm -rf /dyzurka/tree
    cp -a /tree /dyzurka/tree
    cd /dyzurka/tree
    [ -x /dyzurka/venv/bin/python ] || python3 -m venv /dyzurka/venv
    echo "test-trixie: pip install -e .[test], $(python3 -V)"
    /dyzurka/venv/bin/python -m pip install --quiet -e ".[test]"
    tests=$*
    [ -n "$tests" ] || for each in tests/unit tests/lines tests/scenarios tests/hardware; do [ ! -d "$each" ] || tests="$tests $each"; done
    exec /dyzurka/venv/bin/python -m pytest -o cache_dir=/dyzurka/pytest-cache -n 3 --dist loadfile $tests
' sh "$@"
