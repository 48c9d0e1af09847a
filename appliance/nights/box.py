"""One life of the simulated box: from power on to a polite end or a power cut. A night has as many as it needs.

The call flow, the switchboard, what is done after a call and what is resumed at a start are the product's own.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from appliance import resuming
from appliance.building.model import Building
from appliance.building.numbers import SMS_LINE_KINDS
from appliance.calls import Calls
from appliance.lines.line import Leg
from appliance.lines.routing import Routing
from appliance.lines.simulated import SimulatedLine
from appliance.lines.simulated_network import SimulatedNetwork
from appliance.nights.disk import Disk, NightRegister
from appliance.nights.voice import SpokenText
from appliance.notify.notifier import Notifier
from appliance.notify.simulated import SimulatedAir, SimulatedPost, SimulatedSms
from appliance.panel.sensors import Sensors
from appliance.register.log import NotSavedError
from appliance.register.watched import WatchedRegister
from appliance.virtual import VirtualClock
from hardware.panel.simulated import SimulatedPins

DYING_TURNS = 200  # of the loop, for what a power cut leaves behind to be swept away
LAST_TURNS = 30  # of the loop: then a polite end has left nothing
DATA = Path("/night")

_life: ContextVar[Life | None] = ContextVar("life", default=None)


def task_factory(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:
    """For `loop.set_task_factory`: every task belongs to the life of the box in which it was begun."""
    task = asyncio.Task(work, loop=loop, **options)
    context = options.get("context")
    life = context.get(_life) if context is not None else _life.get()
    if life is not None:
        life.tasks[task] = None
        task.add_done_callback(life.forget)
    return task


class Telephones(SimulatedLine):
    """The telephones of the building, for `ext:` numbers; those in `there` are registered."""

    def __init__(self, there: set[str], network: SimulatedNetwork) -> None:
        super().__init__("phones", (), 99, network)
        self.there = there

    def registered(self, extension: str) -> bool:
        """Whether a telephone of this extension is there."""
        return extension in self.there


class NightSms(SimulatedSms):
    """The SMS of a line of the night: they go out when its calls do."""

    def __init__(self, line: SimulatedLine, air: SimulatedAir) -> None:
        super().__init__(line.id, air)
        self._line = line

    def ready(self) -> bool:
        """See `Sms`."""
        return not self._line.broken

    async def send(self, to: str, text: str) -> str:
        """See `Sms`."""
        self.broken = self._line.broken
        return await super().send(to, text)


class Life:
    """The box while it has power. `lines` are its own: after a power cut they carry nothing."""

    def __init__(
        self,
        building: Building,
        clock: VirtualClock,
        rng: random.Random,
        disk: Disk,
        network: SimulatedNetwork,
        air: SimulatedAir,
        pairs: str = "",
    ) -> None:
        """`pairs`: what the lines do with a second call, see `SimulatedLine`."""
        self.building, self._clock = building, clock
        self.disk, self.network = disk, network
        self.register = NightRegister(disk, clock, rng)
        self.lines: Mapping[str, SimulatedLine] = {
            each.id: SimulatedLine(each.id, each.numbers, each.channels, network) for each in building.lines.values()
        }
        for line in self.lines.values():
            line.pairs = pairs
        self.phones = Telephones(set(building.extensions), network)
        self.tasks: dict[asyncio.Task[Any], None] = {}  # in the order of their beginning
        self.routing = Routing(self.lines, lambda: self.building, clock, self.phones)
        watched = WatchedRegister(self.register)
        self.calls = Calls(lambda: self.building, clock, watched, self.routing, SpokenText(), DATA)
        sims = [each for each in building.lines.values() if each.kind in SMS_LINE_KINDS]
        self.sims = [NightSms(self.lines[each.id], air) for each in sims]
        self.notifier = Notifier(
            watched,
            clock,
            building=lambda: self.building,
            overrides=lambda: self.calls.overrides,
            sms=lambda: self.sims,
            post=SimulatedPost(),
            settled=self.calls.settled,
        )
        watched.hears = self.notifier.heard
        self.pins = SimulatedPins()
        self.sensors = Sensors(
            self.pins, clock, watched, lambda: self.building, self.calls.aftercare.chase, lambda part, text: None
        )
        for sim in self.sims:
            sim.listener = self.notifier
        self.running = False
        self.left: list[str] = []  # what a polite end has left running

    async def start(self, answer: Callable[[Leg], None], closed: Iterable[int] = ()) -> None:
        """Recover, resume, take calls; `answer` is told of each call first. `closed`: pins whose contacts are."""

        def on_call(leg: Leg) -> None:
            answer(leg)
            self.calls.take(leg)

        await self.register.recover()
        for line in self.all_lines():
            await line.start(lambda leg: self._inside(lambda: on_call(leg)))
        self._inside(lambda: self.notifier.resume(self.disk.events))
        self._inside(self._resume)
        for pin in closed:
            self.pins.puts(pin, closed=True)
        self.sensors.remember(self.disk.events)
        self.running = True
        self.looks_at_contacts()

    async def stop(self) -> None:
        """End politely, as the exchange does at SIGTERM."""
        self.running = False
        if contacts := self.sensors.stop():
            await asyncio.wait(contacts)
        await self.calls.stop()
        if ending := self.notifier.stop():
            await asyncio.wait(ending)
        for line in self.all_lines():
            await line.stop()
        await self.register.close()
        for _ in range(LAST_TURNS):
            await asyncio.sleep(0)
        self.left += [task.get_coro().__qualname__ for task in self.tasks]  # type: ignore[union-attr]
        await self._sweep()

    async def cut(self) -> None:
        """The power goes: whatever was going on happens no further."""
        self.running = False
        self.sensors.stop()
        self.register.cut()
        for line in self.all_lines():
            line.dies()
            line.channels = 0
            await line.retire()
        await self._sweep()

    async def _sweep(self) -> None:
        for _ in range(DYING_TURNS):
            if not self.tasks:
                return
            for task in tuple(self.tasks):
                task.cancel()
            await asyncio.sleep(0)
        raise RuntimeError(f"these do not die: {self.tasks}")

    def all_lines(self) -> list[SimulatedLine]:
        """Those to the world, and the building's telephones."""
        return [*self.lines.values(), self.phones]

    def receives(self, sim: NightSms, sender: str, text: str) -> None:
        """An SMS comes in."""

        async def receive() -> None:
            with suppress(NotSavedError):  # it stays on the card; nobody of this night looks there again
                await sim.receives(sender, text)

        self._inside(lambda: asyncio.get_running_loop().create_task(receive()))

    def puts(self, pin: int, *, closed: bool) -> None:
        """A contact closes or opens."""
        self._inside(lambda: self.pins.puts(pin, closed=closed))

    def looks_at_contacts(self) -> None:
        """As the exchange does every second; here it need not while nothing is wrong with the pins."""
        if self.running and self.building.sensors:
            self._inside(self.sensors.follow)

    def forget(self, task: asyncio.Task[Any]) -> None:
        """A task of this life has ended."""
        self.tasks.pop(task, None)

    def _inside(self, deed: Callable[[], object]) -> None:
        """Do this as the box, so that its tasks are the box's."""
        before = _life.set(self)
        try:
            deed()
        finally:
            _life.reset(before)

    def _resume(self) -> None:
        rows = {row["id"]: row for row in self.disk.rows.calls.values()}
        self.calls.resume(resuming.matters(self.disk.rows.tickets.values(), rows.get, DATA, self.building))
