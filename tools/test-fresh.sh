#!/bin/sh
# Does for a newcomer what the README says, on a Debian 12 on which nothing is but make, git and certificates (a root
# in .cache/bookworm-fresh, a fresh copy of it each time): `make run` until `ready:`, one call by sipp with its row in
# the register, SIGTERM; then `make run` again, which must be ready within seconds. Prints how long each took.
# Not part of `make test`: it downloads what `make run` installs. At most 20 minutes.
set -eu
cd "$(dirname "$0")/.."

FIRST_SECONDS=900   # for apt-get, pip and the sentences
SECOND_SECONDS=15   # for the same with nothing missing; of them
SET_UP_SECONDS=5    # for finding out that nothing is
WHOLE_SECONDS=1200

as_root=""
[ "$(id -u)" -eq 0 ] || as_root="sudo"
command -v sipp >/dev/null 2>&1 || tools/setup.sh test
tools/setup.sh roots
pristine=$PWD/.cache/bookworm-fresh root=$PWD/.cache/bookworm-fresh-run
tools/debian-root.sh make bookworm "$pristine" main make git ca-certificates
$as_root rm -rf "$root"
$as_root cp -a --reflink=auto "$pristine" "$root"
$as_root mkdir -p "$root/home/dyzurka"
tar --exclude=./.git --exclude='./.venv*' --exclude=./.cache --exclude='./dyzurka-data' --exclude='./.*_cache' \
    --exclude=./.hypothesis --exclude='./.setup-*' --exclude='*.egg-info' --exclude=__pycache__ -cf - . |
    $as_root tar -C "$root/home/dyzurka" -xf -

talk=$(mktemp -d)
inside=""
end() {
    [ -z "$inside" ] || kill "$inside" 2>/dev/null || true
    rm -rf "$talk"
}
trap end EXIT

# What happens inside; the two sides speak through files in /var/tmp/talk.
mkdir -p "$talk"
chmod 777 "$talk"
cat > "$talk/inside.sh" <<'INSIDE'
set -eu
cd /home/dyzurka
said=/var/tmp/said
seconds() { cut -d' ' -f1 /proc/uptime; }
since() { echo "$1 $(seconds)" | awk '{ printf "%.1f", $2 - $1 }'; }
fail() { echo "test-fresh: $*"; tail -n 30 "$said"; exit 1; }

# ready SECONDS: start `make run` and wait for its line; sets $make and $address.
ready() {
    : > "$said"
    make run ARGS="--sip 127.0.0.1:0 --web 127.0.0.1:0" >> "$said" 2>&1 &
    make=$!
    left=$(($1 * 5))
    until address=$(sed -n 's/^ready: sip \([^ ]*\) .*/\1/p' "$said") && [ -n "$address" ]; do
        kill -0 "$make" 2>/dev/null || fail "make run ended"
        [ "$left" -gt 0 ] || fail "not ready within $1 s"
        left=$((left - 1))
        sleep 0.2
    done
}
# SIGTERM, as the service manager does it, to the exchange itself.
stop() {
    exchange=$(cat "/proc/$make/task/$make/children")
    begun=$(seconds)
    # shellcheck disable=SC2086  # one child
    kill -TERM $exchange
    wait "$make" || fail "make run ended with $?"
    echo "test-fresh: it ended within $(since "$begun") s of SIGTERM"
}

begun=$(seconds)
ready "$FIRST_SECONDS"
grep '^setup: ' "$said"
echo "test-fresh: make run on a fresh Debian $(cat /etc/debian_version), $(.venv/bin/python -V): ready after $(since "$begun") s"
echo "$address" > /var/tmp/address.new
mv /var/tmp/address.new /var/tmp/address
left=300
until [ -e /var/tmp/called ]; do
    [ "$left" -gt 0 ] || fail "nobody called"
    left=$((left - 1))
    sleep 0.2
done
left=50
until .venv/bin/dyzurka register | grep 'abandoned'; do
    [ "$left" -gt 0 ] || fail "the register does not tell of the call: $(.venv/bin/dyzurka register)"
    left=$((left - 1))
    sleep 0.2
done
stop
begun=$(seconds)
tools/setup.sh run
took=$(since "$begun")
echo "test-fresh: setting up again took $took s"
[ "${took%.*}" -lt "$SET_UP_SECONDS" ] || fail "that is not a moment"
begun=$(seconds)
ready "$SECOND_SECONDS"
echo "test-fresh: make run the second time: ready after $(since "$begun") s"
stop
echo "test-fresh: it works"
INSIDE
$as_root cp "$talk/inside.sh" "$root/var/tmp/inside.sh"

timeout --kill-after=30 "$WHOLE_SECONDS" tools/debian-root.sh run "$root" -- \
    env FIRST_SECONDS="$FIRST_SECONDS" SECOND_SECONDS="$SECOND_SECONDS" SET_UP_SECONDS="$SET_UP_SECONDS" \
    sh /var/tmp/inside.sh &
inside=$!
until [ -e "$root/var/tmp/address" ]; do
    kill -0 "$inside" 2>/dev/null || { wait "$inside" || true; inside=""; exit 1; }
    sleep 0.2
done
# The sample's trunk is 127.0.0.1: any softphone of this machine may play the provider.
address=$(cat "$root/var/tmp/address")
(cd "$talk" && sipp -sn uac -s +48221234567 "$address" -i 127.0.0.1 -m 1 -d 3000 -timeout 30s -nostdin >/dev/null 2>sipp.err) ||
    { echo "test-fresh: sipp's call to $address failed"; cat "$talk/sipp.err"; exit 1; }
echo "test-fresh: sipp called $address, was answered, and hung up"
$as_root touch "$root/var/tmp/called"
status=0
wait "$inside" || status=$?
inside=""
$as_root rm -rf "$root"
exit "$status"
