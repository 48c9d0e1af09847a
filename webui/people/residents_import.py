"""Reading the residents' directory from a file: first it is shown, then all that is good is taken, or nothing."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired

from webui import document, exchange
from webui.document import Based, save
from webui.people.page import buildings, pages
from webui.people.residents_file import Read, Rejected, Row, decoded, joined, read
from webui.session import admin_only
from webui.words import gettext, lazy_gettext, ngettext

MOST_BYTES = 50_000  # the page takes forms of 64 kB
MODES = [
    ("join", lazy_gettext("add these flats; those that are there already get the telephones of the file")),
    ("replace", lazy_gettext("replace the whole directory by the file")),
]
_ENTRY = re.compile(r"residents\[(\d+)\]")


class FileForm(Based):
    """A file, or its text."""

    file = FileField(lazy_gettext("File"))
    text = TextAreaField(lazy_gettext("or the lines themselves, copied from a spreadsheet"))
    mode = RadioField(lazy_gettext("What to do with it"), [InputRequired()], choices=lambda: MODES, default="join")


class TakeForm(Based):
    """The same once more, as it was shown."""

    text = TextAreaField(validators=[InputRequired()])
    mode = RadioField(validators=[InputRequired()], choices=lambda: MODES)


@pages.route("/residents/import", methods=["GET", "POST"])
@admin_only
def import_residents() -> AnyResponse | str:
    """Choose a file, and see what it would give."""
    form = FileForm()
    if form.validate_on_submit():
        content = form.file.data.read(MOST_BYTES + 1) if form.file.data else b""
        text = decoded(content) if content else (form.text.data or "")
        if len(content) > MOST_BYTES or len(text.encode()) > MOST_BYTES:
            form.say(gettext("This is too large: at most 50 kB, about a thousand flats. Please split it."), "file")
        elif not text.strip():
            form.say(gettext("Please choose a file, or paste its lines below."), "file")
        else:
            return _preview(text.replace("\x00", ""), form.mode.data)
    return render_template("people/import.html", form=form)


@pages.post("/residents/import/take")
@admin_only
def take_residents() -> AnyResponse | str:
    """Take what is good of what was shown."""
    form = TakeForm()
    if not form.validate_on_submit():
        return redirect(url_for("people.import_residents"), 303)
    there = document.load()
    found = checked(read(form.text.data, buildings(there)), there, form.mode.data)
    if save(form, _edits(there, found.rows, form.mode.data), "residents read from a file"):
        taken = len(found.rows)
        flash(ngettext("One flat was taken.", "%(num)d flats were taken.", taken), "well")
        return redirect(url_for("people.residents"), 303)
    return render_template("people/preview.html", form=form, found=found)


def checked(found: Read, there: document.Document, mode: str) -> Read:
    """What the exchange would not take goes among the rejected, too. Raises TroubleError."""
    while found.rows:
        result = joined([], found.rows) if mode == "replace" else joined(there.table("residents"), found.rows)
        edited = exchange.edit(there.revision, _edits(there, found.rows, mode), "residents", dry=True)
        wrong: dict[int, str] = {}
        for each in edited.errors:
            entry = _ENTRY.match(str(each.get("key", "")))
            row = result[int(entry[1])] if entry and int(entry[1]) < len(result) else None
            if row is not None and any(row is one for one in found.rows):
                at = next(at for at, one in enumerate(found.rows) if one is row)
                wrong.setdefault(at, f"{each.get('problem', '')} {each.get('remedy', '')}".strip())
        if not wrong:
            return found
        for at in sorted(wrong, reverse=True):
            row = found.rows.pop(at)
            numbers = ", ".join(map(str, row["phones"] if isinstance(row["phones"], list) else ()))
            found.rejected.append(Rejected(found.lines.pop(at), f"{row['flat']} | {numbers}", wrong[at]))
    found.rejected.sort(key=lambda each: each.line)
    return found


def _preview(text: str, mode: str) -> str:
    there = document.load()
    found = checked(read(text, buildings(there)), there, mode)
    found.rejected.sort(key=lambda each: each.line)
    form = TakeForm(formdata=None)
    form.base.data, form.text.data, form.mode.data = there.revision, text, mode
    return render_template("people/preview.html", form=form, found=found)


def _edits(there: document.Document, rows: list[Row], mode: str) -> list[dict[str, Any]]:
    before = [] if mode == "replace" else there.table("residents")
    return [{"op": "set", "path": ["residents"], "value": joined(before, rows)}]
