"""What every source of readings of a UPS does, as checks over a `Bench`: on a pin, by NUT, played."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from hardware.mains.reading import Reading, Ups

PATIENCE_SECONDS = 20.0  # for a driver that reads its file now and then
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Bench:
    """A source, and what is outside of it. `troubles`: nothing is known any more; `recovers`: it is again."""

    ups: Ups
    mains_go: Callable[[], None]
    mains_come: Callable[[], None]
    troubles: Callable[[], None]
    recovers: Callable[[], None]


Check = Callable[[Bench], Coroutine[Any, Any, None]]


async def until(ups: Ups, on_battery: bool | None) -> Reading:
    """The first reading of that kind: nobody tells when a UPS has changed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (reading := await ups.read()).on_battery is not on_battery:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
    return reading


async def the_mains_that_go_and_come_are_seen(bench: Bench) -> None:
    """As often as they do; nothing of it is trouble, and what is told makes sense."""
    for _ in range(2):
        bench.mains_come()
        there = await until(bench.ups, on_battery=False)
        bench.mains_go()
        gone = await until(bench.ups, on_battery=True)
        for each in (there, gone):
            assert (each.trouble, each.detail) == ("", "")
            assert each.charge is None or 0.0 <= each.charge <= 100.0
            assert each.seconds is None or each.seconds >= 0.0
        assert not there.low, "with mains no battery ends"
    await bench.ups.close()


async def what_is_not_known_is_a_reading_with_its_trouble(bench: Bench) -> None:
    """And no exception; afterwards it is known again, by the same source."""
    bench.mains_come()
    await until(bench.ups, on_battery=False)
    bench.troubles()
    unknown = await until(bench.ups, on_battery=None)
    assert unknown.trouble and not unknown.low
    bench.recovers()
    await until(bench.ups, on_battery=False)
    await bench.ups.close()


async def closing_gives_back_and_reading_goes_on(bench: Bench) -> None:
    """Closing twice is closing once; who reads afterwards has a reading."""
    bench.mains_come()
    await until(bench.ups, on_battery=False)
    await bench.ups.close()
    await bench.ups.close()
    bench.mains_go()
    await until(bench.ups, on_battery=True)
    await bench.ups.close()


CHECKS = (
    the_mains_that_go_and_come_are_seen,
    what_is_not_known_is_a_reading_with_its_trouble,
    closing_gives_back_and_reading_goes_on,
)
