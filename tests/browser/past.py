"""A fortnight of calls in the register before a box is started: as the exchange writes them, by a clock that is set.

Chance is that of a seed, so that pictures of the page change only when the page does (and with the day).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.register import events
from appliance.register.reports import FILE_NAME
from appliance.register.store import RegisterStore
from tests.peers.building import NUMBER

DAYS, CALLS_A_DAY = 14, 6
BUILDING = "lipowa7"
NOTE = "Hydraulik był, zawór wymieniony."
RESIDENTS = ("+48501502503", "+48604112233", "+48221237788", "+48790100900", None)


class SetClock:
    """Shows what it is set to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


def a_fortnight(data: Path) -> None:
    """Write it into this data directory."""
    _apart(_write(data / FILE_NAME))


async def _write(path: Path) -> None:
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    clock, chance = SetClock(today - timedelta(days=DAYS)), random.Random(7)
    store = await _opened(path, clock)
    begin = clock.at
    for day in range(DAYS):
        hours = sorted(chance.sample(range(24), CALLS_A_DAY - (day % 3)))
        for hour in hours:
            clock.at = begin + timedelta(days=day, hours=hour, minutes=chance.randrange(50))
            _call(store, clock, chance, hour)
    await store.close()


def _call(store: RegisterStore, clock: SetClock, chance: random.Random, hour: int) -> None:
    """One call from its ring to its end, with a ticket where there would be one."""
    uid, began = store.new_uid(), clock.at
    caller = chance.choice(RESIDENTS)
    urgent = chance.random() < 0.3

    def note(kind: str, after: float, **body: object) -> None:
        clock.at = began + timedelta(seconds=after)
        store.record(kind, call=uid, building=BUILDING, after=after, **body)

    flat = "m. 12" if caller == RESIDENTS[0] else None
    note(events.CALL_STARTED, 0.0, line="provider", number=NUMBER, caller=caller, resident=flat, scenario="night")
    note(events.CALL_ANSWERED, 0.0)
    wait = 8.0 + chance.random() * 20
    note(events.CALL_CHOSE, wait, menu="closed", key="1" if urgent else "2")
    outcome = chance.choice(("answered", "answered", "voicemail", "abandoned")) if urgent else "voicemail"
    if urgent:
        note(events.CALL_URGENT, wait)
        note(events.CALL_DESTINATION, wait, destination="duty:pogotowie")
        rung = {"who": "nowak", "phone": "+48600100200", "line": "provider"}
        note(
            events.CALL_RUNG, wait + 14, **rung, result="answered" if outcome == "answered" else "no answer", seconds=14
        )
    else:
        note(events.CALL_DESTINATION, wait, destination="voicemail:office")
    if outcome == "answered":
        note(events.CALL_BRIDGED, wait + 18, who="nowak")
        note(events.CALL_PARTED, wait + 120, by="caller")
    if outcome == "voicemail":
        _ticket(store, uid, caller, urgent, hour)
    note(events.CALL_ENDED, wait + 121, outcome=outcome, cause="normal")


def _ticket(store: RegisterStore, call: str, caller: str | None, urgent: bool, hour: int) -> None:
    """Opened, and mostly dealt with."""
    ticket = store.new_uid()
    place = {"ticket": ticket, "building": BUILDING}
    reason = "urgent" if urgent else "message"
    store.record(events.TICKET_OPENED, call=call, **place, urgent=urgent, caller=caller, reason=reason)
    if urgent or hour % 3:
        store.record(events.TICKET_TAKEN, **place, who="kowalska", base="")
    if urgent or hour % 3 == 1:
        store.record(events.TICKET_NOTED, **place, who="kowalska", text=NOTE, base="")
        store.record(events.TICKET_DONE, **place, who="kowalska", base="")


def one_urgent_ticket(data: Path) -> None:
    """A night's urgent message of flat 12 that nobody has taken."""

    async def write() -> None:
        clock = SetClock(datetime.now(UTC) - timedelta(minutes=20))
        store = await _opened(data / FILE_NAME, clock)
        uid = store.new_uid()
        flat = {"caller": RESIDENTS[0], "resident": "m. 12"}
        place = {"call": uid, "building": BUILDING}
        store.record(events.CALL_STARTED, **place, after=0.0, line="provider", number=NUMBER, scenario="night", **flat)
        store.record(events.CALL_URGENT, **place, after=9.0)
        ticket = {"ticket": store.new_uid(), "urgent": True, "caller": RESIDENTS[0], "reason": "urgent"}
        store.record(events.TICKET_OPENED, **place, **ticket)
        store.record(events.CALL_ENDED, **place, after=60.0, outcome="voicemail", cause="normal")
        await store.close()

    _apart(write())


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a thread of its own, for a browser may hold this one's loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(work)).result()


async def _opened(path: Path, clock: SetClock) -> RegisterStore:
    return await RegisterStore.open(
        path, clock, random.Random(7), box_name="Dyżurka Lipowa 7", timezone="Europe/Warsaw"
    )
