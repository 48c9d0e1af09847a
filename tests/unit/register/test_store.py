"""What the register on disk keeps when disks are full, slow or damaged, and when the clock or the box changes."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from appliance.register import database, writer
from appliance.register.event import Event
from appliance.register.fold import Row
from appliance.register.log import NotSavedError, patiently
from appliance.register.migrations import STEPS, migrate
from appliance.register.store import RegisterStore, RegisterUnavailableError

from .conftest import SetClock, urgent_call

Opened = Callable[..., Any]


def events_in(path: Path) -> list[Event]:
    db = sqlite3.connect(path)
    try:
        return list(database.read_events(db))
    finally:
        db.close()


def query(path: Path, sql: str) -> list[Any]:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


class Disk:
    """A connection whose commits a test can hold up or refuse. `full` is SQLite's own verdict, not ours."""

    def __init__(self) -> None:
        self.full = False
        self.free = threading.Event()
        self.free.set()
        self.reached = threading.Event()

    def connect(self, path: Path) -> sqlite3.Connection:
        disk = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
                if sql.startswith("BEGIN"):
                    pages = super().execute("PRAGMA page_count").fetchone()[0]
                    super().execute(f"PRAGMA max_page_count = {pages if disk.full else 1 << 30}")
                if sql == "COMMIT":
                    disk.reached.set()
                    disk.free.wait()
                return super().execute(sql, *parameters)

        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Connection)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        return db


def big(register: Any, each: int) -> asyncio.Future[Any]:
    """An event of several pages, so that a full disk is noticed at once."""
    return register.record("box.fault", part=str(each), text="x" * 20_000)  # type: ignore[no-any-return]


def test_counting_goes_on_after_a_restart(opened: Opened, path: Path) -> None:
    async def one_of_each(store: RegisterStore) -> list[tuple[int, int]]:
        call, ticket = store.new_uid(), store.new_uid()
        futures = [store.record("call.started", call=call), store.record("ticket.opened", ticket=ticket)]
        return [(each.seq, each.number) for each in await asyncio.gather(*futures)]

    assert opened(one_of_each) == [(1, 1), (2, 1001)]
    assert opened(one_of_each) == [(3, 2), (4, 1002)]
    assert len({(event.box, event.epoch) for event in events_in(path)}) == 1


def test_a_twin_counts_the_other_half_of_the_numbers(opened: Opened, path: Path) -> None:
    async def nothing(store: RegisterStore) -> None: ...

    async def two_calls(store: RegisterStore) -> list[int]:
        futures = [store.record("call.started", call=store.new_uid()) for _ in range(2)]
        return [each.number for each in await asyncio.gather(*futures)]

    opened(nothing)
    query(path, "UPDATE meta SET value = '2' WHERE key IN ('stride', 'first_call')")
    assert opened(two_calls) == [2, 4]
    assert opened(two_calls) == [6, 8]


def test_a_clock_that_went_back_reorders_nothing(opened: Opened, path: Path, clock: SetClock) -> None:
    async def record(store: RegisterStore) -> None:
        await store.record("box.started")

    opened(record)
    clock.wall -= timedelta(days=400)  # a board without a battery, before it has heard from a time server
    opened(record, synced=lambda: False)
    first, second = events_in(path)
    assert second.hlc > first.hlc
    assert second.at < first.at
    assert (first.synced, second.synced) == (True, False)


def test_a_new_epoch_counts_anew_and_leaves_out_numbers_that_may_have_been_told(opened: Opened, path: Path) -> None:
    async def restored(store: RegisterStore) -> tuple[int, int]:
        await store.record("ticket.opened", ticket=store.new_uid())
        await store.begin_epoch("restore")
        return (await store.record("ticket.opened", ticket=store.new_uid())).number, store.failures()

    assert opened(restored) == (1502, 0)
    before, mark, after = events_in(path)
    assert (mark.kind, mark.get("reason"), mark.get("before")) == ("box.epoch", "restore", before.epoch)
    assert mark.epoch == after.epoch > before.epoch
    assert [event.seq for event in (before, mark, after)] == [1, 1, 2]

    async def after_restart(store: RegisterStore) -> int:
        return (await store.record("ticket.opened", ticket=store.new_uid())).number

    assert opened(after_restart) == 1503
    assert events_in(path)[-1].epoch == after.epoch


def test_a_full_disk_is_said_at_once_and_what_it_refused_is_there_when_it_has_room(opened: Opened, path: Path) -> None:
    disk = Disk()

    async def night(store: RegisterStore) -> None:
        assert (await big(store, 0)).seq == 1
        assert store.fault() is None
        disk.full = True
        refused = [big(store, each) for each in range(1, 4)]
        for each in refused:
            with pytest.raises(NotSavedError):
                await each
        ticket = store.record("ticket.opened", ticket=store.new_uid(), text="y" * 20_000)
        with pytest.raises(NotSavedError):
            await ticket
        assert "cannot be written" in (store.fault() or "")
        assert store.failures() == 4
        disk.full = False
        last = await store.record("ticket.opened", ticket=store.new_uid())
        assert (last.seq, last.number) == (6, 1002)
        assert store.fault() is None

    opened(night, connect=disk.connect)
    kept = events_in(path)
    assert [event.get("part") for event in kept] == ["0", "1", "2", "3", None, None]
    assert [event.seq for event in kept] == [1, 2, 3, 4, 5, 6]
    assert [event.number for event in kept[4:]] == [1001, 1002]


def test_what_was_refused_is_written_without_waiting_for_another_event(
    opened: Opened, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.01)
    disk = Disk()

    async def night(store: RegisterStore) -> None:
        disk.full = True
        assert await patiently(big(store, 1), 5.0) is None
        disk.reached.clear()
        disk.full = False
        assert await asyncio.to_thread(disk.reached.wait, 5.0)
        await store._writer.run(lambda db: None)
        assert store.fault() is None

    opened(night, connect=disk.connect)
    assert [event.get("part") for event in events_in(path)] == ["1"]


def test_what_a_full_memory_cannot_keep_is_counted_as_lost(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "KEPT_EVENTS", 3)
    disk = Disk()

    async def night(store: RegisterStore) -> None:
        disk.full = True
        await asyncio.wait([big(store, each) for each in range(5)])
        disk.full = False
        await store.record("box.started")
        assert store.fault() == "2 events lost"

    opened(night, connect=disk.connect)


def test_a_register_locked_by_another_program_fails_and_recovers(
    opened: Opened, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)

    async def night(store: RegisterStore) -> int:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotSavedError, match="locked"):
            await store.record("box.started")
        other.execute("ROLLBACK")
        other.close()
        return (await store.record("box.stopped")).seq

    assert opened(night) == 2
    assert [event.kind for event in events_in(path)] == ["box.started", "box.stopped"]


def test_a_disk_that_hangs_holds_up_neither_the_loop_nor_the_call(opened: Opened) -> None:
    disk = Disk()

    async def night(store: RegisterStore) -> None:
        await store.record("box.started")
        disk.free.clear()
        disk.reached.clear()
        first = store.record("box.started")
        await asyncio.to_thread(disk.reached.wait)
        futures = [store.record("box.started", text="x" * 1000) for _ in range(500)]
        assert await patiently(futures[0], 0.01) is None
        disk.free.set()
        assert [each.seq for each in await asyncio.gather(first, *futures)] == list(range(2, 503))

    opened(night, connect=disk.connect)


def test_a_disk_that_hangs_for_good_does_not_keep_the_exchange_from_ending(
    path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.register.store.CLOSE_SECONDS", 0.05)
    disk = Disk()

    async def night() -> None:
        names = {"box_name": "Dyżurka", "timezone": "Europe/Warsaw"}
        store = await RegisterStore.open(path, clock, random.Random(1), connect=disk.connect, **names)
        disk.free.clear()
        store.record("box.stopped")
        await asyncio.wait_for(store.close(), 5.0)
        with pytest.raises(NotSavedError):
            await store.record("box.started")
        disk.free.set()
        await store._writer.ended

    asyncio.run(night())
    assert [event.kind for event in events_in(path)] == ["box.stopped"]


def test_a_place_that_cannot_be_written_is_named_with_its_remedy(path: Path, opened: Opened) -> None:
    path.parent.write_text("a file where the directory should be")

    async def nothing(store: RegisterStore) -> None: ...

    with pytest.raises(RegisterUnavailableError, match="free the disk"):
        opened(nothing)


@pytest.mark.parametrize("damage", ["no database at all", "a torn page"])
def test_a_damaged_register_is_set_aside_and_the_box_takes_calls(
    opened: Opened, path: Path, clock: SetClock, damage: str
) -> None:
    async def many(store: RegisterStore) -> None:
        await asyncio.gather(*(store.record("ticket.opened", ticket=store.new_uid()) for _ in range(200)))

    async def after(store: RegisterStore) -> tuple[str | None, int]:
        number = (await store.record("ticket.opened", ticket=store.new_uid())).number
        return store.fault(), number

    opened(many)
    box = query(path, "SELECT value FROM meta WHERE key = 'box'")
    content = bytearray(path.read_bytes())
    if damage == "no database at all":
        content[:100] = b"x" * 100
    else:
        [(page,)] = query(path, "SELECT rootpage FROM sqlite_master WHERE name = 'events_ticket'")
        size = int.from_bytes(content[16:18], "big")
        content[(page - 1) * size : page * size] = b"x" * size
    path.write_bytes(content)
    fault, number = opened(after)
    assert "damaged" in fault
    assert [each.name in fault for each in path.parent.glob("register.db.damaged-*")] == [True]
    if damage == "a torn page":  # it still tells who it is, and which numbers have been told
        assert number == 1700
        assert query(path, "SELECT value FROM meta WHERE key = 'box'") == box


def test_a_register_of_a_newer_version_is_left_alone(opened: Opened, path: Path) -> None:
    async def nothing(store: RegisterStore) -> None: ...

    opened(nothing)
    query(path, "INSERT INTO migrations (name, at) VALUES ('second_thoughts', '2030')")
    with pytest.raises(RegisterUnavailableError, match="second_thoughts"):
        opened(nothing)
    assert query(path, "SELECT COUNT(*) FROM migrations") == [(len(STEPS) + 1,)]


def test_a_migration_that_fails_leaves_nothing_behind() -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half (a)")
        raise sqlite3.OperationalError("disk full")

    db = sqlite3.connect(":memory:", isolation_level=None)
    assert migrate(db, "now") == [step.__name__ for step in STEPS]
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, "now", (*STEPS, half))
    assert migrate(db, "now") == []
    assert db.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchone() is None
    db.close()


def test_events_are_never_changed_and_not_deleted_before_every_sink_has_them(opened: Opened, path: Path) -> None:
    async def two(store: RegisterStore) -> None:
        await asyncio.gather(store.record("box.started"), store.record("box.stopped"))

    opened(two)
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        query(path, "UPDATE events SET kind = 'box.fault'")
    query(path, "INSERT INTO sinks VALUES ('office', 1)")
    query(path, "DELETE FROM events WHERE seq = 1")
    with pytest.raises(sqlite3.IntegrityError, match="not acknowledged"):
        query(path, "DELETE FROM events WHERE seq = 2")


def test_a_kind_from_the_future_is_kept_whole(opened: Opened, path: Path) -> None:
    async def record(store: RegisterStore) -> None:
        await store.record("call.teleported", call=store.new_uid(), where="Kraków", depth={"m": [1, 2]})

    opened(record)
    [event] = events_in(path)
    assert (event.kind, dict(event.body)) == ("call.teleported", {"where": "Kraków", "depth": {"m": [1, 2]}})
    assert query(path, "SELECT * FROM calls") == []


def test_erasing_a_number_takes_it_out_of_the_file_and_leaves_what_happened(
    opened: Opened, path: Path, clock: SetClock
) -> None:
    async def forget_me(store: RegisterStore) -> None:
        call, _, futures = urgent_call(store, clock)
        await asyncio.gather(*futures)
        await store.record("call.erased", call=call, fields=["caller", "resident", "after"])

    opened(forget_me)
    [[row], [ticket]] = folds(path)
    assert (row["caller"], row["resident"], ticket["caller"]) == (None, None, None)
    assert (row["outcome"], row["talk_seconds"], row["ticket"]) == ("answered", 62.0, ticket["number"])
    assert ticket["calls"] == [row["id"]]
    assert row["rung"][0]["phone"] == "+48600300400"
    content = b"".join(each.read_bytes() for each in path.parent.iterdir())
    assert b"501502503" not in content
    assert b"600300400" in content


def folds(path: Path) -> list[list[Row]]:
    tables = [query(path, f"SELECT row FROM {table} ORDER BY uid") for table in ("calls", "tickets")]
    return [[json.loads(row) for (row,) in rows] for rows in tables]


@pytest.mark.parametrize("seed", range(10))
def test_rebuilding_from_the_log_gives_the_same_rows(opened: Opened, path: Path, clock: SetClock, seed: int) -> None:
    rng = random.Random(seed)
    kinds = [kind for name, kind in vars(database.events).items() if name.isupper()] + ["call.unheard"]

    async def nights(store: RegisterStore) -> None:
        calls, tickets = [store.new_uid() for _ in range(4)], [store.new_uid() for _ in range(3)]
        for _ in range(120):
            clock.advance(rng.uniform(-5, 5))
            about = {"call": rng.choice(["", *calls]), "ticket": rng.choice(["", *tickets])}
            fields = {"caller": "+48501502503", "who": "nowak", "after": rng.uniform(0, 99), "text": "jadę"}
            erased = {"fields": rng.sample(["caller", "text", "phone"], 2)}
            saved = store.record(
                rng.choice(kinds),
                building=rng.choice(["", "a", "b"]),
                premises="c",
                urgent=rng.random() < 0.1,
                key="1",
                **about,
                **fields,
                **erased,
            )
            if rng.random() < 0.3:
                await saved
        await store.record("box.stopped")
        before = await asyncio.to_thread(folds, path)
        assert before[0]
        await store.rebuild()
        assert await asyncio.to_thread(folds, path) == before

    opened(nights)


def test_one_event_that_can_never_be_written_costs_only_itself(opened: Opened, path: Path) -> None:
    class Twice:
        """Gives the same uid for two events: the second can never be written."""

        def __init__(self, uids: Any) -> None:
            self._uids, self._given = uids, ["same", "same"]

        def new(self) -> str:
            return self._given.pop() if self._given else self._uids.new()  # type: ignore[no-any-return]

    async def night(store: RegisterStore) -> list[Any]:
        store._drafter.uids = Twice(store._drafter.uids)  # type: ignore[assignment]
        futures = [store.record("box.fault", part=str(each)) for each in range(5)]
        outcomes = await asyncio.gather(*futures, return_exceptions=True)
        assert store.fault() == "1 events lost"
        return outcomes

    outcomes = opened(night)
    assert [isinstance(each, NotSavedError) for each in outcomes] == [False, True, False, False, False]
    assert [event.get("part") for event in events_in(path)] == ["0", "2", "3", "4"]


def test_the_writing_connection_waits_for_the_disk_at_every_commit_and_overwrites_what_is_erased(
    opened: Opened, path: Path
) -> None:
    settings = ("synchronous", "journal_mode", "secure_delete")

    async def work(store: RegisterStore) -> list[Any]:
        await store.record("box.started")
        return await store._writer.run(lambda db: [db.execute(f"PRAGMA {each}").fetchone()[0] for each in settings])

    full = 2  # of SQLite's 0 off, 1 normal, 2 full, 3 extra
    assert opened(work) == [full, "wal", 1]
