"""The settings as an older version last read them, kept when an update restarts the box into a newer one.

A newer version may write keys that an older one refuses. When the box is back with the older one and that cannot read
the building file, what it read last stands again: a box with yesterday's duty list takes calls, one without any does
not. What stood meanwhile is in the page's history, and somebody is told.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from appliance.building.file import check
from appliance.media.durable import write_durably
from appliance.requests.versions import Pair, Versions
from appliance.sharing import make_private
from appliance.updating import journal
from appliance.updating.journal import FOLDER, PRIVATE_MODE
from appliance.updating.states import State

NAME = "settings-{version}.json"
CAME_BACK = "settings-came-back"
KEPT = 3  # versions
WHO, WHAT = "update", "went back"
RETURNING = (State.RESTARTING, State.PROVING, State.COMMITTING, State.LEAVING)


def keep(data: Path, building_file: Path, version: str) -> None:
    """Keep both files as they stand, for this version. Raises OSError."""
    folder = data / FOLDER
    make_private(folder)
    pair = asdict(Versions(data, building_file).now())
    write_durably(folder / NAME.format(version=_plain(version)), json.dumps(pair).encode(), PRIVATE_MODE)
    kept = sorted(folder.glob(NAME.format(version="*")), key=lambda path: path.stat().st_mtime)
    for old in kept[:-KEPT]:
        old.unlink(missing_ok=True)


def bring_back(data: Path, building_file: Path, version: str, now: datetime) -> bool:
    """At a start of this version: put them in place where an update ended and the file cannot be read; whether it did.

    Raises OSError.
    """
    path = data / FOLDER / NAME.format(version=_plain(version))
    if journal.read(data).state not in RETURNING or not path.is_file() or not check(building_file):
        return False
    pair = Pair(**json.loads(path.read_text(encoding="utf-8")))
    versions = Versions(data, building_file)
    versions.keep(now, WHO, WHAT)
    versions.replace(pair)
    write_durably(data / FOLDER / CAME_BACK, b"", PRIVATE_MODE)
    return True


def came_back(data: Path) -> bool:
    """Whether `bring_back` did something that nobody has been told of yet; asked once."""
    path = data / FOLDER / CAME_BACK
    told = path.exists()
    path.unlink(missing_ok=True)
    return told


def _plain(version: str) -> str:
    return "".join(each if each.isalnum() or each in ".-" else "_" for each in version) or "unknown"
