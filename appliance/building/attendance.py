"""When the people whom callers are led to by the hours are there, such as an office behind its queue. Pure.

An office has no hours of its own in the building file: it is there when a scenario holds whose menu leads to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from appliance.building.hours import is_open, next_opening, scenario_at
from appliance.building.local import ONE_DAY, moment, wall
from appliance.building.model import Building, Hours, Scenario, Span
from appliance.building.times import EVERY_DAY

NOBODY = ""  # stands for people whom no scenario leads to: they are there in the hours of any, or else by day
DAYTIME = Hours("", (Span(EVERY_DAY, time(8), time(20)),))
CHANGES_MAX = 200  # hours that open, and midnights, looked at ahead: some weeks


def attended(building: Building, destination: str, at: datetime) -> bool:
    """Whether the people of a destination ("queue:office") are there at an aware moment."""
    leading = {each.id for each in building.scenarios if _leads(building, each, destination)}
    if leading:
        numbers = {None, *(number for line in building.lines.values() for number in line.numbers)}
        return any(scenario_at(building, number, at).id in leading for number in numbers)
    zone = building.box.timezone
    return any(is_open(hours, at, zone) for hours in _of_scenarios(building))


def next_attended(building: Building, destination: str, at: datetime) -> datetime | None:
    """The first moment after `at` (local, aware) at which they come, not being there already; None within some weeks.

    While they are there it is the next time that they come back.
    """
    there = attended(building, destination, at)
    for change in _changes(building, at):
        before, there = there, attended(building, destination, change)
        if there and not before:
            return change.astimezone(building.box.timezone)
    return None


def _changes(building: Building, at: datetime) -> Iterator[datetime]:
    """The moments after `at` at which another scenario may hold."""
    zone, hours = building.box.timezone, _of_scenarios(building)
    for _ in range(CHANGES_MAX):
        midnight = moment(datetime.combine(wall(at, zone).date() + ONE_DAY, time()), zone)
        opening = [found for each in hours if (found := next_opening(each, at, zone)) is not None]
        at = min(midnight, *opening)
        yield at


def _of_scenarios(building: Building) -> list[Hours]:
    return [building.hours[each.when] for each in building.scenarios if each.when] or [DAYTIME]


def _leads(building: Building, scenario: Scenario, destination: str) -> bool:
    """Whether callers can get there from the scenario's menu, by keys or by none."""
    waiting, seen = [f"menu:{scenario.menu}"], set[str]()
    while waiting:
        here = waiting.pop()
        if here == destination:
            return True
        if here not in seen:
            seen.add(here)
            waiting += _steps(building, here)
    return False


def _steps(building: Building, here: str) -> list[str]:
    kind, _, target = here.partition(":")
    if kind == "menu" and target in building.menus:
        menu = building.menus[target]
        return [str(each) for each in (menu.no_input, menu.silent, *(option.goto for option in menu.options))]
    if kind == "duty" and target in building.duties:
        return [str(building.duties[target].unanswered)]
    if kind == "queue" and target in building.queues:
        return [str(building.queues[target].overflow)]
    return []
