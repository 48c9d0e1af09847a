"""Watches the copper behind one gateway by its status page while the line runs; what cannot be read is not known.

Two readings without voltage are a dead line: one may fall into the moment in which an exchange changes the polarity.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from appliance.building.model import Language
from appliance.gateways.copper import DEAD, LEAST_VOLTS, told, voltage
from appliance.gateways.reading import UnreadableError, read

EVERY_SECONDS = 30.0
AGAIN_SECONDS = 5.0  # after a reading without voltage
READINGS = 2

log = logging.getLogger("dyzurka.lines")


class CopperWatch:
    """Of the line with this id, whose gateway has its status page at `url`; `language` is the box's."""

    def __init__(self, line: str, url: str, language: Callable[[], Language]) -> None:
        self._line, self._url, self._language = line, url, language
        self._volts: float | None = None
        self._why = ""  # nothing is known, and why; "" before the first reading
        self._without = 0  # readings without voltage, one after another
        self._task: asyncio.Task[None] | None = None

    @property
    def fault(self) -> str | None:
        """What is wrong with the copper; None where nothing is, or nothing is known."""
        return DEAD if self._without >= READINGS else None

    @property
    def about(self) -> str:
        """Its state in words, "" before the first reading."""
        if self._volts is None and not self._why:
            return ""
        return told(self._volts, self._why, self._language())

    def start(self) -> None:
        """Read from now on."""
        self._task = asyncio.create_task(self._run(), name=f"status page of {self._line}")

    async def stop(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def _run(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(AGAIN_SECONDS if self._without else EVERY_SECONDS)

    async def _look(self) -> None:
        before = (self.fault, self._why)
        self._volts, self._why = await look_at(self._url)
        dead = self._volts is not None and self._volts < LEAST_VOLTS
        self._without = self._without + 1 if dead else 0
        if (self.fault, self._why) != before:
            (log.warning if self.fault or self._why else log.info)(
                "line %s: %s", self._line, told(self._volts, self._why, "en")
            )


async def look_at(url: str) -> tuple[float | None, str]:
    """The volts that a status page tells now and "", or None and why they are not known (a key of `UNREADABLE`)."""
    try:
        volts = voltage(await read(url))
    except UnreadableError as error:
        return None, error.why
    return volts, "" if volts is not None else "no voltage"
