"""Whether the machine's clock agrees with the world: adjtimex(2), or systemd-timesyncd, are asked. It sets nothing."""

from __future__ import annotations

import ctypes
import errno
from functools import cache
from pathlib import Path

TIMEX_BYTES = 512  # struct timex has 208 on 64-bit machines; all zeros asks and sets nothing
TIME_ERROR = 5  # sys/timex.h: the clock is not synchronised
TOUCHED = Path("/run/systemd/timesync/synchronized")  # by each success, systemd-timesyncd.service(8)


def synchronised(touched: Path = TOUCHED) -> bool:
    """True once a time server (NTP) or another source has set the clock and keeps it.

    A unit with `ProtectClock=yes` may not ask the kernel (systemd.exec(5)): then `touched` tells, which timesyncd
    makes when it has first been successful.
    """
    state = int(_libc().adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)))
    if state < 0 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS):
        return touched.exists()
    return 0 <= state < TIME_ERROR


@cache
def _libc() -> ctypes.CDLL:
    """Opened once: each event of the register asks, and opening it costs more than all the rest."""
    return ctypes.CDLL(None, use_errno=True)
