"""Opens register.db at a start: is the file sound, is its schema ours, who is this box, where does counting go on.

Nothing here runs while calls are up; `begin_epoch` alone is also asked for later, in the writer's thread.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.register import database, events, migrations
from appliance.register.counting import COUNTED_KEY
from appliance.register.ledger import FIRST_CALL, FIRST_TICKET, NEW_EPOCH_LEAP, Ledger

_log = logging.getLogger("dyzurka.register")

Connect = Callable[[Path], sqlite3.Connection]


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening found: where counting goes on, which calls had no end, and a fault to show."""

    ledger: Ledger
    unended: tuple[str, ...]
    fault: str


def epoch_of(uid: str) -> int:
    """An epoch nobody has used: the time and random bits that begin a new UUIDv7, so greater than every one before.

    Counting up would not do: two restores of one backup would both count to the same epoch.
    """
    return int(uid.replace("-", "")[:16], 16)


def open_file(path: Path, connect: Connect, at: str, about: dict[str, str], fresh: dict[str, str]) -> Opened:
    """Check, migrate, and find out where the counting goes on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fault = ""
    try:
        db = _sound(path, connect)
    except database.RegisterDamagedError as error:
        fresh = {**fresh, **_salvage(path)}
        aside = _set_aside(path, at)
        fault = f"the register was damaged ({error}); it is kept as {aside.name}, a new one was begun"
        _log.error("%s", fault)
        db = connect(path)
    try:
        migrations.migrate(db, at)
        database.transaction(db, lambda: _introduce(db, about, fresh))
        _count_days(db)
        unended = tuple(uid for (uid,) in db.execute("SELECT uid FROM calls WHERE up ORDER BY hlc"))
        return Opened(_ledger(db), unended, fault)
    finally:
        db.close()


def _sound(path: Path, connect: Connect) -> sqlite3.Connection:
    """A connection to a file that the quick check finds sound."""
    try:
        db = connect(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:  # "file is not a database"
        raise database.RegisterDamagedError(str(error)) from error
    try:
        database.check(db)
    except BaseException:
        db.close()
        raise
    return db


def _salvage(path: Path) -> dict[str, str]:
    """What a damaged file still tells of the box: who it is, and numbers that nobody has been told."""
    saved: dict[str, str] = {}
    try:
        db = sqlite3.connect(path)
    except sqlite3.Error:
        return saved
    queries = {
        "box": "SELECT value FROM meta WHERE key = 'box'",
        "stride": "SELECT value FROM meta WHERE key = 'stride'",
        "first_call": "SELECT MAX(id) + {leap} * (SELECT value FROM meta WHERE key = 'stride') FROM calls",
        "first_ticket": "SELECT MAX(number) + {leap} * (SELECT value FROM meta WHERE key = 'stride') FROM tickets",
    }
    for key, query in queries.items():
        with contextlib.suppress(sqlite3.Error):
            found = db.execute(query.format(leap=NEW_EPOCH_LEAP)).fetchone()
            if found and found[0] is not None:
                saved[key] = str(found[0])
    db.close()
    return saved


def _set_aside(path: Path, at: str) -> Path:
    """Move a damaged register and its companions out of the way."""
    mark = "".join(each for each in at if each.isdigit())
    aside = path.with_name(f"{path.name}.damaged-{mark}")
    for suffix in ("", "-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    return aside


def _introduce(db: sqlite3.Connection, about: dict[str, str], fresh: dict[str, str]) -> None:
    """The box's identity: once for ever, but for its name and zone."""
    begin = {"first_call": str(FIRST_CALL), "first_ticket": str(FIRST_TICKET), "stride": "1", **fresh}
    for key, value in begin.items():
        if database.meta(db, key) is None:
            database.set_meta(db, key, value)
    for key, value in about.items():
        database.set_meta(db, key, value)


def _count_days(db: sqlite3.Connection) -> None:
    """The days of an old register are to be counted, or all of them anew when the box has another zone."""
    counter = database.counter(db)

    def count() -> None:
        counter.anew()
        database.set_meta(db, COUNTED_KEY, counter.counted_by())

    if database.meta(db, COUNTED_KEY) != counter.counted_by():
        database.transaction(db, count)


def _ledger(db: sqlite3.Connection) -> Ledger:
    """Where the counting goes on: after the last event of this box and epoch."""
    box, epoch = database.meta(db, "box") or "", int(database.meta(db, "epoch") or 0)
    stride = int(database.meta(db, "stride") or 1)
    seq = db.execute("SELECT MAX(seq) FROM events WHERE box = ? AND epoch = ?", (box, epoch)).fetchone()[0]
    stamp = db.execute("SELECT hlc FROM events ORDER BY position DESC LIMIT 1").fetchone()

    def following(kind: str, first: str) -> int:
        floor = int(database.meta(db, first) or 1)
        query = "SELECT MAX(number) FROM events WHERE box = ? AND kind = ? AND number > 0"
        last = db.execute(query, (box, kind)).fetchone()[0]
        return floor if last is None else max(floor, last + stride)

    calls, tickets = following(events.CALL_STARTED, "first_call"), following(events.TICKET_OPENED, "first_ticket")
    return Ledger(box, epoch, seq or 0, stamp[0] if stamp else 0, calls, tickets, stride)


def begin_epoch(db: sqlite3.Connection, ledger: Ledger, epoch: int) -> Ledger:
    """Keep the new epoch on disk, and from where numbers go on; returns the ledger that counts in it."""
    after = ledger.in_epoch(max(epoch, ledger.epoch + 1))

    def keep() -> None:
        database.set_meta(db, "epoch", str(after.epoch))
        database.set_meta(db, "first_call", str(after.next_call))
        database.set_meta(db, "first_ticket", str(after.next_ticket))

    database.transaction(db, keep)
    return after
