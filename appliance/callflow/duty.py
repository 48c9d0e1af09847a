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
7. The caller hangs up while somebody decides: that person hears it, and calls back by pressing 1.
"""

from __future__ import annotations

import asyncio

from appliance.building.model import Destination, Duty, Person
from appliance.building.rota import on_duty
from appliance.callflow.call import Call
from appliance.callflow.connecting import Briefing, connect
from appliance.callflow.ringing import Found, Search
from appliance.callflow.waiting import beside

COMFORT_SECONDS = 20.0  # between two comforting sentences
HUNT_SECONDS = 600.0  # after this no new ringing begins, however long the list


async def duty(call: Call, config: Duty) -> Destination | None:
    """Find somebody on duty and connect the caller; returns where to go when there is nobody. Raises LegGoneError."""
    hunt = Hunt(call, config)
    try:
        while True:
            async with beside(keep_company(call)):
                found = await hunt.run()
            if found is None:
                return config.unanswered
            if await connect(call, found.person, found.leg, hunt.briefing):
                return None
    finally:
        if hunt.search.rang and not call.outcome and not call.ticket:
            call.open_ticket("lost")


async def keep_company(call: Call) -> None:
    """What the caller hears while we look for somebody; ends only when cancelled. Raises LegGoneError."""
    await call.say("duty_search")
    await call.say("danger")
    while True:
        try:
            async with asyncio.timeout(COMFORT_SECONDS):
                await call.leg.play(call.desk.voice.hold_music(), loop=True)
        except TimeoutError:
            await call.say("comfort")


def briefing(call: Call, config: Duty) -> Briefing:
    """What the people of this list hear about the call, and when they hear the flat."""
    whisper = call.to_staff("whisper" if call.urgent else "whisper_plain")
    if call.resident is None or config.tell_flat == "never":
        return Briefing(tuple(whisper))
    flat = call.to_staff("whisper_flat", number=call.resident.flat)
    if config.tell_flat == "before":
        return Briefing((*call.to_staff("flat", number=call.resident.flat), *whisper))
    return Briefing(tuple(whisper), tuple(flat))


class Hunt:
    """One caller's way through the rounds of a duty list: `run` goes through those that are left."""

    def __init__(self, call: Call, config: Duty) -> None:
        self.call = call
        self.config = config
        self.briefing = briefing(call, config)
        self.search = Search(call, self.briefing, config.ring_seconds, self._confirm, self._in_time)
        self._until = call.desk.clock.monotonic() + HUNT_SECONDS
        self._round = 0

    async def run(self) -> Found | None:
        """Who accepted; None when nobody did within the rounds and the bound. Cancelled when the caller goes."""
        while self._round < self.config.rounds and self._in_time():
            self._round += 1
            self.search.claim.release()
            people = self._on_duty()
            await self._wait_for_one_of(people)
            everybody = self._round == self.config.rounds >= 2 and self.config.last_round == "all"
            found = await (self.search.all_at_once(people) if everybody else self.search.in_turn(people))
            if found is not None:
                return found
        return None

    def _on_duty(self) -> tuple[Person, ...]:
        desk = self.call.desk
        return on_duty(desk.building, self.config.id, desk.clock.now(), self.call.building or None)

    def _confirm(self, person: Person, phone: str) -> bool:
        return self.config.confirm if person.confirm is None else person.confirm

    def _in_time(self) -> bool:
        return self.call.desk.clock.monotonic() < self._until

    async def _wait_for_one_of(self, people: tuple[Person, ...]) -> None:
        """When everybody is on a call, give one of them the time of one ringing to finish it."""
        try:
            async with asyncio.timeout(self.config.ring_seconds):
                await self.call.desk.switchboard.somebody_free(people)
        except TimeoutError:
            return
