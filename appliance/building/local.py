"""Local times of a zone as moments, also on the nights when clocks change. No clock is read here.

The mapping never goes backwards: of a time that comes twice (October) the first one is meant; a time that does
not come at all (March) means the moment of the jump. So spans that touch on paper touch in reality.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC moment at which the clocks of `zone` first show `local` (naive, whole seconds) or have jumped over it."""
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) <= local:
        return first
    # In the gap: the jump lies between the two readings of the offset. Halve until it is found.
    before, after = local.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    while after - before > _SECOND:
        middle = before + ((after - before) // 2 // _SECOND) * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) >= local:
            after = middle
        else:
            before = middle
    return after


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall in `zone` shows at the aware moment `at`: a naive datetime."""
    return at.astimezone(zone).replace(tzinfo=None)


def span_of(day: date, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """First moment and first moment after (UTC) of a span that begins on `day`.

    `end` at or before `start` is the next day's; both equal is one whole day.
    """
    last = day if end > start else day + ONE_DAY
    return moment(datetime.combine(day, start), zone), moment(datetime.combine(last, end), zone)
