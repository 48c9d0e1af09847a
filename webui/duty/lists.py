"""The rota of a duty list: an overview, and the order in which people are rung when nothing else says otherwise."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webui import document
from webui.compare import theirs
from webui.document import Document, save
from webui.duty.calendar import moment
from webui.duty.order import InOrder, ordered
from webui.duty.page import day_and_hour, known_duty, pages
from webui.duty.shifts import told_days, told_hours
from webui.menu.naming import leads
from webui.session import admin_only
from webui.words import gettext, lazy_gettext

USUAL: dict[str, Any] = {  # how a list is rung where the file does not say
    "ring_seconds": 25,
    "rounds": 2,
    "last_round": "in-order",
    "confirm": True,
    "tell_flat": "on-accept",
    "unanswered": "hangup",
    "chase_minutes": 5,
    "escalate_minutes": 0,
    "escalate_to": (),
}
NAME_PEOPLE = lazy_gettext(
    "Callers would reach nobody then, so nothing was changed. Put somebody into the order of ringing first:"
    " they are rung when neither a shift nor the rotation names anybody."
)


class Order(InOrder):
    """Who is rung, in which order."""


def remedies(index: int) -> dict[str, Any]:
    """What to do about a gap, by key of the file."""
    at = f"duty[{index}]"
    houses = (f"{at}.by_building.{each}" for each in g.names.buildings)
    return dict.fromkeys((at, f"{at}.people", f"{at}.rotation.starts", *houses), NAME_PEOPLE)


def entry_or_404(there: Document, duty: str) -> tuple[int, dict[str, Any]]:
    """Index and table of a duty list in the file."""
    found = there.entry("duty", duty)
    if found is None:
        abort(404)
    return found


@pages.get("/<duty>/rota")
@admin_only
def rota(duty: str) -> str:
    """All that the calendar is made of."""
    name = known_duty(duty)
    there = document.load()
    _, entry = entry_or_404(there, duty)
    ringing = {**USUAL, **{key: entry[key] for key in USUAL if key in entry}}
    shifts = [
        {"who": each.get("who"), "days": told_days(each.get("days")), "hours": told_hours(each.get("hours"))}
        for each in entry.get("shifts") or ()
    ]
    began = moment(str((entry.get("rotation") or {}).get("starts", "")))
    starts = day_and_hour(began) if began else ""
    return render_template(
        "duty/rota.html",
        duty=duty,
        name=name,
        entry=entry,
        shifts=shifts,
        starts=starts,
        ringing=ringing,
        unanswered=leads(there, str(ringing["unanswered"])),
    )


@pages.route("/<duty>/order", methods=["GET", "POST"])
@admin_only
def order(duty: str) -> AnyResponse | str:
    """Change the order of ringing, for all buildings or for one."""
    name, building = known_duty(duty), request.args.get("building", "")
    if building and building not in g.names.buildings:
        abort(404)
    there = document.load()
    index, entry = entry_or_404(there, duty)
    people = (entry.get("by_building") or {}).get(building, []) if building else entry.get("people") or []
    form = ordered(Order, len(people))
    if not form.is_submitted():
        form.fill(people)
        form.base.data = there.revision
    path: list[Any] = ["duty", {"id": duty}, *(["by_building", building] if building else ["people"])]
    if form.validate_on_submit():
        chosen = form.chosen()
        edit = {"op": "set", "path": path, "value": chosen}
        if building and not chosen:
            edit = {"op": "remove", "path": path}
        if (building and not chosen and not people) or save(form, [edit], "duty order", instead=remedies(index)):
            flash(gettext("Saved. The next call rings in this order."), "well")
            return redirect(url_for("duty.rota", duty=duty), 303)
    return render_template(
        "duty/order.html",
        duty=duty,
        name=name,
        form=form,
        building=building,
        saved=people if form.is_submitted() else [],
        theirs=theirs(form, there, lambda saved: saved.fill(people)),
    )
