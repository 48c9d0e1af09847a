"""The exchange's messages: its notifier with the lines' SIMs and the mail helper, and the faults that it tells of.

It works out no text and decides nothing about when one is sent: `notify` does.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from appliance.building.model import Building, Override
from appliance.clock import Clock
from appliance.faults import Faults
from appliance.lines.line import Line
from appliance.mains.words import ENDING_PART
from appliance.mains.words import PART as MAINS_PART
from appliance.notify.fault_letters import FaultLetters, Letter
from appliance.notify.mailer import HelperPost
from appliance.notify.notice import Notice
from appliance.notify.notifier import Notifier
from appliance.notify.sms import CarriesSms, Sms
from appliance.notify.telling import others
from appliance.notify.texts import said
from appliance.notify.troubles import PARTS, troubles_in_words
from appliance.register.event import Event
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import RegisterUnreadableError, Reports
from appliance.register.watched import WatchedRegister

PAST_EVENTS = 10_000  # that are read at a start: a night's calls several times over
LOOK_SECONDS = 5.0

log = logging.getLogger("dyzurka.notify")


class Messages:
    """The messages of one exchange. `faults_now` gives what is wrong: part → text."""

    def __init__(
        self,
        register: WatchedRegister,
        path: Path,
        clock: Clock,
        *,
        building: Callable[[], Building],
        overrides: Callable[[], Sequence[Override]],
        lines: Mapping[str, Line],
        settled: Callable[[str], None],
        faults: Faults,
        faults_now: Callable[[], Mapping[str, str]],
    ) -> None:
        self._register, self._path, self._clock = register, path, clock
        self._building, self._lines = building, lines
        self._faults, self._faults_now = faults, faults_now
        self._resumed = False
        self._letters = FaultLetters(silent=(*PARTS[1:], MAINS_PART, ENDING_PART))
        self.notifier = Notifier(
            register,
            clock,
            building=building,
            overrides=overrides,
            sms=self._sims,
            post=HelperPost(),
            settled=settled,
        )
        register.hears = self.notifier.heard

    def _sims(self) -> list[Sms]:
        """The SIMs, in the order of the outbound lines."""
        order = [*self._building().outbound.lines, *self._lines]
        lines = [self._lines[each] for each in dict.fromkeys(order) if each in self._lines]
        return [each.sms for each in lines if isinstance(each, CarriesSms)]

    async def resume(self) -> None:
        """Go on with what the last life left, once: where the register cannot be read, when it is asked again."""
        if not self._resumed and (past := await asyncio.to_thread(_past, self._path)) is not None:
            self._resumed = True
            self.notifier.resume(past)

    async def watch(self) -> None:
        """Show what reached nobody as faults, and tell of faults by mail; ends only when cancelled."""
        while True:
            self._look(self._clock.monotonic())
            await asyncio.sleep(LOOK_SECONDS)

    def _look(self, now: float) -> None:
        building, troubles = self._building(), self.notifier.troubles()
        shown = troubles_in_words(troubles, building, building.box.language)
        logged = troubles_in_words(troubles, building, "en", masked=True)
        for part in PARTS:
            if part in shown:
                self._faults.show(part, shown[part], logged=logged[part])
            else:
                self._faults.clear(part)
        for letter in self._letters.look(self._faults_now(), now):
            self._post(letter, self._clock.now())

    def _post(self, letter: Letter, at: datetime) -> None:
        building = self._building()
        language, time = building.box.language, f"{at.astimezone(building.box.timezone):%Y-%m-%d %H:%M}"
        title = said(f"{letter.occasion}_title", language, box=building.box.name)
        text = said(letter.occasion, language, box=building.box.name, time=time, text=letter.text)
        about = self._register.new_uid()
        for channel, to in others(building):
            self.notifier.tell(Notice(letter.occasion, channel, to, text, title, about))

    def stop(self) -> set[asyncio.Task[None]]:
        """End it; the tasks that are ending."""
        return self.notifier.stop()

    def now(self) -> dict[str, int]:
        """For the status: how many messages wait, and how many are a fault."""
        return {"waiting": self.notifier.waiting(), "undelivered": len(self.notifier.troubles())}


def _past(path: Path) -> list[Event] | None:
    """In a thread of its own; None where the register cannot be read, which is a fault of its own."""
    try:
        with Reports(path) as reports:
            return reports.recent(PAST_EVENTS)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        log.warning("messages of the last life are not gone on with: %s", error)
        return None
