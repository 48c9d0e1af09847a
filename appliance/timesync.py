"""Whether the machine's clock agrees with the world: asked of the kernel, adjtimex(2). It sets nothing."""

from __future__ import annotations

import ctypes
from functools import cache

TIMEX_BYTES = 512  # struct timex has 208 on 64-bit machines; all zeros asks and sets nothing
TIME_ERROR = 5  # sys/timex.h: the clock is not synchronised


def synchronised() -> bool:
    """True once a time server (NTP) or another source has set the clock and keeps it."""
    state = int(_libc().adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)))
    return 0 <= state < TIME_ERROR


@cache
def _libc() -> ctypes.CDLL:
    """Opened once: each event of the register asks, and opening it costs more than all the rest."""
    return ctypes.CDLL(None)
