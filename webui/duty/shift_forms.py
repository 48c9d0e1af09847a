"""Adding, changing and removing a weekly shift."""

from __future__ import annotations

from datetime import time

from flask import abort, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, SelectField, SelectMultipleField, TimeField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from webui import document
from webui.document import Based, save
from webui.duty.lists import entry_or_404, remedies
from webui.duty.page import DAYS, known_duty, pages
from webui.duty.rotation import removed
from webui.duty.shifts import KEYS, as_value, read_days, read_hours
from webui.session import admin_only
from webui.words import gettext, lazy_gettext


class ShiftForm(Based):
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
    return removed(duty, ["shifts", number], gettext("The shift was removed."))


def _shift(duty: str, number: int | None) -> AnyResponse | str:
    name, there = known_duty(duty), document.load()
    index, entry = entry_or_404(there, duty)
    shifts = entry.get("shifts") or []
    if number is not None and number >= len(shifts):
        abort(404)
    form = ShiftForm()
    form.who.choices = list(g.names.people.items())
    if not form.is_submitted():
        form.base.data = there.revision
        _fill(form, shifts[number] if number is not None else {"days": "sat-sun", "hours": "08:00-20:00"})
    if form.validate_on_submit() and form.makes_sense():
        times: tuple[time | None, time | None] = (None, None) if form.whole.data else (form.start.data, form.end.data)
        value = as_value(form.who.data, form.days.data, *times)
        path: list[object] = ["duty", {"id": duty}, "shifts"]
        edit = {"op": "add", "path": path, "value": value}
        if number is not None:
            edit = {"op": "set", "path": [*path, number], "value": value}
        if save(form, [edit], "shift", instead=remedies(index)):
            flash(gettext("The shift was saved."), "well")
            return redirect(url_for("duty.rota", duty=duty), 303)
    return render_template("duty/shift.html", duty=duty, name=name, form=form, number=number)


def _fill(form: ShiftForm, held: dict[str, object]) -> None:
    start, end = read_hours(held.get("hours"))
    form.who.data = held.get("who")
    form.days.data = read_days(held.get("days"))
    form.whole.data = start == end == time(0)
    if not form.whole.data:
        form.start.data, form.end.data = start, end
