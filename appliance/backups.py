"""The backups that lie on the box: one more is made, the oldest goes. What is in one says `register/backup.py`."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

from appliance.clock import Clock
from appliance.register.backup import back_up
from appliance.sharing import make_private

FOLDER = "backups"  # below the data directory
KEPT = 3


def make(data: Path, building_file: Path, clock: Clock, zone: tzinfo, *, recordings: bool) -> Path:
    """Make one, named by the box's time, and let the oldest go. Takes its time: not within an event loop.

    Raises BackupError, OSError.
    """
    folder = data / FOLDER
    make_private(folder)
    local = clock.now().astimezone(zone)
    path = folder / f"dyzurka-{local:%Y%m%d-%H%M%S}.zip"
    back_up(data, building_file, path, clock, recordings=recordings)
    for old in sorted(folder.glob("dyzurka-*.zip"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path
