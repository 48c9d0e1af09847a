"""Two directories change places in one step of the file system (renameat2(2)): whoever looks sees one or the other."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

AT_FDCWD = -100  # fcntl.h
RENAME_EXCHANGE = 1 << 1  # linux/fs.h
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.EXDEV, errno.EBUSY)


class SwapError(Exception):
    """This file system cannot do it, or one of them is a mount point. Nothing was changed."""


def exchange(one: Path, other: Path) -> None:
    """Let two existing paths of one file system change places. Raises SwapError, OSError; then they have not."""
    libc = ctypes.CDLL(None, use_errno=True)
    failed = libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    if failed:
        number = ctypes.get_errno()
        if number in _CANNOT:
            raise SwapError(f"{one} and {other} cannot change places here ({os.strerror(number)})")
        raise OSError(number, os.strerror(number), str(one))


def sync_directory(path: Path) -> None:
    """Wait until the names in a directory are on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
