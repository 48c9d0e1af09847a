"""What the calls of a day come to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.register import counting, database
from appliance.register.counting import Day
from appliance.register.event import PERSONAL_FIELDS
from appliance.register.reports import Reports
from appliance.register.store import RegisterStore

from .conftest import SetClock

Opened = Callable[..., Any]
FIRST, LAST = date(2026, 1, 1), date(2027, 1, 1)


def call(store: RegisterStore, outcome: str, *, wait: float = 0.0, urgent: bool = False, key: str = "2") -> str:
    """A call from its beginning to its end; the last event's future is left to the store."""
    uid = store.new_uid()
    number = {"line": "provider", "number": "+48221234567", "caller": "+48501502503", "resident": "m. 12"}
    store.record("call.started", call=uid, building="lipowa7", after=0.0, **number)
    store.record("call.answered", call=uid, after=0.0)
    store.record("call.chose", call=uid, menu="main", key=key, after=1.0)
    if urgent:
        store.record("call.urgent", call=uid, after=1.0)
    store.record("call.destination", call=uid, destination="queue:biuro", after=1.0)
    if outcome == "answered":
        store.record("call.bridged", call=uid, who="nowak", after=wait)
    store.record("call.ended", call=uid, outcome=outcome, cause="hangup", after=wait + 60)
    return uid


def days(path: Path, building: str = "", **options: bool) -> list[tuple[date, str, Day]]:
    with Reports(path) as reports:
        return list(reports.days(FIRST, LAST, building, **options))


async def evening(store: RegisterStore) -> None:
    call(store, "answered", wait=12.4)
    call(store, "answered", wait=75.0, urgent=True, key="1")
    call(store, "abandoned")
    await store.record("call.started", call=store.new_uid(), building="lipowa7")  # still up


def test_a_day_is_counted_by_hour_number_destination_and_key(opened: Opened, path: Path, clock: SetClock) -> None:
    clock.wall = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # 23:30 here
    opened(evening)
    [(on, building, day)] = days(path)
    assert (on, building) == (date(2026, 11, 22), "lipowa7")
    assert day["all"] == [3, 2, 1, 1]
    assert day["hours"] == {"23": [3, 2, 1, 1]}
    assert day["numbers"] == {"+48221234567": [3, 2, 1, 1]}
    assert day["destinations"] == {"queue:biuro": [3, 2, 1, 1]}
    assert day["choices"] == {"1": [1, 1, 0, 0], "2": [2, 1, 1, 1]}
    assert day["outcomes"] == {"answered": 2, "abandoned": 1}
    assert day["waits"] == {"13": 1, "75": 1}
    assert day["urgent"] == {"2": 75.0}
    assert days(path, "lipowa9") == []


def test_a_call_after_midnight_here_belongs_to_the_next_day(opened: Opened, path: Path, clock: SetClock) -> None:
    clock.wall = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    opened(evening)
    assert [on for on, _, _ in days(path)] == [date(2026, 11, 23)]


@pytest.mark.parametrize(
    ("first", "last", "spans"),
    [
        (
            "2026-01-01",
            "2026-12-31",
            [("2026-01-01", "2026-01-01"), ("2026-01", "2027-01"), ("2027-01-01", "2027-01-01")],
        ),
        (
            "2026-01-15",
            "2026-03-02",
            [("2026-01-15", "2026-02-01"), ("2026-02", "2026-03"), ("2026-03-01", "2026-03-03")],
        ),
        ("2026-01-15", "2026-02-02", [("2026-01-15", "2026-02-03")]),
    ],
)
def test_whole_months_are_read_as_one(first: str, last: str, spans: list[tuple[str, str]]) -> None:
    assert counting.spans(date.fromisoformat(first), date.fromisoformat(last), months=True) == spans


def test_a_month_is_what_its_days_are(opened: Opened, path: Path, clock: SetClock) -> None:
    opened(evening)
    opened(evening)
    clock.advance(26 * 3600)
    opened(evening)
    by_day, by_month = days(path), days(path, months=True)
    assert len(by_day) == 2
    assert [on.day for on, _, _ in by_month] == [1]
    together = {
        key: sum(day["hours"][key][0] for _, _, day in by_day if key in day["hours"]) for key in by_month[0][2]["hours"]
    }
    assert together == {key: tally[0] for key, tally in by_month[0][2]["hours"].items()}
    assert len(by_month[0][2]["urgent"]) == 3


def test_what_comes_after_the_end_and_what_is_erased_changes_no_figure(
    opened: Opened, path: Path, clock: SetClock
) -> None:
    opened(evening)
    before = days(path)

    async def later(store: RegisterStore) -> None:
        with Reports(path) as reports:
            uids = [row["uid"] for row in reports.calls() if row["ended"]]
        for uid in uids:
            store.record("call.message", call=uid, recording="recordings/a.al", after=90.0)
            await store.record("call.erased", call=uid, fields=sorted(PERSONAL_FIELDS))

    opened(later)
    after = days(path)
    assert after == before
    assert "501502503" not in str(after)


def test_an_old_register_is_counted_when_it_is_opened(opened: Opened, path: Path, clock: SetClock) -> None:
    opened(evening)
    before = days(path)
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE days")
        db.execute("DELETE FROM migrations WHERE name = 'counted_days'")
        db.execute("DELETE FROM meta WHERE key = 'days_counted'")
    db.close()

    async def life(store: RegisterStore) -> None:
        with Reports(path) as reports:
            uid = next(row["uid"] for row in reports.calls() if row["ended"])
        await store.record("call.erased", call=uid, fields=sorted(PERSONAL_FIELDS))  # not counted yet
        call(store, "abandoned")
        with Reports(path) as reports:
            assert reports.rows_left() > 0
        await store.catch_up()
        with Reports(path) as reports:
            assert reports.rows_left() == 0

    opened(life)
    calls, answered, quickly, abandoned = before[0][2]["all"]
    assert [day["all"] for _, _, day in days(path)] == [[calls + 1, answered, quickly, abandoned + 1]]


def test_folding_everything_anew_counts_everything_once(opened: Opened, path: Path, clock: SetClock) -> None:
    opened(evening)
    before = days(path)
    db = database.connect(path)
    database.transaction(db, lambda: database.rebuild(db))
    db.close()
    assert days(path) == before


def test_the_first_to_deal_with_a_ticket_is_known(opened: Opened, path: Path, clock: SetClock) -> None:
    async def night(store: RegisterStore) -> None:
        ticket = store.new_uid()
        await store.record("ticket.opened", ticket=ticket, building="lipowa7", urgent=True)
        with Reports(path) as reports:
            assert reports.dealt_with(1001) is None
        clock.advance(300)
        await store.record("ticket.taken", ticket=ticket, who="nowak", base="")
        clock.advance(300)
        await store.record("ticket.taken", ticket=ticket, who="kowalska", base="")

    opened(night)
    with Reports(path) as reports:
        assert reports.dealt_with(1001) is not None
        assert reports.dealt_with(1001)[1] == "nowak"  # type: ignore[index]
