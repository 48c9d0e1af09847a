"""Whether every call finds a scenario, and every scenario can find a call.

Both look at a grid of weekdays and numbers; opening hours count as sometimes open, sometimes not.
"""

from __future__ import annotations

from itertools import product

from appliance.building.model import Building, Hours, Scenario
from appliance.building.notes import Notes
from appliance.building.times import DAY_NAMES, EVERY_DAY

ANY_OTHER = ""  # stands for a number that no line names
_DAYS_PL = ("pn", "wt", "śr", "czw", "pt", "sob", "nd")


def check_scenarios(building: Building, notes: Notes) -> None:
    """Note scenarios that can never hold, and calls that would match none."""
    if not notes.clean(("scenarios",), ("lines",), ("hours",)):
        return
    ours = {number for line in building.lines.values() for number in line.numbers}
    for index, scenario in enumerate(building.scenarios):
        for number in sorted(scenario.numbers - ours):
            notes.wrong(("scenarios", index, "numbers"), "not_our_number", value=number)
        if scenario.when and not _ever_open(building.hours.get(scenario.when), scenario):
            notes.wrong(("scenarios", index, "when"), "never_open", hours=scenario.when)
        earlier = _earlier(building.scenarios[:index], scenario)
        if earlier:
            names = ", ".join(f'"{each}"' for each in earlier)
            notes.wrong(("scenarios", index), "scenario_shadowed", earlier=names)
    if building.scenarios:
        _check_every_call(building, ours, notes)


def _ever_open(hours: Hours | None, scenario: Scenario) -> bool:
    """Whether the hours can be open on one of the scenario's days; unknown hours are another mistake."""
    if hours is None:
        return True
    spans = [(day, span) for span in hours.open for day in span.days]
    spans += [(special.date.weekday(), span) for special in hours.special for span in special.spans]
    days = {day for day, _ in spans} | {(day + 1) % 7 for day, span in spans if span.end <= span.start}
    return bool(days & (scenario.days or EVERY_DAY))


def _grid(scenario: Scenario) -> set[tuple[int, str]]:
    return set(product(scenario.days or EVERY_DAY, scenario.numbers or {ANY_OTHER}))


def _takes(scenario: Scenario, day: int, number: str) -> bool:
    return day in (scenario.days or EVERY_DAY) and (not scenario.numbers or number in scenario.numbers)


def _earlier(before: tuple[Scenario, ...], scenario: Scenario) -> list[str]:
    """The ids of earlier scenarios that together take everything this one could; empty when something is left."""
    taking: dict[str, None] = {}
    for day, number in sorted(_grid(scenario)):
        first = next((each for each in before if _takes(each, day, number) and each.when in ("", scenario.when)), None)
        if first is None:
            return []
        taking[first.id] = None
    return list(taking)


def _check_every_call(building: Building, ours: set[str], notes: Notes) -> None:
    """Each number of ours has a scenario on every day that does not depend on hours."""
    nameless = not building.lines or any(not line.numbers for line in building.lines.values())
    always = [each for each in building.scenarios if not each.when]
    for number in [*sorted(ours), *([ANY_OTHER] if nameless else [])]:
        missing = [day for day in range(7) if not any(_takes(each, day, number) for each in always)]
        if missing:
            last = ("scenarios", len(building.scenarios) - 1)
            notes.wrong(last, "no_scenario", missing=_missing(number, missing))
            return


def _missing(number: str, days: list[int]) -> dict[str, str]:
    """A call that nobody takes, in both languages."""
    on_days_pl = "" if len(days) == len(EVERY_DAY) else " (" + ", ".join(_DAYS_PL[day] for day in days) + ")"
    on_days_en = "" if len(days) == len(EVERY_DAY) else " (" + ", ".join(DAY_NAMES[day] for day in days) + ")"
    return {
        "pl": (f"połączenia na {number}" if number else "zwykłego połączenia") + on_days_pl,
        "en": (f"a call to {number}" if number else "an ordinary call") + on_days_en,
    }
