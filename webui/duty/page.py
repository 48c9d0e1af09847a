"""The blueprint of the duty page, what its views share, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, g

from appliance.clock import SystemClock
from webui.page import Page
from webui.shown import clock_time
from webui.week import SHORT_NAMES
from webui.words import Words, lazy_gettext, lazy_pgettext

WHY: Mapping[str, Words] = {
    "shift": lazy_pgettext("duty", "shift"),
    "rotation": lazy_pgettext("duty", "rotation"),
    "list": lazy_pgettext("duty", "in the order of the list"),
    "substitution": lazy_pgettext("duty", "substitution"),
    "agreement": lazy_pgettext("duty", "agreed on the spot"),
}
DAYS: tuple[Words, ...] = (
    lazy_gettext("Monday"),
    lazy_gettext("Tuesday"),
    lazy_gettext("Wednesday"),
    lazy_gettext("Thursday"),
    lazy_gettext("Friday"),
    lazy_gettext("Saturday"),
    lazy_gettext("Sunday"),
)
SHORT_DAYS: tuple[Words, ...] = tuple(SHORT_NAMES.values())

pages = Page(
    "duty",
    "webui.duty",
    title=lazy_gettext("Duty"),
    url_prefix="/duty",
    refusals={
        "no_such_duty": lazy_gettext("There is no such duty list any more."),
        "no_such_person": lazy_gettext("This person is not among the people any more."),
        "bad_time": lazy_gettext("This stretch of time makes no sense: it ends before it begins, or is too long."),
        "no_such_feed": lazy_gettext("This calendar address does not hold any more."),
        "bad_edit": lazy_gettext("Somebody has changed this meanwhile. Please look at it anew."),
    },
)


def known_duty(duty: str) -> str:
    """The name of a duty list; 404 where there is none."""
    name = g.names.duties.get(duty)
    if name is None:
        abort(404)
    return str(name)


def person(id_: str) -> str:
    """A person's name."""
    return str(g.names.people.get(id_, id_))


def zone() -> ZoneInfo:
    """The box's."""
    return ZoneInfo(g.names.timezone)


def now() -> datetime:
    """This moment in the box's zone."""
    return SystemClock().now().astimezone(zone())


def told(stretch: tuple[datetime, datetime]) -> str:
    """A stretch of time in words: "czw. 24.12 8:00 – pt. 25.12 8:00"."""
    start, end = (each.astimezone(zone()) for each in stretch)
    until = clock_time(end) if end.date() == start.date() else day_and_hour(end)
    return f"{day_and_hour(start)} – {until}"


def day_and_hour(at: datetime) -> str:
    """ "czw. 24.12 8:00", with the year where it is another one."""
    at = at.astimezone(zone())
    year = "" if at.year == now().year else f".{at.year}"
    return f"{SHORT_DAYS[at.weekday()]} {at.day}.{at.month:02}{year} {clock_time(at)}"


@pages.app_context_processor
def _words() -> dict[str, Any]:
    return {"WHY": WHY, "DAYS": DAYS, "SHORT_DAYS": SHORT_DAYS}
