"""What an older version left to do: calls and tickets that are not found by words yet, calls that are not counted.

It is done while calls are taken, a few rows at a time, the newest first; how far it has come stands in `meta`, so that
a start goes on where the last life ended.
"""

from __future__ import annotations

import json
import sqlite3

from appliance.register import indexing
from appliance.register.counting import UNCOUNTED_KEY, Counter

BATCH_ROWS = 100  # some hundredths of a second: so long an event may wait for it
UNFOUND = {"calls": "calls_unfound", "tickets": "tickets_unfound"}  # in meta: rows with a smaller hlc are still to do


def begin(db: sqlite3.Connection) -> None:
    """All rows that are there are to be found anew. Inside the caller's transaction; raises sqlite3.Error."""
    for table, key in UNFOUND.items():
        last = db.execute(f"SELECT max(hlc) FROM {table}").fetchone()[0]
        if last is not None:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, str(last + 1)))


def more(db: sqlite3.Connection, counter: Counter) -> bool:
    """Do a little; whether anything was left to do. Inside the caller's transaction; raises sqlite3.Error."""
    return counter.more(BATCH_ROWS) or any(_find(db, table, key) for table, key in UNFOUND.items())


def rows_left(db: sqlite3.Connection) -> int:
    """How many rows are still to be found by words, or to be counted; 0 when all is done. Raises sqlite3.Error."""
    known = dict(db.execute("SELECT key, value FROM meta"))
    keys = [*UNFOUND.items(), ("calls", UNCOUNTED_KEY)]
    query = "SELECT count(*) FROM {} WHERE hlc < ?"
    return sum(
        int(db.execute(query.format(table), (int(known[key]),)).fetchone()[0]) for table, key in keys if key in known
    )


def _find(db: sqlite3.Connection, table: str, key: str) -> bool:
    known = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    if known is None:
        return False
    query = f"SELECT hlc, row FROM {table} WHERE hlc < ? ORDER BY hlc DESC LIMIT ?"
    found = db.execute(query, (int(known[0]), BATCH_ROWS)).fetchall()
    rows = [json.loads(row) for _, row in found]
    indexing.keep(db, *((rows, []) if table == "calls" else ([], rows)))
    if found:
        db.execute("UPDATE meta SET value = ? WHERE key = ?", (str(found[-1][0]), key))
    else:
        db.execute("DELETE FROM meta WHERE key = ?", (key,))
    return True
