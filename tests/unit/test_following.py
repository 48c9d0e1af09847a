"""A changed building file: the one that holds is the one that calls are taken with."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from appliance.building.file import read
from appliance.clock import SystemClock
from appliance.faults import Faults
from appliance.following import Following

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_building_that_could_not_be_taken_over_does_not_hold(tmp_path):
    path = tmp_path / "building.toml"
    shutil.copy(EXAMPLES / "lipowa7.toml", path)

    async def prepare(*things: Any) -> list[str]:
        return []

    async def take_over(building: Any) -> None:
        raise RuntimeError("a defect")

    async def life() -> None:
        prompts: Any = SimpleNamespace(prepare=prepare)
        before, faults = read(path), Faults(SystemClock())
        following = Following(path, before, prompts, faults, take_over, lambda name, work: work.close())
        path.write_text(path.read_text("utf-8") + "\n# changed\n", "utf-8")
        assert not await following.read_again()
        assert following.building is before
        assert "a defect" in "".join(faults.texts())

    asyncio.run(life())
