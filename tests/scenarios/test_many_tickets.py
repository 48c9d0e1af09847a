"""A storm leaves many urgent tickets that nobody has taken: each is chased, costs little, and nothing once taken."""

import asyncio
import gc
import tracemalloc

from appliance.callflow.case import Case
from tests.scenarios.stage import KOWALSKA, NOWAK, RESIDENT, Night

TICKETS = 300
OPEN_BYTES, TAKEN_BYTES = 6_000, 600  # each; 3,500 and 250 measured, what the stage remembers included


def held() -> int:
    """Bytes that Python holds."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_a_chased_ticket_costs_some_kilobytes_until_it_is_taken():
    night = Night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")
    costs: list[float] = []

    async def story():
        now, before, tasks = night.clock.now(), held(), len(asyncio.all_tasks())
        for number in range(TICKETS):
            case = Case(f"ticket {number}", 1000 + number, RESIDENT, "lipowa7", "pl", now, "pogotowie")
            night.calls.aftercare.chase(case)
        await asyncio.sleep(5 * 60 + 2)  # the first round: two are rung, the others wait for them
        costs.append((held() - before) / TICKETS)
        for number in range(TICKETS):
            night.calls.aftercare.settled(f"ticket {number}")
        await asyncio.sleep(60)
        costs.append((held() - before) / TICKETS)
        assert len(asyncio.all_tasks()) == tasks

    tracemalloc.start()
    try:
        night.play(story())
    finally:
        tracemalloc.stop()
    assert 0 < costs[0] < OPEN_BYTES and costs[1] < TAKEN_BYTES, costs
