"""What the calls of each day, month and building come to, kept beside the folds: years are reported in no time.

A call counts once it has ended, on the day and in the hour (box's zone) in which it began. Figures name no caller: what
erases a number or a name leaves them as they are. Pure but for the functions that take a connection.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from appliance.register.event import pack
from appliance.register.fold import Row

QUICK_SECONDS = 30  # "within half a minute" of the exchange's answer
ANSWERED, ABANDONED = "answered", "abandoned"  # outcomes
COUNTED_KEY, FORM = "days_counted", 1  # in meta: by which zone and in which form the days were counted
UNCOUNTED_KEY = "calls_uncounted"  # in meta: calls with a smaller hybrid clock are still to be counted
MONTH_LETTERS = 7  # of "2026-11", a month's key in the table of days
CALLS, OF_ANSWERED, OF_QUICK, OF_ABANDONED = range(4)  # places within a tally

# tally: [calls, answered, quickly, abandoned]; day: {"all": tally, "hours" | "numbers" | "destinations" | "choices":
# {key: tally}, "outcomes": {outcome: calls}, "waits": {seconds, rounded up: answered calls},
# "urgent": {call's display number: seconds to a human within the call, or null}}
Tally: TypeAlias = list[int]
Day: TypeAlias = dict[str, Any]
PARTS = ("hours", "numbers", "destinations", "choices")


def count(day: Day, row: Row, hour: int, sign: int = 1) -> None:
    """Add an ended call to a day's figures, or take it out again (`sign` -1)."""
    outcome, wait = row["outcome"], row["wait_seconds"]
    answered = outcome == ANSWERED
    tally = [1, answered, answered and wait is not None and wait <= QUICK_SECONDS, outcome == ABANDONED]
    day["all"] = _added(day.get("all"), tally, sign)
    keys = (str(hour), row["number"] or "", row["destination"] or "", (row["choices"] or [""])[0])
    for part, key in zip(PARTS, keys, strict=True):
        known = day.setdefault(part, {})
        known[key] = _added(known.get(key), tally, sign)
        if not known[key][CALLS]:
            del known[key]
    _more(day.setdefault("outcomes", {}), outcome, sign)
    if answered and wait is not None:
        _more(day.setdefault("waits", {}), str(math.ceil(wait)), sign)
    if row["urgent"]:
        urgent = day.setdefault("urgent", {})
        urgent[str(row["id"])] = wait if answered else None
        if sign < 0:
            urgent.pop(str(row["id"]), None)


def _added(before: Tally | None, tally: Iterable[int], sign: int) -> Tally:
    return [old + sign * int(new) for old, new in zip(before or [0, 0, 0, 0], tally, strict=True)]


def _more(counts: dict[str, int], key: str, sign: int) -> None:
    counts[key] = counts.get(key, 0) + sign
    if not counts[key]:
        del counts[key]


class Counter:
    """The table `days` of one connection, within the caller's transaction. Raises sqlite3.Error."""

    def __init__(self, db: sqlite3.Connection, zone: Callable[[], str | None]) -> None:
        self._db, self._zone_name = db, zone
        self._zone: ZoneInfo | None = None

    def ended(self, rows: Iterable[Row]) -> None:
        """Count those of the rows that have ended and are not stored as ended yet; before they are stored."""
        over = [row for row in rows if row["ended"] is not None]
        known = (self._db.execute("SELECT up FROM calls WHERE uid = ?", (row["uid"],)).fetchone() for row in over)
        self.add([row for row, stored in zip(over, known, strict=True) if stored is None or stored[0]])

    def add(self, rows: Iterable[Row], sign: int = 1) -> None:
        """Count ended calls, or take them out; those that are still to be counted are not touched."""
        below = self._uncounted_below()
        self._add((row for row in rows if row["fold"]["hlc"] >= below), sign)

    def _add(self, rows: Iterable[Row], sign: int = 1) -> None:
        changed: dict[tuple[str, str], Day] = {}
        for row in rows:
            began = datetime.fromisoformat(row["started"].replace("Z", "+00:00")).astimezone(self._in_zone())
            day = began.date().isoformat()
            for place in ((day, row["building"]), (day[:MONTH_LETTERS], row["building"])):
                if place not in changed:
                    changed[place] = self._read(*place)
                count(changed[place], row, began.hour, sign)
        self._db.executemany(
            "INSERT OR REPLACE INTO days (day, building, figures) VALUES (?, ?, ?)",
            [(*place, pack(day)) for place, day in changed.items() if day["all"][CALLS]],
        )
        empty = [place for place, day in changed.items() if not day["all"][CALLS]]
        self._db.executemany("DELETE FROM days WHERE day = ? AND building = ?", empty)

    def counted_by(self) -> str:
        """By which zone and in which form it counts."""
        return f"{self._in_zone().key} {FORM}"

    def anew(self) -> None:
        """Everything that is stored is to be counted anew, by `more`."""
        self._db.execute("DELETE FROM days")
        last = self._db.execute("SELECT max(hlc) FROM calls").fetchone()[0]
        if last is not None:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (UNCOUNTED_KEY, str(last + 1)))

    def more(self, limit: int) -> bool:
        """Count the newest so many of those that are still to be counted; whether there were any."""
        below = self._uncounted_below()
        if not below:
            return False
        query = "SELECT hlc, up, row FROM calls WHERE hlc < ? ORDER BY hlc DESC LIMIT ?"
        found = self._db.execute(query, (below, limit)).fetchall()
        self._add(json.loads(row) for _, up, row in found if not up)
        if found:
            self._db.execute("UPDATE meta SET value = ? WHERE key = ?", (str(found[-1][0]), UNCOUNTED_KEY))
        else:
            self._db.execute("DELETE FROM meta WHERE key = ?", (UNCOUNTED_KEY,))
        return True

    def _uncounted_below(self) -> int:
        found = self._db.execute("SELECT value FROM meta WHERE key = ?", (UNCOUNTED_KEY,)).fetchone()
        return int(found[0]) if found else 0

    def _read(self, day: str, building: str) -> Day:
        query = "SELECT figures FROM days WHERE day = ? AND building = ?"
        found = self._db.execute(query, (day, building)).fetchone()
        return json.loads(found[0]) if found else {}

    def _in_zone(self) -> ZoneInfo:
        if self._zone is None:
            self._zone = ZoneInfo(self._zone_name() or "UTC")
        return self._zone


def spans(first: date, last: date, *, months: bool) -> list[tuple[str, str]]:
    """Keys of `days` from … to before …, for all days between, both included; whole months by their own, if wanted."""
    begin, after = first if first.day == 1 else _month_after(first), last + timedelta(days=1)
    end = after.replace(day=1)
    if not months or begin >= end:
        return [(f"{first}", f"{after}")]
    return [(f"{first}", f"{begin}"), (f"{begin:%Y-%m}", f"{end:%Y-%m}"), (f"{end}", f"{after}")]


def _month_after(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
