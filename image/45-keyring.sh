#!/bin/sh
# Leaves: in .cache/image/tree /etc/rauc/keyring.pem: whose updates the box takes.
# Needs: 40-tree; DYZURKA_KEYRING, or the development key that it makes (image/update-key.sh, docs/updates.md).
# Proved by: tests/box/test_update.py (a bundle of a stranger is refused).
. image/lib.sh
STEP=45-keyring
. image/update-key.sh

if made keyring "$(cat "$CACHE/tree.made" image/45-keyring.sh "$keyring")"; then exit 0; fi
install -D -m 644 "$keyring" "$CACHE/tree/etc/rauc/keyring.pem"
[ -n "${DYZURKA_KEYRING:-}" ] || say "updates signed with the development key of this machine are trusted, and no others"
done_with keyring
