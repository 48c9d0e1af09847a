"""WHEN as people type it: a date, a date with a time, or how long ago. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

_AGO = re.compile(r"(\d{1,5})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_when(text: str, now: datetime, zone: tzinfo) -> datetime:
    """An aware moment: ISO 8601 in `zone` unless it says another, or "30m", "2h", "7d", "2w" before `now`.

    Raises ValueError, in words for the one who typed it.
    """
    text = text.strip()
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no moment: write 2026-11-22, 2026-11-22T21:00, 2h or 7d") from None
