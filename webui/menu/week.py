"""Opening hours between the file ("mon-fri 08:00-16:00") and a week with rows for each day. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from webui.menu.naming import DAYS, days_of, days_written

Span = tuple[str, str]  # "08:00", "16:00"; an end at or before the start is the next day's
Week = dict[str, list[Span]]

_SPAN = re.compile(r"(?P<days>.*?)\s*(?P<start>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MIDNIGHT, END_OF_DAY = "00:00", "24:00"


def read_week(written: object) -> Week:
    """The spans of each day; what is none is left out."""
    week: Week = {day: [] for day in DAYS}
    for each in written if isinstance(written, list) else [written]:
        found = _SPAN.fullmatch(str(each or "").strip())
        if found:
            for day in days_of(found["days"]) or DAYS:
                week[day].append((_two_digits(found["start"]), _two_digits(found["end"])))
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


def read_span(start: str, end: str) -> Span | None:
    """Two times that somebody typed as a span: "8:00", "16:00"; None where one is none. An end of 0:00 is the day's."""
    if not _TIME.fullmatch(start) or not (_TIME.fullmatch(end) or end == END_OF_DAY):
        return None
    start, end = _two_digits(start), _two_digits(end)
    return start, END_OF_DAY if end == MIDNIGHT else end


def _two_digits(time: str) -> str:
    return time.zfill(5)
