#!/bin/sh
# Installs the speech engine RHVoice and its Polish and English voices from Debian's non-free section.
# The machine's own package sources stay as they are: the list used here lies in a directory of its own. It only
# ever adds packages, from the machine's own Debian release; if apt would upgrade or remove one, it stops first.
set -eu

command -v RHVoice-test >/dev/null 2>&1 && { echo "RHVoice is installed."; exit 0; }

PACKAGES="rhvoice rhvoice-polish rhvoice-english"

. /etc/os-release
if [ "${ID:-}" != debian ]; then
    echo "RHVoice is taken from Debian, and this machine runs ${ID:-something else}; espeak-ng speaks instead." >&2
    exit 1
fi
# base-files may belong to another release than the machine's sources: mixing two would replace its libraries.
release=$(apt-cache policy libc6 | sed -n 's/.*\/debian \([a-z]*\)\/main.*/\1/p' | sort -u)
if ! echo "$release" | grep -qx "$VERSION_CODENAME"; then
    echo "This machine calls itself $VERSION_CODENAME, its apt sources say: ${release:-nothing}. Nothing is installed." >&2
    exit 1
fi
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"

room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
chmod 755 "$room"
mkdir -p "$room/lists/partial"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | sort -u | head -n 1)
[ -n "$mirror" ] || { echo "apt knows no source of packages. Nothing is installed." >&2; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
    "$mirror $VERSION_CODENAME main non-free" > "$room/sources.list"

# Only the list of sources is ours; keys, proxies and certificates stay the machine's.
apt_own() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get \
        -o Dir::Etc::sourcelist="$room/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$room/lists" -o DPkg::Lock::Timeout=300 "$@"
}
apt_own -qq update
# shellcheck disable=SC2086  # the packages are words
plan=$(apt_own -s install --no-install-recommends $PACKAGES)
if echo "$plan" | grep -qE '^Remv |^Inst [^ ]+ \['; then
    echo "apt would change packages that are already here; nothing is installed:" >&2
    echo "$plan" | grep -E '^Remv |^Inst [^ ]+ \[' >&2
    exit 1
fi
echo "Installing with apt-get from Debian $VERSION_CODENAME, non-free: $PACKAGES"
# shellcheck disable=SC2086
apt_own -qq install -y --no-install-recommends --no-remove --no-upgrade $PACKAGES
