"""The residents' directory: looked up by everybody, kept by administrators, one flat at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from webui import document
from webui.document import Based, Document, Table, save
from webui.people.numbers import read_number, typed
from webui.people.page import buildings, pages, remove
from webui.people.residents_file import LONGEST_FLAT, phones_of, written
from webui.session import admin_only
from webui.words import gettext, lazy_gettext

SHOWN = 100
MOST_TYPED = 40


class ResidentForm(Based):
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
    remove(request.form.get("base", ""), ["residents", number], "resident removed", gettext("The flat was removed."))
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
    table = there.table("residents")
    if number is not None and number >= len(table):
        abort(404)
    held: Table = table[number] if number is not None else {}
    form, houses = ResidentForm(), buildings(there)
    form.building.choices = list(houses.items())
    if not form.is_submitted():
        form.base.data, form.flat.data = there.revision, held.get("flat")
        form.phones.data = "\n".join(map(typed, phones_of(held)))
        form.building.data = held.get("building") or next(iter(houses), "")
    elif len(houses) < 2:
        form.building.data = next(iter(houses), "")
    if form.validate_on_submit():
        value: Table = {"flat": form.flat.data.strip(), "phones": form.numbers()}
        if len(houses) > 1 or "building" in held:
            value["building"] = form.building.data
        index = len(table) if number is None else number
        edit: dict[str, Any] = {"op": "add", "path": ["residents"], "value": value}
        if number is not None:
            edit = {"op": "set", "path": ["residents", number], "value": value}
        keys = {"phones": f"residents[{index}].phones", "flat": f"residents[{index}].flat"}
        if not form.errors and save(form, [edit], "resident", keys):
            flash(gettext("Saved: flat %(flat)s.", flat=value["flat"]), "well")
            return redirect(url_for("people.residents", q=value["flat"]), 303)
    return render_template("people/resident.html", form=form, number=number, several=len(houses) > 1)
