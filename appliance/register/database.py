"""Register.db as a file: opening it safely, writing events with their folds, rebuilding and erasing.

Every function works on the connection it is given, inside the caller's transaction; threads and retries are
`writer.py`'s, reading for people is `reports.py`'s.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from appliance.register import events, indexing
from appliance.register.counting import Counter
from appliance.register.event import PERSONAL_FIELDS, Event, pack
from appliance.register.fold import Row
from appliance.register.ledger import apply

BUSY_SECONDS = 2.0  # how long a commit waits for another program's lock
WAL_LIMIT_BYTES = 4 * 1024 * 1024
_CALL_COLUMNS = "uid, id, hlc, started, building, up, urgent, destination, outcome, answered_by, wait, ticket, row"
_COLUMNS = "box, epoch, seq, uid, hlc, at, synced, building, kind, v, call, ticket, number, body, personal"
_INSERT = f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class RegisterDamagedError(Exception):
    """The file is not a sound SQLite database."""


def connect(path: Path) -> sqlite3.Connection:
    """A writing connection in autocommit: WAL, every commit on disk before it returns, erased bytes overwritten."""
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        db.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
    except BaseException:
        db.close()
        raise
    return db


def check(db: sqlite3.Connection) -> None:
    """Raise RegisterDamagedError unless the quick check finds the file sound."""
    try:
        verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise RegisterDamagedError(str(error)) from error
    if verdict != "ok":
        raise RegisterDamagedError(str(verdict))


def transaction(db: sqlite3.Connection, work: Callable[[], None]) -> None:
    """Do the work wholly or not at all."""
    db.execute("BEGIN IMMEDIATE")
    try:
        work()
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def meta(db: sqlite3.Connection, key: str) -> str | None:
    """A value that the box keeps about itself."""
    found = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if found is None else str(found[0])


def set_meta(db: sqlite3.Connection, key: str, value: str) -> None:
    """Keep a value about the box."""
    db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))


def counter(db: sqlite3.Connection) -> Counter:
    """What counts calls into days, by the box's zone."""
    return Counter(db, lambda: meta(db, "timezone"))


class SqliteRows:
    """The folds in the tables, read once and written at `flush`. `forget` after a transaction that failed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._days = counter(db)
        self._calls: dict[str, Row] = {}
        self._tickets: dict[str, Row] = {}
        self._changed_calls: set[str] = set()
        self._changed_tickets: set[str] = set()

    def call(self, uid: str) -> Row | None:
        """The row of a call."""
        return self._find("calls", self._calls, uid)

    def ticket(self, uid: str) -> Row | None:
        """The row of a ticket."""
        return self._find("tickets", self._tickets, uid)

    def put_call(self, row: Row) -> None:
        """Keep a call's row until `flush`."""
        self._calls[row["uid"]] = row
        self._changed_calls.add(row["uid"])

    def put_ticket(self, row: Row) -> None:
        """Keep a ticket's row until `flush`."""
        self._tickets[row["uid"]] = row
        self._changed_tickets.add(row["uid"])

    def flush(self) -> None:
        """Write what changed, and remember only the calls that are still up."""
        calls = [self._calls[uid] for uid in self._changed_calls]
        self._days.ended(calls)
        marks = ", ".join("?" for _ in _CALL_COLUMNS.split(", "))
        self._db.executemany(
            f"INSERT OR REPLACE INTO calls ({_CALL_COLUMNS}) VALUES ({marks})", [_call_columns(each) for each in calls]
        )
        tickets = [self._tickets[uid] for uid in self._changed_tickets]
        self._db.executemany(
            "INSERT OR REPLACE INTO tickets (uid, number, hlc, building, state, urgent, row)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (r["uid"], r["number"], r["fold"]["hlc"], r["building"], r["state"], r["urgent"], pack(r))
                for r in tickets
            ],
        )
        indexing.keep(self._db, calls, tickets)
        self._changed_calls.clear()
        self._changed_tickets.clear()
        self._tickets.clear()
        self._calls = {uid: row for uid, row in self._calls.items() if row["ended"] is None}

    def forget(self) -> None:
        """Know nothing: what was put since the last flush was not committed."""
        for each in (self._calls, self._tickets, self._changed_calls, self._changed_tickets):
            each.clear()

    def _find(self, table: str, known: dict[str, Row], uid: str) -> Row | None:
        if uid not in known:
            found = self._db.execute(f"SELECT row FROM {table} WHERE uid = ?", (uid,)).fetchone()
            if found is None:
                return None
            known[uid] = json.loads(found[0])
        return known[uid]


def _call_columns(row: Row) -> tuple[object, ...]:
    """A call in the order of the table's columns. What does not fit into one is not filtered by."""
    known = (row["uid"], row["id"], row["fold"]["hlc"], row["started"], row["building"], row["ended"] is None)
    told = (_storable(row[key]) for key in ("destination", "outcome", "answered_by"))
    ticket = row["ticket"] if row["ticket"] and row["ticket"] < indexing.MOST_NUMBER else None
    return (*known, bool(row["urgent"]), *told, row["wait_seconds"], ticket, pack(row))


def _storable(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "replace").decode()


def insert(db: sqlite3.Connection, event: Event) -> None:
    """Append an event."""
    db.execute(_INSERT, event_columns(event))


def event_columns(event: Event) -> tuple[object, ...]:
    """The event in the order of the table's columns."""
    where = (event.box, event.epoch, event.seq, event.uid, event.hlc, event.at, int(event.synced))
    what = (event.building, event.kind, event.v, event.call, event.ticket, event.number)
    return (*where, *what, pack(event.body), pack(event.personal))


def read_events(db: sqlite3.Connection, where: str = "TRUE", parameters: Iterable[object] = ()) -> Iterable[Event]:
    """Events in their order of arrival."""
    for row in db.execute(f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY position", tuple(parameters)):
        values = dict(zip(_COLUMNS.split(", "), row, strict=True))
        for column in ("body", "personal"):
            values[column] = json.loads(values[column])
        yield Event(**{**values, "synced": bool(values["synced"])})


def rebuild(db: sqlite3.Connection) -> None:
    """Make both folds again from the log."""
    db.execute("DELETE FROM calls")
    db.execute("DELETE FROM tickets")
    db.execute("DELETE FROM days")
    db.execute("DELETE FROM words")
    rows = SqliteRows(db)
    for event in read_events(db):
        apply(event, rows)
    rows.flush()


def erase(db: sqlite3.Connection, event: Event) -> None:
    """Carry out a `call.erased` or `ticket.erased`: take its `fields` out of every event about it, and fold anew.

    Raises sqlite3.Error. Fields that are not personal are left alone.
    """
    wanted = event.get("fields")
    fields = PERSONAL_FIELDS.intersection(each for each in wanted or () if isinstance(each, str))
    column, uid = ("call", event.call) if event.kind == events.CALL_ERASED else ("ticket", event.ticket)
    if not fields or not uid:
        return
    paths = [f"$.{field}" for field in sorted(fields)]
    marks = ", ".join("?" for _ in paths)
    db.execute(f"UPDATE events SET personal = json_remove(personal, {marks}) WHERE {column} = ?", (*paths, uid))
    touched = db.execute(f"SELECT DISTINCT call, ticket FROM events WHERE {column} = ?", (uid,)).fetchall()
    _fold_anew(db, {call for call, _ in touched if call}, {ticket for _, ticket in touched if ticket})


def _fold_anew(db: sqlite3.Connection, calls: set[str], tickets: set[str]) -> None:
    """Fold these calls and tickets from their events; what else those events are about stays as it is."""
    rows = SqliteRows(db)
    query = "SELECT row FROM calls WHERE uid = ? AND NOT up"
    over = [json.loads(row) for uid in calls for (row,) in db.execute(query, (uid,))]
    counter(db).add(over, sign=-1)  # they are counted again when they are folded
    found_by = indexing.forget(db, calls, tickets)
    for table, uids in (("calls", calls), ("tickets", tickets)):
        db.executemany(f"DELETE FROM {table} WHERE uid = ?", [(uid,) for uid in uids])
    marks = ", ".join("?" for _ in calls) or "NULL", ", ".join("?" for _ in tickets) or "NULL"
    where = f"call IN ({marks[0]}) OR ticket IN ({marks[1]})"
    for event in read_events(db, where, (*sorted(calls), *sorted(tickets))):
        apply(event, _Only(rows, calls, tickets))
    rows.flush()
    indexing.keep_again(db, *found_by)


class _Only:
    """Rows of which only some may be replaced."""

    def __init__(self, rows: SqliteRows, calls: set[str], tickets: set[str]) -> None:
        self.call, self.ticket = rows.call, rows.ticket
        self._rows, self._calls, self._tickets = rows, calls, tickets

    def put_call(self, row: Row) -> None:
        """Keep the row if it is one of those."""
        if row["uid"] in self._calls:
            self._rows.put_call(row)

    def put_ticket(self, row: Row) -> None:
        """Keep the row if it is one of those."""
        if row["uid"] in self._tickets:
            self._rows.put_ticket(row)
