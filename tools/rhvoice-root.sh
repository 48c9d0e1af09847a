#!/bin/sh
# Puts RHVoice 1.14 or newer with its Polish and English voices into a Debian trixie root (.cache/rhvoice), and a program
# RHVoice-test that speaks from within it into .cache/bin. This machine's own packages stay as they are: with RHVoice
# installed, every building would speak with another voice.
set -eu
cd "$(dirname "$0")/.."

root=$PWD/.cache/rhvoice
tools/setup.sh roots
tools/debian-root.sh make trixie "$root" main,non-free rhvoice rhvoice-polish rhvoice-english
# The program that the renderer calls: it reads text and writes $4, which both sides see under one name.
mkdir -p .cache/bin
cat > .cache/bin/RHVoice-test <<END
#!/bin/sh
exec "$PWD/tools/rhvoice-in-root.sh" "$root" "\$@"
END
chmod +x .cache/bin/RHVoice-test
