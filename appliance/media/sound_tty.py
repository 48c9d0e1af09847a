"""A tty that carries sound both ways while a call is up: bytes as they come, and as many as it takes. No samples here.

It is non-blocking and raw, and may be pulled out at any moment.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import termios
from array import array
from contextlib import suppress

READ_BYTES = 4096  # in one tick: 256 ms of 16-bit sound, and all that a tty holds ready
EMPTY_READS = 25  # 0.5 s without sound; then it is looked whether the port is there
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class PortGoneError(Exception):
    """The port was pulled out, or its other end was closed. Says why."""


class SoundTty:
    """The descriptor. Owns it. `refused`: how many frames it would not take."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._count = array("i", (0,))  # of bytes that wait
        self._empty = 0  # reads in a row that found nothing
        self._rest = b""  # of a frame of which it took a part
        self.refused = 0
        os.set_blocking(descriptor, False)
        os.set_inheritable(descriptor, False)

    def read(self) -> bytes:
        """What has come since the last call. Raises PortGoneError."""
        try:
            return os.read(self._descriptor, READ_BYTES) if self._ready() else b""
        except BlockingIOError:
            return b""
        except OSError as error:
            raise PortGoneError(_reason(error)) from None

    def _ready(self) -> bool:
        """Whether a read finds something: one that does not may wait for a worker of the kernel, and all calls with it.

        A tty that was hung up says so here; some other ends tell only those who read, and are asked now and then.
        """
        fcntl.ioctl(self._descriptor, termios.FIONREAD, self._count)
        if self._count[0]:
            self._empty = 0
            return True
        self._empty += 1
        if self._empty % EMPTY_READS == 0:
            self._require_there()
        return False

    def write(self, frame: bytes) -> bool:
        """Write one frame, whole in the end; False when it would not take it. Raises PortGoneError."""
        data = self._rest + frame
        try:
            taken = os.write(self._descriptor, data)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            raise PortGoneError(_reason(error)) from None
        begun = taken > len(self._rest)
        self._rest = data[taken:] if begun else self._rest[taken:]
        self.refused += not begun
        return begun

    def close(self) -> None:
        """Let go of it."""
        with suppress(OSError):
            os.close(self._descriptor)

    def _require_there(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        if any(events & _GONE for _, events in poll.poll(0)):
            raise PortGoneError("hung up")


def _reason(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, str(error))
