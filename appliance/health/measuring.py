"""Looks at the exchange's parts and at the machine. It judges nothing and waits for nobody."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from appliance.building.local import wall
from appliance.building.model import Building
from appliance.clock import Clock
from appliance.health.measured import LineSeen, Machine, Measured
from appliance.lines.line import Line
from appliance.media.plane import MediaPlane
from appliance.register.log import Register

MACHINE_SECONDS = 5.0  # between two looks at disk and clock

log = logging.getLogger("dyzurka.health")


class Measuring:
    """Measures one exchange. `machine` runs beside it, for a sick disk may keep whoever asks it waiting."""

    def __init__(
        self,
        data: Path,
        *,
        clock: Clock,
        media: MediaPlane,
        register: Register,
        lines: Mapping[str, Line],
        building: Callable[[], Building],
        synchronised: Callable[[], bool],
    ) -> None:
        """`lines` may change; it is looked at again each time."""
        self._data, self._clock, self._media, self._register = data, clock, media, register
        self._lines, self._building, self._synchronised = lines, building, synchronised
        self._machine: Machine | None = None

    def measure(self, lag_seconds: float) -> Measured:
        """One look; `lag_seconds` is how late the caller was woken."""
        health = self._media.health()
        return Measured(
            lag_seconds=lag_seconds,
            media_late_beats=health.late_beats,
            media_silent_seconds=self._media.silent_seconds(),
            writer=self._register.load(),
            machine=self._machine,
            lines=tuple(map(self._seen, self._lines.values())),
        )

    def _seen(self, line: Line) -> LineSeen:
        state, building = line.state(), self._building()
        seen = LineSeen(line.id, line.kind, state.state == "down", state.fault or "")
        config = building.lines.get(line.id)
        if config is None or config.expires is None:
            return seen
        today = wall(self._clock.now(), building.box.timezone).date()
        return replace(seen, expires=config.expires, days_left=(config.expires - today).days)

    async def machine(self) -> None:
        """Look at disk and clock again and again."""
        while True:
            try:
                self._machine = await asyncio.to_thread(look_at, self._data, self._synchronised)
            except OSError as error:
                log.debug("the disk cannot be asked: %s", error)  # the register's own fault tells more
            await asyncio.sleep(MACHINE_SECONDS)


def look_at(data: Path, synchronised: Callable[[], bool]) -> Machine:
    """The disk of this directory (statvfs(3); free for us, not for root) and the clock. Raises OSError."""
    disk = os.statvfs(data)
    return Machine(disk.f_bavail * disk.f_frsize, bool(disk.f_flag & os.ST_RDONLY), synchronised())
