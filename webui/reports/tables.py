"""The tables of a report: each with its picture, its rows in words, and the same rows for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from webui.reports.figures import Figures, Tally
from webui.reports.labels import Labels, long_day, short_day
from webui.reports.period import Period
from webui.reports.pictures import Picture, columns, lines
from webui.spreadsheet import BYTE_ORDER_MARK, cell
from webui.words import Words, gettext, lazy_gettext

MOST_ROWS = 40  # of numbers, destinations, keys: more are together in one row

TITLES: Mapping[str, Words] = {
    "days": lazy_gettext("By day"),
    "weeks": lazy_gettext("By week"),
    "months": lazy_gettext("By month"),
    "hours": lazy_gettext("By hour of the day"),
    "buildings": lazy_gettext("By building"),
    "numbers": lazy_gettext("By the number called"),
    "destinations": lazy_gettext("By queue and other destinations"),
    "choices": lazy_gettext("By the first key pressed"),
}
NAMES = ("days", "hours", "buildings", "numbers", "destinations", "choices")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what its first column is, rows as (label, tally), and the picture above it."""

    name: str
    title: str
    head: str
    rows: Sequence[tuple[str, Tally]]
    picture: Picture
    upright: bool
    medians: bool

    @property
    def peak(self) -> tuple[str, Tally] | None:
        """The row with the most calls; None where there are none."""
        best = max(self.rows, key=lambda row: row[1].calls, default=None)
        return best if best and best[1].calls else None


def made(name: str, figures: Figures, period: Period, names: Labels) -> Table:
    """The table of that name (one of NAMES)."""
    if name == "days":
        title = str(TITLES[f"{period.step}s"])
        rows = [(long_day(day, period), tally) for day, tally in figures.days.items()]
        beneath = [(short_day(day, period), tally) for day, tally in figures.days.items()]
        head = {"day": gettext("Day"), "week": gettext("Week"), "month": gettext("Month")}[period.step]
        return Table(name, title, head, rows, columns(beneath), True, True)
    if name == "hours":
        rows = [(gettext("%(hour)s:00", hour=hour), tally) for hour, tally in figures.hours.items()]
        beneath = list(figures.hours.items())
        return Table(name, str(TITLES[name]), gettext("Hour"), rows, columns(beneath), True, False)
    label, head = _labelling(name, names)
    rows = _few([(label(key), tally) for key, tally in getattr(figures, name).items()])
    return Table(name, str(TITLES[name]), head, rows, lines(rows), False, name == "buildings")


def spreadsheet(table: Table) -> str:
    """For a spreadsheet as they are set up here: semicolons, and seconds as whole numbers."""
    out = io.StringIO()
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    heads = [gettext("Calls"), gettext("Answered"), gettext("Within 30 s"), gettext("Given up"), gettext("Other")]
    writer.writerow([table.head, *heads, *([gettext("Median wait, seconds")] if table.medians else [])])
    for label, tally in table.rows:
        numbers = [tally.calls, tally.answered, tally.quick, tally.abandoned, tally.rest]
        writer.writerow([cell(label), *numbers, *([_or_nothing(tally.median)] if table.medians else [])])
    return out.getvalue()


def all_of(figures: Figures, period: Period, names: Labels) -> Iterator[Table]:
    """Every table that has something to say."""
    for name in NAMES:
        table = made(name, figures, period, names)
        if name != "buildings" or len(table.rows) > 1:
            yield table


def _labelling(name: str, names: Labels) -> tuple[Callable[[str], str], str]:
    return {
        "buildings": (names.building, gettext("Building")),
        "numbers": (names.number, gettext("Number")),
        "destinations": (names.destination, gettext("Destination")),
        "choices": (names.choice, gettext("First key")),
    }[name]


def _few(rows: list[tuple[str, Tally]]) -> list[tuple[str, Tally]]:
    """The most called first; rows that read the same are one, and what is beyond a screenful is one, too."""
    joined: dict[str, Tally] = {}
    for label, tally in rows:
        _into(joined.setdefault(label, Tally()), tally)
    ordered = sorted(joined.items(), key=lambda row: (-row[1].calls, row[0]))
    if len(ordered) <= MOST_ROWS:
        return ordered
    rest = Tally()
    for _, tally in ordered[MOST_ROWS - 1 :]:
        _into(rest, tally)
    return [*ordered[: MOST_ROWS - 1], (gettext("all others"), rest)]


def _into(sum_: Tally, tally: Tally) -> None:
    sum_.add((tally.calls, tally.answered, tally.quick, tally.abandoned))
    sum_.waits.update(tally.waits)


def _or_nothing(value: int | None) -> str:
    return "" if value is None else str(value)
