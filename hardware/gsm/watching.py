"""Keeps the table of a card's calls in step with its modem: by what the modem reports, and by asking for its list.

Whose a call is, and what is done when it changes, is the line's business (`line.py`), which is told of each change.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

from appliance.clock import Clock
from hardware.at.port import PortError
from hardware.at.replies import Report
from hardware.gsm.calls import Call, CallTable, rows
from hardware.gsm.words import Modem as Seen

LIST_SECONDS = {True: 1.0, False: 10.0}  # between two looks at the calls, by whether there is one
QUICK_SECONDS = 0.5  # likewise while one is placed or ended
_WORTH_A_LOOK = ("NO CARRIER", "BUSY", "VOICE CALL", "+CCWA", "^DSCI", "^CONF", "^CONN", "^CEND")


class Modem(Protocol):
    """What is needed of the modem."""

    seen: Seen

    @property
    def ready(self) -> bool:
        """Whether it is on the network."""
        ...

    async def send(self, command: str, prefix: str | None = None) -> list[str]:
        """An answer's lines. Raises PortError."""
        ...


class CallWatch:
    """The calls of one modem. `on_change` is told of each that came, changed or ended, but for one being placed.

    Whoever places a call has its bell instead: it rings at each change, until `settled`.
    """

    def __init__(self, modem: Modem, clock: Clock, on_change: Callable[[Call], None]) -> None:
        self.table = CallTable()
        self._modem, self._clock, self._on_change = modem, clock, on_change
        self._bells: dict[Call, asyncio.Event] = {}  # of calls being placed
        self._poke = asyncio.Event()  # look at the calls now
        self._news = asyncio.Event()  # somebody has looked

    def poke(self) -> None:
        """Ask the modem for its list now."""
        self._poke.set()

    def dialled(self) -> tuple[Call, asyncio.Event]:
        """The modem is told to dial: the call, and its bell."""
        call = self.table.dialled(self._clock.monotonic())
        bell = self._bells[call] = asyncio.Event()
        return call, bell

    def settled(self, call: Call) -> None:
        """Nobody waits for its bell any more."""
        self._bells.pop(call, None)

    def hung_up(self, call: Call) -> None:
        """The modem took our hanging up."""
        self.table.hung_up(call, self._clock.monotonic())
        self.poke()

    def reported(self, report: Report) -> None:
        """The modem told something by itself."""
        changed = self.table.reported(report, self._clock.monotonic())
        self.look(changed)
        if changed or report.name in _WORTH_A_LOOK:
            self.poke()

    def clear(self) -> list[Call]:
        """The modem is gone: the calls that were on it, which are over; who places one hears its bell."""
        ended = []
        for call in self.table.clear():
            if call in self._bells:
                self._bells[call].set()
            else:
                ended.append(call)
        return ended

    def look(self, changed: list[Call] | None = None) -> None:
        """Whoever waits for something of the calls looks again; these have changed."""
        self._news.set()
        self._news = asyncio.Event()
        for call in changed or ():
            if call in self._bells:
                self._bells[call].set()
            else:
                self._on_change(call)

    async def run(self, hurried: Callable[[], bool]) -> None:
        """Ask for the modem's own list often enough, and more often while `hurried`. Does not return."""
        while True:
            calls = self.table.calls
            moving = any(each.leaving or each in self._bells for each in calls) or hurried()
            self._poke.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(QUICK_SECONDS if moving else LIST_SECONDS[bool(calls)]):
                    await self._poke.wait()
            if self._modem.ready and self._modem.seen.voice:
                await self._ask()

    async def _ask(self) -> None:
        try:
            listed = await self._modem.send("AT+CLCC", "+CLCC:")
        except PortError:
            self.look(self.table.unrung(self._clock.monotonic()))
        else:
            self.look(self.table.seen(rows(listed), self._clock.monotonic()))

    async def listed(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Ask for the list until this holds of it, or for so long; whether it does."""
        news = self._news
        self.poke()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await news.wait()
                while not condition():
                    await self._news.wait()
        return condition()

    async def until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait until this holds of the calls, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():
                    await self._news.wait()
