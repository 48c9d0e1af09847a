"""Registers for tests of the page: real ones, lived through on a clock that a test puts on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.register.store import RegisterStore

NUMBER, RESIDENT, STRANGER = "+48221234567", "+48501502503", "+48601602603"


class SetClock:
    """A clock that a test puts on."""

    def __init__(self, wall: datetime = datetime(2026, 11, 22, 20, 14, 3, tzinfo=UTC)) -> None:
        self.wall = wall

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return 0.0


def lived(data: Path, clock: SetClock, work: Callable[[RegisterStore], Awaitable[Any]]) -> None:
    """Open the register, live something, close it."""

    async def life() -> None:
        store = await RegisterStore.open(
            data / "register.db", clock, random.SystemRandom(), box_name="Dyżurka", timezone="Europe/Warsaw"
        )
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(life())
