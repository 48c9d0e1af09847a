"""Who may read the data directory beside its owner: its group, where the directory has the set-group-ID bit (inode(7)).

So it is on the box: the page runs as another user, in the group of the exchange. What is otherwise the owner's alone
can be read by that group there, and written by nobody else.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

GROUP_READS, GROUP_ENTERS, GROUP_WRITES = 0o040, 0o050, 0o070
PRIVATE_FOLDER = 0o700
OTHERS = 0o007

# Below the data directory: what somebody brought to the page, for the exchange to look at and take.
INCOMING = "incoming"


def is_shared(folder: Path) -> bool:
    """Whether the group may read what lies there; false where there is no such folder."""
    try:
        return bool(folder.stat().st_mode & stat.S_ISGID)
    except OSError:
        return False


def file_mode(mode: int, folder: Path) -> int:
    """The permissions of a file that would have `mode` in a folder that is the owner's alone."""
    return mode | GROUP_READS if is_shared(folder) else mode


def make_private(folder: Path, *, group_writes: bool = False) -> None:
    """Make a folder that is the owner's alone, or also the group's as far as the one above is. Raises OSError.

    It inherits the bit: our services may not set it (RestrictSUIDSGID=, systemd.exec(5)), and chmod would take it.
    """
    if folder.is_dir():
        return
    folder.parent.mkdir(exist_ok=True, parents=True)
    mode = PRIVATE_FOLDER
    if is_shared(folder.parent):
        mode |= GROUP_WRITES if group_writes else GROUP_ENTERS
    before = os.umask(OTHERS)
    try:
        folder.mkdir(mode=mode, exist_ok=True)
    finally:
        os.umask(before)
