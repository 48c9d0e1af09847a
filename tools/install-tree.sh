#!/bin/sh
# Puts Dyżurka into a root directory of Debian 13 (trixie, Python 3.13), without running anything in it: the root may be
# of another architecture.
#   tools/install-tree.sh ROOT [--arch arm64|amd64] [--data DIR]
# Needs: .venv with pip (tools/setup.sh run). The libraries come as wheels from where this machine's pip takes its own,
# once, into .cache/wheels-ARCH.
# Leaves in ROOT: /usr/lib/dyzurka (program and Python libraries), /usr/bin/dyzurka, the units with their users,
# directories, udev rules and nftables, drop-ins for the journal and the clock, /usr/share/doc/dyzurka.
# Byte code is not made: `python3.13 -m compileall` over /usr/lib/dyzurka/lib is the caller's.
set -eu
cd "$(dirname "$0")/.."

root=$1
shift
arch=arm64 data=/data/dyzurka
while [ $# -gt 0 ]; do
    case $1 in
    --arch) arch=$2 ;;
    --data) data=$2 ;;
    *) echo "install-tree: $1?" >&2; exit 2 ;;
    esac
    shift 2
done
case $arch in
arm64) machine=aarch64 ;;
amd64) machine=x86_64 ;;
*) echo "install-tree: no wheels for $arch" >&2; exit 2 ;;
esac

python=.venv/bin/python
wheels=.cache/wheels-$arch
lib=$root/usr/lib/dyzurka

# The libraries that pyproject.toml asks for. Its markers are of Python versions, and 3.13 wants every one of them.
requirements=$($python -c 'import tomllib
wanted = tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]
print("\n".join(each.split(";")[0].strip() for each in wanted))')
for_box="--only-binary=:all: --implementation cp --python-version 3.13 --abi cp313 --abi abi3 --abi none
    --platform manylinux_2_28_$machine --platform manylinux_2_17_$machine --platform manylinux2014_$machine"
if [ "$(cat "$wheels/wanted.txt" 2>/dev/null)" != "$requirements" ]; then
    echo "install-tree: pip download, for Python 3.13 on $machine, into $wheels"
    rm -rf "$wheels"
    mkdir -p "$wheels"
    echo "$requirements" > "$wheels/asked.txt"
    # shellcheck disable=SC2086  # the options are words
    $python -m pip download --quiet --quiet --disable-pip-version-check --dest "$wheels" $for_box -r "$wheels/asked.txt"
    mv "$wheels/asked.txt" "$wheels/wanted.txt"
fi

echo "install-tree: program and libraries, into $lib"
rm -rf "$lib"
mkdir -p "$lib/lib" "$lib/bin"
for wheel in "$wheels"/*.whl; do $python -m zipfile -e "$wheel" "$lib/lib"; done  # that is all that installing them is
# What of the libraries no building asks for: other languages' dates, where in the world a number is, and tests.
find "$lib/lib/babel/locale-data" -type f ! -name 'root.dat' ! -name 'pl*.dat' ! -name 'en.dat' ! -name 'en_GB.dat' \
    ! -name 'en_US.dat' -delete
rm -rf "$lib/lib/phonenumbers/geodata" "$lib/lib/phonenumbers/carrierdata" "$lib/lib/phonenumbers/tzdata" \
    "$lib/lib/pytz/zoneinfo"
tar --exclude='__pycache__' -cf - appliance hardware webui | tar -C "$lib/lib" --no-same-owner -xf -
cp LICENSE "$lib/"

# Python is asked not to look anywhere else (-I), and finds the libraries beside the program.
for each in "dyzurka appliance.cli" "dyzurka-page webui.serve" "dyzurka-update-helper appliance.updating.helper" \
    "dyzurka-compile webui.compiling"; do
    # shellcheck disable=SC2086
    set -- $each
    cat > "$lib/bin/$1" <<END
#!/usr/bin/python3 -IB
import os, sys
sys.path.insert(0, "/usr/lib/dyzurka/lib")
os.environ["PYTHONPATH"] = "/usr/lib/dyzurka/lib"  # where the helpers that it starts find themselves
from $2 import main
sys.exit(main())
END
    chmod 755 "$lib/bin/$1"
done

place() { install -D -m "$1" "$2" "$root$3"; }
placed_for() { mkdir -p "$root$(dirname "$3")"; sed "s#/data/dyzurka#$data#g; s#^\(d \|ReadWritePaths=\)/data\( \|$\)#\1$(dirname "$data")\2#" "$2" > "$root$3"; chmod "$1" "$root$3"; }
placed_for 644 systemd/environment /usr/lib/dyzurka/environment
place 755 systemd/dyzurka /usr/bin/dyzurka
for unit in exchange.service web.service web.socket firewall.service; do
    placed_for 644 "systemd/dyzurka-$unit" "/usr/lib/systemd/system/dyzurka-$unit"
done
placed_for 644 systemd/dyzurka.sysusers /usr/lib/sysusers.d/dyzurka.conf
placed_for 644 systemd/dyzurka.tmpfiles /usr/lib/tmpfiles.d/dyzurka.conf
for rules in systemd/*.rules; do place 644 "$rules" "/usr/lib/udev/rules.d/$(basename "$rules")"; done
place 644 systemd/dyzurka-journald.conf /usr/lib/systemd/journald.conf.d/dyzurka.conf
place 644 systemd/dyzurka-timesyncd.conf /usr/lib/systemd/timesyncd.conf.d/dyzurka.conf
place 755 systemd/dyzurka.nft /usr/share/dyzurka/nftables.conf
mkdir -p "$root/usr/share/doc/dyzurka"
cp -R docs/*.md examples CHANGELOG.md README.md LICENSE "$root/usr/share/doc/dyzurka/"
