"""A duty that passes on by itself every day or week, as a plain form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import DateTimeLocalField, RadioField
from wtforms.validators import InputRequired

from webui import document
from webui.compare import theirs
from webui.document import remove, save
from webui.duty.calendar import moment
from webui.duty.lists import entry_or_404, remedies
from webui.duty.order import InOrder, ordered
from webui.duty.page import known_duty, now, pages, zone
from webui.duty.weeks import midnight
from webui.session import admin_only
from webui.words import gettext, lazy_gettext

HANDOVER_HOUR = 8


class RotationForm(InOrder):
    """How often, from when on, and in which order."""

    every = RadioField(
        lazy_gettext("The duty passes on"),
        [InputRequired(lazy_gettext("Please choose one."))],
        choices=lambda: [("week", lazy_gettext("every week")), ("day", lazy_gettext("every day"))],
    )
    starts = DateTimeLocalField(
        lazy_gettext("The first one takes over"), [InputRequired(lazy_gettext("Please give a day and an hour."))]
    )


@pages.route("/<duty>/rotation", methods=["GET", "POST"])
@admin_only
def rotation(duty: str) -> AnyResponse | str:
    """Change the rotation."""
    name, there = known_duty(duty), document.load()
    index, entry = entry_or_404(there, duty)
    held = entry.get("rotation") or {}
    form = ordered(RotationForm, len(held.get("people") or ()))
    if not form.is_submitted():
        form.base.data = there.revision
        _fill(form, held)
    if form.validate_on_submit():
        people = form.chosen()
        if not people:
            form.say(gettext("Somebody has to be in the rotation. To do without one, remove it."), "place_1")
        else:
            starts = form.starts.data.strftime("%Y-%m-%d %H:%M")
            value = {"every": form.every.data, "starts": starts, "people": people}
            edit = {"op": "set", "path": ["duty", {"id": duty}, "rotation"], "value": value}
            keys = {"starts": f"duty[{index}].rotation.starts"}
            if save(form, [edit], "rotation", keys, remedies(index)):
                flash(gettext("The rotation was saved. Look at the calendar whether it is as you meant it."), "well")
                return redirect(url_for("duty.of_list", duty=duty), 303)
    seen = theirs(form, there, lambda saved: _fill(saved, held))
    return render_template("duty/rotation.html", duty=duty, name=name, form=form, held=held, theirs=seen)


@pages.post("/<duty>/rotation/remove")
@admin_only
def remove_rotation(duty: str) -> AnyResponse:
    """Do without a rotation."""
    known_duty(duty)
    there = document.load()
    index, _ = entry_or_404(there, duty)
    base, path = request.form.get("base") or there.revision, ["duty", {"id": duty}, "rotation"]
    remove(base, path, "rota", gettext("The rotation was removed."), remedies(index))
    return redirect(url_for("duty.rota", duty=duty), 303)


def next_monday() -> datetime:
    """The coming Monday morning, as a clock on the wall shows it."""
    today = now().date()
    monday = midnight(today + timedelta(days=7 - today.weekday()), zone())
    return monday.replace(tzinfo=None, hour=HANDOVER_HOUR)


def _fill(form: RotationForm, held: Mapping[str, Any]) -> None:
    form.every.data = held.get("every", "week")
    form.starts.data = _wall(moment(str(held.get("starts", "")))) or next_monday()
    form.fill(held.get("people") or ())


def _wall(at: datetime | None) -> datetime | None:
    return at.astimezone(zone()).replace(tzinfo=None) if at else None
