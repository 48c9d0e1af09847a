"""Waits for the mains while no exchange runs: nothing is written, so that the battery may end at any moment.

If the mains come back, or the machine still has power when every battery would be empty, it is over and an exchange is
started again: a contact that lies must not silence a building.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Literal

from appliance.clock import Clock
from hardware.mains.reading import Ups

LOOK_SECONDS = 2.0
BACK_SECONDS = 30.0  # that the mains must be there: starting takes some of what the battery has left
SILENT_SECONDS = 600.0  # that nothing is known: then calls are worth more than a battery
LONGEST_SECONDS = 3600.0  # of battery after a stop: nothing that is left at "about to end" lasts so long

Woken = Literal["back", "silent", "again"]

log = logging.getLogger("dyzurka.mains")


async def until_mains(ups: Ups, clock: Clock, alive: Callable[[], object]) -> Woken:
    """Wait; why it is over. `alive` is called at each look: it tells the service manager."""
    begun = heard = clock.monotonic()
    there: float | None = None
    try:
        while True:
            alive()
            reading, now = await ups.read(), clock.monotonic()
            if reading.on_battery is not None:
                heard = now
            there = None if reading.on_battery is not False else now if there is None else there
            if there is not None and now - there >= BACK_SECONDS:
                return "back"
            if now - heard >= SILENT_SECONDS:
                return "silent"
            if now - begun >= LONGEST_SECONDS:
                return "again"
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await ups.close()


def rest(make: Callable[[], Ups], clock: Clock, alive: Callable[[], object]) -> None:
    """`until_mains` where no event loop runs, with everything on the disk first."""
    os.sync()
    log.warning("the battery ends: at rest until the mains are back")
    log.warning("an exchange is started again: %s", asyncio.run(until_mains(make(), clock, alive)))
