"""The people of a queue, rung for one matter when its turn has come: by a caller who waits, or to call one back.

It knows turns and strategies; what the caller hears meanwhile is not its business.
"""

from __future__ import annotations

import asyncio

from appliance.building.model import Person, QueueConfig
from appliance.callflow.desk import Desk
from appliance.callflow.matter import Matter
from appliance.callflow.ringing import Found, Offer, Search, repeat
from appliance.callflow.waiting_room import Place, WaitingRoom

ROUND_PAUSE_SECONDS = 5.0  # between two rounds of ringing people who do not answer
EXTENSION = "ext:"


def reachable(desk: Desk, config: QueueConfig) -> list[Person]:
    """The people of the queue who have a phone that could ring now."""
    people = (desk.building.people[each] for each in config.people)
    return [person for person in people if desk.switchboard.reachable(person)]


def must_confirm(person: Person, phone: str) -> bool:
    """An outside phone may be a mobile whose mailbox answers; a telephone in the building has none."""
    return person.confirm if person.confirm is not None else not phone.startswith(EXTENSION)


class Office:
    """One matter's way to somebody of the queue. `search` holds who answered until they are handed over."""

    def __init__(self, matter: Matter, config: QueueConfig, room: WaitingRoom, offer: Offer | None = None) -> None:
        self.matter, self.config, self.room = matter, config, room
        words = repeat(matter.to_staff("whisper_plain"), matter.desk)
        self.search = Search(matter, config.ring_seconds, words, must_confirm, offer, self._in_time, rationed=True)
        self._until = 0.0

    def people(self) -> list[Person]:
        """Who could be rung now, in the order of the strategy."""
        people = reachable(self.matter.desk, self.config)
        return self.room.longest_idle_first(people) if self.config.strategy == "longest-idle" else people

    async def answer(self, place: Place, seconds: float) -> Found | None:
        """Ring them when it is this place's turn, again and again; None when nobody answered within `seconds`.

        A ringing that has begun may end later. None at once when nobody could be rung at all.
        """
        if not await self.turn(place, seconds):
            return None
        while self._in_time() and (people := self.people()):
            found = await self._round(people)
            if found is not None:
                return found
            await asyncio.sleep(ROUND_PAUSE_SECONDS)
        return None

    async def answer_once(self, place: Place, seconds: float) -> Found | None:
        """The same, ringing each of them once, as soon as one of them is off the phone."""
        if not await self.turn(place, seconds):
            return None
        try:
            async with asyncio.timeout(seconds):
                await self.matter.desk.switchboard.somebody_free(self.people())
        except TimeoutError:
            return None
        return await self._round(self.people())

    async def turn(self, place: Place, seconds: float) -> bool:
        """Whether this place's turn comes within so many seconds."""
        self._until = self.matter.desk.clock.monotonic() + seconds
        self.search.claim.release()
        try:
            async with asyncio.timeout(seconds):
                await self.room.turn(place, self._side_by_side())
        except TimeoutError:
            return False
        return True

    async def _round(self, people: list[Person]) -> Found | None:
        everybody = self.config.strategy == "all"
        return await (self.search.all_at_once if everybody else self.search.in_turn)(people)

    def _side_by_side(self) -> int:
        """How many may be put through at the same time: with "all", each ringing takes everybody."""
        return 1 if self.config.strategy == "all" else len(self.people())

    def _in_time(self) -> bool:
        return self.matter.desk.clock.monotonic() < self._until
