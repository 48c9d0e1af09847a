"""People rung for one caller: dial, whisper, decision; one after another or all at once. Duty hunt and queue use it.

Whoever answered is never dropped without a word: they accept, decline, are told that somebody else accepted, or are
offered to call the resident back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field

from appliance.building.model import Person
from appliance.callflow.call import Call
from appliance.callflow.connecting import ACCEPT, DECLINE, Briefing, offer_call_back, say_too_late
from appliance.callflow.waiting import ask, beside
from appliance.lines.line import Cause, Leg, NotAnsweredError
from appliance.media.sound import LegGoneError
from appliance.register import events

DECISION_SECONDS = 15.0  # to press a key after answering
WHISPER_PAUSE_SECONDS = 1.0  # between two repetitions of the whisper


class Claim:
    """Who has taken the call. The first to press 1; `take` tells everybody else that they are too late."""

    def __init__(self) -> None:
        self.by: Person | None = None

    def take(self, person: Person) -> bool:
        """Take the call, unless somebody else has."""
        if self.by is not None and self.by != person:
            return False
        self.by = person
        return True

    def release(self) -> None:
        """Nobody has it: the one who took it is gone."""
        self.by = None


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who accepted and is on the line."""

    person: Person
    phone: str
    leg: Leg


@dataclass(slots=True)
class Ring:
    """One attempt: this phone of this person, for this call."""

    call: Call
    person: Person
    phone: str
    claim: Claim
    briefing: Briefing
    confirm: bool
    ring_seconds: float
    declined: bool = False
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        """The seconds of the register's `rung` count from here."""
        self._begun = self.call.desk.clock.monotonic()

    async def until_decided(self) -> Found | None:
        """Dial, and wait for the decision. None when they did not accept; `declined` tells whether they said so.

        Cancelling stops the ringing; somebody who has answered meanwhile is told why in an errand of the call.
        """
        self.call.note(events.CALL_RINGING, who=self.person.id, phone=self.phone)
        try:
            leg = await self.call.desk.switchboard.dial(
                self.phone, building=self.call.building, ring_seconds=self.ring_seconds
            )
        except NotAnsweredError as unanswered:
            self._note(unanswered.line, unanswered.cause.value)
            return None
        except asyncio.CancelledError:
            self._note(None, Cause.CANCELLED.value)
            raise
        return await self._decision(leg)

    async def _decision(self, leg: Leg) -> Found | None:
        with self._in_hand(leg):
            key = await self._whisper(leg) if self.confirm else ACCEPT
        if key == ACCEPT and self._take():
            self._note(leg.line, "answered")
            self.call.note(events.CALL_ACCEPTED, who=self.person.id, phone=self.phone)
            return Found(self.person, self.phone, leg)
        if key == ACCEPT:
            self._note(leg.line, Cause.CANCELLED.value)
            self.call.errand(say_too_late(self.call, leg))
            return None
        self.declined = key == DECLINE
        self._note(leg.line, "declined" if self.declined else Cause.NO_ANSWER.value)
        leg.hangup()
        return None

    async def _whisper(self, leg: Leg) -> str | None:
        """Say what it is about until 1 or 2 is pressed; None after `DECISION_SECONDS` or when they hang up."""
        words = [*self.briefing.whisper, self.call.desk.voice.silence(WHISPER_PAUSE_SECONDS)]
        try:
            async with asyncio.timeout(DECISION_SECONDS):
                while True:
                    key = await ask(leg, words, seconds=0.0)
                    if key in (ACCEPT, DECLINE):
                        return key
        except (TimeoutError, LegGoneError):
            return None

    @contextmanager
    def _in_hand(self, leg: Leg) -> Iterator[None]:
        """While somebody is on our line: whatever cuts this short, they are told before we let them go."""
        try:
            yield
        except asyncio.CancelledError:
            self._note(leg.line, Cause.CANCELLED.value)
            if self.call.leg.up:
                self.call.errand(say_too_late(self.call, leg))
            else:
                self.call.errand(offer_call_back(self.call, self.person, leg, self.briefing, self._take))
            raise
        except BaseException:
            leg.hangup()
            raise

    def _take(self) -> bool:
        return self.claim.take(self.person)

    def _note(self, line: str | None, result: str) -> None:
        seconds = round(self.call.desk.clock.monotonic() - self._begun, 3)
        self.call.note(
            events.CALL_RUNG, who=self.person.id, phone=self.phone, line=line, result=result, seconds=seconds
        )


@dataclass(slots=True)
class Search:
    """One caller's search among some people. `rang`: somebody's phone was rung for this caller.

    `confirm(person, phone)`: whether they must press 1. `in_time()`: whether a new ringing may still begin.
    """

    call: Call
    briefing: Briefing
    ring_seconds: float
    confirm: Callable[[Person, str], bool]
    in_time: Callable[[], bool] = lambda: True
    rang: bool = False
    claim: Claim = field(default_factory=Claim)

    async def in_turn(self, people: Sequence[Person]) -> Found | None:
        """Ring one person after another; who accepted, or None."""
        for person in people:
            found = await self._ring(person)
            if found is not None:
                return found
        return None

    async def all_at_once(self, people: Sequence[Person]) -> Found | None:
        """Ring everybody; the first to accept, or None. The others stop ringing, or hear that they are too late."""
        async with AsyncExitStack() as stack:
            pending = {await stack.enter_async_context(beside(self._ring(person))) for person in people}
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if (found := task.result()) is not None:
                        return found
        return None

    async def _ring(self, person: Person) -> Found | None:
        """Ring a person's phones in turn, until they decide; nobody is rung who is on a call."""
        for phone in person.phones:
            if self.call.desk.switchboard.engaged(person) or not self.in_time():
                return None
            self.rang = True
            confirm = self.confirm(person, phone)
            ring = Ring(self.call, person, phone, self.claim, self.briefing, confirm, self.ring_seconds)
            found = await ring.until_decided()
            if found is not None or ring.declined:
                return found
        return None
