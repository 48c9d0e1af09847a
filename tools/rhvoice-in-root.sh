#!/bin/sh
# rhvoice-in-root.sh ROOT -p VOICE -o FILE: RHVoice-test inside a Debian root, its WAV file outside.
set -eu
root=$1 voice=$3 wav=$5
outside=$(mktemp "$root/var/tmp/speech-XXXXXX")
trap 'rm -f "$outside"' EXIT
chroot "$root" RHVoice-test -p "$voice" -o "/var/tmp/${outside##*/}"
cat "$outside" > "$wav"
