"""How a value is written on the page: numbers partly hidden, times short. Pure."""

from __future__ import annotations

from datetime import datetime

SHOWN_FIRST, SHOWN_LAST = 3, 3  # "+48 ••• ••• 503": enough to tell two callers apart, not to ring them up
SHORT_NUMBER = 5  # an extension within the building is nobody's private number


def masked(number: str | None) -> str:
    """A telephone number without its middle; empty for a withheld one."""
    if not number:
        return ""
    if number.startswith("ext:") or len(number) <= SHORT_NUMBER:
        return number
    hidden = len(number) - SHOWN_FIRST - SHOWN_LAST
    return f"{number[:SHOWN_FIRST]}{'•' * max(hidden, 3)}{number[-SHOWN_LAST:]}"


def duration(seconds: float | None) -> str:
    """Seconds as a person reads them: "8 s", "1:02", "1:02:03"."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(at: str | None) -> str:
    """An ISO 8601 time as "2026-11-22 21:14"; empty for None."""
    return datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M") if at else ""


def second(at: str) -> str:
    """An ISO 8601 time as "21:14:03"."""
    return datetime.fromisoformat(at).strftime("%H:%M:%S")
