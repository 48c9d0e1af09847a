"""Which hours are open and which scenario holds at a moment; pure functions of a Building and a moment.

A span belongs to the day on which it begins: Friday's 22:00-02:00 lasts into Saturday even where Saturday is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from appliance.building.local import ONE_DAY, moment, span_of, wall
from appliance.building.model import Announcement, Building, Hours, Scenario, Span

DAY_GREETING_FROM = time(5)
DAY_GREETING_UNTIL = time(18)
SCENARIO_DAYS = 14
LOOK_AHEAD_DAYS = 400  # beyond a year: hours that are special days only


@lru_cache(maxsize=64)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The public holidays of a country (ISO 3166 code, "PL") in a year. Raises NotImplementedError for an unknown one.

    The library takes 15 MB, so it is loaded only where hours ask for holidays that nobody has filled in.
    """
    from holidays import country_holidays

    return frozenset(country_holidays(country, years=year))


def with_holidays(building: Building, dates: Mapping[str, frozenset[date]]) -> Building:
    """The building with the holidays of these countries filled in: country code → dates. Others stay as they are."""
    hours = {
        each.id: replace(each, holiday_dates=dates[each.holidays]) if each.holidays in dates else each
        for each in building.hours.values()
    }
    return replace(building, hours=hours)


def is_holiday(hours: Hours, day: date) -> bool:
    """Whether a day is a public holiday that these hours heed."""
    if not hours.holidays:
        return False
    known = hours.holiday_dates
    return day in (public_holidays(hours.holidays, day.year) if known is None else known)


def spans_on(hours: Hours, day: date) -> tuple[Span, ...]:
    """The spans that begin on a day: closed beats special, special beats holidays, holidays beat the week."""
    if day in hours.closed:
        return ()
    for special in hours.special:
        if special.date == day:
            return special.spans
    if is_holiday(hours, day):
        return ()
    return tuple(span for span in hours.open if day.weekday() in span.days)


def _openings(hours: Hours, first: date, days: int, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    for ahead in range(days):
        day = first + ahead * ONE_DAY
        yield from sorted(span_of(day, span.start, span.end, zone) for span in spans_on(hours, day))


def is_open(hours: Hours, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the hours are open at the aware moment `at`."""
    yesterday = wall(at, zone).date() - ONE_DAY
    return any(start <= at < end for start, end in _openings(hours, yesterday, 2, zone))


def next_opening(hours: Hours, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment after `at` (local, aware) at which the hours open, or None within 400 days.

    While open it is the next opening after this one. Spans that touch are one: there is no opening between them.
    """
    today = wall(at, zone).date()
    open_until = at
    for start, end in _openings(hours, today - ONE_DAY, LOOK_AHEAD_DAYS, zone):
        if start > at and start > open_until and start < end:
            return start.astimezone(zone)
        if start == at == open_until or start <= open_until:
            open_until = max(open_until, end)
    return None


def _matches(building: Building, scenario: Scenario, number: str | None, at: datetime) -> bool:
    zone = building.box.timezone
    if scenario.numbers and number not in scenario.numbers:
        return False
    if scenario.days and wall(at, zone).weekday() not in scenario.days:
        return False
    return not scenario.when or is_open(building.hours[scenario.when], at, zone)


def scenario_at(building: Building, number: str | None, at: datetime) -> Scenario:
    """The first scenario that matches a call to `number` (E.164, None where unknown) at the aware moment `at`.

    A checked building always has one; where a call is to a number that nobody foresaw, the last scenario holds.
    """
    for scenario in building.scenarios:
        if _matches(building, scenario, number, at):
            return scenario
    return building.scenarios[-1]


def scenario_until(building: Building, number: str | None, at: datetime) -> datetime | None:
    """The first moment after `at` (local, aware) at which another scenario holds, or None within 14 days."""
    zone = building.box.timezone
    now = scenario_at(building, number, at)
    today = wall(at, zone).date()
    edges = {moment(datetime.combine(today + ahead * ONE_DAY, time()), zone) for ahead in range(1, SCENARIO_DAYS + 1)}
    for hours in building.hours.values():
        for start, end in _openings(hours, today - ONE_DAY, SCENARIO_DAYS + 1, zone):
            edges |= {start, end}
    for edge in sorted(edges):
        if edge > at and scenario_at(building, number, edge) != now:
            return edge.astimezone(zone)
    return None


def announced(building: Building, premises: str, at: datetime) -> tuple[Announcement, ...]:
    """What is announced at the aware moment `at` to a caller about these premises, "" while not known which."""
    return tuple(
        each for each in building.announcements if each.start <= at < each.end and each.building in ("", premises)
    )


def hello(at: datetime, zone: ZoneInfo) -> Literal["hello_day", "hello_evening"]:
    """The key of the sentence that {hello} stands for: the day's from 05:00 up to 18:00 local time."""
    return "hello_day" if DAY_GREETING_FROM <= wall(at, zone).time() < DAY_GREETING_UNTIL else "hello_evening"
