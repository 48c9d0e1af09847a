"""Adding, changing and removing a weekly shift."""

from __future__ import annotations

from datetime import time

from flask import abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, SelectField, SelectMultipleField, TimeField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from webui import document
from webui.compare import GONE, Placed, again, theirs
from webui.document import Table, remove, save
from webui.duty.lists import entry_or_404, remedies
from webui.duty.page import DAYS, known_duty, pages, person
from webui.duty.shifts import KEYS, as_value, read_days, read_hours, told_days, told_hours
from webui.session import admin_only
from webui.words import gettext, lazy_gettext

NEW: Table = {"days": "sat-sun", "hours": "08:00-20:00"}


class ShiftForm(Placed):
    """Who, on which days, at which hours."""

    who = SelectField(lazy_gettext("Who"), [InputRequired()])
    days = SelectMultipleField(
        lazy_gettext("On which days it begins"),
        choices=lambda: list(zip(KEYS, DAYS, strict=True)),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    whole = BooleanField(lazy_gettext("The whole day and night"))
    start = TimeField(lazy_gettext("From"), [Optional()])
    end = TimeField(lazy_gettext("Until"), [Optional()])

    def makes_sense(self) -> bool:
        """Whether days and hours are there; otherwise the form says so."""
        if not self.days.data:
            self.say(gettext("Please choose at least one day."), "days")
        if not self.whole.data and (self.start.data is None or self.end.data is None):
            self.say(gettext("Please give the hours, or choose the whole day."), "start" if self.end.data else "end")
        return not self.errors


@pages.route("/<duty>/shifts/new", methods=["GET", "POST"])
@admin_only
def new_shift(duty: str) -> AnyResponse | str:
    """One more shift."""
    return _shift(duty, None)


@pages.route("/<duty>/shifts/<int:number>", methods=["GET", "POST"])
@admin_only
def shift(duty: str, number: int) -> AnyResponse | str:
    """Change a shift."""
    return _shift(duty, number)


@pages.post("/<duty>/shifts/<int:number>/remove")
@admin_only
def remove_shift(duty: str, number: int) -> AnyResponse:
    """Take a shift away."""
    known_duty(duty)
    there = document.load()
    index, entry = entry_or_404(there, duty)
    at = again(there, entry.get("shifts") or [], number)
    if at is None:
        flash(str(GONE), "care")
    else:
        base, path = request.form.get("base", ""), ["duty", {"id": duty}, "shifts", at]
        remove(base, path, "rota", gettext("The shift was removed."), remedies(index))
    return redirect(url_for("duty.rota", duty=duty), 303)


def _shift(duty: str, number: int | None) -> AnyResponse | str:
    name, there = known_duty(duty), document.load()
    index, entry = entry_or_404(there, duty)
    shifts = entry.get("shifts") or []
    at = len(shifts) if number is None else again(there, shifts, number)
    if at is None and request.method != "POST":
        abort(404)
    held: Table = shifts[at] if number is not None and at is not None else NEW
    form = ShiftForm()
    form.who.choices = list(g.names.people.items())
    if not form.is_submitted():
        form.remember(there, held)
        _fill(form, held)
    if at is None:
        form.say(str(GONE))
    elif form.validate_on_submit() and form.makes_sense():
        times: tuple[time | None, time | None] = (None, None) if form.whole.data else (form.start.data, form.end.data)
        value = as_value(form.who.data, form.days.data, *times)
        path: list[object] = ["duty", {"id": duty}, "shifts"]
        edit = {"op": "add", "path": path, "value": value}
        if number is not None:
            edit = {"op": "set", "path": [*path, at], "value": value}
        if save(form, [edit], "shift", instead=remedies(index)):
            flash(gettext("The shift was saved."), "well")
            return redirect(url_for("duty.rota", duty=duty), 303)
    seen = theirs(form, there, lambda saved: _fill(saved, held)) if number is not None and at is not None else []
    if at is None:  # which of them it has become nobody knows
        seen = [(person(str(each.get("who"))), _told(each)) for each in shifts]
    return render_template(
        "duty/shift.html", duty=duty, name=name, form=form, number=number, theirs=seen, gone=at is None
    )


def _told(shift: Table) -> str:
    return f"{told_days(shift.get('days'))}, {told_hours(shift.get('hours'))}"


def _fill(form: ShiftForm, held: Table) -> None:
    start, end = read_hours(held.get("hours"))
    form.who.data = held.get("who")
    form.days.data = read_days(held.get("days"))
    form.whole.data = start == end == time(0)
    if not form.whole.data:
        form.start.data, form.end.data = start, end
