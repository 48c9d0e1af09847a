"""What the command line and the page read."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from appliance.register.export import CALL_COLUMNS, TICKET_COLUMNS, write_csv, write_json
from appliance.register.fold import fold_call, present
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import RegisterUnreadableError, Reports
from appliance.register.store import RegisterStore

from .conftest import EVENING, SetClock, urgent_call
from .test_fold import event

Opened = Callable[..., Any]


def three_calls(opened: Opened, clock: SetClock) -> None:
    """Two in lipowa7 and one in lipowa9, an hour apart; the first is the urgent one."""

    async def night(store: RegisterStore) -> None:
        _, _, futures = urgent_call(store, clock)
        for building in ("lipowa9", "lipowa7"):
            clock.advance(3600)
            futures.append(store.record("call.started", call=store.new_uid(), building=building))
        await asyncio.gather(*futures)

    opened(night)


def test_calls_come_oldest_first_and_by_building_and_time(opened: Opened, path: Path, clock: SetClock) -> None:
    three_calls(opened, clock)
    with Reports(path) as reports:
        assert [row["id"] for row in reports.calls()] == [1, 2, 3]
        assert [row["id"] for row in reports.calls(building="lipowa7")] == [1, 3]
        assert [row["id"] for row in reports.calls(since=EVENING)] == [1, 2, 3]
        assert [row["id"] for row in reports.calls(since=EVENING + timedelta(hours=1, minutes=5))] == [3]
        assert [row["id"] for row in reports.calls(newest_first=True, limit=2)] == [3, 2]
        assert [row["id"] for row in reports.calls(newest_first=True, limit=2, offset=2)] == [1]


def test_a_clock_set_back_between_two_calls_does_not_reorder_them(opened: Opened, path: Path, clock: SetClock) -> None:
    async def night(store: RegisterStore) -> None:
        await store.record("call.started", call=store.new_uid())
        clock.wall -= timedelta(hours=5)
        await store.record("call.started", call=store.new_uid())

    opened(night)
    with Reports(path) as reports:
        assert [row["id"] for row in reports.calls()] == [1, 2]


def test_times_are_the_boxs_also_on_the_night_the_clock_changes(opened: Opened, path: Path, clock: SetClock) -> None:
    clock.wall = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    async def night(store: RegisterStore) -> None:
        for _ in range(2):
            await store.record("call.started", call=store.new_uid())
            clock.advance(3600)

    opened(night)
    with Reports(path) as reports:
        assert [row["started"] for row in reports.calls()] == [
            "2026-10-25T02:30:00.000+02:00",
            "2026-10-25T02:30:00.000+01:00",
        ]
    with Reports(path, ZoneInfo("Europe/London")) as reports:
        assert reports.calls()[0]["started"] == "2026-10-25T01:30:00.000+01:00"


def test_open_tickets_are_those_not_done(opened: Opened, path: Path) -> None:
    async def night(store: RegisterStore) -> None:
        for building in ("a", "b", "a"):
            ticket = store.new_uid()
            store.record("ticket.opened", ticket=ticket, building=building)
        await store.record("ticket.done", ticket=ticket, who="biuro", base="")

    opened(night)
    with Reports(path) as reports:
        assert [row["number"] for row in reports.tickets()] == [1001, 1002, 1003]
        assert [row["number"] for row in reports.tickets(open_only=True)] == [1001, 1002]
        assert [row["number"] for row in reports.tickets(building="a", open_only=True)] == [1001]


def test_a_story_is_the_calls_events_and_its_tickets_own_but_no_other_calls(
    opened: Opened, path: Path, clock: SetClock
) -> None:
    async def night(store: RegisterStore) -> None:
        _, ticket, futures = urgent_call(store, clock)
        await asyncio.gather(*futures)
        store.record("ticket.noted", ticket=ticket, text="zawór zakręcony", who="nowak", base="")
        other = store.new_uid()
        store.record("call.started", call=other)
        await store.record("ticket.joined", call=other, ticket=ticket)

    opened(night)
    with Reports(path) as reports:
        story, other = reports.story(1), reports.story(2)
        assert reports.story(3) == []
        assert reports.call(3) is None
    assert story[0]["kind"] == "call.started"
    assert (story[0]["caller"], story[0]["at"]) == ("+48501502503", "2026-11-22T21:14:03.120+01:00")
    assert (story[-1]["kind"], story[-1]["text"]) == ("ticket.noted", "zawór zakręcony")
    assert [each["seq"] for each in story] == list(range(1, 17))
    assert [each["kind"] for each in other] == ["ticket.noted", "call.started", "ticket.joined"]


def test_reading_goes_on_while_the_exchange_writes(opened: Opened, path: Path) -> None:
    async def night(store: RegisterStore) -> None:
        await store.record("call.started", call=store.new_uid())
        with Reports(path) as reports:
            assert len(reports.calls()) == 1
            await store.record("call.started", call=store.new_uid())
            assert len(reports.calls()) == 2

    opened(night)


def test_a_register_that_is_not_there_yet_is_said_so(path: Path) -> None:
    with pytest.raises(RegisterUnreadableError, match="made when the exchange runs"):
        Reports(path)
    path.parent.mkdir()
    path.touch()
    with pytest.raises(RegisterUnreadableError, match="empty"):
        Reports(path)
    path.write_bytes(b"no database" * 100)
    with pytest.raises(RegisterUnreadableError, match="not a database"):
        Reports(path)


def test_a_register_of_a_newer_version_is_not_misread(opened: Opened, path: Path, clock: SetClock) -> None:
    three_calls(opened, clock)
    db = sqlite3.connect(path)
    with db:
        db.execute("INSERT INTO migrations (name, at) VALUES ('second_thoughts', '2030')")
    db.close()
    with pytest.raises(RegisterNewerError, match="update Dyżurka"):
        Reports(path)


def test_json_is_one_array_that_gives_the_rows_back(opened: Opened, path: Path, clock: SetClock) -> None:
    three_calls(opened, clock)
    with Reports(path) as reports:
        rows = reports.calls()
    out = io.StringIO()
    write_json(rows, out)
    assert json.loads(out.getvalue()) == rows
    empty = io.StringIO()
    write_json([], empty)
    assert json.loads(empty.getvalue()) == []


def test_csv_has_a_column_for_every_field_and_nothing_a_spreadsheet_would_run(
    opened: Opened, path: Path, clock: SetClock
) -> None:
    three_calls(opened, clock)
    with Reports(path) as reports:
        rows, tickets = reports.calls(), reports.tickets()
    rows[0]["resident"] = "=1+1"
    out, work = io.StringIO(newline=""), io.StringIO(newline="")
    write_csv(rows, CALL_COLUMNS, out)
    write_csv(tickets, TICKET_COLUMNS, work)
    table = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    assert set(table[0]) == set(rows[0])
    assert (table[0]["caller"], table[0]["urgent"], table[0]["talk_seconds"]) == ("+48501502503", "yes", "62.0")
    assert table[0]["rung"].startswith("kowalska +48600300400 provider no answer 25.0; nowak")
    assert table[0]["resident"] == "'=1+1"
    assert (table[1]["ended"], table[1]["urgent"]) == ("", "no")
    [ticket] = csv.DictReader(io.StringIO(work.getvalue(), newline=""))
    assert (ticket["number"], ticket["state"], ticket["calls"]) == ("1001", "in progress", "1")


def test_two_hundred_thousand_calls_are_leafed_through_in_no_time(opened: Opened, path: Path) -> None:
    async def nothing(store: RegisterStore) -> None: ...

    opened(nothing)
    row = fold_call(None, event("call.started", number=1, caller="+48501502503", line="provider"))
    packed = json.dumps(row)
    db = sqlite3.connect(path)
    with db:
        db.executemany(
            "INSERT INTO calls (uid, id, hlc, started, building, up, urgent, row) VALUES (?, ?, ?, ?, ?, 0, 0, ?)",
            (
                (f"u{each:06}", each, each, f"2026-{each // 20_000 + 1:02}-01", "ab"[each % 2], packed)
                for each in range(200_000)
            ),
        )
    db.close()
    for asked in ({}, {"building": "b"}, {"since": datetime(2026, 10, 15, tzinfo=UTC)}, {"offset": 150_000}):
        fastest = float("inf")
        for _ in range(3):  # the fastest counts, in this thread's time: other work is not the register's
            began = time.thread_time()
            with Reports(path) as reports:
                rows = reports.calls(newest_first=True, limit=50, **asked)
            fastest = min(fastest, time.thread_time() - began)
        assert len(rows) == (0 if "since" in asked else 50)
        assert fastest < 0.1, f"{asked}: {fastest * 1000:.0f} ms"
    assert row is not None
    assert rows[0] == present(row, ZoneInfo("Europe/Warsaw"))
