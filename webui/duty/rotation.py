"""A duty that passes on by itself every day or week, as a plain form."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import DateTimeLocalField, RadioField
from wtforms.validators import InputRequired

from webui import document, exchange
from webui.document import save
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
        form.base.data, form.every.data = there.revision, held.get("every", "week")
        form.starts.data = _wall(moment(str(held.get("starts", "")))) or next_monday()
        form.fill(held.get("people") or ())
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
    return render_template("duty/rotation.html", duty=duty, name=name, form=form, held=held)


@pages.post("/<duty>/rotation/remove")
@admin_only
def remove_rotation(duty: str) -> AnyResponse:
    """Do without a rotation."""
    known_duty(duty)
    return removed(duty, ["rotation"], gettext("The rotation was removed."))


def removed(duty: str, path: list[object], done: str) -> AnyResponse:
    """Take something out of a duty list, or say why not; back to its rota."""
    there = document.load()
    index, _ = entry_or_404(there, duty)
    edit = {"op": "remove", "path": ["duty", {"id": duty}, *path]}
    edited = exchange.edit(request.form.get("base") or there.revision, [edit], "rota")
    if edited.done:
        flash(done, "well")
    elif edited.conflict:
        flash(
            gettext("Somebody else has changed the building meanwhile, so nothing was removed. Please try again."),
            "care",
        )
    else:
        instead = remedies(index)
        told = [f"{each['problem']} {instead.get(each['key'], each['remedy'])}" for each in edited.errors]
        flash(" ".join(told), "alarm")
    return redirect(url_for("duty.rota", duty=duty), 303)


def next_monday() -> datetime:
    """The coming Monday morning, as a clock on the wall shows it."""
    today = now().date()
    monday = midnight(today + timedelta(days=7 - today.weekday()), zone())
    return monday.replace(tzinfo=None, hour=HANDOVER_HOUR)


def _wall(at: datetime | None) -> datetime | None:
    return at.astimezone(zone()).replace(tzinfo=None) if at else None
