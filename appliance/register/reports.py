"""Reads the register for people: the calls, the tickets, one call's story. It never writes.

Reading while the exchange writes is fine, from any process; open one `Reports` for each answer and close it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from appliance.building.model import Override
from appliance.register import catching_up, counting, database, events, finding, migrations
from appliance.register.counting import Day
from appliance.register.event import Event, stamp_of
from appliance.register.finding import Table, Wanted
from appliance.register.fold import Row, local, present
from appliance.register.overrides import overrides_in
from appliance.register.searching import MISSED

FILE_NAME = "register.db"  # in the data directory
BUSY_SECONDS = 2.0
LAST = (1 << 63) - 1  # beyond every event
LATELY_EVENTS = 100_000  # days of a box that is called all the time, years of one that is not


class RegisterUnreadableError(Exception):
    """There is no register at that place yet, or it cannot be read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of CONTRACT, the newest first, and from where the older and the newer ones go on; None: no more."""

    rows: list[Row]
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How many calls, how many of them reached a human, how many nobody; the usual wait of the answered, in seconds."""

    calls: int = 0
    answered: int = 0
    missed: int = 0
    median_wait: float | None = None


def _median(values: list[float]) -> float:
    """Of at least one; without `statistics`, which brings fractions and decimals into the page's memory."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


class Reports:
    """A look at the register. Raises RegisterUnreadableError, RegisterNewerError when made.

    `zone` is the box's, unless another is given.
    """

    def __init__(self, path: Path, zone: tzinfo | None = None) -> None:
        if not path.exists():
            raise RegisterUnreadableError(f"{path}: no register yet: it is made when the exchange runs (dyzurka run)")
        try:
            uri = f"{path.resolve().as_uri()}?mode=ro"
            self._db = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        except sqlite3.Error as error:
            raise RegisterUnreadableError(f"{path}: {error}: may this user read it?") from error
        try:
            if not migrations.check_known(self._db):
                raise RegisterUnreadableError(f"{path}: an empty register: it is filled when the exchange runs")
            self.zone = zone or ZoneInfo(database.meta(self._db, "timezone") or "UTC")
        except sqlite3.Error as error:
            self._db.close()
            raise RegisterUnreadableError(f"{path}: {error}: may this user read it?") from error
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Reports:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def calls(
        self,
        *,
        since: datetime | None = None,
        building: str = "",
        limit: int | None = None,
        offset: int = 0,
        newest_first: bool = False,
    ) -> list[Row]:
        """Rows of CONTRACT, oldest first unless `newest_first`, in the order in which the calls came.

        `since` is an aware moment that they began at or after; `limit` and `offset` count in the order asked for.
        """
        where, values = ["TRUE"], []
        if since is not None:
            where.append("started >= ?")
            values.append(stamp_of(since))
        if building:
            where.append("building = ?")
            values.append(building)
        order = "DESC" if newest_first else "ASC"
        query = f"SELECT row FROM calls WHERE {' AND '.join(where)} ORDER BY hlc {order} LIMIT ? OFFSET ?"
        return self._rows(query, (*values, -1 if limit is None else limit, offset))

    def tickets(self, *, open_only: bool = False, building: str = "") -> list[Row]:
        """Tickets of CONTRACT, oldest first."""
        where, values = ["state <> 'done'"] if open_only else ["TRUE"], []
        if building:
            where.append("building = ?")
            values.append(building)
        return self._rows(f"SELECT row FROM tickets WHERE {' AND '.join(where)} ORDER BY hlc", values)

    def urgent_tickets(self, limit: int) -> list[Row]:
        """Open urgent tickets, those that nobody has taken first, then the oldest first; at most `limit`."""
        return self._rows(
            "SELECT row FROM tickets WHERE state <> 'done' AND urgent ORDER BY state <> 'new', hlc LIMIT ?", (limit,)
        )

    def tickets_about(self, *, caller: str | None, number: int | None) -> list[Row]:
        """The tickets of a caller (E.164), or the one of that number."""
        return self._rows(
            "SELECT row FROM tickets WHERE number = ? OR json_extract(row, '$.caller') = ? ORDER BY hlc",
            (number, caller),
        )

    def calls_of(self, caller: str) -> list[Row]:
        """The calls of a caller (E.164), oldest first."""
        return self._rows("SELECT row FROM calls WHERE json_extract(row, '$.caller') = ? ORDER BY hlc", (caller,))

    def find(
        self, table: Table, wanted: Wanted, size: int, *, before: int | None = None, after: int | None = None
    ) -> Found:
        """Calls or tickets, the newest first: `size` of those older than `before` or newer than `after`."""
        page = finding.page(self._db, table, wanted, size, before=before, after=after)
        return Found([present(json.loads(row), self.zone) for row in page.rows], page.older, page.newer)

    def find_all(self, table: Table, wanted: Wanted) -> Iterator[Row]:
        """All of them, the newest first, read as they are taken."""
        return (present(json.loads(row), self.zone) for row in finding.every(self._db, table, wanted))

    def ticket(self, number: int) -> Row | None:
        """The ticket of that number."""
        found = self._rows("SELECT row FROM tickets WHERE number = ? ORDER BY hlc DESC LIMIT 1", (number,))
        return found[0] if found else None

    def calls_about(self, ticket: int) -> list[Row]:
        """The calls about a ticket, oldest first."""
        return self._rows("SELECT row FROM calls WHERE ticket IS NOT NULL AND ticket = ? ORDER BY hlc", (ticket,))

    def ticket_states(self, numbers: Iterable[int]) -> dict[int, str]:
        """Number → state, of those tickets that are there."""
        wanted = tuple(numbers)
        marks = ", ".join("?" for _ in wanted)
        return dict(self._db.execute(f"SELECT number, state FROM tickets WHERE number IN ({marks})", wanted))

    def open_count(self) -> int:
        """How many tickets are not done."""
        return int(self._db.execute("SELECT COUNT(*) FROM tickets WHERE state <> 'done'").fetchone()[0])

    def figures(self, begin: datetime, end: datetime) -> Figures:
        """What became of the calls that began within these aware moments, `end` not included."""

        query = "SELECT outcome, wait, COUNT(*) FROM calls WHERE started >= ? AND started < ? GROUP BY 1, 2"
        counted = self._db.execute(query, (stamp_of(begin), stamp_of(end))).fetchall()
        waits = [wait for outcome, wait, many in counted for _ in range(many) if outcome == "answered" and wait]

        def of(*outcomes: str) -> int:
            return sum(many for outcome, _, many in counted if outcome in outcomes)

        return Figures(
            calls=sum(many for _, _, many in counted),
            answered=of("answered"),
            missed=of(*MISSED),
            median_wait=_median(waits) if waits else None,
        )

    def call(self, number: int) -> Row | None:
        """The call of that display number."""
        found = self._rows("SELECT row FROM calls WHERE id = ? ORDER BY hlc DESC LIMIT 1", (number,))
        return found[0] if found else None

    def days(
        self, first: date, last: date, building: str = "", *, months: bool = False
    ) -> Iterator[tuple[date, str, Day]]:
        """What the calls of each day (both ends included) and building come to: `counting.py` says how.

        With `months`, a whole month comes as one, on its first day.
        """
        query = "SELECT day, building, figures FROM days WHERE day >= ? AND day < ? AND length(day) = ? ORDER BY day"
        for begin, end in counting.spans(first, last, months=months):
            for day, where, figures in self._db.execute(query, (begin, end, len(begin))):
                if not building or where == building:
                    yield date.fromisoformat(f"{day}-01"[: len(first.isoformat())]), where, json.loads(figures)

    def dealt_with(self, number: int) -> tuple[str, str] | None:
        """When somebody first took the ticket of that number or talked to the resident about it, and who.

        Time in UTC; None while nobody has.
        """
        query = (
            "SELECT at, coalesce(json_extract(body, '$.who'), '') FROM events WHERE ticket ="
            " (SELECT uid FROM tickets WHERE number = ? ORDER BY hlc DESC LIMIT 1) AND ticket <> ''"
            " AND kind IN (?, ?) ORDER BY position LIMIT 1"
        )
        found = self._db.execute(query, (number, events.TICKET_TAKEN, events.TICKET_TALKED)).fetchone()
        return (str(found[0]), str(found[1])) if found else None

    def story(self, number: int) -> list[Row]:
        """What happened in that call and to its ticket, event by event, as they were recorded; empty without one.

        Each has `seq`, `at` (box's zone), `synced`, `kind` and the event's own fields.
        """
        call = self.call(number)
        if call is None:
            return []
        own = "call <> '' AND call = ?1"
        tickets = f"SELECT ticket FROM events WHERE {own} AND ticket <> ''"
        return self._told(f"({own}) OR (call = '' AND ticket <> '' AND ticket IN ({tickets}))", (call["uid"],))

    def ticket_story(self, number: int) -> list[Row]:
        """What happened to that ticket, likewise."""
        ticket = self.ticket(number)
        return self._told("ticket <> '' AND ticket = ?1", (ticket["uid"],)) if ticket else []

    def changes(self, limit: int) -> list[Row]:
        """Changes of the box among its last `limit` events, the newest first: `at`, `who`, `what`, `detail`."""
        where = "position > (SELECT max(position) FROM events) - ?1 AND kind = ?2"
        return self._told(where, (limit, events.BOX_CHANGED))[::-1]

    def audit(self, size: int, *, before: int | None = None, changes_only: bool = False) -> list[tuple[int, Row]]:
        """(place, event) of the box's own events and what people changed, the newest first; older than a place."""
        own = "call = '' AND ticket = '' AND position < ?"
        kinds = f"AND kind = '{events.BOX_CHANGED}'" if changes_only else ""
        query = f"SELECT position, at, kind, body FROM events WHERE {own} {kinds} ORDER BY position DESC LIMIT ?"
        found = self._db.execute(query, (LAST if before is None else before, size))
        return [
            (position, {"at": local(at, self.zone), "kind": kind, **json.loads(body)})
            for position, at, kind, body in found
        ]

    def rows_left(self) -> int:
        """How many rows of an older version's are not found by words or counted yet, see `catching_up.py`."""
        return catching_up.rows_left(self._db)

    def deeds(self, whats: Sequence[str], limit: int) -> list[Row]:
        """The newest `limit` changes that are one of `whats`, the newest first: `at`, `who`, `what`, `detail`."""
        marks = ", ".join("?" for _ in whats)
        query = (
            "SELECT at, body FROM events WHERE call = '' AND ticket = '' AND kind = ?"
            f" AND json_extract(body, '$.what') IN ({marks}) ORDER BY position DESC LIMIT ?"
        )
        found = self._db.execute(query, (events.BOX_CHANGED, *whats, limit))
        return [{"at": local(at, self.zone), **json.loads(body)} for at, body in found]

    def _told(self, where: str, values: tuple[object, ...]) -> list[Row]:
        return [
            {
                "seq": event.seq,
                "at": local(event.at, self.zone),
                "synced": event.synced,
                "kind": event.kind,
                **event.body,
                **event.personal,
            }
            for event in database.read_events(self._db, where, values)
        ]

    def recent(self, limit: int) -> list[Event]:
        """The last `limit` events, in their order of arrival."""
        where = "position > (SELECT max(position) FROM events) - ?"
        return list(database.read_events(self._db, where, (limit,)))

    def overrides(self, now: datetime) -> tuple[Override, ...]:
        """Who stands in for whom by agreement, now or later than the aware moment `now`; the latest agreement last."""
        agreed = database.read_events(self._db, "kind = ?", (events.DUTY_OVERRIDE,))
        return tuple(each for each in overrides_in(agreed) if each.end > now)

    def lately(self, kind: str) -> list[Event]:
        """Those of a kind among the last `LATELY_EVENTS` events, in the order of their arrival."""
        where = "position > (SELECT max(position) FROM events) - ? AND kind = ?"
        return list(database.read_events(self._db, where, (LATELY_EVENTS, kind)))

    def _rows(self, query: str, values: Iterable[object]) -> list[Row]:
        return [present(json.loads(row), self.zone) for (row,) in self._db.execute(query, tuple(values))]
