"""The queue: callers wait for the office in the order in which they came, and know where they stand.

1. Nobody of the office could answer at all, or as many wait as the queue holds: `overflow` at once, never busy.
2. The caller hears how many are ahead, how long it will take once that is known, and that they can be called back
   instead; then music. The same again every `announce_seconds`.
3. Who is first is put through: the people are rung as the queue's `strategy` says, again and again.
4. After `max_wait_minutes`, `overflow`.
5. The call-back key keeps the place: once it is on disk the caller hears that we will call, and may hang up
   (`callback.py` goes on from there).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from appliance.building.model import Destination, Person, QueueConfig
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.callback import promise
from appliance.callflow.connecting import connect, offer_call_back
from appliance.callflow.numerals import key_words
from appliance.callflow.office import Office, reachable
from appliance.callflow.ringing import Found
from appliance.callflow.sentences import queue_position, queue_wait
from appliance.callflow.waiting import beside, first_of
from appliance.callflow.waiting_room import WaitingRoom
from appliance.lines.line import Leg
from appliance.media.sound import Clip


async def queue(call: Call, config: QueueConfig) -> Destination | None:
    """Let the caller wait for somebody; returns where to go when nobody comes. Raises LegGoneError."""
    room = call.desk.rooms[config.id]
    if not reachable(call.desk, config) or len(room) >= config.max_waiting:
        return config.overflow
    waiting = Waiting(call, config, room)
    try:
        while (found := await waiting.for_somebody()) is not None:
            if await waiting.talk(found):
                return None
        return None if call.outcome == calls.CALLBACK else config.overflow
    finally:
        waiting.end()


class Waiting:
    """One caller in the waiting room, from joining to the end."""

    def __init__(self, call: Call, config: QueueConfig, room: WaitingRoom) -> None:
        self.call, self.config, self.room = call, config, room
        self.office = Office(call, config, room, self._offer)
        self._place = room.join()
        call.place = config.id, self._place
        self._key = config.callback_key if call.can_be_called_back() else ""
        self._until = call.desk.clock.monotonic() + config.max_wait_minutes * 60

    async def for_somebody(self) -> Found | None:
        """Who answered; None when the wait is over, or when the caller will be called back. Raises LegGoneError."""
        while True:
            left = self._until - self.call.desk.clock.monotonic()
            answer = self.office.answer(self._place, max(0.0, left))
            async with beside(self._keep_company()) as company, beside(answer) as search:
                await first_of(company, search)
                if search.done():
                    return search.result()
                company.result()
            if self.office.search.found is not None:  # answered in the moment in which the key was pressed
                return self.office.search.found
            if await self._promised():
                return None

    async def talk(self, found: Found) -> bool:
        """Put the caller through; false when who answered has vanished, and the caller is first in the room again."""
        self.room.leave(self._place)
        self.call.place = None
        self.office.search.hand_over()
        begun = self.call.desk.clock.monotonic()
        try:
            if await connect(self.call, found.person, found.leg, announcement=""):
                return True
        finally:
            if self.call.outcome == calls.ANSWERED:
                self.room.served(found.person, self.call.desk.clock.monotonic() - begun)
        self._place = self.room.join(first=True)
        self.call.place = self.config.id, self._place
        return False

    def end(self) -> None:
        """The caller waits no longer; one lost while somebody was rung has a ticket."""
        self.call.place = None
        if self.call.outcome != calls.CALLBACK:  # else the place goes on waiting without the caller
            self.room.leave(self._place)
        self.office.search.let_go()
        if self.office.search.rang and not self.call.outcome and not self.call.leg.up:
            self.call.open_ticket("lost")

    async def _keep_company(self) -> None:
        """Say where the caller stands and play music, again and again; returns when the call-back key is pressed."""
        async with beside(self._key_pressed()) as wanted, beside(self._entertain()) as music:
            await first_of(wanted, music)
            if not wanted.done():
                music.result()

    async def _entertain(self) -> None:
        while True:
            await self.call.leg.play(*self.call.first_words(), *self._standing())
            try:
                async with asyncio.timeout(self.config.announce_seconds):
                    await self.call.leg.play(self.call.desk.voice.hold_music(), loop=True)
            except TimeoutError:
                continue

    async def _key_pressed(self) -> None:
        while await self.call.leg.digit() != self._key:
            pass

    def _standing(self) -> list[Clip]:
        """What the caller hears about the wait."""
        call, building = self.call, self.call.desk.building
        clips = call.to_caller(queue_position(self.room.ahead(self._place), call.language, building))
        minutes = self.room.likely_minutes(self._place, len(reachable(call.desk, self.config)))
        if minutes is not None:
            clips += call.to_caller(queue_wait(minutes, call.language, building))
        if self._key:
            clips += call.sentence("callback_offer", key=key_words(self._key, call.language))
        return clips

    async def _promised(self) -> bool:
        """Hand the place over to the call-back; false when that could not be promised, and the caller waits on."""
        self._key = ""
        return await promise(self.call, self.config.id, self._place)

    async def _offer(self, person: Person, leg: Leg, claim: Callable[[], bool]) -> None:
        await offer_call_back(self.call, person, leg, claim)
