"""How the people of a duty list are rung: how long, how often, what accepts, when the flat is told, and what then.

Keys of the file that this version does not act on are shown as such and never offered: a form promises what it asks.
"""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, FloatField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from webui import document
from webui.compare import theirs
from webui.document import Based, Document, Table, save
from webui.duty.lists import USUAL, entry_or_404
from webui.duty.page import known_duty, pages
from webui.forms import in_order
from webui.menu.menus import SOMEWHERE_ELSE, differing
from webui.menu.naming import destinations, leads
from webui.session import admin_only
from webui.words import Words, gettext, lazy_gettext

NOT_YET = ("promise_minutes", "contractor", "merge_minutes", "confirm_shift")
NUMBER: Words = lazy_gettext("A number, please.")


class RingingForm(Based):
    """One duty list, without its people."""

    ring_seconds = FloatField(lazy_gettext("How long each telephone rings, in seconds"), [InputRequired(NUMBER)])
    rounds = IntegerField(lazy_gettext("How often the whole list is rung"), [InputRequired(NUMBER)])
    last_round = RadioField(
        lazy_gettext("In the last round"),
        choices=lambda: [
            ("in-order", lazy_gettext("one after another, as before")),
            ("all", lazy_gettext("everybody at once")),
        ],
    )
    confirm = BooleanField(lazy_gettext("Accepted by pressing 1"))
    tell_flat = RadioField(
        lazy_gettext("The flat is told"),
        choices=lambda: [
            ("on-accept", lazy_gettext("to whoever has accepted")),
            ("before", lazy_gettext("to everybody who is rung, before they accept")),
            ("never", lazy_gettext("never")),
        ],
    )
    unanswered = SelectField(lazy_gettext("Nobody accepted: the caller then"))
    chase_minutes = FloatField(
        lazy_gettext("An urgent message nobody has taken: rung again after, in minutes"), [InputRequired(NUMBER)]
    )
    escalate_minutes = FloatField(
        lazy_gettext("Still nobody has taken it: others are rung too after, in minutes"), [InputRequired(NUMBER)]
    )
    escalate_to = SelectMultipleField(
        lazy_gettext("Who is rung then"),
        choices=lambda: list(g.names.people.items()),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, there: Document) -> None:
        """Where callers may go; a text cannot be chosen, but stays where the file has one."""
        groups = {name: [each for each in choices if each[0] != "say"] for name, choices in destinations(there).items()}
        now = str(self.unanswered.data or "")
        known = {value for choices in groups.values() for value, _ in choices}
        self.unanswered.choices = groups if now in known else {**groups, "": [(now, leads(there, now))]}

    def fill(self, entry: Table) -> None:
        """With what the list says now."""
        for key, usual in USUAL.items():
            self[key].data = entry.get(key, usual)
        self.escalate_to.data = list(self.escalate_to.data)

    def changes(self, entry: Table) -> Table:
        """Key → value as the file is to have it, None for no such key."""
        typed = {key: _whole(self[key].data) for key in USUAL}
        typed["escalate_to"] = in_order(self.escalate_to.data, entry.get("escalate_to")) or None
        return {key: None if each == USUAL[key] and key not in entry else each for key, each in typed.items()}

    def makes_sense(self) -> bool:
        """Whether there is somebody to be rung after so many minutes; else the form says so."""
        minutes = self.escalate_minutes.data or 0
        if minutes > 0 and not self.escalate_to.data:
            self.say(gettext("Please choose who is rung then, or 0 minutes for nobody."), "escalate_to")
        return not self.errors


@pages.route("/<duty>/ringing", methods=["GET", "POST"])
@admin_only
def ringing(duty: str) -> AnyResponse | str:
    """Change how this list is rung."""
    name, there = known_duty(duty), document.load()
    index, entry = entry_or_404(there, duty)
    form = RingingForm()
    if not form.is_submitted():
        form.base.data = there.revision
        form.fill(entry)
    form.offer(there)
    if form.validate_on_submit() and form.makes_sense():
        edits = differing(["duty", {"id": duty}], entry, form.changes(entry))
        keys = {key: f"duty[{index}].{key}" for key in USUAL}
        if not edits or save(form, edits, f"duty ringing: {duty}", keys, {keys["unanswered"]: SOMEWHERE_ELSE}):
            flash(gettext("Saved. The next call rings like this."), "well")
            return redirect(url_for("duty.rota", duty=duty), 303)
    return render_template(
        "duty/ringing.html",
        duty=duty,
        name=name,
        form=form,
        not_yet=[key for key in NOT_YET if entry.get(key)],
        theirs=theirs(form, there, lambda saved: saved.fill(entry)),
    )


def _whole(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    """25.0 as 25: the file keeps whole numbers whole."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
