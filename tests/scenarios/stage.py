"""The stage of the scenarios: a simulated building at a moment of its life, its residents and its people on duty.

`Night` runs the call flow as it stands on a simulated line and the virtual clock. A person on duty is a list of
what they do, one entry for each time they are rung; the last one holds for all further times.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from appliance.building import file
from appliance.building.model import Building, Override
from appliance.callflow.desk import Desk, Voice
from appliance.calls import Calls
from appliance.lines.line import Cause, Leg
from appliance.lines.routing import Routing
from appliance.lines.simulated import SimulatedLeg, SimulatedLine
from appliance.lines.simulated_network import SimulatedNetwork
from appliance.media.sound import Clip
from appliance.notify.notifier import Notifier
from appliance.notify.simulated import SimulatedAir, SimulatedPost, SimulatedSms
from appliance.register.memory import MemoryRegister
from appliance.register.watched import WatchedRegister
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually

EXAMPLES = Path(__file__).parents[2] / "examples"
WARSAW = ZoneInfo("Europe/Warsaw")
SUNDAY_NIGHT = datetime(2026, 11, 22, 21, 14, tzinfo=WARSAW)
MONDAY_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=WARSAW)

NOWAK, KOWALSKA = "+48600100200", "+48600300400"
RESIDENT, STRANGER = "+48501502503", "+48511222333"

LETTER_SECONDS = 0.085  # of Polish, as the shipped voices speak: 0.07 to 0.09 measured


class SpokenText:
    """A voice whose clips last as long as their text takes to say."""

    def clip(self, language: str, text: str) -> Clip:
        return Clip("", 0.35) if text == "," else Clip(text, round(len(text) * LETTER_SECONDS, 3))

    def silence(self, seconds: float) -> Clip:
        return Clip("", seconds)

    def beep(self) -> Clip:
        return Clip("(beep)", 0.3)

    def hold_music(self) -> Clip:
        return Clip("(music)", 32.0)

    def message(self, path: Path) -> Clip:
        return Clip("(message)", 5.0)


class Person:
    """Somebody with a telephone on the simulated network: does the next thing of a list each time it rings."""

    def __init__(self, night: "Night", number: str, *deeds: str) -> None:
        self._night, self.number, self._deeds = night, number, list(deeds)
        self.legs: list[SimulatedLeg] = []
        self._ringing: asyncio.Queue[SimulatedLeg] = asyncio.Queue()
        night.network.people[number] = self._is_rung

    async def is_rung(self) -> SimulatedLeg:
        """Wait until the telephone rings (again)."""
        return await self._ringing.get()

    async def _is_rung(self, leg: SimulatedLeg) -> Cause | None:
        """A deed is "WHAT after SECONDS": busy, refuses, unreachable, rings, or answers and then what follows "and":
        "answers after 4 and presses 21", "answers after 4 and says hallo", "answers after 4 and hangs up"."""
        self.legs.append(leg)
        self._ringing.put_nowait(leg)
        deed = self._deeds.pop(0) if len(self._deeds) > 1 else self._deeds[0]
        what, _, then = deed.partition(" and ")
        verb, _, seconds = what.partition(" after ")
        await asyncio.sleep(float(seconds or 0))
        match verb:
            case "rings":
                await asyncio.get_running_loop().create_future()
            case "busy":
                return Cause.BUSY
            case "refuses":
                return Cause.REFUSED
            case "is wrong":
                return Cause.WRONG_NUMBER
        if then:
            self._night.alongside(self._then(leg, then))
        return None

    async def _then(self, leg: SimulatedLeg, then: str) -> None:
        await leg.is_answered()
        verb, _, rest = then.partition(" ")
        if verb == "presses":
            for key in rest.split():
                await asyncio.sleep(2.0)
                leg.presses(key)
        elif then == "says hallo":
            await asyncio.sleep(0.5)
            leg.speaks(0.6)
        elif then == "hangs up":
            await asyncio.sleep(2.0)
            leg.hangs_up()


class Night:
    """One building, one line, one register, from `start` on. Use `play(story)` to live through it."""

    def __init__(
        self, start: datetime = SUNDAY_NIGHT, example: str = "lipowa7.toml", voice: Voice | None = None, **changes: Any
    ) -> None:
        self.voice: Voice = voice or SpokenText()
        self.loop = VirtualLoop()
        self.start = start
        self.clock = VirtualClock(self.loop, start)
        self.faults: dict[str, str | None] = {}
        self.building: Building = replace(file.read(EXAMPLES / example), **changes)
        self.network = SimulatedNetwork()
        self.register = MemoryRegister(self.clock, random.Random(7))
        numbers = self.building.lines["provider"].numbers
        self.line = SimulatedLine("provider", numbers, self.building.lines["provider"].channels, self.network)
        self.lines: dict[str, SimulatedLine] = {"provider": self.line}
        self._alongside: set[asyncio.Task[None]] = set()
        self.overrides: tuple[Override, ...] = ()  # of duty, as the register would have them
        self.begun: list[asyncio.Task[None]] = []  # of the calls, in the order of their coming
        self.air = SimulatedAir()  # who gets which SMS
        self.sim = SimulatedSms("sim", self.air)
        self.post = SimulatedPost()

    def person(self, number: str, *deeds: str) -> Person:
        """Put somebody on the network."""
        return Person(self, number, *deeds)

    def alongside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._alongside.add(task)
        task.add_done_callback(self._alongside.discard)

    def resident(self, number: str | None = RESIDENT, called: str = "") -> SimulatedLeg:
        """Somebody calls the building."""
        return self.line.call(number, called)

    def play(self, story: Coroutine[Any, Any, None]) -> None:
        """Live the story, then wait until all calls are over, and check that nothing is left."""
        run_virtually(self.loop, self._whole(story))

    async def _whole(self, story: Coroutine[Any, Any, None]) -> None:
        self.routing = Routing(self.lines, lambda: self.building, self.clock)

        def fault(text: str) -> None:
            self.faults["calls"] = text

        nowhere = Path("/nowhere")
        tell = self.faults.__setitem__
        watched = WatchedRegister(self.register)
        self.calls = Calls(lambda: self.building, self.clock, watched, self.routing, self.voice, nowhere, tell, fault)
        self.calls.overrides = self.overrides
        self.notifier = Notifier(
            watched,
            self.clock,
            building=lambda: self.building,
            overrides=lambda: self.calls.overrides,
            sms=lambda: [self.sim],
            post=self.post,
            settled=self.calls.settled,
        )
        watched.hears = self.notifier.heard
        self.sim.listener = self.notifier

        for line in self.lines.values():
            await line.start(lambda leg: self.comes(leg, self.calls.take))
        await story
        for ended in await asyncio.gather(*self.begun, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
        await asyncio.sleep(1.0)
        await self.calls.stop()
        if ending := self.notifier.stop():
            await asyncio.wait(ending)
        self._check_invariants()

    def comes(self, leg: Leg, take: Callable[[Leg], None]) -> None:
        """Hand a call to the calls; the night ends after it."""
        take(leg)
        self.begun += [each for each in self.calls.tasks if each not in self.begun]

    def desk(self) -> Desk:
        """What a call may use now."""
        return self.calls.desk()

    def _check_invariants(self) -> None:
        """DESIGN's invariants that hold after every story."""
        rows = self.register.calls()
        assert len(rows) == len(self.begun)
        for row in rows:
            assert row["outcome"], f"no outcome: {row}"
            assert row["ended"], f"not closed: {row}"
            if row["urgent"] and row["outcome"] != "answered":
                ticket = next(each for each in self.register.tickets() if each["number"] == row["ticket"])
                assert ticket["urgent"]
        for line in self.lines.values():
            assert not line.legs(), f"legs left on {line.id}"
        here = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task not in {here, *self._alongside}]
        assert not left, f"tasks left: {left}"

    def row(self, index: int = -1) -> dict[str, Any]:
        """A row of the register, the last one by default."""
        return self.register.calls()[index]

    def results(self, index: int = -1) -> list[tuple[str, str]]:
        """Who was rung for a call, and what they did."""
        return [(each["who"], each["result"]) for each in self.row(index)["rung"]]
