"""The opening hours: from and to for each weekday, painted on a week where there is JavaScript; holidays by name."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, request
from werkzeug.wrappers import Response
from wtforms import BooleanField, StringField
from wtforms.validators import Length, ValidationError

import webui.setup.plan as plan
from appliance.clock import SystemClock
from webui.holidays import coming
from webui.session import admin_only
from webui.setup.basics import Step, renewed
from webui.setup.blueprint import pages
from webui.setup.shapes import dates_of
from webui.setup.standing import around, save, show, standing
from webui.week import DAY_NAMES, DAYS, SHORT_NAMES, Span, checked, read_week, rows_of, typed_week, write_week
from webui.words import gettext, lazy_gettext

USUAL: Mapping[str, list[Span]] = {day: [("08:00", "16:00")] if day not in ("sat", "sun") else [] for day in DAYS}


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
    stored = read_week((known or {}).get("open", [])) if known else dict(USUAL)
    week: Mapping[str, list[Span]] = stored
    mistakes: dict[str, str] = {}
    if request.method == "POST":
        week = typed_week()
        right, mistakes = checked(week)
        if form.validate_on_submit() and not mistakes:
            closed, _ = dates_of(form.closed.data or "")
            after = plan.with_hours(now.building, write_week(right), closed, holidays=bool(form.holidays.data))
            if save(now, form.base.data, after, "first start: hours", form):
                flash(gettext("Saved."), "well")
                return redirect(around("hours")[1], 303)
    return show(
        "hours",
        now,
        form=renewed(form, now),
        week=rows_of(week),
        days=DAY_NAMES,
        short=SHORT_NAMES,
        mistakes=mistakes,
        holidays=[(_as_written(day.isoformat()), name) for day, name in coming(SystemClock().now().date())],
        standing_now=spans_in_words(stored) if known else [],
    )


def spans_in_words(week: Mapping[str, list[Span]]) -> list[str]:
    """ "Monday 08:00–16:00", one a day that has hours."""
    return [
        f"{DAY_NAMES[day]} {', '.join(f'{begin}–{end}' for begin, end in spans)}"
        for day, spans in week.items()
        if spans
    ]


def _as_written(day: str) -> str:
    """ "2026-12-24" as "24.12.2026"."""
    year, month, of_month = day.split("-")
    return f"{int(of_month)}.{month}.{year}"
