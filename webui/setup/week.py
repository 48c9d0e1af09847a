"""The opening hours: from and to for each weekday, painted on a week where there is JavaScript; holidays by name."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, request
from werkzeug.wrappers import Response
from wtforms import BooleanField, StringField
from wtforms.validators import Length, ValidationError

import webui.setup.holidays as holidays
import webui.setup.plan as plan
from appliance.clock import SystemClock
from webui.session import admin_only
from webui.setup.basics import Step, renewed
from webui.setup.blueprint import pages
from webui.setup.shapes import DAYS, Span, dates_of, overlap, spans_of, time_of, week_of
from webui.setup.standing import around, save, show, standing
from webui.words import Words, gettext, lazy_gettext

EMPTY_ROWS = 2  # spans of a day that can be typed at once
MOST_SPANS = 12
USUAL: Mapping[str, list[Span]] = {day: [("08:00", "16:00")] if day not in ("sat", "sun") else [] for day in DAYS}
DAY_NAMES: Mapping[str, Words] = {
    "mon": lazy_gettext("Monday"),
    "tue": lazy_gettext("Tuesday"),
    "wed": lazy_gettext("Wednesday"),
    "thu": lazy_gettext("Thursday"),
    "fri": lazy_gettext("Friday"),
    "sat": lazy_gettext("Saturday"),
    "sun": lazy_gettext("Sunday"),
}


class HoursForm(Step):
    """What goes with the week, which is read apart."""

    holidays = BooleanField(lazy_gettext("Closed on public holidays"))
    closed = StringField(lazy_gettext("Other days off"), [Length(max=1000)])

    def validate_closed(self, field: StringField) -> None:
        """Dates."""
        _, bad = dates_of(field.data or "")
        if bad:
            raise ValidationError(gettext("%(typed)s is no date: write 24.12.2026, please.", typed=", ".join(bad)))


@pages.route("/hours", methods=["GET", "POST"])
@admin_only
def hours() -> Response | str:
    """When the office is there."""
    now = standing()
    known = now.building.get("hours", {}).get(plan.HOURS)
    form = HoursForm(
        data={
            "base": now.revision,
            "holidays": known is None or known.get("holidays") == "PL",
            "closed": ", ".join(_as_written(each) for each in (known or {}).get("closed", [])),
        }
    )
    stored = week_of(_listed((known or {}).get("open", []))) if known else dict(USUAL)
    week: Mapping[str, list[tuple[str, str]]] = stored
    mistakes: dict[str, str] = {}
    if request.method == "POST":
        week = typed_week()
        right, mistakes = checked(week)
        if form.validate_on_submit() and not mistakes:
            closed, _ = dates_of(form.closed.data or "")
            after = plan.with_hours(now.building, spans_of(right), closed, holidays=bool(form.holidays.data))
            if save(now, form.base.data, after, "first start: hours", form):
                flash(gettext("Saved."), "well")
                return redirect(around("hours")[1], 303)
    rows = {day: [*week[day], *[("", "")] * max(EMPTY_ROWS - len(week[day]), 0)] for day in DAYS}
    return show(
        "hours",
        now,
        form=renewed(form, now),
        week=rows,
        days=DAY_NAMES,
        mistakes=mistakes,
        holidays=[(_as_written(day.isoformat()), name) for day, name in holidays.coming(SystemClock().now().date())],
        standing_now=spans_in_words(stored) if known else [],
    )


def typed_week() -> dict[str, list[tuple[str, str]]]:
    """What stands in the fields, day by day; rows with nothing in them are left out."""
    week: dict[str, list[tuple[str, str]]] = {}
    for day in DAYS:
        begins, ends = (request.form.getlist(f"{day}-{each}")[:MOST_SPANS] for each in ("from", "to"))
        rows = [(begin.strip()[:10], end.strip()[:10]) for begin, end in zip(begins, ends, strict=False)]
        week[day] = [row for row in rows if any(row)]
    return week


def checked(week: Mapping[str, list[tuple[str, str]]]) -> tuple[dict[str, list[Span]], dict[str, str]]:
    """The spans as the building file has them, and by day what is wrong with them."""
    right: dict[str, list[Span]] = {}
    mistakes: dict[str, str] = {}
    for day, rows in week.items():
        spans = [(time_of(begin), time_of(end)) for begin, end in rows]
        good = [(begin, end) for begin, end in spans if begin is not None and end is not None and begin != "24:00"]
        if len(good) < len(rows):
            mistakes[day] = gettext("Two times, please, such as 8:00 and 16:00.")
        elif any(begin == end for begin, end in good):
            mistakes[day] = gettext("Begin and end are the same time. The whole day is 0:00 to 24:00.")
        elif overlap(good):
            mistakes[day] = gettext("Two of these times cover each other.")
        right[day] = good
    return right, mistakes


def spans_in_words(week: Mapping[str, list[Span]]) -> list[str]:
    """ "Monday 08:00–16:00", one a day that has hours."""
    return [
        f"{DAY_NAMES[day]} {', '.join(f'{begin}–{end}' for begin, end in spans)}"
        for day, spans in week.items()
        if spans
    ]


def _listed(spans: str | list[str]) -> list[str]:
    return [spans] if isinstance(spans, str) else spans


def _as_written(day: str) -> str:
    """ "2026-12-24" as "24.12.2026"."""
    year, month, of_month = day.split("-")
    return f"{int(of_month)}.{month}.{year}"
