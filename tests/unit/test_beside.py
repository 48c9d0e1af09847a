"""What is done beside the calls: its failure is seen, and it ends with its block or with the exchange."""

from __future__ import annotations

import asyncio

from appliance.beside import Chores
from appliance.clock import SystemClock
from appliance.faults import Faults

FOREVER = 3600.0


async def fails() -> None:
    raise RuntimeError("a defect")


async def goes_on(ended: list[str]) -> None:
    try:
        await asyncio.sleep(FOREVER)
    finally:
        ended.append("ended")


def test_work_that_fails_is_a_fault_with_its_name_until_it_is_begun_again() -> None:
    async def life() -> None:
        faults = Faults(SystemClock())
        chores = Chores(faults)
        async with chores.beside("tidying up", fails()) as task:
            await asyncio.wait({task})
            assert ["tidying up" in text and "a defect" in text for text in faults.texts()] == [True]
            async with chores.beside("tidying up", goes_on([])):
                assert not faults.texts()

    asyncio.run(life())


def test_work_ends_with_its_block_and_what_was_begun_for_later_with_the_exchange() -> None:
    async def life() -> None:
        ended: list[str] = []
        chores = Chores(Faults(SystemClock()))
        async with chores.beside("looking", goes_on(ended)):
            await asyncio.sleep(0)
        assert ended == ["ended"]
        chores.later("rendering", goes_on(ended))
        await asyncio.sleep(0)
        await chores.stop(1.0)
        assert ended == ["ended", "ended"]

    asyncio.run(life())
