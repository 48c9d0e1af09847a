#!/bin/sh
# Will build the Raspberry Pi image from the steps in image/. It cannot yet: it says so and fails.
cat >&2 <<'END'
build.sh will build an SD card image for the Raspberry Pi 3, 4 and 5:
  1. a Debian trixie arm64 root, with the exchange, the page and RHVoice
  2. kernel and firmware on a FAT partition of their own
  3. two read-only roots, A and B, so that an update can be undone; a data partition that grows at first boot
  4. a boot in QEMU that ends with the page answering
The image comes with a later version. Until then: `make run` on any Debian 12 or 13.
END
exit 1
