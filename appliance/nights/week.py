"""Weeks of nights in one process: what the call flow, the lines and their tasks hold must not grow from day to day.

It counts objects when nobody is on the line, for the memory of the simulation itself (events, rows) grows rightly.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.nights.invariants import rows_are_closed
from appliance.nights.night import DAY_SECONDS, STEP_SECONDS, Night

DAYS = 7
LOOK_AT_SECONDS = 20 * 3600.0  # of each day: long after its last caller
COUNTED = ("appliance.callflow", "appliance.calls", "appliance.lines", "appliance.media")


@dataclass(frozen=True, slots=True)
class Look:
    """What there is at a quiet moment: on which day (0 the first), objects of the exchange, its tasks, open files."""

    day: int
    objects: int
    tasks: int
    files: int


class Week(Night):
    """A night that comes again every day. `looks` has one entry a day, but for days on which it was never quiet."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, days=DAYS)
        self.looks: list[Look] = []

    def grown(self) -> list[Look]:
        """The looks after the first, as differences from it."""
        if not self.looks:
            return []
        first = self.looks[0]
        return [
            Look(each.day, each.objects - first.objects, each.tasks - first.tasks, each.files - first.files)
            for each in self.looks[1:]
        ]

    async def _course(self) -> None:
        looking = self.loop.create_task(self._look_daily())
        await super()._course()
        if looking.done():
            looking.result()
        looking.cancel()

    async def _look_daily(self) -> None:
        for day in range(DAYS):
            await asyncio.sleep(max(0.0, day * DAY_SECONDS + LOOK_AT_SECONDS - self.loop.time()))
            while self._busy() and self.loop.time() < (day + 1) * DAY_SECONDS:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(STEP_SECONDS)
            if self.life.running and not self._busy():
                self._check([rows_are_closed])
                self.scene.calls.clear()  # the week's own memory of them
                self.looks.append(Look(day, _objects(), len(self.life.tasks), _open_files()))


def slope(looks: Sequence[tuple[float, float]]) -> float:
    """By how much the second grows for each one of the first: least squares, 0.0 for fewer than two."""
    if len(looks) < 2:
        return 0.0
    middle = sum(at for at, _ in looks) / len(looks), sum(value for _, value in looks) / len(looks)
    spread = sum((at - middle[0]) ** 2 for at, _ in looks)
    return sum((at - middle[0]) * (value - middle[1]) for at, value in looks) / spread if spread else 0.0


def _objects() -> int:
    gc.collect()
    return sum(1 for each in gc.get_objects() if str(type(each).__module__).startswith(COUNTED))


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
