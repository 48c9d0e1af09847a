"""What goes wrong in a night, by chance: lines, disk, clock, power. Each trouble is one coroutine that comes and goes.

It injects; whether the box lives through it is for the checks to say.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from appliance.building.model import Building
from appliance.nights.box import Life
from appliance.nights.disk import Disk
from appliance.virtual import VirtualClock

HOUR = 3600.0


class Patient(Protocol):
    """The night as trouble sees it."""

    rng: random.Random
    clock: VirtualClock
    disk: Disk
    life: Life
    building: Building

    def tell(self, what: str) -> None:
        """For the chronicle."""
        ...

    async def stirred(self) -> None:
        """Wait until something happens, and some turns of the loop."""
        ...

    async def power_cut(self, away: float) -> None:
        """Cut the power, and switch on again after so many seconds."""
        ...

    async def restart(self, away: float) -> None:
        """End politely, and start again after so many seconds."""
        ...


Trouble = Callable[[Patient], Coroutine[Any, Any, None]]


async def _sometime(night: Patient) -> None:
    """A moment of the night: any, or one in which something happens."""
    await asyncio.sleep(night.rng.uniform(5.0, 1500.0))
    if night.rng.random() < 0.6:
        await night.stirred()


async def lines(night: Patient) -> None:
    """Lines that go silent, deaf, refuse or raise, die with every call on them, lose one call, or carry fewer."""
    rng = night.rng
    for _ in range(rng.randint(1, 8)):
        await _sometime(night)
        line = rng.choice(night.life.all_lines())
        match rng.choice(("broken", "broken", "dies", "drops", "drops", "fills up", "phones")):
            case "broken":
                line.broken = rng.choice(("silent", "deaf", "refusing", "raising"))
                night.tell(f"line {line.id} is {line.broken}")
                await asyncio.sleep(rng.choice((rng.uniform(1.0, 30.0), rng.uniform(30.0, 900.0))))
                line.broken = ""
                night.tell(f"line {line.id} is back")
            case "dies":
                night.tell(f"line {line.id} dies with every call on it")
                line.dies()
            case "drops":
                legs = sorted(line.legs(), key=lambda leg: leg.id)
                if legs:
                    leg = rng.choice(legs)
                    night.tell(f"line {line.id} drops {leg.id}")
                    leg.vanishes()
            case "phones":
                phones = night.life.phones
                phones.there -= set(rng.sample(sorted(phones.there), rng.randint(0, len(phones.there))))
                night.tell(f"telephones that are registered now: {sorted(phones.there)}")
                await asyncio.sleep(rng.uniform(10.0, 600.0))
                phones.there |= set(night.building.extensions)
            case "fills up":
                whole, line.channels = line.channels, rng.randint(0, 1)
                night.tell(f"line {line.id} carries {line.channels} calls")
                await asyncio.sleep(rng.uniform(10.0, 600.0))
                if line.channels:
                    line.channels = whole


async def disk(night: Patient) -> None:
    """A disk that is slow, or refuses for a while; the recorder with it or without."""
    rng = night.rng
    for _ in range(rng.randint(1, 5)):
        await _sometime(night)
        match rng.choice(("slow", "slow", "fails", "full")):
            case "slow":
                night.disk.delay_seconds = rng.choice((0.05, 0.4, 0.6, 2.0, 5.0, 20.0))
                night.tell(f"the disk takes {night.disk.delay_seconds} s for a commit")
            case "fails":
                night.disk.fails = True
                night.tell("the disk refuses")
            case "full":
                night.disk.fails = night.life.network.recorder_fails = True
                night.tell("the disk is full: no message can be recorded")
        await asyncio.sleep(rng.choice((rng.uniform(0.5, 20.0), rng.uniform(20.0, 600.0))))
        recover(night)


def recover(night: Patient) -> None:
    """The disk is well again, the lines carry what they should."""
    night.disk.delay_seconds = 0.0
    night.disk.fails = night.life.network.recorder_fails = False
    night.life.register.retry()
    night.tell("the disk is well")


async def clock(night: Patient) -> None:
    """The wall clock is set: by seconds, hours, or from 1970 as after a start without a network."""
    rng = night.rng
    for _ in range(rng.randint(1, 4)):
        await _sometime(night)
        step = rng.choice((1.0, -1.0, 30.0, -30.0, HOUR, -HOUR, 13 * HOUR, -13 * HOUR, 24 * 90 * HOUR, -24 * 90 * HOUR))
        night.clock.step(step)
        night.tell(f"the clock is set by {step:.0f} s")


async def power(night: Patient) -> None:
    """Power cuts and restarts, at any await."""
    rng = night.rng
    for _ in range(rng.randint(1, 4)):
        await _sometime(night)
        away = rng.choice((0.0, rng.uniform(0.5, 5.0), rng.uniform(5.0, 400.0)))
        await (night.power_cut if rng.random() < 0.6 else night.restart)(away)


TROUBLES: dict[str, tuple[Trouble, ...]] = {
    "calm": (),
    "lines": (lines,),
    "disk": (disk,),
    "power": (power,),
    "clock": (clock,),
    "everything": (lines, disk, power, clock),
}
