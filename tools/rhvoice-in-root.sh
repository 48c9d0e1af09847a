#!/bin/sh
# rhvoice-in-root.sh ROOT -p VOICE -o FILE: RHVoice-test inside a Debian root, its WAV file outside.
set -eu
root=$1 voice=$3 wav=$5
outside=$(mktemp "$root/var/tmp/speech-XXXXXX")
trap 'rm -f "$outside"' EXIT
as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
$as_root chroot "$root" RHVoice-test -p "$voice" -o "/var/tmp/${outside##*/}"
cat "$outside" > "$wav"
