"""Weekly shifts in words, and the form to change one. Their removal stands with the rotation's."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from webui.duty.page import DAYS, SHORT_DAYS
from webui.words import gettext

KEYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*")


def read_days(text: object) -> list[str]:
    """The weekdays that the building file means, in order; all where it says nothing."""
    if not isinstance(text, str) or not text.strip():
        return list(KEYS)
    found: set[str] = set()
    for part in text.lower().replace("–", "-").split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        if first in KEYS and (not dash or last in KEYS):
            begin, end = KEYS.index(first), KEYS.index(last) if dash else KEYS.index(first)
            found.update(KEYS[(begin + ahead) % 7] for ahead in range((end - begin) % 7 + 1))
    return [each for each in KEYS if each in found]


def write_days(days: list[str]) -> str:
    """The weekdays as the building file writes them."""
    return ", ".join(each for each in KEYS if each in days)


def read_hours(text: object) -> tuple[time, time]:
    """Start and end; the whole day where the file says nothing."""
    found = _HOURS.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return time(0), time(0)
    hours = [int(each) for each in found.groups()]
    return time(hours[0] % 24, hours[1] % 60), time(hours[2] % 24, hours[3] % 60)


def told_days(text: object) -> str:
    """The weekdays in words."""
    days = read_days(text)
    if len(days) == len(KEYS):
        return gettext("every day")
    if len(days) == 1:
        return str(DAYS[KEYS.index(days[0])])
    return ", ".join(str(SHORT_DAYS[KEYS.index(each)]) for each in days)


def told_hours(text: object) -> str:
    """The hours in words."""
    start, end = read_hours(text)
    if start == end == time(0):
        return gettext("the whole day")
    if end > start:
        return f"{_clock(start)} – {_clock(end)}"
    following = gettext("the next day")
    return f"{_clock(start)} – {_clock(end)} ({following})"


def as_value(who: str, days: list[str], start: time | None, end: time | None) -> dict[str, Any]:
    """A shift as the building file has it; what is said by leaving it out is left out."""
    value: dict[str, Any] = {"who": who}
    if 0 < len(days) < len(KEYS):
        value["days"] = write_days(days)
    if start is not None and end is not None and not start == end == time(0):
        value["hours"] = f"{start:%H:%M}-{end:%H:%M}"
    return value


def _clock(at: time) -> str:
    return f"{at.hour}:{at.minute:02}"
