"""Writes a small file so that the power may fail at any moment: the old content or the new, never half of it."""

from __future__ import annotations

import os
from pathlib import Path

from appliance.sharing import file_mode


def write_durably(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Put the content there in one step, so that power may fail at any moment. Raises OSError.

    `mode`: the permissions of the new file, less the umask, where its folder is not shared (`sharing.py`); at no moment
    does it have others.
    """
    mode = file_mode(mode, path.parent)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.unlink(missing_ok=True)
        with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
