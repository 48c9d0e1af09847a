"""Finds calls and tickets by words, filters and days, a page at a time, the newest first. It only makes queries.

Which row comes next is said by its hybrid clock and not by a count, so the last page costs as much as the first, and a
call that comes meanwhile moves nothing. Each query names its index: `tests/unit/register/test_finding.py` looks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from appliance.register import hlc
from appliance.register.event import stamp_of
from appliance.register.indexing import CALLS, MOST_NUMBER, TICKETS
from appliance.register.searching import MISSED_WORD, Span, exactly, is_one, place

Table: TypeAlias = Literal["calls", "tickets"]
Spans: TypeAlias = Sequence[Span]
Query: TypeAlias = tuple[str, list[object]]
BATCH_ROWS = 500
COMMON = 5000  # rows with a word


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is empty does not matter. `begin` and `end` are aware, `end` not included.

    `words`: each of them is needed, by one of its spans (`searching.typed`). `open`: with a ticket that is not done.
    """

    words: tuple[Spans, ...] = ()
    open: bool = False
    urgent: bool = False
    missed: bool = False
    building: str = ""
    destination: str = ""
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as they are stored, the newest first, and from where the older and the newer ones go on; None: no more."""

    rows: tuple[str, ...]
    older: int | None
    newer: int | None


def page(
    db: sqlite3.Connection, table: Table, wanted: Wanted, size: int, *, before: int | None, after: int | None
) -> Page:
    """Those older than the stamp `before`, or newer than `after`, or else the newest; at most `size`."""
    backwards = after is not None
    found = _next(db, table, wanted, size + 1, before=before, after=after)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page((), None, None)
    older = found[-1][0] if more or backwards else None
    newer = found[0][0] if (more if backwards else before is not None) else None
    return Page(tuple(row for _, row in found), older, newer)


def every(db: sqlite3.Connection, table: Table, wanted: Wanted) -> Iterator[str]:
    """All of them, the newest first, a batch at a time: a register of any size passes through little memory."""
    before: int | None = None
    while batch := _next(db, table, wanted, BATCH_ROWS, before=before):
        yield from (row for _, row in batch)
        before = batch[-1][0]


def _next(
    db: sqlite3.Connection,
    table: Table,
    wanted: Wanted,
    limit: int,
    *,
    before: int | None = None,
    after: int | None = None,
) -> list[tuple[int, str]]:
    """(hlc, row) of at most `limit` rows."""
    words = [*wanted.words]
    if wanted.destination:
        words.append([place(wanted.destination)])
    if wanted.missed:
        words.append([exactly(MISSED_WORD)])
    common = [each for each in words if _is_common(db, table, each)]
    rare = [each for each in words if each not in common]
    if not rare:
        return db.execute(*leafing(table, wanted, common, limit, before, after)).fetchall()
    found: list[tuple[int, str]] = []
    candidates, size = db.execute(*having(table, rare, before, after)), limit
    while len(found) < limit and (batch := [at for (at,) in candidates.fetchmany(size)]):
        found += db.execute(*looking(table, wanted, common, batch, after is not None))
        size = BATCH_ROWS
    return found[:limit]


def leafing(
    table: Table, wanted: Wanted, common: Sequence[Spans], limit: int, before: int | None, after: int | None
) -> Query:
    """One row after the other in order, until there are enough. Rows are read only once it is known which."""
    where, values = _conditions(table, wanted, common, "")
    for condition, bound in (("hlc < ?", before), ("hlc > ?", after)):
        if bound is not None:
            where, values = f"{where} AND {condition}", [*values, bound]
    order = "DESC" if after is None else "ASC"
    index = "" if wanted.open else f" INDEXED BY {_index(table, wanted)}"
    chosen = f"SELECT rowid FROM {table}{index} WHERE {where} ORDER BY hlc {order} LIMIT ?"
    return f"SELECT hlc, row FROM {table} WHERE rowid IN ({chosen}) ORDER BY hlc {order}", [*values, limit]


def having(table: Table, words: Sequence[Spans], before: int | None, after: int | None) -> Query:
    """The stamps of all rows that have each of these words, in order, from the table `words` alone."""
    low, high = -1 if after is None else after, MOST_NUMBER - 1 if before is None else before
    one = "SELECT hlc FROM words WHERE kind = ? AND word >= ? AND word < ? AND hlc > ? AND hlc < ?"
    each = [f"SELECT hlc FROM ({' UNION '.join(one for _ in spans)})" for spans in words]
    values: list[object] = [value for spans in words for span in spans for value in (_kind(table), *span, low, high)]
    return f"{' INTERSECT '.join(each)} ORDER BY hlc {'DESC' if after is None else 'ASC'}", values


def looking(table: Table, wanted: Wanted, common: Sequence[Spans], stamps: Sequence[int], ascending: bool) -> Query:
    """Those of the rows with these stamps that the filters let through."""
    where, values = _conditions(table, wanted, common, "+")
    marks = ", ".join("?" for _ in stamps)
    query = f"SELECT hlc, row FROM {table} INDEXED BY {table}_hlc WHERE hlc IN ({marks}) AND {where}"
    return f"{query} ORDER BY hlc {'ASC' if ascending else 'DESC'}", [*stamps, *values]


def _conditions(table: Table, wanted: Wanted, common: Sequence[Spans], apart: str) -> tuple[str, list[object]]:
    conditions: list[str] = []
    values: list[object] = []

    def need(condition: str, *given: object) -> None:
        conditions.append(condition)
        values.extend(given)

    for spans in common:
        condition, given = _with_word(table, spans)
        need(condition, *given)
    _filter(table, wanted, need, apart)
    return " AND ".join(conditions) or "TRUE", values


def _filter(table: Table, wanted: Wanted, need: Callable[..., None], apart: str) -> None:
    """The filters; `apart` is what keeps SQLite from choosing an index by them."""
    calls = table == "calls"
    if wanted.urgent:
        need(f"{apart}urgent")
    if wanted.open and calls:
        need("ticket IS NOT NULL AND ticket IN (SELECT number FROM tickets WHERE state <> 'done')")
    elif wanted.open:
        need("state <> 'done'")
    if wanted.building:
        need(f"{apart}building = ?", wanted.building)
    if wanted.begin:
        need("hlc >= ?", _stamp(wanted.begin))  # a stamp is never behind the time of its event
    if wanted.end and not calls:
        need("hlc < ?", _stamp(wanted.end))  # it may be ahead where a clock was set back: of a ticket the day suffices
    if calls and wanted.begin:
        need("started >= ?", stamp_of(wanted.begin))
    if calls and wanted.end:
        need("started < ?", stamp_of(wanted.end))


def _is_common(db: sqlite3.Connection, table: Table, spans: Spans) -> bool:
    """Whether a single word belongs to so many rows that the newest of them are soon found by leafing."""
    query = "SELECT COUNT(*) FROM (SELECT 1 FROM words WHERE kind = ? AND word = ? LIMIT ?)"
    counts = (
        db.execute(query, (_kind(table), low, COMMON)).fetchone()[0] for low, high in spans if is_one((low, high))
    )
    return any(count == COMMON for count in counts)


def _with_word(table: Table, spans: Spans) -> tuple[str, list[object]]:
    """Whether one row has a word."""
    single = [low for low, high in spans if is_one((low, high))]
    parts = [f"EXISTS (SELECT 1 FROM words w WHERE w.kind = ? AND w.word = ? AND w.hlc = {table}.hlc)" for _ in single]
    values: list[object] = [value for low in single for value in (_kind(table), low)]
    for low, high in spans:
        if low not in single:
            parts.append("hlc IN (SELECT hlc FROM words WHERE kind = ? AND word >= ? AND word < ?)")
            values += [_kind(table), low, high]
    return f"({' OR '.join(parts)})", values


def _kind(table: Table) -> str:
    return CALLS if table == "calls" else TICKETS


def _index(table: Table, wanted: Wanted) -> str:
    """The index that answers it in order, where SQLite cannot know that it is the better one."""
    if table == "tickets":
        return "tickets_hlc"
    if wanted.begin and wanted.end:
        return "calls_started"  # the days alone, put in order
    if wanted.urgent:
        return "calls_urgent"
    if wanted.building:
        return "calls_building"
    return "calls_hlc"


def _stamp(moment: datetime) -> int:
    return max(round(moment.timestamp() * 1000), 0) << hlc.COUNTER_BITS
