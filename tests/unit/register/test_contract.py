"""Every store keeps the same promises: one suite for the register on disk and the one in memory."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from appliance.register.database import SqliteRows
from appliance.register.fold import present
from appliance.register.log import NotSavedError, patiently
from appliance.register.memory import MemoryRegister
from appliance.register.store import RegisterStore

from .conftest import SetClock, urgent_call

WARSAW = ZoneInfo("Europe/Warsaw")
Work = Callable[[Any, Callable[[str, str], Any]], Awaitable[Any]]


async def _on_disk(work: Work, clock: SetClock, path: Path) -> Any:
    store = await RegisterStore.open(path, clock, random.Random(1), box_name="Dyżurka", timezone="Europe/Warsaw")

    def row(table: str, uid: str) -> Any:
        db = sqlite3.connect(path)
        try:
            return SqliteRows(db).call(uid) if table == "calls" else SqliteRows(db).ticket(uid)
        finally:
            db.close()

    try:
        return await work(store, row)
    finally:
        await store.close()


async def _in_memory(work: Work, clock: SetClock, path: Path) -> Any:
    register = MemoryRegister(clock, random.Random(1))
    return await work(register, lambda table, uid: getattr(register.rows, table)[uid])


@pytest.fixture(params=[_on_disk, _in_memory], ids=["disk", "memory"])
def run(request: pytest.FixtureRequest, clock: SetClock, path: Path) -> Callable[[Work], Any]:
    return lambda work: asyncio.run(request.param(work, clock, path))


def test_an_urgent_call_becomes_the_row_that_people_and_scripts_rely_on(
    run: Callable[[Work], Any], clock: SetClock
) -> None:
    async def work(register: Any, row: Any) -> Any:
        call, _, futures = urgent_call(register, clock)
        await asyncio.gather(*futures)
        return call, present(row("calls", call), WARSAW)

    call, row = run(work)
    assert row == {
        "id": 1,
        "uid": call,
        "started": "2026-11-22T21:14:03.120+01:00",
        "ended": "2026-11-22T21:15:41.720+01:00",
        "line": "provider",
        "number": "+48221234567",
        "building": "lipowa7",
        "caller": "+48501502503",
        "resident": "m. 12",
        "scenario": "night",
        "choices": ["1"],
        "urgent": True,
        "destination": "duty:pogotowie",
        "outcome": "answered",
        "answered_by": "nowak",
        "rung": [
            {
                "who": "kowalska",
                "phone": "+48600300400",
                "line": "provider",
                "result": "no answer",
                "seconds": 25.0,
            },
            {"who": "nowak", "phone": "+48600100200", "line": "provider", "result": "answered", "seconds": 4.0},
        ],
        "wait_seconds": 36.6,
        "talk_seconds": 62.0,
        "ended_by": None,
        "recording": None,
        "ticket": 1001,
    }


def test_its_ticket_is_in_progress_and_taken_by_who_accepted(run: Callable[[Work], Any], clock: SetClock) -> None:
    async def work(register: Any, row: Any) -> Any:
        _, ticket, futures = urgent_call(register, clock)
        await asyncio.gather(*futures)
        return present(row("tickets", ticket), WARSAW)

    ticket = run(work)
    assert (ticket["number"], ticket["state"], ticket["taken_by"]) == (1001, "in progress", "nowak")
    assert ticket["urgent"] is True
    assert (ticket["calls"], ticket["caller"], ticket["notes"]) == ([1], "+48501502503", [])
    assert (ticket["opened"], ticket["building"]) == ("2026-11-22T21:14:03.120+01:00", "lipowa7")


def test_futures_resolve_in_the_order_of_the_calls_and_count_without_a_gap(
    run: Callable[[Work], Any],
) -> None:
    async def work(register: Any, row: Any) -> Any:
        order: list[int] = []
        futures = [register.record("box.fault", part=str(each)) for each in range(50)]
        for index, future in enumerate(futures):
            future.add_done_callback(lambda _, index=index: order.append(index))
        assert not any(future.done() for future in futures)
        committed = await asyncio.gather(*futures)
        await asyncio.sleep(0)
        return order, [each.seq for each in committed], {each.uid for each in committed}

    order, seqs, uids = run(work)
    assert order == list(range(50))
    assert seqs == list(range(1, 51))
    assert len(uids) == 50


def test_calls_and_tickets_get_small_numbers_and_nothing_else_does(run: Callable[[Work], Any]) -> None:
    async def work(register: Any, row: Any) -> Any:
        kinds = ["call.started", "ticket.opened", "call.started", "ticket.opened", "call.answered", "ticket.noted"]
        futures = [register.record(kind, call=register.new_uid(), ticket=register.new_uid()) for kind in kinds]
        return [each.number for each in await asyncio.gather(*futures)]

    assert run(work) == [1, 1001, 2, 1002, 0, 0]


def test_an_event_about_a_call_carries_its_building_though_it_was_not_said_again(
    run: Callable[[Work], Any],
) -> None:
    async def work(register: Any, row: Any) -> Any:
        call, ticket = register.new_uid(), register.new_uid()
        register.record("call.started", call=call, building="lipowa7")
        register.record("call.building", call=call, premises="lipowa9")
        await register.record("ticket.opened", call=call, ticket=ticket)
        return row("calls", call)["building"], row("tickets", ticket)["building"]

    assert run(work) == ("lipowa9", "lipowa9")


def test_what_is_no_json_fails_its_own_future_only(run: Callable[[Work], Any]) -> None:
    async def work(register: Any, row: Any) -> Any:
        bad = register.record("box.fault", part=object())
        unwritable = register.record("box.fault", part=float("nan"))
        good = register.record("box.fault", part="\ud800 half a character, as a broken caller name may hold")
        with pytest.raises(NotSavedError):
            await bad
        with pytest.raises(NotSavedError):
            await unwritable
        return await patiently(good)

    assert run(work).seq == 1


def test_uids_are_version_7_and_in_order(run: Callable[[Work], Any]) -> None:
    async def work(register: Any, row: Any) -> Any:
        return [register.new_uid() for _ in range(100)]

    uids = run(work)
    assert uids == sorted(set(uids))
    assert {UUID(each).version for each in uids} == {7}
