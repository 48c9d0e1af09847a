"""The calls that are going on and what is done after them: each has a task, all have one desk, and they end in order.

The exchange, its nights and the stage of the scenarios use it alike. It knows no line: calls are handed to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from appliance.building.model import Building, Override
from appliance.callflow.aftercare import Errands
from appliance.callflow.call import Call
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

Story = Callable[[Leg, Desk], Coroutine[Any, Any, None]]


class Calls:
    """`building` gives the one that holds now; a call keeps the one it began with. `tell`: see `Errands`."""

    def __init__(
        self,
        building: Callable[[], Building],
        clock: Clock,
        register: Register,
        routing: Routing,
        voice: Voice,
        data: Path,
        tell: Callable[[str, str | None], None] | None = None,
    ) -> None:
        self._building, self._clock, self._register = building, clock, register
        self._routing, self._voice, self._data = routing, voice, data
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
        )

    def take(self, leg: Leg) -> None:
        """A new incoming call."""
        self._begin(leg, receive)

    def emergency(self, leg: Leg) -> None:
        """A telephone in the building calls an emergency number."""
        self._begin(leg, lambda leg, desk: put_through(leg, desk, lambda: self._routing.emergency(leg.called)))

    def resume(self, matters: Iterable[Resume]) -> None:
        """Go on with what was left undone when the exchange last ended."""
        for resume in matters:
            resume(self.aftercare)

    async def stop(self) -> None:
        """Take no more calls and let go of those that are up; each closes its row."""
        self._stopping = True
        await self.aftercare.stop()
        for task in (going := list(self.tasks)):
            task.cancel()
        if going:
            await asyncio.wait(going, timeout=CLOSE_SECONDS)

    def _begin(self, leg: Leg, story: Story) -> None:
        if self._stopping:
            leg.hangup(Cause.LINE_DOWN)
            return
        if leg.caller is not None:
            self._routing.hold(leg.caller, leg)
        task = asyncio.get_running_loop().create_task(story(leg, self.desk()), name=leg.id)
        self.tasks[task] = None
        task.add_done_callback(lambda ended: self.tasks.pop(ended))
