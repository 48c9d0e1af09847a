"""The beat of the media process: a timerfd on absolute deadlines, and what the kernel allows to keep it punctual.

Python gains `os.timerfd_create` only in 3.13; until then libc is asked through ctypes.
"""

from __future__ import annotations

import contextlib
import ctypes
import os

PHASES = 2  # legs are spread over two phases of the 20 ms tick; each one more is 50 wakings a second, to cold caches
PHASE_SECONDS = 0.010
REALTIME_PRIORITY = 10  # of SCHED_RR's 1…99; what the unit's LimitRTPRIO= allows (systemd/dyzurka-exchange.service)
NICE = -10

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_TFD_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_AF_UNSPEC = bytes(16)  # a sockaddr of family 0
_NANOSECONDS = 1_000_000_000


class _Itimerspec(ctypes.Structure):
    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class Kernel:
    """The two calls of libc that Python 3.11 does not offer."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def timer(self, first: float, interval: float) -> int:
        """A descriptor that becomes readable at `first` (CLOCK_MONOTONIC seconds) and every `interval` seconds.

        Reading it gives eight bytes: how many deadlines have passed since the last read. Raises OSError.
        """
        descriptor: int = self._libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_FLAGS)
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        at, every = round(first * _NANOSECONDS), round(interval * _NANOSECONDS)
        spec = _Itimerspec(*divmod(every, _NANOSECONDS), *divmod(at, _NANOSECONDS))
        if self._libc.timerfd_settime(descriptor, _TFD_TIMER_ABSTIME, ctypes.byref(spec), None) != 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")
        return descriptor

    def disconnect(self, descriptor: int) -> None:
        """Let a connected UDP socket hear everybody again; its port stays bound."""
        self._libc.connect(descriptor, _AF_UNSPEC, len(_AF_UNSPEC))


def be_punctual() -> bool:
    """Ask for SCHED_RR, else for a better nice value; whether SCHED_RR was granted.

    Threads and children do not inherit it: only the tick is urgent.
    """
    try:
        parameter = os.sched_param(REALTIME_PRIORITY)
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, parameter)
    except OSError:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, NICE)
        return False
    return True
