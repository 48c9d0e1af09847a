"""The schema of register.db, one named step after another; each is committed together with its record.

Steps are only ever added at the end. An update may be taken back, and then the older version stands before the newer
register: so each step since `BASELINE` is additive (docs/updates.md). It adds tables, indices, and columns that may be
left out; what was there before keeps its name, its columns and its meaning. The file itself says which steps are
additive, and an older version reads and writes it as it always did, knowing nothing of them. It leaves a note that it
has; by that the newer version does again what it had filled in (`again`). It opens no file and reads no clock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from appliance.register import catching_up, indexing

Step = Callable[[sqlite3.Connection], None]


class RegisterNewerError(Exception):
    """The register was written by a newer Dyżurka than this one, which does not know its schema."""

    def __init__(self, unknown: str) -> None:
        super().__init__(f"register.db was written by a newer version (step {unknown}): update Dyżurka to read it")


def first_log(db: sqlite3.Connection) -> None:
    """The event log, the folds of calls and tickets, and what the box knows about itself.

    `position` is the local order of arrival that a sink's cursor points at. Nobody may alter an event but for
    erasing its personal part, and an event that a sink has not acknowledged cannot be deleted.
    """
    for statement in _FIRST_LOG:
        db.execute(statement)


_FIRST_LOG = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE events (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        box TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
        uid TEXT NOT NULL UNIQUE, hlc INTEGER NOT NULL, at TEXT NOT NULL, synced INTEGER NOT NULL,
        building TEXT NOT NULL, kind TEXT NOT NULL, v INTEGER NOT NULL,
        call TEXT NOT NULL, ticket TEXT NOT NULL, number INTEGER NOT NULL,
        body TEXT NOT NULL, personal TEXT NOT NULL,
        UNIQUE (box, epoch, seq))""",
    "CREATE INDEX events_call ON events (call) WHERE call <> ''",
    "CREATE INDEX events_ticket ON events (ticket) WHERE ticket <> ''",
    "CREATE INDEX events_number ON events (box, kind, number) WHERE number > 0",
    """CREATE TABLE calls (
        uid TEXT PRIMARY KEY, id INTEGER NOT NULL, hlc INTEGER NOT NULL, started TEXT NOT NULL,
        building TEXT NOT NULL, up INTEGER NOT NULL, row TEXT NOT NULL)""",
    "CREATE INDEX calls_id ON calls (id)",
    "CREATE INDEX calls_hlc ON calls (hlc, started)",
    "CREATE INDEX calls_building ON calls (building, hlc, started)",
    "CREATE INDEX calls_started ON calls (started)",
    "CREATE INDEX calls_up ON calls (uid) WHERE up",
    """CREATE TABLE tickets (
        uid TEXT PRIMARY KEY, number INTEGER NOT NULL, hlc INTEGER NOT NULL, building TEXT NOT NULL,
        state TEXT NOT NULL, urgent INTEGER NOT NULL, row TEXT NOT NULL)""",
    "CREATE INDEX tickets_number ON tickets (number)",
    "CREATE INDEX tickets_hlc ON tickets (hlc)",
    "CREATE INDEX tickets_open ON tickets (hlc) WHERE state <> 'done'",
    "CREATE INDEX tickets_caller ON tickets (json_extract(row, '$.caller'))",
    """CREATE TABLE sinks (name TEXT PRIMARY KEY, cursor INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TRIGGER events_are_kept BEFORE DELETE ON events
        WHEN EXISTS (SELECT 1 FROM sinks WHERE cursor < OLD.position)
        BEGIN SELECT RAISE(ABORT, 'not acknowledged by every sink'); END""",
    """CREATE TRIGGER events_are_appended BEFORE UPDATE OF
        position, box, epoch, seq, uid, hlc, at, synced, building, kind, v, call, ticket, number, body ON events
        BEGIN SELECT RAISE(ABORT, 'events are never changed'); END""",
)


def counted_days(db: sqlite3.Connection) -> None:
    """What the calls of a day and building come to (`counting.py`); filled by `catching_up.py`."""
    db.execute(
        "CREATE TABLE days (day TEXT NOT NULL, building TEXT NOT NULL, figures TEXT NOT NULL,"
        " PRIMARY KEY (day, building)) WITHOUT ROWID"
    )


def found_fast(db: sqlite3.Connection) -> None:
    """What the page filters by as columns, and the words by which calls and tickets are found: filled by `catching_up`.

    Columns that nothing filters by are there to be counted. `calls_hlc` answers every filter by itself.
    """
    for statement in _FOUND_FAST:
        db.execute(statement)
    catching_up.begin(db)


_FOUND_FAST = (
    "ALTER TABLE calls RENAME TO calls_before",
    """CREATE TABLE calls (
        uid TEXT PRIMARY KEY, id INTEGER NOT NULL, hlc INTEGER NOT NULL, started TEXT NOT NULL,
        building TEXT NOT NULL, up INTEGER NOT NULL, urgent INTEGER NOT NULL, destination TEXT, outcome TEXT,
        answered_by TEXT, wait REAL, ticket INTEGER, row TEXT NOT NULL)""",
    """INSERT INTO calls SELECT uid, id, hlc, started, building, up, json_extract(row, '$.urgent'),
        json_extract(row, '$.destination'), json_extract(row, '$.outcome'), json_extract(row, '$.answered_by'),
        json_extract(row, '$.wait_seconds'), json_extract(row, '$.ticket'), row FROM calls_before""",
    "DROP TABLE calls_before",
    "CREATE INDEX calls_id ON calls (id)",
    "CREATE INDEX calls_hlc ON calls (hlc, started, building, urgent)",
    "CREATE INDEX calls_building ON calls (building, hlc, started)",
    "CREATE INDEX calls_urgent ON calls (hlc, started, building) WHERE urgent",
    "CREATE INDEX calls_started ON calls (started, hlc, building, urgent)",
    "CREATE INDEX calls_ticket ON calls (ticket, hlc) WHERE ticket IS NOT NULL",
    "CREATE INDEX calls_up ON calls (uid) WHERE up",
    "DROP INDEX tickets_hlc",
    "CREATE INDEX tickets_hlc ON tickets (hlc, state, urgent, building, number)",
    "CREATE INDEX tickets_waiting ON tickets (state <> 'new', hlc) WHERE state <> 'done' AND urgent",
    *indexing.SCHEMA,
)


def audited_fast(db: sqlite3.Connection) -> None:
    """The box's own events, few among those of the calls, are found without reading them all."""
    db.execute("CREATE INDEX events_box ON events (position) WHERE call = '' AND ticket = ''")


STEPS: tuple[Step, ...] = (first_log, counted_days, found_fast, audited_fast)
BASELINE = len(STEPS)  # steps up to here may do anything: no version that lacks them was ever given out
_ADDITIVE, _BEHIND = "additive.", "behind."  # in meta, before a step's name


@dataclass(frozen=True, slots=True)
class Additive:
    """A step that older versions may live with. `again` fills in what they left out while the register was theirs.

    Both run while the register is opened: much is only begun here, and done while calls are taken (`catching_up.py`).
    """

    take: Step
    again: Step

    @property
    def __name__(self) -> str:
        """The step's name, as any function's."""
        return self.take.__name__

    def __call__(self, db: sqlite3.Connection) -> None:
        """The step, and its mark. Raises sqlite3.Error."""
        self.take(db)
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, '1')", (f"{_ADDITIVE}{self.__name__}",))


def nothing_again(db: sqlite3.Connection) -> None:
    """For an additive step that fills nothing in."""


def applied(db: sqlite3.Connection) -> list[str]:
    """The names of the steps that the file has been through, in order; empty for a new file."""
    known = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'").fetchone()
    return [name for (name,) in db.execute("SELECT name FROM migrations ORDER BY step")] if known else []


def check_known(db: sqlite3.Connection, steps: tuple[Step, ...] = STEPS) -> list[str]:
    """What `applied` tells. Raises RegisterNewerError when this program cannot live with one of these steps."""
    done = applied(db)
    unknown = _unknown(done, steps)
    if unknown:
        additive = _marked(db, _ADDITIVE)
        for name in unknown:
            if name not in additive:
                raise RegisterNewerError(name)
    return done


def migrate(db: sqlite3.Connection, at: str, steps: tuple[Step, ...] = STEPS) -> list[str]:
    """Take the file through the steps that it lacks; returns their names. `at` goes into their records.

    `db` must be in autocommit (`isolation_level=None`). Raises RegisterNewerError, sqlite3.Error; a step that
    fails leaves nothing behind.
    """
    done = check_known(db, steps)
    db.execute(
        "CREATE TABLE IF NOT EXISTS migrations (step INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, at TEXT NOT NULL)"
    )
    taken = []
    for step in steps:
        if step.__name__ in done:
            continue
        with _whole(db):
            step(db)
            db.execute("INSERT INTO migrations (name, at) VALUES (?, ?)", (step.__name__, at))
        taken.append(step.__name__)
    _note_unknown(db, _unknown(done, steps))
    _do_again(db, steps)
    return taken


def _note_unknown(db: sqlite3.Connection, unknown: list[str]) -> None:
    """From now on this version writes without them: whoever knows them is to fill in what it leaves out."""
    if not unknown:
        return
    with _whole(db):
        for name in unknown:
            db.execute("INSERT OR IGNORE INTO meta VALUES (?, '1')", (f"{_BEHIND}{name}",))


def _do_again(db: sqlite3.Connection, steps: tuple[Step, ...]) -> None:
    """Fill in what an older version has left out."""
    behind = _marked(db, _BEHIND)
    for step in steps:
        if isinstance(step, Additive) and step.__name__ in behind:
            with _whole(db):
                step.again(db)
                db.execute("DELETE FROM meta WHERE key = ?", (f"{_BEHIND}{step.__name__}",))


def _unknown(done: list[str], steps: tuple[Step, ...]) -> list[str]:
    known = {step.__name__ for step in steps}
    return [name for name in done if name not in known]


def _marked(db: sqlite3.Connection, mark: str) -> set[str]:
    """The names of the steps with this mark in `meta`."""
    found = db.execute("SELECT substr(key, ?) FROM meta WHERE substr(key, 1, ?) = ?", (len(mark) + 1, len(mark), mark))
    return {name for (name,) in found}


@contextmanager
def _whole(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
