"""A clock that a test sets, and one urgent call as the exchange records it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.register.store import RegisterStore

EVENING = datetime(2026, 11, 22, 20, 14, 3, 120_000, tzinfo=UTC)


class SetClock:
    """Stands still until it is told otherwise; may be set back."""

    def __init__(self, now: datetime = EVENING) -> None:
        self.wall = now
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "register.db"


@pytest.fixture
def opened(path: Path, clock: SetClock) -> Callable[..., Any]:
    """`opened(work)` opens the register, runs `await work(store)`, closes it, and returns what came out."""

    def run(work: Callable[[RegisterStore], Awaitable[Any]], **options: Any) -> Any:
        async def life() -> Any:
            store = await RegisterStore.open(
                path, clock, random.SystemRandom(), box_name="Dyżurka", timezone="Europe/Warsaw", **options
            )
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(life())

    return run


def urgent_call(register: Any, clock: SetClock) -> tuple[str, str, list[Any]]:
    """One call, from the ring to the row of CONTRACT; returns its uid, its ticket's and the futures."""
    call, ticket = register.new_uid(), register.new_uid()
    futures = []

    def say(kind: str, after: float = 0.0, **fields: Any) -> None:
        futures.append(register.record(kind, call=call, after=after, **fields))

    say(
        "call.started",
        building="lipowa7",
        line="provider",
        number="+48221234567",
        caller="+48501502503",
        resident="m. 12",
        scenario="night",
    )
    say("call.answered")
    say("call.chose", 5.2, menu="closed", key="1")
    say("call.urgent", 5.2)
    say("call.destination", 5.2, destination="duty:pogotowie")
    futures.append(
        register.record(
            "ticket.opened", call=call, ticket=ticket, urgent=True, caller="+48501502503", reason="urgent", after=5.2
        )
    )
    say("call.ringing", 5.3, who="kowalska", phone="+48600300400")
    say(
        "call.rung",
        30.3,
        who="kowalska",
        phone="+48600300400",
        line="provider",
        result="no answer",
        seconds=25.0,
    )
    say("call.ringing", 30.3, who="nowak", phone="+48600100200")
    say("call.rung", 36.0, who="nowak", phone="+48600100200", line="provider", result="answered", seconds=4.0)
    say("call.accepted", 36.0, who="nowak", phone="+48600100200")
    futures.append(register.record("ticket.taken", call=call, ticket=ticket, who="nowak", base="", after=36.0))
    say("call.bridged", 36.6, who="nowak")
    clock.advance(98.6)
    say("call.parted", 98.6, by="caller")
    say("call.ended", 98.6, outcome="answered", cause="hangup")
    return call, ticket, futures
