"""The calendar of weeks, and the question who would be rung at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import DateTimeLocalField, SelectField
from wtforms.validators import InputRequired

from webui import document, exchange
from webui.duty.page import known_duty, now, pages, zone
from webui.duty.weeks import ONE_DAY, midnight, read_spans, span_at, utc, weeks
from webui.forms import Form
from webui.words import gettext, lazy_gettext

WEEKS = 4
FARTHEST = (date(2001, 1, 1), date(2198, 1, 1))
NUMBER_OF_COLOURS = 6


class WhoForm(Form):
    """A duty list, a building and a moment."""

    duty = SelectField(lazy_gettext("Duty list"))
    building = SelectField(lazy_gettext("Building"))
    at = DateTimeLocalField(lazy_gettext("When"), [InputRequired(lazy_gettext("Please give a day and an hour."))])

    class Meta(Form.Meta):
        """It only asks: it stands in an address that may be kept."""

        csrf = False


@pages.get("/")
def index() -> AnyResponse | str:
    """The first duty list."""
    if not g.names.duties:
        return render_template("duty/none.html")
    first = next(iter(g.names.duties))
    return show(request.args.get("duty", first))


@pages.get("/<duty>/")
def of_list(duty: str) -> AnyResponse | str:
    """The calendar of one duty list."""
    return show(duty)


def show(duty: str) -> AnyResponse | str:
    """The calendar of a duty list."""
    name, present = known_duty(duty), now()
    monday = first_monday(request.args.get("from", ""), present.date())
    begin, end = midnight(monday, zone()), midnight(monday + 7 * WEEKS * ONE_DAY, zone())
    answer = ask_calendar(duty, begin, end)
    there = document.load()
    entry = (there.entry("duty", duty) or (0, {}))[1]
    return render_template(
        "duty/index.html",
        duty=duty,
        name=name,
        weeks=weeks(read_spans(answer, zone()), monday, WEEKS, zone(), present),
        gaps=answer.get("gaps", ()),
        agreed=answer.get("agreed", ()),
        substitutions=upcoming(entry, present),
        revision=there.revision,
        today=present.date(),
        now=on_duty_now(duty, present),
        monday=monday,
        earlier=monday - 7 * WEEKS * ONE_DAY,
        later=monday + 7 * WEEKS * ONE_DAY,
        colours={each: at % NUMBER_OF_COLOURS for at, each in enumerate(g.names.people)},
        who_form=who_form(duty),
        several_lists=len(g.names.duties) > 1,
    )


@pages.get("/who")
def who() -> AnyResponse | str:
    """Who would be rung at a moment, in order."""
    form = who_form()
    if "at" not in request.args:
        return redirect(url_for("duty.index"), 303)
    answer: Mapping[str, Any] | None = None
    if form.validate():
        at = form.at.data.replace(tzinfo=zone()).isoformat()
        answer = exchange.ask("who", duty=form.duty.data, at=at, building=form.building.data or "")
    return render_template("duty/who.html", form=form, answer=answer)


def who_form(duty: str = "") -> WhoForm:
    """That question, filled with what was asked."""
    form = WhoForm(request.args if request.args.get("at") is not None else None)
    form.duty.choices = list(g.names.duties.items())
    form.building.choices = [("", gettext("any building")), *g.names.buildings.items()]
    if duty:
        form.duty.data = duty
        form.at.data = now().replace(tzinfo=None, second=0, microsecond=0)
    form.building.data = form.building.data or ""
    return form


def ask_calendar(duty: str, begin: datetime, end: datetime) -> dict[str, Any]:
    """`duty_calendar` between two moments. Raises TroubleError."""
    span: dict[str, Any] = {"from": begin.isoformat(), "to": end.isoformat()}
    return exchange.ask("duty_calendar", duty=duty, **span)


def calendar_at(duty: str, at: datetime) -> str:
    """The address of a duty list's calendar that shows that day."""
    shown: dict[str, Any] = {"from": at.date().isoformat()}
    return url_for("duty.of_list", duty=duty, **shown)


def on_duty_now(duty: str, present: datetime) -> dict[str, Any]:
    """Who has duty now, why, and until when (None: for longer than a month)."""
    end = present + timedelta(days=31)
    span = span_at(read_spans(ask_calendar(duty, present, end), zone()), present)
    if span is None or not span.first:
        return {"person": "", "why": "", "until": None}
    return {"person": span.first, "why": span.why, "until": span.end if span.end < end else None}


def upcoming(entry: Mapping[str, Any], present: datetime) -> list[dict[str, Any]]:
    """The substitutions of a duty list that are not over, the next first, each with its place in the file."""
    found = []
    for index, each in enumerate(entry.get("substitutions") or ()):
        start, end = (moment(str(each.get(key, ""))) for key in ("from", "to"))
        if start and end and utc(end) > utc(present):
            who, instead_of = str(each.get("who")), str(each.get("instead_of"))
            found.append({"index": index, "start": start, "end": end, "who": who, "instead_of": instead_of})
    return sorted(found, key=lambda each: utc(each["start"]))


def moment(text: str) -> datetime | None:
    """A time of the building file, aware; None where it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not 1 < found.year < 9999:  # nothing that can be told in UTC
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone())


def first_monday(asked: str, today: date) -> date:
    """The Monday of the week that was asked for, or of this one."""
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        day = today
    day = min(max(day, FARTHEST[0]), FARTHEST[1])
    return day - day.weekday() * ONE_DAY
