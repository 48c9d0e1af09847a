"""Keeps the table `words`: by which words each call and each ticket is found. It finds nothing, `finding.py` does.

A call is found by the words of its ticket, too, and a ticket by those of its calls, so that one look suffices. Rows are
named by their hybrid clock, which is theirs alone. Inside the caller's transaction; raises sqlite3.Error.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from appliance.register.fold import Row
from appliance.register.searching import call_words, ticket_words

CALLS, TICKETS = "c", "t"  # words.kind
SCHEMA = (
    """CREATE TABLE words (kind TEXT NOT NULL, word TEXT NOT NULL, hlc INTEGER NOT NULL,
        PRIMARY KEY (kind, word, hlc)) WITHOUT ROWID""",
    "CREATE INDEX words_hlc ON words (hlc)",
)
MOST_NUMBER = 1 << 63  # SQLite's


def keep(db: sqlite3.Connection, calls: Iterable[Row], tickets: Iterable[Row]) -> None:
    """Have these rows, which are stored already, found by what they say now, besides what they said before."""
    for call in calls:
        mine, ticket = call_words(call), _ticket_of(db, call)
        if ticket is not None:
            _add(db, TICKETS, ticket, mine)
            mine = mine | ticket_words(ticket)
        _add(db, CALLS, call, mine)
    for ticket in tickets:
        mine = ticket_words(ticket)
        its_calls = _calls_of(db, ticket)
        for call in its_calls:
            _add(db, CALLS, call, mine)
        _add(db, TICKETS, ticket, mine.union(*map(call_words, its_calls)))


def forget(db: sqlite3.Connection, calls: Iterable[str], tickets: Iterable[str]) -> tuple[set[str], set[str]]:
    """Have these (uids), and whatever is found by their words too, found by nothing.

    Returns the uids of all calls and tickets to `keep` again, once the rows are as they should be.
    """
    rows = [row for uid in calls if (row := _row(db, "calls", uid))]
    matters = [row for uid in tickets if (row := _row(db, "tickets", uid))]
    matters += [ticket for row in rows if (ticket := _ticket_of(db, row))]
    rows += [call for ticket in matters for call in _calls_of(db, ticket)]
    db.executemany("DELETE FROM words WHERE hlc = ?", [(row["fold"]["hlc"],) for row in (*rows, *matters)])
    return {row["uid"] for row in rows}, {row["uid"] for row in matters}


def keep_again(db: sqlite3.Connection, calls: Iterable[str], tickets: Iterable[str]) -> None:
    """`keep` for rows that are known by their uids."""
    rows = [row for uid in calls if (row := _row(db, "calls", uid))]
    keep(db, rows, [row for uid in tickets if (row := _row(db, "tickets", uid))])


def _add(db: sqlite3.Connection, kind: str, row: Row, words: Iterable[str]) -> None:
    at = row["fold"]["hlc"]
    db.executemany("INSERT OR IGNORE INTO words VALUES (?, ?, ?)", [(kind, word, at) for word in words])


def _row(db: sqlite3.Connection, table: str, uid: str) -> Row | None:
    found = db.execute(f"SELECT row FROM {table} WHERE uid = ?", (uid,)).fetchone()
    return json.loads(found[0]) if found else None


def _ticket_of(db: sqlite3.Connection, call: Row) -> Row | None:
    number = call["ticket"]
    if not number or number >= MOST_NUMBER:
        return None
    found = db.execute("SELECT row FROM tickets WHERE number = ?", (number,)).fetchone()
    return json.loads(found[0]) if found else None


def _calls_of(db: sqlite3.Connection, ticket: Row) -> list[Row]:
    """Those that name it as their ticket."""
    query = "SELECT row FROM calls WHERE ticket IS NOT NULL AND ticket = ?"
    return [json.loads(row) for (row,) in db.execute(query, (ticket["number"],))]
