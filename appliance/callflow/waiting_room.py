"""Who waits for one queue: places in the order of joining, kept by callers on the line and by those to be called back.

It says how far a place is from its turn and how long that will take. It rings nobody and speaks to nobody.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Iterator, Sequence

from appliance.building.model import Person

SERVED_KEPT = 20  # calls whose length tells how long the next will take
SERVED_NEEDED = 3  # fewer tell nothing


class Place:
    """One place in a waiting room. Whoever holds it leaves it with `WaitingRoom.leave`."""

    __slots__ = ()


class WaitingRoom:
    """The places of one queue, and what is known of its people. Lives as long as the exchange."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._moved = asyncio.Event()
        self._served: deque[float] = deque(maxlen=SERVED_KEPT)
        self._last_talk: dict[str, int] = {}  # person → the number of their last call, counted in this room
        self._talks = 0

    def __len__(self) -> int:
        """How many wait, on the line or to be called back."""
        return len(self._places)

    def join(self, *, first: bool = False) -> Place:
        """Take the last place, or the first one: for who has waited already."""
        place = Place()
        self._places.insert(0 if first else len(self._places), place)
        return place

    def leave(self, place: Place) -> None:
        """Give a place up; everybody behind moves up. May be called again."""
        if place in self._places:
            self._places.remove(place)
            self._move()

    def ahead(self, place: Place) -> int:
        """How many have their turn before this place."""
        return self._places.index(place)

    async def turn(self, place: Place, free: int = 1) -> None:
        """Return when fewer than `free` places are ahead: so many people can be rung side by side."""
        while self.ahead(place) >= free:
            await self._moved.wait()

    def served(self, person: Person, seconds: float) -> None:
        """Somebody of the queue has talked for so long."""
        self._served.append(seconds)
        self._talks += 1
        self._last_talk[person.id] = self._talks

    def likely_minutes(self, place: Place, people: int) -> int | None:
        """How long this place will wait, in whole minutes, with so many people answering; None while not known."""
        if len(self._served) < SERVED_NEEDED or people <= 0:
            return None
        average = sum(self._served) / len(self._served)
        return max(1, math.ceil((self.ahead(place) + 1) * average / people / 60))

    def longest_idle_first(self, people: Sequence[Person]) -> list[Person]:
        """The people, who has not talked for longest first; who never has, in the order of the list."""
        return sorted(people, key=lambda person: self._last_talk.get(person.id, 0))

    def _move(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


class Rooms:
    """The waiting rooms of all queues, by queue id; one that is not there yet is made."""

    def __init__(self) -> None:
        self._rooms: dict[str, WaitingRoom] = {}

    def __getitem__(self, queue: str) -> WaitingRoom:
        """The room of a queue."""
        return self._rooms.setdefault(queue, WaitingRoom())

    def items(self) -> Iterator[tuple[str, WaitingRoom]]:
        """Each queue id with its room, for the status."""
        yield from self._rooms.items()
