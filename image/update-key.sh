# Who signs updates, and whom the image trusts. Sourced by steps, after lib.sh; sets cert, key and keyring.
# shellcheck shell=sh disable=SC2034
# DYZURKA_CERT, DYZURKA_KEY and DYZURKA_KEYRING name a publisher's (docs/updates.md). Without them a development key is made,
# once, for this machine alone: it is in .cache, which git does not know.
if [ -n "${DYZURKA_CERT:-}${DYZURKA_KEY:-}${DYZURKA_KEYRING:-}" ]; then
    cert=${DYZURKA_CERT:?is needed beside the other two: docs/updates.md}
    key=${DYZURKA_KEY:?is needed beside the other two: docs/updates.md}
    keyring=${DYZURKA_KEYRING:?is needed beside the other two: docs/updates.md}
else
    made_in=$(dirname "$CACHE")/update-key
    cert=$made_in/cert.pem key=$made_in/key.pem keyring=$made_in/cert.pem
    if [ ! -s "$cert" ] || [ ! -s "$key" ]; then
        mkdir -p "$made_in"
        chmod 700 "$made_in"
        openssl req -x509 -newkey rsa:4096 -nodes -days 7300 -subj "/O=Dyżurka/CN=development key of $(uname -n)" -utf8 \
            -keyout "$key.new" -out "$cert.new" 2> /dev/null
        mv "$key.new" "$key"
        mv "$cert.new" "$cert"
    fi
fi
