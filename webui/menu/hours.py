"""Opening hours: the week, public holidays, days closed, days with hours of their own."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, StringField

from webui.document import Based, Document, load, load_anyway, save
from webui.holidays import coming
from webui.menu.menus import fresh_id, named
from webui.menu.naming import condition, hours_title
from webui.menu.page import pages
from webui.menu.taps import hours_of, local_now
from webui.session import admin_only
from webui.shown import day as shown_day
from webui.week import (
    DAY_NAMES,
    DAYS,
    SHORT_NAMES,
    Span,
    Week,
    checked,
    read_span,
    read_week,
    rows_of,
    typed_week,
    write_week,
)
from webui.words import gettext, lazy_gettext

Table = dict[str, Any]
COUNTRY = "PL"


class WeekForm(Based):
    """What goes with the week, which is read apart."""

    holidays = BooleanField(lazy_gettext("Closed on public holidays"))


class NewHoursForm(Based):
    """Opening hours that are not there yet."""

    name = StringField(lazy_gettext("Whose hours"))


def one_of(document: Document, id_: str) -> Table:
    """Some opening hours; 404 where there are none of that id."""
    found = hours_of(document).get(id_)
    return found if found is not None else abort(404)


@pages.get("/hours")
def all_hours() -> str:
    """All opening hours."""
    document = load_anyway()
    today = local_now().date().isoformat()
    shown = {
        id_: {
            "title": hours_title(id_),
            "week": read_week(each.get("open")),
            "holidays": bool(each.get("holidays")),
            "days": [(day, in_words(day), spans) for day, spans in own_days(each) if day >= today],
            "used": [
                condition(document, scenario) for scenario in document.table("scenarios") if scenario.get("when") == id_
            ],
        }
        for id_, each in hours_of(document).items()
    }
    return render_template(
        "menu/hours.html",
        hours=shown,
        document=document,
        day_names=DAY_NAMES,
        today=today,
        holidays=[
            (in_words(day.isoformat()), name, {id_: holds_on(each, day) for id_, each in hours_of(document).items()})
            for day, name in coming(local_now().date())
        ],
    )


def own_days(hours: Table) -> list[tuple[str, str]]:
    """Days with hours of their own, in order: the date, and its hours to be read, "" where it is closed."""
    closed = [str(day) for day in hours.get("closed") or ()]
    special = [(str(day.get("date")), _spans(day.get("open"))) for day in hours.get("special") or ()]
    return sorted([*((day, "") for day in closed), *(each for each in special if each[0] not in closed)])


def holds_on(hours: Table, holiday: date) -> str:
    """The hours of a public holiday, to be read; "" where it is closed.

    Closed beats special, special beats holidays (CONTRACT).
    """
    day = holiday.isoformat()
    if day in map(str, hours.get("closed") or ()):
        return ""
    for special in hours.get("special") or ():
        if str(special.get("date")) == day:
            return _spans(special.get("open"))
    if hours.get("holidays"):
        return ""
    return ", ".join(f"{start}–{end}" for start, end in read_week(hours.get("open"))[DAYS[holiday.weekday()]])


def in_words(day: str) -> str:
    """A date as the reader writes it, with its weekday."""
    on = date.fromisoformat(day)
    return f"{DAY_NAMES[DAYS[on.weekday()]]}, {shown_day(on, local_now().date(), g.language)}"


def _spans(written: object) -> str:
    """The hours of a special day, to be read."""
    found = written if isinstance(written, list) else [written]
    return ", ".join(str(each).replace("-", "–") for each in found if each)


@pages.route("/hours/<id>", endpoint="hours", methods=["GET", "POST"])
@admin_only
def week(id: str) -> str | AnyResponse:
    """The week, and whether holidays count."""
    document = load()
    found = one_of(document, id)
    form = WeekForm()
    shown = read_week(found.get("open"))
    mistakes: dict[str, str] = {}
    if request.method == "GET":
        form.base.data, form.holidays.data = document.revision, bool(found.get("holidays"))
    else:
        shown = typed_week()
        wanted, mistakes = checked(shown)
        if form.validate_on_submit() and not mistakes:
            edits = list(_week_edits(id, found, wanted, holidays=bool(form.holidays.data)))
            if not edits or save(form, edits, f"hours {id}", {}):
                flash(gettext("Done. These hours hold from now on."), "well")
                return redirect(url_for("menu.all_hours", _anchor=id), 303)
    return render_template(
        "menu/week.html",
        form=form,
        id=id,
        title=hours_title(id),
        week=rows_of(shown),
        mistakes=mistakes,
        day_names=DAY_NAMES,
        short=SHORT_NAMES,
    )


def _week_edits(id_: str, found: Table, wanted: Week, *, holidays: bool) -> list[Table]:
    edits: list[Table] = []
    if wanted != read_week(found.get("open")):
        edits.append({"op": "set", "path": ["hours", id_, "open"], "value": write_week(wanted)})
    if holidays and not found.get("holidays"):
        edits.append({"op": "set", "path": ["hours", id_, "holidays"], "value": COUNTRY})
    elif not holidays and found.get("holidays"):
        edits.append({"op": "remove", "path": ["hours", id_, "holidays"]})
    return edits


@pages.route("/hours/new", endpoint="new_hours", methods=["GET", "POST"])
@admin_only
def new_hours() -> str | AnyResponse:
    """Add opening hours: an office's usual ones, to be changed."""
    document = load()
    form = NewHoursForm()
    if request.method == "GET":
        form.base.data = document.revision
    elif form.validate_on_submit() and named(form):
        id_ = fresh_id(str(form.name.data), hours_of(document))
        value = {"open": ["mon-fri 08:00-16:00"], "holidays": COUNTRY}
        if save(form, [{"op": "set", "path": ["hours", id_], "value": value}], f"hours {id_} added"):
            return redirect(url_for("menu.hours", id=id_), 303)
    return render_template("menu/new_hours.html", form=form)


@pages.post("/hours/<id>/days", endpoint="add_day")
@admin_only
def add_day(id: str) -> AnyResponse:
    """A day that is closed, or has hours of its own."""
    document = load()
    found, day = one_of(document, id), request.form.get("date", "")
    start, end = request.form.get("start", "").strip(), request.form.get("end", "").strip()
    span = read_span(start, end)
    if not _is_day(day):
        flash(gettext("Choose a day."), "care")
    elif (start or end) and span is None:
        flash(gettext("Type both times, or neither for a day that is closed."), "care")
    else:
        _edited(document, [*_without(id, found, day), _with(id, day, span)], f"hours {id}: {day}")
    return redirect(url_for("menu.all_hours", _anchor=id), 303)


@pages.post("/hours/<id>/days/remove", endpoint="remove_day")
@admin_only
def remove_day(id: str) -> AnyResponse:
    """The usual hours again on that day."""
    document = load()
    day = request.form.get("date", "")
    edits = _without(id, one_of(document, id), day)
    if edits:
        _edited(document, edits, f"hours {id}: {day} as usual")
    return redirect(url_for("menu.all_hours", _anchor=id), 303)


def _with(id_: str, day: str, span: Span | None) -> Table:
    if span is None:
        return {"op": "add", "path": ["hours", id_, "closed"], "value": day}
    return {"op": "add", "path": ["hours", id_, "special"], "value": {"date": day, "open": f"{span[0]}-{span[1]}"}}


def _without(id_: str, found: Table, day: str) -> list[Table]:
    """The edits that leave nothing of that day."""
    edits: list[Table] = []
    if day in (found.get("closed") or ()):
        left = [each for each in found["closed"] if each != day]
        edits.append({"op": "set", "path": ["hours", id_, "closed"], "value": left})
    if any(each.get("date") == day for each in found.get("special") or ()):
        left = [each for each in found["special"] if each.get("date") != day]
        path = ["hours", id_, "special"]
        edits.append({"op": "set", "path": path, "value": left} if left else {"op": "remove", "path": path})
    return edits


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _edited(document: Document, edits: list[Table], what: str) -> None:
    form = Based()
    form.base.data = document.revision
    if save(form, edits, what):
        flash(gettext("Done. These hours hold from now on."), "well")
    else:
        flash(" ".join(str(each) for each in form.form_errors), "care")
