"""Calls and tickets are found by whatever a person remembers of them, at once, and not after they were erased."""

from __future__ import annotations

import json
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.register import catching_up, database, finding, migrations
from appliance.register.event import PERSONAL_FIELDS
from appliance.register.finding import Table, Wanted
from appliance.register.fold import Row
from appliance.register.reports import Reports, _median
from appliance.register.searching import MISSED, call_words, folded, person, ticket_words, typed
from appliance.register.store import RegisterStore

from . import many
from .conftest import SetClock, urgent_call

CALLS = 5_000  # how SQLite goes about a query does not depend on how many there are: nobody has ANALYZEd
FIRST_STEP = (migrations.first_log,)


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "register.db"
    many.fill(path, CALLS)
    return path


@pytest.fixture
def reports(register: Path) -> Iterator[Reports]:
    with Reports(register) as opened:
        yield opened


def words(text: str) -> tuple[Any, ...]:
    return tuple(typed(text))


DAY = many.LAST_DAY
WANTED = {
    "everything": Wanted(),
    "a building": Wanted(building="lipowa7"),
    "urgent": Wanted(urgent=True),
    "urgent in a building": Wanted(urgent=True, building="lipowa7", destination="duty:pogotowie"),
    "open": Wanted(open=True),
    "missed": Wanted(missed=True, building="lipowa9"),
    "a queue": Wanted(destination="queue:office"),
    "a day": Wanted(begin=DAY - timedelta(days=3), end=DAY - timedelta(days=2)),
    "a number": Wanted(words=words("+48 501 502 503"), urgent=True),
    "a flat": Wanted(words=words("m. 12"), building="lipowa7"),
    "a text": Wanted(words=words("wisniew telefon"), open=True),
    "a person": Wanted(words=([person("biuro")],)),
    "a person at a time": Wanted(words=([person("biuro")],), begin=DAY - timedelta(days=3), building="lipowa7"),
}


def plan(db: sqlite3.Connection, query: str, values: Any) -> list[str]:
    return [step for *_, step in db.execute(f"EXPLAIN QUERY PLAN {query}", values)]


def looks_through(step: str) -> bool:
    """Whether a step reads a table row by row, which takes a second with two hundred thousand of them."""
    return step.startswith("SCAN") and " INDEX " not in step and "SUBQUERY" not in step.upper()


@pytest.mark.parametrize("table", ["calls", "tickets"])
@pytest.mark.parametrize("name", WANTED)
def test_every_question_is_answered_from_an_index(register: Path, table: Table, name: str) -> None:
    asked: list[str] = []
    with sqlite3.connect(register) as db:
        db.set_trace_callback(asked.append)
        finding.page(db, table, WANTED[name], 50, before=None, after=None)
        finding.page(db, table, WANTED[name], 50, before=1 << 62, after=None)
        db.set_trace_callback(None)
        steps = [step for query in asked for step in plan(db, query, ())]
    db.close()
    assert steps
    assert [step for step in steps if looks_through(step)] == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda reports: reports.story(4000),
        lambda reports: reports.ticket_story(1100),
        lambda reports: reports.ticket(1100),
        lambda reports: reports.calls_about(1100),
        lambda reports: reports.ticket_states([1100, 1101]),
        lambda reports: reports.urgent_tickets(20),
        lambda reports: reports.open_count(),
        lambda reports: reports.figures(DAY - timedelta(days=1), DAY),
    ],
)
def test_so_is_what_one_page_shows(reports: Reports, ask: Callable[[Reports], Any]) -> None:
    asked: list[str] = []
    reports._db.set_trace_callback(asked.append)
    assert ask(reports)
    reports._db.set_trace_callback(None)
    assert [step for query in asked for step in plan(reports._db, query, ()) if looks_through(step)] == []


def rows_of(register: Path, table: Table) -> list[Row]:
    with sqlite3.connect(register) as db:
        found = [json.loads(row) for (row,) in db.execute(f"SELECT row FROM {table} ORDER BY hlc DESC")]
    db.close()
    return found


def fits(row: Row, wanted: Wanted, tickets: dict[int, Row]) -> bool:
    """The same, said without any index."""
    ticket = tickets.get(row["ticket"] or 0)
    known = call_words(row) | (ticket_words(ticket) if ticket else set())
    return (
        all(any(low <= word < high for word in known for low, high in spans) for spans in wanted.words)
        and (not wanted.open or (ticket is not None and ticket["state"] != "done"))
        and (not wanted.urgent or row["urgent"])
        and (not wanted.missed or row["outcome"] in MISSED)
        and wanted.building in ("", row["building"])
        and wanted.destination in ("", row["destination"])
        and (wanted.begin is None or datetime.fromisoformat(row["started"]) >= wanted.begin)
        and (wanted.end is None or datetime.fromisoformat(row["started"]) < wanted.end)
    )


@pytest.mark.parametrize("common", [finding.COMMON, 1])
@pytest.mark.parametrize("name", WANTED)
def test_it_finds_exactly_what_is_wanted_forwards_and_back(
    register: Path, reports: Reports, name: str, common: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "COMMON", common)
    tickets = {row["number"]: row for row in rows_of(register, "tickets")}
    wanted = [row["id"] for row in rows_of(register, "calls") if fits(row, WANTED[name], tickets)]
    assert [row["id"] for row in reports.find_all("calls", WANTED[name])] == wanted
    first = reports.find("calls", WANTED[name], 7)
    assert [row["id"] for row in first.rows] == wanted[:7]
    assert first.newer is None
    if first.older is None:
        return
    second = reports.find("calls", WANTED[name], 7, before=first.older)
    assert [row["id"] for row in second.rows] == wanted[7:14]
    assert second.newer is not None
    assert reports.find("calls", WANTED[name], 7, after=second.newer) == first


def test_tickets_are_found_by_their_own_words_and_those_of_their_calls(reports: Reports) -> None:
    flat = reports.find("tickets", Wanted(words=words("m. 12"), building="lipowa7"), 50).rows
    assert flat
    assert {call["resident"] for row in flat for call in reports.calls_about(row["number"])} == {"m. 12"}
    [one] = reports.find("tickets", Wanted(words=words("1100")), 50).rows
    assert one["number"] == 1100
    noted = reports.find("tickets", Wanted(words=words("hydraulika piwnic")), 5).rows
    assert all("Zalanie w piwnicy" in row["notes"][0]["text"] for row in noted)
    assert reports.find("calls", Wanted(words=words("hydraulika")), 5).rows
    assert [row["state"] for row in reports.find("tickets", Wanted(open=True), 50).rows] == ["in progress"] * (
        reports.open_count()
    )


@pytest.mark.parametrize(
    "text",
    ["501502503", "501 502 503", "501-502-503", "+48501502503", "+48 501 502 503", "0048 501 502 503", "(501) 502.503",
     "48501502503", "5015", "503", "0503"[1:], "502503"],
)  # fmt: skip
def test_a_number_is_known_in_any_form(text: str) -> None:
    known = call_words({"caller": "+48501502503", "resident": None})
    [spans] = typed(text)
    assert any(low <= word < high for word in known for low, high in spans)
    others = call_words({"caller": "+48600100200", "resident": "m. 12"})
    assert not any(low <= word < high for word in others for low, high in spans)


@pytest.mark.parametrize("text", ["12", "m. 12", "m12", "m.12", "mieszkanie 12", "lokal 12", "flat 12"])
def test_a_flat_is_known_as_people_write_it(text: str) -> None:
    [spans] = typed(text)
    for resident, found in {"m. 12": True, "m. 120": False, "m. 1": False}.items():
        known = call_words({"caller": None, "resident": resident})
        assert any(low <= word < high for word in known for low, high in spans) is found


def test_accents_and_capitals_do_not_matter() -> None:
    assert folded("ŁÓDŹ Wiśniewska \ud800") == "lodz wisniewska "
    assert typed("") == typed(" m. -- ") == []
    assert len(typed("jeden dwa trzy cztery pięć sześć siedem")) == 6


Opened = Callable[..., Any]


def in_file(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob("register.db*")))


def test_who_was_erased_is_found_no_longer_and_stands_nowhere_in_the_file(
    opened: Opened, path: Path, clock: SetClock
) -> None:
    async def night(store: RegisterStore) -> None:
        call, ticket, _ = urgent_call(store, clock)
        other = store.new_uid()
        store.record("call.started", call=other, building="lipowa7", caller="+48505606707", resident="m. 13")
        store.record("ticket.joined", call=other, ticket=ticket, caller="+48505606707")
        store.record("ticket.noted", ticket=ticket, text="Wiśniewska zalewa", who="nowak", base="")
        fields = sorted(PERSONAL_FIELDS)
        await store.record("ticket.noted", ticket=ticket, text="drugi raz", who="nowak", base="")
        with Reports(path) as reports:
            found = {text: len(reports.find("calls", Wanted(words=words(text)), 9).rows) for text in LOOKED_FOR}
            assert found == {"501502503": 2, "wisniewska": 2, "12": 1, "505606707": 1}
            assert len(reports.find("tickets", Wanted(words=words("13")), 9).rows) == 1
        await store.record("call.erased", call=call, fields=fields)
        await store.record("ticket.erased", ticket=ticket, fields=fields)

    opened(night)
    with Reports(path) as reports:
        found = {text: len(reports.find("calls", Wanted(words=words(text)), 9).rows) for text in LOOKED_FOR}
        assert found == {"501502503": 0, "wisniewska": 0, "12": 0, "505606707": 1}
        assert reports.find("tickets", Wanted(words=words("wisniewska")), 9).rows == []
        assert len(reports.find("tickets", Wanted(words=words("13")), 9).rows) == 1, "of whom nobody asked to be erased"
        assert len(reports.find("calls", Wanted(words=([person("nowak")],)), 9).rows) == 2
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    assert b"501502503" not in in_file(path)
    assert b"wisniewska" not in in_file(path)


LOOKED_FOR = ("501502503", "wisniewska", "12", "505606707")


def test_a_register_from_before_is_found_in_as_well(path: Path, opened: Opened, clock: SetClock) -> None:
    async def night(store: RegisterStore) -> None:
        await urgent_call(store, clock)[2][-1]

    opened(night)
    old = database.connect(path.with_name("old.db"))
    migrations.migrate(old, "then", FIRST_STEP)
    old.execute("ATTACH ? AS new", (str(path),))
    old.execute("INSERT INTO meta SELECT * FROM new.meta")
    old.execute("INSERT INTO events SELECT * FROM new.events")
    old.execute("INSERT INTO calls SELECT uid, id, hlc, started, building, up, row FROM new.calls")
    old.execute("INSERT INTO tickets SELECT * FROM new.tickets")
    assert migrations.migrate(old, "now") == [step.__name__ for step in migrations.STEPS[1:]]
    assert not old.execute("SELECT * FROM words").fetchall()  # nobody waits for them
    while catching_up.more(old, database.counter(old)):
        pass
    for table in ("calls", "tickets", "words"):
        assert old.execute(f"SELECT * FROM {table}").fetchall() == old.execute(f"SELECT * FROM new.{table}").fetchall()
    old.close()


def test_figures_of_a_day(opened: Opened, path: Path, clock: SetClock) -> None:
    async def night(store: RegisterStore) -> None:
        await urgent_call(store, clock)[2][-1]
        call = store.new_uid()
        store.record("call.started", call=call, caller=None)
        await store.record("call.ended", call=call, outcome="abandoned", cause="hangup")

    opened(night)
    with Reports(path) as reports:
        today = reports.figures(datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
        assert (today.calls, today.answered, today.missed, today.median_wait) == (2, 1, 1, 36.6)
        assert reports.figures(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)).calls == 0


@pytest.mark.parametrize("waits", [[4.0], [9.0, 1.0], [3.0, 1.0, 2.0], [5.0, 5.0, 1.0, 9.0]])
def test_the_middle_of_the_waits_is_the_median(waits: list[float]) -> None:
    assert _median(waits) == statistics.median(waits)
