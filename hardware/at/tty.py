"""A tty of a modem, opened so that nobody else talks on it."""

from __future__ import annotations

import errno
import fcntl
import os
import termios
import tty
from pathlib import Path


def open_raw(path: Path, *, exclusive: bool = True) -> int:
    """A tty opened raw and non-blocking, for nobody else. Raises OSError (EBUSY where somebody has it)."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if exclusive:
            # TIOCEXCL does not stop root, the lock does not stop strangers: together they stop both.
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(path)) from None
            fcntl.ioctl(descriptor, termios.TIOCEXCL)
        tty.setraw(descriptor, termios.TCSANOW)
        settings = termios.tcgetattr(descriptor)
        settings[2] |= termios.CLOCAL | termios.CREAD
        settings[2] &= ~termios.HUPCL  # a modem whose DTR falls may hang up
        settings[4] = settings[5] = termios.B115200
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)
    except (OSError, termios.error) as error:
        os.close(descriptor)
        if isinstance(error, OSError):
            raise
        raise OSError(error.args[0], error.args[1], str(path)) from None
    return descriptor
