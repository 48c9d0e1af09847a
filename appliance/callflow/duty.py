"""The duty hunt: a resident in trouble, and the people on duty, one after another until one of them presses 1.

1. The caller hears that help is being called, when to dial 112 instead, then hold music, and every 20 s that we
   are still calling. Meanwhile:
2. Whoever is on duty now is rung, each of their phones in turn, for `ring_seconds` each. Whoever is on a call
   already is passed over; when all are, we wait for one of them to be free.
3. Whoever answers hears what it is about, again and again, and has 15 s: 1 accepts, 2 declines, any other key asks
   again. A mobile's voicemail presses nothing.
4. Nobody? Another round; the last one rings everybody at once where the list says so. The first to press 1 has the
   call, the others hear that somebody else accepted.
5. The one who accepted is told the flat, the caller that somebody is here, and the two are connected.
6. Nobody at all within the bound: the caller goes on to `unanswered`.
7. The caller is on the only line that works: where its network can do it, they are on hold while somebody is rung.
   Else see `one_line.py`.
8. The caller hangs up while somebody decides: that person hears it, and calls back by pressing 1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from appliance.building.model import Destination, Duty, Person
from appliance.building.rota import on_duty
from appliance.callflow.call import Call
from appliance.callflow.connecting import connect, offer_call_back
from appliance.callflow.consent import announce
from appliance.callflow.one_line import make_way
from appliance.callflow.ringing import Found, Search, repeat
from appliance.callflow.waiting import beside
from appliance.lines.line import Leg
from appliance.media.sound import Clip

COMFORT_SECONDS = 20.0  # from one comforting sentence to the next, beginning to beginning
HUNT_SECONDS = 600.0  # after this no new ringing begins, however long the list


async def duty(call: Call, config: Duty) -> Destination | None:
    """Find somebody on duty and connect the caller; returns where to go when there is nobody. Raises LegGoneError."""
    call.duty = config.id
    hunt = Hunt(call, config)
    try:
        while True:
            introduced = hunt.on_hold()
            if introduced:
                await introduce(call)
            async with beside(keep_company(call, introduced=introduced)):
                found = await hunt.run()
            if found is None:
                return await make_way(call, config) if hunt.in_the_way() else config.unanswered
            hunt.search.hand_over()
            if await connect(call, found.person, found.leg, flat=hunt.flat):
                return None
            await call.desk.switchboard.back(call.leg)
    finally:
        hunt.search.let_go()
        if hunt.search.rang and not call.outcome and not call.leg.up:
            call.open_ticket("lost")


async def introduce(call: Call) -> None:
    """What the caller hears first; all of it before they are put on hold. Raises LegGoneError."""
    await call.leg.play(*call.first_words(), *call.sentence("duty_search"))
    await call.say("danger")
    await announce(call)


async def keep_company(call: Call, *, introduced: bool = False) -> None:
    """What the caller hears while we look for somebody; ends only when cancelled. Raises LegGoneError."""
    if not introduced:
        await introduce(call)
    clock = call.desk.clock
    due = clock.monotonic() + COMFORT_SECONDS
    while True:
        try:
            async with asyncio.timeout(due - clock.monotonic()):
                await call.leg.play(call.desk.voice.hold_music(), loop=True)
        except TimeoutError:
            await call.say("comfort")
            # From beginning to beginning; one that is longer than that is followed by some music all the same.
            due += COMFORT_SECONDS * (1 + (clock.monotonic() - due) // COMFORT_SECONDS)


def whisper(call: Call, config: Duty) -> list[Clip]:
    """What the people of this list hear before they decide: the flat only where the list says so."""
    words = call.to_staff("whisper" if call.urgent else "whisper_plain")
    if call.resident is None or config.tell_flat != "before":
        return words
    return [*call.to_staff("flat", number=call.resident.flat), *words]


def flat(call: Call, config: Duty) -> list[Clip]:
    """What who has accepted hears."""
    if call.resident is None or config.tell_flat != "on-accept":
        return []
    return call.to_staff("whisper_flat", number=call.resident.flat)


def must_confirm(person: Person, config: Duty) -> bool:
    """Whether they must press 1 on any of their phones: a person's own `confirm` beats the list's."""
    return config.confirm if person.confirm is None else person.confirm


class Hunt:
    """One caller's way through the rounds of a duty list: `run` goes through those that are left."""

    def __init__(self, call: Call, config: Duty) -> None:
        self.call = call
        self.config = config
        self.flat = flat(call, config)
        self.search = Search(
            call,
            config.ring_seconds,
            repeat(whisper(call, config), call.desk),
            self._confirm,
            self._offer,
            self._in_time,
            beside=call.leg,
        )
        self._until = call.desk.clock.monotonic() + HUNT_SECONDS
        self._round = 0
        self._left: list[Person] = []  # of this round

    async def run(self) -> Found | None:
        """Who accepted; None when nobody did within the rounds and the bound. Cancelled when the caller goes.

        May be called again when who accepted has vanished: it goes on after them.
        """
        self.search.claim.release()
        while self._in_time():
            if not self._left:
                if self._round == self.config.rounds:
                    return None
                self._round += 1
                if self.in_the_way(all):
                    return None
                self._left = list(self._on_duty())
                await self._wait_for_one_of(self._left)
            everybody = self._round == self.config.rounds >= 2 and self.config.last_round == "all"
            found = await (self.search.all_at_once if everybody else self.search.in_turn)(self._left)
            if found is not None:
                return found
        return None

    def in_the_way(self, of: Callable[[Iterable[bool]], bool] = any) -> bool:
        """Whether the caller's own call is what keeps some of those on duty (or all) from being rung."""
        people = self._on_duty()
        waiting = (self.call.desk.switchboard.waits_for(self.call.leg, each) for each in people)
        return bool(people) and of(waiting)

    def on_hold(self) -> bool:
        """Whether the caller must be put on hold for somebody to be rung."""
        return any(self.call.desk.switchboard.must_hold(self.call.leg, each) for each in self._on_duty())

    def _on_duty(self) -> tuple[Person, ...]:
        desk = self.call.desk
        return on_duty(desk.building, self.config.id, desk.clock.now(), self.call.building or None, desk.overrides)

    def _confirm(self, person: Person, phone: str) -> bool:
        return must_confirm(person, self.config)

    async def _offer(self, person: Person, leg: Leg, claim: Callable[[], bool]) -> None:
        await offer_call_back(self.call, person, leg, claim, flat=self.flat)

    def _in_time(self) -> bool:
        return self.call.desk.clock.monotonic() < self._until

    async def _wait_for_one_of(self, people: Sequence[Person]) -> None:
        """When everybody is on a call, give one of them the time of one ringing to finish it."""
        try:
            async with asyncio.timeout(self.config.ring_seconds):
                await self.call.desk.switchboard.somebody_free(people)
        except TimeoutError:
            return
