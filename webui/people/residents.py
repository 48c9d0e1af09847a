"""The residents' directory: looked up by everybody, kept by administrators, one flat at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from webui import document
from webui.compare import GONE, Placed, again, theirs
from webui.document import Document, Table, remove, save
from webui.people.numbers import read_number, typed
from webui.people.page import buildings, pages
from webui.people.residents_file import LONGEST_FLAT, phones_of, written
from webui.session import admin_only
from webui.visits import took
from webui.words import gettext, lazy_gettext

SHOWN = 100
MOST_TYPED = 40
KNOWN_BY = ("building", "flat")


class ResidentForm(Placed):
    """A flat and its telephones."""

    flat = StringField(lazy_gettext("Flat"), [InputRequired(), Length(max=LONGEST_FLAT)])
    phones = TextAreaField(lazy_gettext("Telephones"), [InputRequired(), Length(max=400)])
    building = SelectField(lazy_gettext("Building"))

    def numbers(self) -> list[str]:
        """The telephones; those that cannot be read are told."""
        found = []
        for line in (self.phones.data or "").replace(",", "\n").splitlines():
            if not line.strip():
                continue
            try:
                found.append(read_number(line))
            except ValueError as error:
                self.say(f"{line.strip()}: {error}", "phones")
        return list(dict.fromkeys(found))


@pages.get("/residents")
def residents() -> str:
    """The directory, or what of it was looked for."""
    there = document.load_anyway()
    asked = request.args.get("q", "")[:MOST_TYPED].strip()
    found = [(at, each) for at, each in enumerate(there.table("residents")) if matches(each, asked, buildings(there))]
    return render_template(
        "people/residents.html",
        there=there,
        found=found[:SHOWN],
        more=max(0, len(found) - SHOWN),
        q=asked,
        total=len(there.table("residents")),
        houses=buildings(there),
    )


@pages.get("/residents.csv")
@admin_only
def residents_csv() -> Response:
    """All of it as a file."""
    there = document.load_anyway()
    content = written(there.table("residents"), buildings(there))
    took("residents")
    headers = {"Content-Disposition": 'attachment; filename="mieszkancy.csv"'}
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


@pages.route("/residents/new", methods=["GET", "POST"])
@admin_only
def new_resident() -> AnyResponse | str:
    """One more flat."""
    return _resident(document.load(), None)


@pages.route("/residents/<int:number>", methods=["GET", "POST"])
@admin_only
def resident(number: int) -> AnyResponse | str:
    """Change a flat's telephones."""
    return _resident(document.load(), number)


@pages.post("/residents/<int:number>/remove")
@admin_only
def remove_resident(number: int) -> AnyResponse:
    """Take a flat out of the directory."""
    there = document.load()
    at = again(there, there.table("residents"), number, KNOWN_BY)
    if at is None:
        flash(str(GONE), "care")
    else:
        base = request.form.get("base", "")
        remove(base, ["residents", at], "resident removed", gettext("The flat was removed."))
    return redirect(url_for("people.residents"), 303)


def matches(resident: Mapping[str, Any], asked: str, houses: Mapping[str, str]) -> bool:
    """Whether a flat is what somebody looks for: its number, digits of a telephone, or a building."""
    if not asked:
        return True
    house = houses.get(str(resident.get("building")), "")
    flat, digits = str(resident.get("flat", "")).lower(), "".join(filter(str.isdigit, asked))
    words = asked.lower().split()
    if all(word == flat or word in house.lower() for word in words):
        return True
    return len(digits) >= 3 and any(digits in each for each in phones_of(resident))


def _resident(there: Document, number: int | None) -> AnyResponse | str:
    table, houses = there.table("residents"), buildings(there)
    at = len(table) if number is None else again(there, table, number, KNOWN_BY)
    if at is None and request.method != "POST":
        abort(404)
    held: Table = table[at] if number is not None and at is not None else {}
    form = ResidentForm()
    form.building.choices = list(houses.items())
    if not form.is_submitted():
        _fill(form, there, held)
    elif len(houses) < 2:
        form.building.data = next(iter(houses), "")
    if at is None:
        form.say(str(GONE))
    elif form.validate_on_submit():
        flat = form.flat.data.strip()
        value: Table = {"flat": flat, "phones": form.numbers()}
        if len(houses) > 1 or "building" in held:
            value["building"] = form.building.data
        edit: dict[str, Any] = {"op": "add", "path": ["residents"], "value": value}
        if number is not None:
            edit = {"op": "set", "path": ["residents", at], "value": value}
        keys = {name: f"residents[{at}].{name}" for name in ("phones", "flat")}
        if not form.errors and save(form, [edit], "resident", keys):
            flash(gettext("Saved: flat %(flat)s.", flat=flat), "well")
            return redirect(url_for("people.residents", q=flat), 303)
    seen = theirs(form, there, lambda saved: _fill(saved, there, held)) if held else []
    return render_template(
        "people/resident.html", form=form, number=number, several=len(houses) > 1, theirs=seen, gone=at is None
    )


def _fill(form: ResidentForm, there: Document, held: Table) -> None:
    form.remember(there, held)
    form.flat.data = held.get("flat")
    form.phones.data = "\n".join(map(typed, phones_of(held)))
    form.building.data = held.get("building") or next(iter(buildings(there)), "")
