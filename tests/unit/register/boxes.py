"""Whole data directories for the tests of backup and restore: filled, looked into, put back."""

from __future__ import annotations

import asyncio
import random
import shutil
from pathlib import Path
from typing import Any

from appliance.register import restore
from appliance.register.reports import Reports
from appliance.register.store import RegisterStore
from tests.unit.register.conftest import SetClock, urgent_call

LIPOWA = Path(__file__).parents[3] / "examples" / "lipowa7.toml"
RNG = random.SystemRandom()


async def open_store(data: Path, clock: SetClock) -> RegisterStore:
    path = data / "register.db"
    return await RegisterStore.open(path, clock, RNG, box_name="Dyżurka", timezone="Europe/Warsaw")


def fill(data: Path, clock: SetClock, calls: int = 1) -> None:
    """A box that has lived: calls, building, secrets, a prompt, a recording."""

    async def life() -> None:
        store = await open_store(data, clock)
        for _ in range(calls):
            await asyncio.gather(*urgent_call(store, clock)[2])
        await store.close()

    asyncio.run(life())
    shutil.copy(LIPOWA, data / "building.toml")
    for name, mode in {"secrets.toml": 0o640, "prompts/rendered/halo.al": 0o644, "recordings/one.wav": 0o640}.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(name * 1000)
        (data / name).chmod(mode)


def rows(data: Path) -> list[Any]:
    with Reports(data / "register.db") as reports:
        return [reports.calls(), reports.tickets()]


def contents(data: Path) -> dict[str, bytes]:
    """Every file but SQLite's own companions of the register, which come and go with its readers."""
    files = (path for path in data.rglob("*") if path.is_file() and not path.name.startswith("register.db-"))
    return {str(path.relative_to(data)): path.read_bytes() for path in files}


def put_back(backup: Path, data: Path, clock: SetClock) -> restore.Restored:
    return restore.restore(backup, data, clock, RNG)
