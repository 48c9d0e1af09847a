"""Urgent calls one by one: when a human was there, in the call or afterwards. It reads the register it is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from appliance.register.fold import Row
from appliance.register.reports import Reports

SHOWN = 20  # the longest waits; a report is no register
LOOKED_UP = 400  # calls without a human whose tickets are looked at


@dataclass(frozen=True, slots=True)
class Urgent:
    """One urgent call. `seconds` until somebody spoke to them or took the ticket, None: nobody has yet."""

    call: Row
    who: str
    seconds: float | None
    within: bool  # the call itself: they spoke at once


@dataclass(frozen=True, slots=True)
class Emergencies:
    """The urgent calls of a period: `later` reached nobody in the call but somebody took the ticket afterwards."""

    count: int
    within: int
    later: int
    never: int
    longest: tuple[Urgent, ...]


def looked_up(reports: Reports, urgent: dict[int, float | None]) -> Emergencies:
    """The whole story of these calls (number → seconds to a human within the call). Raises sqlite3.Error."""
    missed = [number for number, seconds in urgent.items() if seconds is None]
    after = [found for number in missed[-LOOKED_UP:] if (found := _afterwards(reports, number))]
    reached = sorted(((seconds, number) for number, seconds in urgent.items() if seconds is not None), reverse=True)
    room = max(SHOWN - len(after), 0)
    shown = [*_worst_first(after), *_within(reports, reached[:room])]
    later = sum(each.seconds is not None for each in after)
    return Emergencies(len(urgent), len(reached), later, len(missed) - later, tuple(shown[:SHOWN]))


def _worst_first(calls: Iterable[Urgent]) -> list[Urgent]:
    return sorted(calls, key=lambda each: -(each.seconds if each.seconds is not None else float("inf")))


def _within(reports: Reports, reached: Iterable[tuple[float, int]]) -> list[Urgent]:
    rows = ((reports.call(number), seconds) for seconds, number in reached)
    return [Urgent(row, str(row["answered_by"] or ""), seconds, True) for row, seconds in rows if row]


def _afterwards(reports: Reports, number: int) -> Urgent | None:
    row = reports.call(number)
    if row is None:
        return None
    dealt = reports.dealt_with(row["ticket"]) if row["ticket"] else None
    if dealt is None:
        return Urgent(row, "", None, False)
    began = datetime.fromisoformat(row["started"])
    return Urgent(row, dealt[1], max((datetime.fromisoformat(dealt[0]) - began).total_seconds(), 0.0), False)
