"""Keeps the diversion of each SIM card on the person on duty, and says so where the network refuses it.

The network carries out the diversion by itself; what it was told last is kept in the register (`box.diverted`), without
the number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from appliance.building.model import Building, Override
from appliance.clock import Clock
from appliance.diverting.target import Target, target
from appliance.faults import Faults
from appliance.lines.divert import Divertible, DivertRefusedError
from appliance.lines.line import Line
from appliance.register import events
from appliance.register.event import Event
from appliance.register.fold import local
from appliance.register.log import Register

LOOK_SECONDS = 60.0  # a shift or a swap shows within five minutes
ANSWER_SECONDS = 60.0  # for the network, which may take its time (3GPP TS 27.007 §7.11)
AGAIN_SECONDS = 3600.0  # after a refusal
RENEW_SECONDS = 24 * 3600.0  # somebody may have changed it by hand

REFUSED = (
    "Karta SIM (linia {line}): operator nie przyjął przekierowania na dyżurnego {who} ({why}). Gdy Dyżurka nie działa,"
    " kto dzwoni na numer karty, nie trafi do {who}. Poprosić operatora karty o przekierowanie, gdy telefon jest"
    " niedostępny.",
    "SIM card (line {line}): its network did not take the diversion to {who}, who is on duty ({why}). While the box is"
    " dead, calls to the card's number do not reach {who}. Ask the card's provider for diversion when not reachable.",
)

log = logging.getLogger("dyzurka.lines")


@dataclass(frozen=True, slots=True)
class Known:
    """What a network was told: to whom since when (None: never), and why it refused the last wish ("": it did not)."""

    who: str | None = None
    since: datetime | None = None
    refused: str = ""


class Diverter:
    """The diversions of one exchange. `overrides`: of duty, as agreed now."""

    def __init__(
        self,
        lines: Mapping[str, Line],
        building: Callable[[], Building],
        overrides: Callable[[], Sequence[Override]],
        clock: Clock,
        register: Register,
        faults: Faults,
    ) -> None:
        self._lines, self._building, self._overrides = lines, building, overrides
        self._clock, self._register, self._faults = clock, register, faults
        self._known: dict[str, Known] = {}
        self._tried: dict[str, tuple[Target, float]] = {}  # in this life, by line: to whom, until when that will do

    def remember(self, log: Iterable[Event]) -> None:
        """What the register knows of earlier lives; told all the same anew, for the network may have forgotten."""
        for event in log:
            self._note(event.text("line") or "", event.text("who") or "", event.text("refused") or "", event.at)

    async def run(self) -> None:
        """Keep them in step for as long as it is not cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Tell each network whose calls are to go elsewhere than it was told."""
        wanted = target(self._building(), self._clock.now(), self._overrides())
        for name, line in tuple(self._lines.items()):
            if not isinstance(line, Divertible) or line.state().state != "up" or not line.idle():
                continue
            if not self._may(name):
                await self._take_back(name, line)
            elif wanted is not None and self._due(name, wanted):  # else who was on duty last is better than nobody
                await self._divert(name, line, wanted)

    def _may(self, name: str) -> bool:
        config = self._building().lines.get(name)
        return config is None or config.divert

    def _due(self, name: str, wanted: Target) -> bool:
        told, until = self._tried.get(name, (None, 0.0))
        return told != wanted or self._clock.monotonic() >= until

    async def _take_back(self, name: str, line: Divertible) -> None:
        """The building does not want it any more: undo what an earlier file had set, if anything."""
        if self._known.get(name, Known()) == Known():
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await line.divert(None)
        except DivertRefusedError as error:
            log.warning("line %s: its network does not take the diversion back: %s", name, error)
        except (OSError, TimeoutError) as error:
            log.warning("line %s: diversion not taken back: %r", name, error)
            return
        self._register.record(events.BOX_DIVERTED, line=name, who="", refused="")
        self._known[name] = Known()
        self._tried.pop(name, None)
        self._faults.clear(f"diversion of line {name}")
        log.info("line %s: its calls go to nobody while the box is dead", name)

    async def _divert(self, name: str, line: Divertible, wanted: Target) -> None:
        refused = ""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await line.divert(wanted.number)
        except DivertRefusedError as error:
            refused = str(error) or "refused"
        except (OSError, TimeoutError) as error:
            log.warning("line %s: no diversion to %s: %r", name, wanted.who, error)
            return  # the line's own fault tells more; the next look tries again
        again = AGAIN_SECONDS if refused else RENEW_SECONDS
        self._tried[name] = wanted, self._clock.monotonic() + again
        before = self._known.get(name, Known())
        if (before.who, before.refused) != (wanted.who, refused):
            self._register.record(events.BOX_DIVERTED, line=name, who=wanted.who, refused=refused)
        self._note(name, wanted.who, refused, self._clock.now().isoformat())
        self._show(name, wanted, refused)

    def _note(self, line: str, who: str, refused: str, at: str) -> None:
        before = self._known.get(line, Known())
        if not who:  # taken back
            self._known[line] = Known()
        elif refused:
            self._known[line] = Known(before.who, before.since, refused)
        elif before.who != who or before.refused:
            self._known[line] = Known(who, datetime.fromisoformat(at.replace("Z", "+00:00")))

    def _show(self, name: str, wanted: Target, refused: str) -> None:
        part = f"diversion of line {name}"
        if not refused:
            self._faults.clear(part)
            log.info("line %s: while the box is dead, its calls go to %s", name, wanted.who)
            return
        people = self._building().people
        known = people[wanted.who].name if wanted.who in people else wanted.who
        pl, en = (each.format(line=name, who=known, why=refused) for each in REFUSED)
        self._faults.set(part, pl if self._building().box.language == "pl" else en, logged=en)

    def told_of(self, name: str) -> dict[str, Any] | None:
        """For the status: to whom a line's calls go while the box is dead; None for a line that cannot do it."""
        if not isinstance(self._lines.get(name), Divertible):
            return None
        known = self._known.get(name, Known())
        zone = self._building().box.timezone
        since = local(known.since.isoformat(), zone) if known.since else None
        return {"to": known.who, "since": since, "refused": known.refused or None}
