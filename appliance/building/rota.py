"""Who is on duty at a moment, in which order; pure functions of a Building and a moment.

Whoever holds a shift comes first, then whoever holds the rotation, then the list of the premises or of the duty.
A substitution replaces a person wherever they stand; an override, agreed for tonight, beats all of that. Nothing here
rings anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from appliance.building.local import ONE_DAY, moment, span_of, wall
from appliance.building.model import Building, Duty, Override, Person, Rotation

Why = Literal["shift", "rotation", "list", "substitution", "agreement"]

PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7)}


def _shift_holders(duty: Duty, at: datetime, zone: ZoneInfo) -> Iterator[str]:
    today = wall(at, zone).date()
    for shift in duty.shifts:
        for day in (today - ONE_DAY, today):
            start, end = span_of(day, shift.start, shift.end, zone)
            if day.weekday() in shift.days and start <= at < end:
                yield shift.who


def _handover(rotation: Rotation, number: int, zone: ZoneInfo) -> datetime:
    """The moment of the rotation's n-th handover (0: its start): the same local time, also across clock changes."""
    return moment(wall(rotation.starts, zone) + number * PERIODS[rotation.every], zone)


def _turn(rotation: Rotation, at: datetime, zone: ZoneInfo) -> int:
    """How many handovers lie at or before `at`, less one; negative before the rotation's start."""
    turn = (wall(at, zone) - wall(rotation.starts, zone)) // PERIODS[rotation.every]
    # Within an hour of a clock change the wall is not to be trusted; the moments are.
    while _handover(rotation, turn + 1, zone) <= at:
        turn += 1
    while _handover(rotation, turn, zone) > at:
        turn -= 1
    return turn


def _stand_in(replaced: Mapping[str, str], person: str) -> str:
    """Whoever stands where `person` would. Chains are followed; two who stand in for each other have swapped."""
    if person not in replaced:
        return person
    seen = {person}
    while (following := replaced.get(person)) is not None and following not in seen:
        person = following
        seen.add(person)
    return person


def _holders(duty: Duty, at: datetime, zone: ZoneInfo, premises: str | None) -> Iterator[tuple[str, Why]]:
    """Who would be rung if nobody stood in for anybody, in order, and why; somebody may come twice."""
    for person in _shift_holders(duty, at, zone):
        yield person, "shift"
    if duty.rotation and duty.rotation.people and at >= duty.rotation.starts:
        turn = _turn(duty.rotation, at, zone)
        yield duty.rotation.people[turn % len(duty.rotation.people)], "rotation"
    for person in duty.by_building.get(premises, duty.people) if premises else duty.people:
        yield person, "list"


def _substituted(duty: Duty, at: datetime) -> Mapping[str, str]:
    """Who stands in for whom by the calendar: the first of two that name the same person."""
    return {each.instead_of: each.who for each in reversed(duty.substitutions) if each.start <= at < each.end}


def _planned(duty: Duty, at: datetime, zone: ZoneInfo, premises: str | None) -> tuple[str, ...]:
    """The order by the calendar alone: shifts, rotation, list, substitutions."""
    replaced = _substituted(duty, at)
    return tuple(dict.fromkeys(_stand_in(replaced, person) for person, _ in _holders(duty, at, zone, premises)))


def order(
    duty: Duty, at: datetime, zone: ZoneInfo, premises: str | None = None, overrides: Sequence[Override] = ()
) -> tuple[str, ...]:
    """The ids of the people on duty at the aware moment `at`, first to be rung first, nobody twice.

    Of two overrides about one person the later one in `overrides` holds. Who was to be replaced and stands in no
    calendar any more leaves their deputy on duty all the same: first of all, for they expect to be rung.
    """
    planned = _planned(duty, at, zone, premises)
    tonight = {each.instead_of: each.who for each in overrides if each.duty == duty.id and each.start <= at < each.end}
    if not tonight:
        return planned
    somewhere = {*_planned(duty, at, zone, None), *tonight.values()}
    called_in = [_stand_in(tonight, person) for person in tonight if person not in somewhere]
    return tuple(dict.fromkeys([*called_in, *(_stand_in(tonight, person) for person in planned)]))


def reasons(
    duty: Duty, at: datetime, zone: ZoneInfo, premises: str | None = None, overrides: Sequence[Override] = ()
) -> dict[str, Why]:
    """Why each of those in `order` is there, in that order."""
    replaced = _substituted(duty, at)
    known: dict[str, Why] = {}
    for person, why in _holders(duty, at, zone, premises):
        deputy = _stand_in(replaced, person)
        known.setdefault(deputy, why if deputy == person else "substitution")
    tonight = {each.instead_of: each.who for each in overrides if each.duty == duty.id and each.start <= at < each.end}
    called_in = {deputy for person in tonight if (deputy := _stand_in(tonight, person)) != person}
    return {
        person: "agreement" if person in called_in else known.get(person, "list")
        for person in order(duty, at, zone, premises, overrides)
    }


def on_duty(
    building: Building, duty_id: str, at: datetime, premises: str | None = None, overrides: Sequence[Override] = ()
) -> tuple[Person, ...]:
    """The people of a duty list to ring at the aware moment `at`, in order; for one of the premises, or for all.

    An override by somebody whom the building file does not know any more counts for nothing. Raises KeyError for an
    unknown duty list.
    """
    duty = building.duties[duty_id]
    known = [each for each in overrides if each.who in building.people]
    return tuple(building.people[each] for each in order(duty, at, building.box.timezone, premises, known))


def escalated(building: Building, duty_id: str, waited: float) -> tuple[Person, ...]:
    """Who is told, beside those on duty, of a ticket that nobody has taken for so many seconds (`escalate_minutes`)."""
    duty = building.duties[duty_id]
    if not duty.escalate_minutes or waited < duty.escalate_minutes * 60:
        return ()
    return tuple(building.people[each] for each in duty.escalate_to)


def _boundaries(
    duty: Duty, start: datetime, end: datetime, zone: ZoneInfo, overrides: Sequence[Override] = ()
) -> list[datetime]:
    """Every moment in (start, end] at which the order may change, ascending, in UTC."""
    found: set[datetime] = set()
    day = wall(start, zone).date() - ONE_DAY
    while day <= wall(end, zone).date():
        for shift in duty.shifts:
            if day.weekday() in shift.days:
                found.update(span_of(day, shift.start, shift.end, zone))
        day += ONE_DAY
    if duty.rotation:
        turn = max(0, _turn(duty.rotation, start, zone))
        while (handover := _handover(duty.rotation, turn, zone)) <= end:
            found.add(handover)
            turn += 1
    for each in duty.substitutions:
        found.update((each.start, each.end))
    for agreed in overrides:
        found.update((agreed.start, agreed.end))
    return sorted(each for each in found if start < each <= end)


def changes(
    building: Building,
    duty_id: str,
    start: datetime,
    end: datetime,
    premises: str | None = None,
    overrides: Sequence[Override] = (),
) -> tuple[datetime, ...]:
    """The moments after `start`, up to and including `end`, at which the order of a duty list changes; local, aware."""
    duty, zone = building.duties[duty_id], building.box.timezone
    changed = []
    known = [each for each in overrides if each.who in building.people]
    before = order(duty, start, zone, premises, known)
    for at in _boundaries(duty, start, end, zone, known):
        after = order(duty, at, zone, premises, known)
        if after != before:
            changed.append(at.astimezone(zone))
        before = after
    return tuple(changed)


def gaps(
    duty: Duty, start: datetime, end: datetime, zone: ZoneInfo, premises: str | None = None
) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches of time between `start` and `end` at which nobody is on duty; local, aware, ascending."""
    edges = [start, *(each for each in _boundaries(duty, start, end, zone) if each < end), end]
    found: list[tuple[datetime, datetime]] = []
    for begin, finish in pairwise(edges):
        if order(duty, begin, zone, premises):
            continue
        if found and found[-1][1] == begin:
            begin = found.pop()[0]
        found.append((begin, finish))
    return tuple((begin.astimezone(zone), finish.astimezone(zone)) for begin, finish in found)
