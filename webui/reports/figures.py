"""What the days of a period come to together: the rows of the report's tables. Pure; it knows no words and no names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from appliance.register.counting import PARTS, Day
from webui.reports.period import Period

HOURS = 24


@dataclass(slots=True)
class Tally:
    """Calls: all, those that reached a human, those within half a minute, those whose caller gave up."""

    calls: int = 0
    answered: int = 0
    quick: int = 0
    abandoned: int = 0
    waits: Counter[int] = field(default_factory=Counter)

    @property
    def rest(self) -> int:
        """Neither answered nor given up: a message, a call-back, an information that was heard."""
        return self.calls - self.answered - self.abandoned

    @property
    def median(self) -> int | None:
        """Half of the answered waited no longer, in seconds."""
        return median(self.waits)

    def add(self, figures: Iterable[int]) -> None:
        """More calls, as `counting.py` keeps them."""
        calls, answered, quick, abandoned = figures
        self.calls += calls
        self.answered += answered
        self.quick += quick
        self.abandoned += abandoned


@dataclass(slots=True)
class Figures:
    """Everything that a report shows. `urgent`: each urgent call's number, and the seconds until a human or None."""

    all: Tally = field(default_factory=Tally)
    outcomes: Counter[str] = field(default_factory=Counter)
    days: dict[date, Tally] = field(default_factory=dict)
    buildings: dict[str, Tally] = field(default_factory=dict)
    hours: dict[str, Tally] = field(default_factory=lambda: {str(hour): Tally() for hour in range(HOURS)})
    numbers: dict[str, Tally] = field(default_factory=dict)
    destinations: dict[str, Tally] = field(default_factory=dict)
    choices: dict[str, Tally] = field(default_factory=dict)
    urgent: dict[int, float | None] = field(default_factory=dict)

    @property
    def reached(self) -> Counter[int]:
        """Seconds to a human of the urgent calls that reached one within the call."""
        return Counter(round(seconds) for seconds in self.urgent.values() if seconds is not None)


def gathered(days: Iterable[tuple[date, str, Day]], period: Period) -> Figures:
    """All days of a period together. Years of them: what is done for each is as little as can be."""
    found = Figures(days={begin: Tally() for begin in period.begins()})
    for on, building, day in days:
        _tally(found.buildings, building).add(day["all"])
        within = found.days[period.of(on)]
        within.add(day["all"])
        for seconds, many in day.get("waits", {}).items():
            for waits in (within.waits, found.buildings[building].waits):
                waits[int(seconds)] += many
        for part in PARTS:
            rows: dict[str, Tally] = getattr(found, part)
            for key, figures in day.get(part, {}).items():
                _tally(rows, key).add(figures)
        found.outcomes.update(day.get("outcomes", {}))
        found.urgent.update({int(call): seconds for call, seconds in day.get("urgent", {}).items()})
    for tally in found.buildings.values():
        found.all.add((tally.calls, tally.answered, tally.quick, tally.abandoned))
        found.all.waits.update(tally.waits)
    return found


def _tally(rows: dict[str, Tally], key: str) -> Tally:
    """The tally of a key, made where there is none."""
    known = rows.get(key)
    if known is None:
        known = rows[key] = Tally()
    return known


def median(counts: Counter[int]) -> int | None:
    """The middle one of values that come so often; None of nothing."""
    left = (counts.total() + 1) // 2
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return None
