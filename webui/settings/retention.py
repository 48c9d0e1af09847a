"""How long sound, numbers and names are kept; what a decision about it rests on, in words."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from webui import document
from webui.document import Based, save
from webui.settings.blueprint import pages
from webui.words import gettext, lazy_gettext

SOUND_DAYS, REGISTER_DAYS = 90, 1095  # building.toml's own defaults
MOST_DAYS = 3650
TABLE = "recording"
KEYS = {"keep_days": "recording.keep_days", "keep_register_days": "recording.keep_register_days"}
_RANGE = NumberRange(1, MOST_DAYS, lazy_gettext("A number of days from 1 to 3650, please."))


class RetentionForm(Based):
    """Days."""

    keep_days = IntegerField(lazy_gettext("Sound (messages, recorded conversations), days"), [InputRequired(), _RANGE])
    keep_register_days = IntegerField(
        lazy_gettext("Numbers, flats and notes of calls and tickets, days"), [InputRequired(), _RANGE]
    )


@pages.route("/retention", methods=["GET", "POST"])
def retention() -> AnyResponse | str:
    """Look and change."""
    there = document.load()
    known = there.building.get(TABLE)
    table = known if isinstance(known, dict) else {}
    form = RetentionForm(
        base=there.revision,
        keep_days=table.get("keep_days", SOUND_DAYS),
        keep_register_days=table.get("keep_register_days", REGISTER_DAYS),
    )
    if form.validate_on_submit():
        edits = [{"op": "set", "path": [TABLE, key], "value": form[key].data} for key in KEYS]
        if save(form, edits, "retention", KEYS):
            flash(gettext("Saved. What is older goes in the coming night, at half past three."), "well")
            return redirect(url_for("settings.retention"), 303)
    return render_template("settings/retention.html", form=form, recorded=bool(table.get("conversations")))
