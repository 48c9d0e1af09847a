#!/bin/sh
# The steps of tools/test-deb.sh, inside of the root: /packages/old/*.deb, then /packages/new/*.deb.
set -eu
export DEBIAN_FRONTEND=noninteractive

old=$(ls /packages/old/*.deb) new=$(ls /packages/new/*.deb)
data=/var/lib/dyzurka/data
failed=0

step() { echo "== $*"; }
holds() { # WHAT COMMAND…
    what=$1
    shift
    if "$@" > /tmp/said 2>&1; then echo "ok      $what"; else
        echo "FAILED  $what"
        sed 's/^/        /' /tmp/said | head -n 20
        failed=1
    fi
}
is() { [ "$1" = "$2" ] || { echo "is “$1”, not “$2”"; return 1; }; }
not() { if "$@"; then return 1; fi; }
is_enabled() { systemctl is-enabled --quiet "$1"; }
state_of() { dpkg-query -W -f '${db:Status-Status}' dyzurka 2> /dev/null || true; }
kept() { (cd "$data" && find . -type f ! -name '*.lock' ! -name 'register.db*' -exec sha256sum {} + | sort -k 2); }
debconf_knows() { debconf-show dyzurka | grep -q erase; }
calls_in_register() { dyzurka register --data "$data" --json | python3 -c 'import json, sys; json.load(sys.stdin)'; }

# One urgent call by SIP and RTP, from the greeting to the row of the register, with data of its own that go again.
takes_a_call() {
    setpriv --reuid=dyzurka --regid=dyzurka --init-groups timeout 300 /usr/lib/dyzurka/bin/dyzurka demo
}

# The exchange as its unit starts it, without systemd: until it could take a call.
runs() {
    : > /tmp/run.log
    setpriv --reuid=dyzurka --regid=dyzurka --init-groups /usr/lib/dyzurka/bin/dyzurka run --data "$data" --no-page \
        --sip 127.0.0.1:0 --web 127.0.0.1:0 --rtp-ports 42000-42019 > /tmp/run.log 2>&1 &
    exchange=$!
    waited=0
    while ! grep -q '^ready: ' /tmp/run.log; do
        kill -0 "$exchange" 2> /dev/null && [ "$waited" -lt 120 ] || { cat /tmp/run.log; return 1; }
        sleep 1
        waited=$((waited + 1))
    done
    dyzurka status --data "$data" --json > /tmp/status.json || { cat /tmp/run.log; return 1; }
    kill -TERM "$exchange"
    wait "$exchange"
}

step "install $(basename "$old")"
holds "it installs" dpkg -i "$old"
holds "all of Depends are there" is "$(state_of)" installed
holds "its users are there" id dyzurka dyzurka-web
holds "the data directory is the exchange's, and shared with the page" is "$(stat -c '%U:%G %a' $data)" "dyzurka:dyzurka 2750"
holds "SSH that was switched on stays open" grep -q 'tcp_open { 22 }' /etc/nftables.d/dyzurka-ssh.nft
for unit in dyzurka-firewall.service dyzurka-exchange.service dyzurka-web.socket dyzurka-web.service; do
    holds "$unit starts with the machine" is_enabled "$unit"
done
holds "its Python 3.13 has every library" dyzurka check /usr/share/doc/dyzurka/examples/lipowa7.toml
holds "the exchange becomes ready and ends politely" runs
holds "it takes an urgent call, and somebody on duty gets it" takes_a_call
holds "it has a claim code" grep -q '"code"' $data/claim.json
code=$(cat $data/claim.json)
install -o dyzurka -g dyzurka -m 640 /usr/share/doc/dyzurka/examples/lipowa7.toml $data/building.toml
echo "a recording" > $data/recordings/of-a-call.wav

step "what its owner changes"
echo 'DYZURKA_RUN="--data /var/lib/dyzurka/data --web 0.0.0.0:8080"' > /etc/default/dyzurka
echo "<!-- ours -->" >> /etc/avahi/services/dyzurka.service
echo "add element inet dyzurka tcp_open { 2222 }" > /etc/nftables.d/ours.nft
systemctl disable --quiet dyzurka-firewall.service 2> /dev/null
touch /usr/lib/dyzurka/lib/appliance/__pycache__/left.pyc
before=$(kept)

step "upgrade to $(basename "$new")"
holds "it upgrades, and asks nothing" dpkg --force-confold -i "$new"
holds "it is the new version" is "$(dpkg-query -W -f '${Version}' dyzurka)" "$(dpkg-deb -f "$new" Version)"
holds "every file of the data is as it was" is "$(kept)" "$before"
holds "a changed configuration file stays" grep -q ours /etc/avahi/services/dyzurka.service
holds "own options and own ports stay" test -s /etc/default/dyzurka -a -s /etc/nftables.d/ours.nft
holds "a service that was switched off stays off" not is_enabled dyzurka-firewall.service
holds "the others still start with the machine" is_enabled dyzurka-exchange.service
holds "no byte code of the old version is left" test ! -e /usr/lib/dyzurka/lib/appliance/__pycache__/left.pyc
holds "nor a module that only it had" test ! -e /usr/lib/dyzurka/lib/appliance/of_before.py
holds "the exchange becomes ready on the same data" runs
holds "the register can be read" calls_in_register
holds "the claim code is the same" is "$(cat $data/claim.json)" "$code"
holds "it takes a call" takes_a_call
before=$(kept)
holds "the same version installs once more" dpkg --force-confold -i "$new"
holds "and changes nothing" is "$(kept)" "$before"

step "remove"
holds "it goes" dpkg -r dyzurka
holds "its configuration is left to dpkg" is "$(state_of)" config-files
holds "the program is gone, with its byte code" test ! -e /usr/lib/dyzurka -a ! -e /usr/bin/dyzurka
holds "the data stay" is "$(kept)" "$before"
holds "the exchange no longer starts with the machine" not is_enabled dyzurka-exchange.service
holds "own options stay" test -s /etc/default/dyzurka

step "install again"
holds "it installs" dpkg --force-confold -i "$new"
holds "the data are as they were" is "$(kept)" "$before"
holds "the exchange starts with the machine again" is_enabled dyzurka-exchange.service
holds "what was switched off is still off" not is_enabled dyzurka-firewall.service
holds "it takes calls on the same data" runs
before=$(kept)

step "purge, and nobody has said that the data may go"
holds "it goes" dpkg -P dyzurka
holds "dpkg knows nothing of it any more" is "$(state_of)" ""
holds "the data stay" is "$(kept)" "$before"
holds "its own rule for SSH is gone, and no other" test ! -e /etc/nftables.d/dyzurka-ssh.nft -a -s /etc/nftables.d/ours.nft
holds "its conffile is gone" test ! -e /etc/avahi/services/dyzurka.service
holds "debconf knows nothing of it any more" not debconf_knows

step "purge, and somebody says that the data may go"
holds "it installs" dpkg -i "$new"
holds "over the data of before" is "$(kept)" "$before"
echo "dyzurka dyzurka/erase-data boolean true" | debconf-set-selections
mkdir -p /srv/elsewhere /var/lib/others
echo "somebody else's" > /srv/elsewhere/file
ln -s /srv/elsewhere $data/linked
holds "it goes" dpkg -P dyzurka
holds "the data are gone" test ! -e /var/lib/dyzurka
holds "and nothing else" test -s /srv/elsewhere/file -a -d /var/lib/others

step "after all of it, a first time"
holds "it installs" dpkg -i "$new"
holds "it begins with empty data" test ! -e $data/building.toml
holds "and with a claim code of its own" runs
holds "another one than before" not grep -qF "$code" $data/claim.json

[ "$failed" = 0 ] && echo "the package does what docs/install.md says"
exit "$failed"
