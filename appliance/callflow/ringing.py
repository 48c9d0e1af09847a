"""People rung about one matter: dial, whisper, decision; one after another or all at once. Hunt, queue, chase use it.

Whoever answered is never dropped without a word: they accept, decline, are told that somebody else accepted, or are
offered what the caller who hung up has left (`Offer`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from appliance.building.model import Person
from appliance.callflow.connecting import ACCEPT, DECLINE, say_too_late
from appliance.callflow.desk import Desk
from appliance.callflow.matter import Matter
from appliance.callflow.waiting import ask
from appliance.lines.line import Cause, Leg, NotAnsweredError
from appliance.media.sound import Clip, LegGoneError

DECISION_SECONDS = 15.0  # to press a key after answering
WHISPER_PAUSE_SECONDS = 1.0  # between two repetitions of the whisper
FREED_SECONDS = 1.0  # for a phone we have just hung up to be free


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


Whisper = Callable[[Leg], Awaitable[str | None]]
"""Asks somebody who answered for a key: `ACCEPT`, `DECLINE`, or None when they press neither or hang up."""

Offer = Callable[[Person, Leg, Callable[[], bool]], Coroutine[Any, Any, None]]
"""What somebody on our line is offered when the caller has gone; the last argument claims the matter for them."""


async def accepted(leg: Leg) -> str | None:
    """The `Whisper` for who need not press a key and is told nothing before."""
    return ACCEPT


@dataclass(slots=True)
class Ring:
    """One attempt: this phone of this person."""

    search: Search
    person: Person
    phone: str
    declined: bool = False
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        """The seconds of the register's `rung` count from here."""
        self._begun = self.search.matter.desk.clock.monotonic()

    async def until_decided(self) -> Found | None:
        """Dial, and wait for the decision. None when they did not accept; `declined` tells whether they said so.

        Cancelling stops the ringing; somebody who has answered meanwhile is told why in an errand of the matter.
        """
        matter = self.search.matter
        matter.note_ringing(self.person, self.phone)
        try:
            leg = await matter.desk.switchboard.dial(
                self.phone,
                building=matter.building,
                ring_seconds=self.search.ring_seconds,
                rationed=self.search.rationed,
                beside=self.search.beside,
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
            must_press = leg.may_ring > 0 or self.search.confirm(self.person, self.phone)
            key = await (self.search.whisper if must_press else self.search.inform)(leg)
        if key == ACCEPT and self._take():
            self._note(leg.line, "answered")
            self.search.matter.note_accepted(self.person, self.phone)
            self.search.found = Found(self.person, self.phone, leg)
            return self.search.found
        if key == ACCEPT:
            self._note(leg.line, Cause.CANCELLED.value)
            self.search.matter.errand(say_too_late(self.search.matter, leg))
            return None
        self.declined = key == DECLINE
        cause = Cause.NO_ANSWER
        if not leg.up and leg.may_ring and await leg.gone() is Cause.BUSY:
            cause = Cause.BUSY  # told by a tone, after the gateway had answered
        self._note(leg.line, "declined" if self.declined else cause.value)
        leg.hangup()
        return None

    @contextmanager
    def _in_hand(self, leg: Leg) -> Iterator[None]:
        """While somebody is on our line: whatever cuts this short, they are told before we let them go."""
        try:
            yield
        except asyncio.CancelledError:
            self._note(leg.line, Cause.CANCELLED.value)
            self.search.explain(self.person, leg)
            raise
        except BaseException:
            leg.hangup()
            raise

    def _take(self) -> bool:
        return self.search.claim.take(self.person)

    def _note(self, line: str | None, result: str) -> None:
        seconds = round(self.search.matter.desk.clock.monotonic() - self._begun, 3)
        self.search.matter.note_rung(self.person, self.phone, line, result, seconds)


@dataclass(slots=True)
class Search:
    """One matter's search among some people. `rang`: somebody's phone was rung.

    `whisper` asks who answered, where `confirm(person, phone)` says that they must press a key; `inform` is for all
    others: they have accepted by answering, unless it returns something else. `in_time()`: whether a new ringing may
    still begin. `beside`: see `Switchboard.dial`. `offer`: for who is on our line when nobody waits any more.

    `found` has accepted and is on the line until somebody takes them over (`hand_over`). A cancellation can arrive
    at any moment between the two, so whoever searches ends with `let_go`.
    """

    matter: Matter
    ring_seconds: float
    whisper: Whisper
    confirm: Callable[[Person, str], bool]
    offer: Offer | None = None
    in_time: Callable[[], bool] = lambda: True
    rationed: bool = False  # nobody is in need: the day's minutes count
    inform: Whisper = accepted
    beside: Leg | None = None
    rang: bool = False
    claim: Claim = field(default_factory=Claim)
    found: Found | None = None

    async def in_turn(self, people: list[Person]) -> Found | None:
        """Ring one person after another, taking each off the list; who accepted, or None."""
        while people:
            found = await self._ring(people.pop(0))
            if found is not None:
                return found
        return None

    async def all_at_once(self, people: list[Person]) -> Found | None:
        """Ring everybody on the list; the first to accept is taken off it. None when nobody did.

        The others stop ringing, or hear that they are too late. One line for one call only rings them in turn.
        """
        switchboard, beside = self.matter.desk.switchboard, self.beside
        if switchboard.room() == 1 or (beside and any(switchboard.must_hold(beside, each) for each in people)):
            return await self.in_turn(people)
        loop = asyncio.get_running_loop()
        rings = [loop.create_task(self._ring(person)) for person in people]
        try:
            for ended in asyncio.as_completed(rings):
                found = await ended
                if found is not None:
                    people.remove(found.person)
                    return found
        finally:
            for ring in rings:
                ring.cancel()
            if rings:
                await asyncio.wait(rings)
        people.clear()
        return None

    def hand_over(self) -> None:
        """Whoever was found is looked after by somebody else from here on."""
        self.found = None

    def let_go(self) -> None:
        """The search is over: who accepted and was not handed over is told why, before we let them go."""
        found, self.found = self.found, None
        if found is not None and found.leg.up:
            self.explain(found.person, found.leg)

    def explain(self, person: Person, leg: Leg) -> None:
        """Tell somebody on our line that they are too late, or offer them what the caller who has gone has left."""
        if self.matter.waiting() or self.offer is None:
            self.matter.errand(say_too_late(self.matter, leg))
        else:
            self.matter.errand(self.offer(person, leg, lambda: self.claim.take(person)))

    async def _ring(self, person: Person) -> Found | None:
        """Ring a person's phones in turn, until they decide; nobody is rung who is on a call."""
        for phone in person.phones:
            if self.matter.desk.switchboard.engaged(person) or not self.in_time():
                return None
            self.rang = True
            ring = Ring(self, person, phone)
            found = await ring.until_decided()
            if found is None:
                await self._free_again(person)
            if found is not None or ring.declined:
                return found
        return None

    async def _free_again(self, person: Person) -> None:
        """The end of our own call is known a moment after it; whoever is on another call is not waited for.

        Who was on hold for its sake is fetched back first: nobody else can be rung beside them before.
        """
        if self.beside is not None:
            await self.matter.desk.switchboard.back(self.beside)
        with suppress(TimeoutError):
            async with asyncio.timeout(FREED_SECONDS):
                await self.matter.desk.switchboard.somebody_free([person])


def repeat(clips: Sequence[Clip], desk: Desk) -> Whisper:
    """A whisper: these clips again and again, until 1 or 2 is pressed or `DECISION_SECONDS` are over."""
    words = [*clips, desk.voice.silence(WHISPER_PAUSE_SECONDS)]

    async def whisper(leg: Leg) -> str | None:
        try:
            async with asyncio.timeout(DECISION_SECONDS + leg.may_ring):
                while True:
                    key = await ask(leg, words, seconds=0.0)
                    if key in (ACCEPT, DECLINE):
                        return key
        except (TimeoutError, LegGoneError):
            return None

    return whisper
