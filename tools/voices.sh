#!/bin/sh
# Renders the shipped sounds (appliance/media/sounds) with RHVoice 1.14 or newer: the first version whose Polish voice
# Natan may be passed on freely. Debian 12 has an older one, so there RHVoice speaks from within a Debian trixie root.
set -eu
cd "$(dirname "$0")/.."

installed=$(dpkg-query -W -f '${Version}' rhvoice-polish 2>/dev/null || echo 0)
if ! dpkg --compare-versions "$installed" ge 1.14; then
    . /etc/os-release
    if [ "${VERSION_CODENAME:-}" = trixie ]; then
        tools/install-rhvoice.sh
    else
        tools/rhvoice-root.sh
        PATH=$PWD/.cache/bin:$PATH
        export PATH
    fi
fi
.venv/bin/python tools/render_sounds.py
