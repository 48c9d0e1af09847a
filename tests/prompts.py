"""A building's own sentences, rendered once and kept from one run of the tests to the next: a start with none of them
costs half a minute."""

from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path

import pytest

from appliance.building import file
from appliance.callflow.sentences import everything, stand_ins
from appliance.media.prompts import Prompts


def kept(pytestconfig: pytest.Config, name: str, building_file: Path) -> Path:
    """The folder with them, of this name; of the workers side by side one renders."""
    folder = pytestconfig.cache.mkdir(name)
    building = file.read(building_file)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        faults = asyncio.run(Prompts(folder).prepare(everything(building), stand_ins(building)))
    assert not faults, faults
    return folder
