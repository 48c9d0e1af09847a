#!/bin/sh
# Makes a Debian root directory and runs commands in it, without leaving a trace on the machine: what it mounts it
# mounts in a mount namespace of its own.
#   debian-root.sh make RELEASE DIRECTORY COMPONENTS PACKAGE…     once; the second time it is there
#   debian-root.sh run DIRECTORY [--bind PATH[:INSIDE]]… -- COMMAND…
# DIRECTORY is outside of nothing else's reach: name, certificates and pip settings of this machine are copied in.
set -eu

if [ "$(id -u)" -ne 0 ]; then
    exec sudo --preserve-env "$0" "$@"
fi
action=$1
shift

if [ "$action" = make ]; then
    release=$1 root=$2 components=$3
    shift 3
    [ ! -f "$root/.made" ] || [ "$(cat "$root/.made")" != "$release $components $*" ] || exit 0
    rm -rf "$root"
    mkdir -p "$(dirname "$root")"
    packages=$(echo "$*" | tr ' ' ',')
    echo "debian-root: mmdebstrap $release with $*, into $root"
    # From where this machine has its own packages.
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | sort -u | head -n 1)
    mmdebstrap --quiet --variant=minbase --components="$components" --include="$packages" \
        "$release" "$root" "${mirror:?apt knows no source of packages}"
    echo "$release $components $*" > "$root/.made"
    exit 0
fi

root=$1
shift
[ "$action" = run ] && [ -f "$root/.made" ] || { echo "debian-root: no root in $root" >&2; exit 2; }
binds=""
while [ "$1" != -- ]; do
    binds="$binds $2"
    shift 2
done
shift

copy_in() {
    [ -e "$1" ] || return 0
    mkdir -p "$root$(dirname "$1")"
    cp -aLf "$1" "$root$(dirname "$1")/"
}
for each in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/xdg/pip /etc/ssl/certs/ca-certificates.crt; do
    copy_in "$each"
done
if [ -d "${HOME:-/root}/.config/pip" ]; then
    mkdir -p "$root/root/.config"
    cp -aLf "${HOME:-/root}/.config/pip" "$root/root/.config/"
fi
# Directories that pip is told of (find-links, an index on this machine) are wanted inside, too.
settings=$(cat /etc/pip.conf /etc/xdg/pip/pip.conf "${HOME:-/root}/.config/pip/pip.conf" 2>/dev/null || true)
for each in $(echo "$settings ${PIP_FIND_LINKS:-} ${PIP_EXTRA_INDEX_URL:-} ${PIP_CONSTRAINT:-}" |
    tr ' =' '\n\n' | sed -n 's/^file:\/\///; /^\/[^/]/p' | sort -u); do
    each=${each%/simple} # an index keeps its files beside its list
    [ ! -d "$each" ] || binds="$binds $each"
done

export root binds
# shellcheck disable=SC2016  # the inner shell expands
exec unshare --mount --propagation private sh -euc '
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    mount -t tmpfs tmpfs "$root/tmp"
    for bind in $binds; do
        inside=${bind#*:}
        mkdir -p "$root$inside"
        mount --rbind -o ro "${bind%%:*}" "$root$inside"
    done
    cd "$root"
    exec chroot "$root" /usr/bin/env HOME=/root LANG=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
' debian-root "$@"
