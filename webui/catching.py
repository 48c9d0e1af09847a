"""What the page says while a register of an older version is still being looked through: until when about."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import g

from appliance.clock import SystemClock
from appliance.register.reports import Reports
from webui.shown import clock_time, count
from webui.words import gettext

SECONDS_A_ROW = 0.0009  # with the pauses between batches (docs/decisions/0006-register.md)
LEAST_SECONDS = 60.0


def until_when(reports: Reports) -> str:
    """That older calls are missing from what is found and counted, and until when about; "" where none are."""
    left = reports.rows_left()
    if not left:
        return ""
    ready = SystemClock().now() + timedelta(seconds=max(left * SECONDS_A_ROW, LEAST_SECONDS))
    return gettext(
        "After an update the box is still going through older calls (%(count)s left). Until about %(time)s they are"
        " neither all found by words nor all counted; by day they are all there.",
        count=count(left),
        time=clock_time(ready.astimezone(ZoneInfo(g.names.timezone))),
    )
