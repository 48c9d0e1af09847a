"""Who may read the data directory beside its owner: its group, where the directory has the set-group-ID bit (inode(7)).

So it is on the box: the page runs as another user, in the group of the exchange. What is otherwise the owner's alone
can be read by that group there, and written by nobody else.
"""

from __future__ import annotations

import stat
from pathlib import Path

GROUP_READS, GROUP_ENTERS, GROUP_WRITES = 0o040, 0o050, 0o070
PRIVATE_FOLDER = 0o700


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
    """Make a folder that is the owner's alone, or also the group's as far as the one above is. Raises OSError."""
    if folder.is_dir():
        return
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True, parents=True)
    if is_shared(folder):  # a new folder inherits the bit
        folder.chmod(stat.S_ISGID | PRIVATE_FOLDER | (GROUP_WRITES if group_writes else GROUP_ENTERS))
