"""A week of hours: between the file ("mon-fri 08:00-16:00"), a form that is typed or painted, and rows for each day.

`_week.html` draws the form; static/week.js paints into its fields, which stay what counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from flask import request

from webui.words import Words, gettext, lazy_pgettext

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES: Mapping[str, Words] = {
    "mon": lazy_pgettext("weekday", "Monday"),
    "tue": lazy_pgettext("weekday", "Tuesday"),
    "wed": lazy_pgettext("weekday", "Wednesday"),
    "thu": lazy_pgettext("weekday", "Thursday"),
    "fri": lazy_pgettext("weekday", "Friday"),
    "sat": lazy_pgettext("weekday", "Saturday"),
    "sun": lazy_pgettext("weekday", "Sunday"),
}
SHORT_NAMES: Mapping[str, Words] = {
    "mon": lazy_pgettext("short", "Mon"),
    "tue": lazy_pgettext("short", "Tue"),
    "wed": lazy_pgettext("short", "Wed"),
    "thu": lazy_pgettext("short", "Thu"),
    "fri": lazy_pgettext("short", "Fri"),
    "sat": lazy_pgettext("short", "Sat"),
    "sun": lazy_pgettext("short", "Sun"),
}
MIDNIGHT, END_OF_DAY = "00:00", "24:00"
EMPTY_ROWS = 2  # spans of a day that can be typed at once
MOST_SPANS = 12

Span = tuple[str, str]  # "08:00", "16:00"; an end at or before the start is the next day's
Week = dict[str, list[Span]]

_SPAN = re.compile(r"(?P<days>.*?)\s*(?P<start>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")


# -- the file ----------------------------------------------------------------------------------------------------------


def read_week(written: object) -> Week:
    """The spans of each day; what is none is left out."""
    week: Week = {day: [] for day in DAYS}
    for each in written if isinstance(written, list) else [written]:
        found = _SPAN.fullmatch(str(each or "").strip())
        if found:
            for day in days_of(found["days"]) or DAYS:
                week[day].append((found["start"].zfill(5), found["end"].zfill(5)))
    return {day: sorted(spans) for day, spans in week.items()}


def write_week(week: Mapping[str, Sequence[Span]]) -> list[str]:
    """As the file has it: days of equal spans together."""
    by_span: dict[Span, list[str]] = {}
    for day in DAYS:
        for span in week.get(day, ()):
            by_span.setdefault(span, []).append(day)
    return [
        f"{days_written(days)} {start}-{end}"
        for (start, end), days in sorted(by_span.items(), key=lambda each: (DAYS.index(each[1][0]), each[0]))
    ]


def days_of(written: object) -> list[str]:
    """The weekdays of "mon-thu, sat" or a list of such, in order; what is no weekday is left out."""
    pieces = written if isinstance(written, list) else str(written or "").split(",")
    found = set()
    for piece in pieces:
        first, _, last = str(piece).strip().lower().partition("-")
        if first in DAYS and (last or first) in DAYS:
            start, end = DAYS.index(first), DAYS.index(last or first)
            found |= {DAYS[each % 7] for each in range(start, end + 1 if end >= start else end + 8)}
    return [each for each in DAYS if each in found]


def days_written(days: Iterable[str]) -> str:
    """Weekdays as the file writes them: "mon-fri, sun"."""
    wanted = set(days)
    runs: list[list[str]] = []
    for each in (day for day in DAYS if day in wanted):
        if runs and DAYS.index(each) == DAYS.index(runs[-1][-1]) + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


# -- the form ----------------------------------------------------------------------------------------------------------


def typed_week() -> Week:
    """What stands in the fields, day by day; rows with nothing in them are left out."""
    week: Week = {}
    for day in DAYS:
        begins, ends = (request.form.getlist(f"{day}-{each}")[:MOST_SPANS] for each in ("from", "to"))
        rows = [(begin.strip()[:10], end.strip()[:10]) for begin, end in zip(begins, ends, strict=False)]
        week[day] = [row for row in rows if any(row)]
    return week


def checked(week: Mapping[str, Sequence[Span]]) -> tuple[Week, dict[str, str]]:
    """The spans as the building file has them, in order, and by day what is wrong with them."""
    right: Week = {}
    mistakes: dict[str, str] = {}
    for day, rows in week.items():
        good = [span for span in (read_span(*row) for row in rows) if span is not None]
        if len(good) < len(rows):
            mistakes[day] = gettext("Two times, please, such as 8:00 and 16:00.")
        elif any(begin == end for begin, end in good):
            mistakes[day] = gettext("Begin and end are the same time. The whole day is 0:00 to 24:00.")
        elif overlap(good):
            mistakes[day] = gettext("Two of these times cover each other.")
        right[day] = sorted(good)
    return right, mistakes


def rows_of(week: Mapping[str, Sequence[Span]]) -> Week:
    """The rows that the form shows: what is there, and empty ones to type into."""
    return {day: [*week[day], *[("", "")] * max(EMPTY_ROWS - len(week[day]), 0)] for day in DAYS}


def read_span(start: str, end: str) -> Span | None:
    """Two times that somebody typed: "8", "16.00"; None where one is none. An end of 0:00 is the day's."""
    begins, ends = time_of(start), time_of(end)
    if begins is None or ends is None or begins == END_OF_DAY:
        return None
    return begins, END_OF_DAY if ends == MIDNIGHT and begins != MIDNIGHT else ends


def time_of(typed: str) -> str | None:
    """ "8", "8.00", "08:00" as "08:00"; also "24:00"; None where it is none."""
    found = _TIME.fullmatch(typed.strip())
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if (hour, minute) != (24, 0) and (hour > 23 or minute > 59):
        return None
    return f"{hour:02}:{minute:02}"


def overlap(spans: Iterable[Span]) -> bool:
    """Whether two spans of one day cover each other; one that ends the next day reaches to midnight."""
    ordered = sorted((begin, end if end > begin else END_OF_DAY) for begin, end in spans)
    return any(earlier[1] > later[0] for earlier, later in pairwise(ordered))
