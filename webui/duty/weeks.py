"""A calendar of weeks made of the exchange's spans, and the stretches of time that one may want to hand over. Pure.

All comparing is done in UTC: two local times of one zone compare by what the wall clock shows, which a night in
October shows twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
SHORT = timedelta(hours=36)  # a shift that is handed over whole; of a longer duty a day is


@dataclass(frozen=True, slots=True)
class Span:
    """Who is rung, in order, from `start` to `end` (aware, local)."""

    start: datetime
    end: datetime
    people: tuple[str, ...]
    why: str

    @property
    def first(self) -> str:
        """Who is rung first; "" for nobody."""
        return self.people[0] if self.people else ""


@dataclass(frozen=True, slots=True)
class Part:
    """The piece of a span that lies on one day, from `start` to `end`; `begins`: whether the span begins on it."""

    span: Span
    start: datetime
    end: datetime
    begins: bool
    over: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day and who has duty on it."""

    date: date
    parts: tuple[Part, ...]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day; local, aware."""
    return datetime.combine(day, time(), zone)


def read_spans(answer: Mapping[str, Any], zone: ZoneInfo) -> list[Span]:
    """The spans of `duty_calendar`, those that touch with the same first person and reason as one."""
    found: list[Span] = []
    for each in answer.get("spans", ()):
        start, end = (datetime.fromisoformat(each[key]).astimezone(zone) for key in ("from", "to"))
        span = Span(start, end, tuple(each["people"]), str(each["why"]))
        if found and (found[-1].first, found[-1].why) == (span.first, span.why) and _same(found[-1].end, span.start):
            span = Span(found.pop().start, span.end, span.people, span.why)
        found.append(span)
    return found


def weeks(spans: Sequence[Span], monday: date, count: int, zone: ZoneInfo, now: datetime) -> list[list[Day]]:
    """So many weeks from a Monday on, each seven days."""
    days = [_day(spans, monday + number * ONE_DAY, zone, now) for number in range(7 * count)]
    return [days[at : at + 7] for at in range(0, len(days), 7)]


def span_at(spans: Sequence[Span], at: datetime) -> Span | None:
    """The span that holds at a moment."""
    return next((each for each in spans if utc(each.start) <= utc(at) < utc(each.end)), None)


def to_hand_over(
    span: Span, at: datetime, zone: ZoneInfo, known: tuple[datetime, datetime]
) -> list[tuple[datetime, datetime]]:
    """The stretches that one may mean when tapping a span at a moment, the likeliest first.

    A short span is meant as a whole; of a long one a day, from its hour of handing over to the same hour, then what is
    left of it. A span that reaches beyond the time that is known has no hour of handing over: midnight counts.
    """
    starts_there, ends_there = utc(span.start) > utc(known[0]), utc(span.end) < utc(known[1])
    if starts_there and ends_there and utc(span.end) - utc(span.start) <= SHORT:
        return [(span.start, span.end)]
    turn = span.start.time() if starts_there else time()
    day = at.astimezone(zone).date()
    if utc(datetime.combine(day, turn, zone)) >= min(utc(span.end), utc(midnight(day + ONE_DAY, zone))):
        day -= ONE_DAY  # the last morning of a duty belongs to the day before
    begin = max(span.start, datetime.combine(day, turn, zone), key=utc)
    end = min(span.end, datetime.combine(day + ONE_DAY, turn, zone), key=utc)
    found = [(begin, end)]
    if ends_there:
        found.append((begin, span.end))
        if starts_there:
            found.append((span.start, span.end))
    return list(dict.fromkeys(found))


def written(at: datetime, zone: ZoneInfo) -> str:
    """A moment as building.toml writes it: local, and with its offset where the wall clock shows that time twice."""
    local = at.astimezone(zone)
    again = local.replace(fold=1 - local.fold)
    twice = utc(again) != utc(local) and utc(again).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
    return local.isoformat(timespec="minutes") if twice else local.strftime("%Y-%m-%d %H:%M")


def _day(spans: Sequence[Span], day: date, zone: ZoneInfo, now: datetime) -> Day:
    begin, end = midnight(day, zone), midnight(day + ONE_DAY, zone)
    parts = [
        Part(
            span,
            max(span.start, begin, key=utc),
            min(span.end, end, key=utc),
            utc(span.start) > utc(begin),
            utc(min(span.end, end, key=utc)) <= utc(now),
        )
        for span in spans
        if utc(span.start) < utc(end) and utc(begin) < utc(span.end)
    ]
    return Day(day, tuple(parts))


def utc(at: datetime) -> datetime:
    """The moment itself, to be compared."""
    return at.astimezone(UTC)


def _same(one: datetime, other: datetime) -> bool:
    return utc(one) == utc(other)
