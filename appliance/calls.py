"""The calls that are going on and what is done after them: each has a task, all have one desk, and they end in order.

The exchange, its nights and the stage of the scenarios use it alike. It knows no line: calls are handed to it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from appliance.building.model import Building, Override
from appliance.building.numbers import is_emergency
from appliance.callflow.aftercare import Errands
from appliance.callflow.call import Call
from appliance.callflow.claiming import speak_code
from appliance.callflow.desk import Desk, Voice
from appliance.callflow.emergency import put_through
from appliance.callflow.reception import receive
from appliance.callflow.waiting_room import Rooms
from appliance.clock import Clock
from appliance.lines.line import Cause, Leg
from appliance.lines.routing import Routing
from appliance.register.log import Register
from appliance.resuming import Resume

CLOSE_SECONDS = 1.5  # for calls to close their rows when the exchange stops

log = logging.getLogger("dyzurka.call")

Story = Callable[[Leg, Desk], Coroutine[Any, Any, None]]


class Calls:
    """`building` gives the one that holds now; a call keeps the one it began with.

    `tell`: see `Errands`; `fault` is told in words what went wrong and is over.
    """

    def __init__(
        self,
        building: Callable[[], Building],
        clock: Clock,
        register: Register,
        routing: Routing,
        voice: Voice,
        data: Path,
        tell: Callable[[str, str | None], None] | None = None,
        fault: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._building, self._clock, self._register = building, clock, register
        self._routing, self._voice, self._data, self._fault = routing, voice, data, fault
        self.up: dict[str, Call] = {}
        self.overrides: tuple[Override, ...] = ()  # of duty: whoever records one puts it here, too
        self.rooms = Rooms()
        self.aftercare = Errands(self.desk, tell)
        self.tasks: dict[asyncio.Task[None], None] = {}  # of the calls, in the order of their coming
        self._stopping = False

    def desk(self) -> Desk:
        """What a call may use, as things are now."""
        return Desk(
            building=self._building(),
            clock=self._clock,
            register=self._register,
            switchboard=self._routing,
            voice=self._voice,
            data=self._data,
            calls=self.up,
            rooms=self.rooms,
            aftercare=self.aftercare,
            overrides=self.overrides,
            fault=self._fault,
        )

    def take(self, leg: Leg) -> None:
        """A new incoming call."""
        self._begin(leg, receive)

    def emergency(self, leg: Leg) -> None:
        """A telephone in the building calls an emergency number."""
        self._begin(leg, lambda leg, desk: put_through(leg, desk, lambda: self._routing.emergency(leg.called)))

    def from_telephone(self, leg: Leg, code: str) -> None:
        """A telephone in the building calls: an emergency number, or else the box, which tells its claim code."""
        if is_emergency(leg.called):
            self.emergency(leg)
        else:
            self._begin(leg, lambda leg, desk: speak_code(leg, desk, code))

    def resume(self, matters: Iterable[Resume]) -> None:
        """Go on with what was left undone when the exchange last ended."""
        for resume in matters:
            resume(self.aftercare)

    def settled(self, ticket: str) -> None:
        """Somebody deals with the ticket of this uid: nobody is rung about it, now or when its call ends."""
        self.aftercare.settled(ticket)
        for call in self.up.values():
            if call.ticket == ticket:
                call.taken = True

    async def stop(self) -> None:
        """Take no more calls and let go of those that are up: each closes its row, or is left after `CLOSE_SECONDS`.

        What is done after the calls ends at the same time.
        """
        self._stopping = True
        ending = self.aftercare.end()
        for task in self.tasks:
            task.cancel()
        if ending := ending | set(self.tasks):
            await asyncio.wait(ending, timeout=CLOSE_SECONDS)

    def _begin(self, leg: Leg, story: Story) -> None:
        if self._stopping:
            leg.hangup(Cause.LINE_DOWN)
            return
        if leg.caller is not None:
            self._routing.hold(leg.caller, leg)
        task = asyncio.get_running_loop().create_task(self._live(leg, story), name=leg.id)
        self.tasks[task] = None
        task.add_done_callback(lambda ended: self.tasks.pop(ended))

    async def _live(self, leg: Leg, story: Story) -> None:
        """A story tells its own failures; one that cannot leaves nobody on a line where nothing happens."""
        try:
            await story(leg, self.desk())
        except Exception as fault:
            log.exception("%s: the call failed", leg.id)
            self._fault(f"a call on line {leg.line} was not looked after: {fault!r}")
            leg.hangup(Cause.LINE_DOWN)
