"""Looks through register.db and recordings/ for what has had its time, in a thread and a batch at a time.

It decides nothing (`retention.due` does) and deletes only what lies in recordings/.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from appliance.register import events
from appliance.register.event import stamp_of
from appliance.register.fold import Row
from appliance.register.restore import expire_aside
from appliance.register.retention import DONE, Due, Kept, Policy, due, needed_calls

BATCH_ROWS = 500  # three years of rows are never in memory at once
BUSY_SECONDS = 2.0

_SOUNDING = "json_extract(row, '$.recording') IS NOT NULL"
_NAMED = "json_extract(row, '$.fold.erased') IS NULL"
_CALLS = f"SELECT row FROM calls WHERE NOT up AND (started < ? AND {_SOUNDING} OR started < ? AND {_NAMED})"
_NAMED_SOUNDS = f"SELECT json_extract(row, '$.recording') FROM calls WHERE {_SOUNDING}"
_TICKETS = f"SELECT row FROM tickets WHERE json_extract(row, '$.opened') < ? AND {_NAMED}"


class DiskShelf:
    """The `retention.Shelf` of a data directory. Reads while the exchange writes."""

    def __init__(self, data: Path) -> None:
        self._data = data

    async def last_run(self) -> datetime | None:
        """See `Shelf`."""
        return await asyncio.to_thread(self._last_run)

    async def look(self, now: datetime, policy: Policy) -> Due:
        """See `Shelf`."""
        return await asyncio.to_thread(self._look, now, policy)

    async def delete(self, path: str) -> None:
        """See `Shelf`."""
        await asyncio.to_thread(self._delete, path)

    async def expire(self, now: datetime) -> None:
        """See `Shelf`."""
        await asyncio.to_thread(expire_aside, self._data, now)

    def _open(self) -> sqlite3.Connection:
        uri = f"{(self._data / 'register.db').resolve().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)

    def _last_run(self) -> datetime | None:
        with closing(self._open()) as db:
            query = "SELECT at FROM events WHERE kind = ? ORDER BY position DESC LIMIT 1"
            found = db.execute(query, (events.BOX_TIDIED,)).fetchone()
        return datetime.fromisoformat(found[0].replace("Z", "+00:00")) if found else None

    def _look(self, now: datetime, policy: Policy) -> Due:
        sound, rows = (stamp_of(now - timedelta(days=days)) for days in (policy.sound_days, policy.row_days))
        with closing(self._open()) as db:
            query = "SELECT row FROM tickets WHERE urgent AND state <> ?"
            waiting = tuple(json.loads(row) for (row,) in db.execute(query, (DONE,)))
            found = Due()
            for batch in _batches(db, _CALLS, (sound, rows)):
                found += due(Kept(batch, waiting, _unsent(db, "call", batch)), now, policy)
            for batch in _batches(db, _TICKETS, (rows,)):
                found += due(Kept(tickets=batch, unsent=_unsent(db, "ticket", batch)), now, policy)
            return found + Due(strays=self._strays(db, waiting, now - timedelta(days=policy.sound_days)))

    def _strays(self, db: sqlite3.Connection, waiting: tuple[Row, ...], before: datetime) -> tuple[str, ...]:
        """Old files in recordings/ that no row names: of a register that was lost, or of no register at all."""
        named = {
            path for (path,) in db.execute(f"SELECT json_extract(row, '$.recording') FROM calls WHERE {_SOUNDING}")
        }
        numbers = sorted(needed_calls(waiting))
        marks = ", ".join("?" for _ in numbers)
        needed = tuple(uid for (uid,) in db.execute(f"SELECT uid FROM calls WHERE id IN ({marks})", numbers))
        return tuple(
            path
            for file in sorted((self._data / "recordings").glob("*"))
            if (path := f"recordings/{file.name}") not in named
            and not file.name.startswith(needed or "/")
            and file.is_file()
            and file.stat().st_mtime < before.timestamp()
        )

    def _delete(self, path: str) -> None:
        file = self._data / path
        if file.resolve().parent != (self._data / "recordings").resolve():
            raise OSError(f"{path} does not lie in recordings/: it is not touched")
        file.unlink(missing_ok=True)


def _batches(db: sqlite3.Connection, query: str, values: tuple[str, ...]) -> Iterator[tuple[Row, ...]]:
    cursor = db.execute(query, values)
    while batch := cursor.fetchmany(BATCH_ROWS):
        yield tuple(json.loads(row) for (row,) in batch)


def _unsent(db: sqlite3.Connection, column: str, rows: tuple[Row, ...]) -> frozenset[str]:
    """Which of these rows have an event that a sink has not acknowledged."""
    cursor = db.execute("SELECT MIN(cursor) FROM sinks").fetchone()[0]
    if cursor is None:
        return frozenset()
    marks = ", ".join("?" for _ in rows)
    query = f"SELECT DISTINCT {column} FROM events WHERE {column} IN ({marks}) AND position > ?"
    return frozenset(uid for (uid,) in db.execute(query, (*(row["uid"] for row in rows), cursor)))
