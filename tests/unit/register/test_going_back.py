"""An update that was taken back: the older version stands before the register that the newer one has migrated."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.register import database, migrations
from appliance.register.migrations import BASELINE, STEPS, Additive, applied, migrate, nothing_again
from appliance.register.reports import Reports
from appliance.register.store import RegisterStore, RegisterUnavailableError

from .conftest import SetClock, urgent_call

Opened = Callable[..., Any]


def with_smiles(db: sqlite3.Connection) -> None:
    """A step of a version to come: a column more, a table more, an index more."""
    db.execute("ALTER TABLE calls ADD COLUMN smiles INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE events ADD COLUMN mood TEXT")
    db.execute("CREATE TABLE smiles (uid TEXT PRIMARY KEY, how_many INTEGER)")
    db.execute("CREATE INDEX calls_smiles ON calls (smiles)")
    smile_again(db)


def smile_again(db: sqlite3.Connection) -> None:
    db.execute("INSERT OR REPLACE INTO smiles SELECT uid, 1 FROM calls")


NEWER = (*STEPS, Additive(with_smiles, smile_again))


def migrated_by_a_newer_version(path: Path) -> None:
    db = database.connect(path)
    assert migrate(db, "2030-01-01T00:00:00.000Z", NEWER) == ["with_smiles"]
    db.close()


def smiles(path: Path) -> int:
    db = database.connect(path)
    try:
        return int(db.execute("SELECT count(*) FROM smiles").fetchone()[0])
    finally:
        db.close()


@pytest.fixture
def night(clock: SetClock) -> Callable[[RegisterStore], Any]:
    async def live(store: RegisterStore) -> None:
        await urgent_call(store, clock)[2][-1]

    return live


def test_the_older_version_reads_and_writes_what_the_newer_one_has_migrated(
    opened: Opened, path: Path, night: Any
) -> None:
    opened(night)
    migrated_by_a_newer_version(path)
    opened(night)  # this version, which knows nothing of smiles
    with Reports(path) as reports:
        rows = reports.calls()
    assert [(row["resident"], row["outcome"], row["ticket"] is not None) for row in rows] == [
        ("m. 12", "answered", True)
    ] * 2
    assert [row["id"] for row in rows] == [rows[0]["id"], rows[0]["id"] + 1]


def test_the_newer_version_fills_in_what_the_older_one_left_out(opened: Opened, path: Path, night: Any) -> None:
    opened(night)
    migrated_by_a_newer_version(path)
    opened(night)
    assert smiles(path) == 1
    db = database.connect(path)
    assert migrate(db, "2030", NEWER) == []
    assert migrate(db, "2030", NEWER) == []
    assert not [key for (key,) in db.execute("SELECT key FROM meta") if key.startswith("behind.")]
    db.close()
    assert smiles(path) == 2


def test_a_backup_of_a_migrated_register_is_restored_by_the_older_version(
    opened: Opened, path: Path, night: Any, clock: SetClock
) -> None:
    from appliance.register.backup import back_up
    from appliance.register.restore import restore

    opened(night)
    migrated_by_a_newer_version(path)
    building = path.with_name("building.toml")
    building.write_text("")
    backup = path.parent.parent / "box.zip"
    back_up(path.parent, building, backup, clock)
    restore(backup, path.parent, clock, random.Random(1))
    with Reports(path) as reports:
        assert [row["resident"] for row in reports.calls()] == ["m. 12"]


def test_a_step_that_is_not_additive_keeps_the_older_version_out(opened: Opened, path: Path, night: Any) -> None:
    opened(night)
    db = database.connect(path)
    migrate(db, "2030", (*STEPS, with_smiles))
    db.close()
    with pytest.raises(RegisterUnavailableError, match="with_smiles"):
        opened(night)


def test_an_additive_step_that_fails_is_not_marked() -> None:
    def half(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half (a)")
        raise sqlite3.OperationalError("disk full")

    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db, "now")
    before = db.execute("SELECT * FROM meta").fetchall()
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, "now", (*STEPS, Additive(half, nothing_again)))
    assert db.execute("SELECT * FROM meta").fetchall() == before
    assert applied(db) == [step.__name__ for step in STEPS]
    db.close()


def columns(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Each table with its columns: name, type, not null, key."""
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: [
            (name, kind, needed, key) for _, name, kind, needed, _, key in db.execute(f"PRAGMA table_info({table})")
        ]
        for table in tables
    }


def changes_what_was_there(step: migrations.Step, before: tuple[migrations.Step, ...]) -> list[str]:
    """The tables of which an older version would miss something, or into which it could not write any more."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db, "then", before)
    was = columns(db)
    migrate(db, "now", (*before, step))
    now = columns(db)
    defaults = {(table, row[1]): row[4] for table in now for row in db.execute(f"PRAGMA table_info({table})")}
    db.close()
    wrong = []
    for table, had in was.items():
        has = now.get(table, [])
        added = has[len(had) :]
        may_be_left_out = all(not needed or defaults[table, name] is not None for name, _, needed, _ in added)
        positional = table in ("meta", "words", "sinks", "days") and bool(added)  # written by position
        if has[: len(had)] != had or not may_be_left_out or positional:
            wrong.append(table)
    return wrong


def test_every_step_that_updates_bring_is_additive() -> None:
    """What `docs/updates.md` promises: the other slot can still read the register."""
    for index, step in enumerate(STEPS[BASELINE:], BASELINE):
        assert isinstance(step, Additive), step.__name__
        assert changes_what_was_there(step, STEPS[:index]) == [], step.__name__


def test_a_change_of_what_was_there_is_recognised() -> None:
    def renamed(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE calls RENAME COLUMN urgent TO pressing")

    def demanding(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE meta ADD COLUMN since TEXT")

    def replaced(db: sqlite3.Connection) -> None:
        db.execute("DROP TABLE words")

    assert changes_what_was_there(with_smiles, STEPS) == []
    assert changes_what_was_there(renamed, STEPS) == ["calls"]
    assert changes_what_was_there(demanding, STEPS) == ["meta"]
    assert changes_what_was_there(replaced, STEPS) == ["words"]
