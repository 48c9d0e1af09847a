"""People with their telephones in order: seen by everybody, changed by administrators."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Field, RadioField, StringField
from wtforms.validators import InputRequired, Length

from webui import document
from webui.compare import theirs
from webui.document import Based, Document, remove, save
from webui.people.numbers import read_phone, typed
from webui.people.page import entry_or_404, numbers_of_ours, pages
from webui.people.uses import of_person
from webui.session import admin_only
from webui.tested import Tested, last_tests, of
from webui.words import gettext, lazy_gettext

PHONES = 5  # places in the form; further ones of the file are kept
LEAST_SHOWN = 3
CONFIRM = {"": None, "yes": True, "no": False}
LONGEST_ID = 30


class PersonForm(Based):
    """Name, telephones in order, and whether 1 must be pressed."""

    name = StringField(lazy_gettext("Name and surname"), [InputRequired(), Length(max=80)])
    phone_1 = StringField(lazy_gettext("First telephone"), [Length(max=120)])
    phone_2 = StringField(lazy_gettext("Second telephone"), [Length(max=120)])
    phone_3 = StringField(lazy_gettext("Third telephone"), [Length(max=120)])
    phone_4 = StringField(lazy_gettext("Fourth telephone"), [Length(max=120)])
    phone_5 = StringField(lazy_gettext("Fifth telephone"), [Length(max=120)])
    confirm = RadioField(
        lazy_gettext("Accepting a call"),
        choices=lambda: [
            ("", lazy_gettext("as the duty list says")),
            ("yes", lazy_gettext("always by pressing 1")),
            ("no", lazy_gettext("by answering; for a contractor's dispatcher who will not press 1")),
        ],
        default="",
    )

    def telephones(self) -> list[Field]:
        """The fields, in order."""
        return [self[f"phone_{number}"] for number in range(1, PHONES + 1)]

    def shown(self) -> list[Field]:
        """Those that are shown: the filled ones and one more, three at least."""
        filled = [at for at, field in enumerate(self.telephones(), 1) if field.data or field.errors]
        return self.telephones()[: max(LEAST_SHOWN, max(filled, default=0) + 1)]

    def phones(self) -> dict[str, str]:
        """Field → number, in order; those that cannot be read are told beside their field."""
        found: dict[str, str] = {}
        for field in self.telephones():
            if not (field.data or "").strip():
                continue
            try:
                number = read_phone(field.data)
            except ValueError as error:
                self.say(str(error), field.name)
                continue
            if number in found.values():
                self.say(gettext("This number stands above already."), field.name)
            found[field.name] = number
        if not found and not self.errors:
            self.say(gettext("At least one telephone is needed: otherwise nobody can be rung."), "phone_1")
        return found


@pages.get("/")
def index() -> str:
    """Everybody, with their telephones."""
    there = document.load_anyway()
    found = last_tests()

    def tested(person: str, number: str) -> Tested | None:
        return found.get(of(person, number))

    return render_template("people/index.html", there=there, people=there.table("people"), tested=tested)


@pages.route("/persons/new", methods=["GET", "POST"])
@admin_only
def new() -> AnyResponse | str:
    """One more person."""
    there = document.load()
    form = PersonForm()
    if not form.is_submitted():
        form.base.data = there.revision
    if form.validate_on_submit():
        people = there.table("people")
        id_ = id_for(form.name.data, [str(each.get("id")) for each in people])
        if _saved(form, len(people), {"id": id_}, new=True):
            flash(
                gettext("%(who)s was added. Put them on a duty list now, so that they are rung.", who=form.name.data),
                "well",
            )
            return redirect(url_for("people.index"), 303)
    return render_template("people/person.html", form=form, person=None)


@pages.route("/persons/<id_>", methods=["GET", "POST"])
@admin_only
def person(id_: str) -> AnyResponse | str:
    """Change a person."""
    there = document.load()
    index, held = entry_or_404(there, "people", id_)
    form = PersonForm()
    if not form.is_submitted():
        _fill(form, held, there)
    if form.validate_on_submit() and _saved(form, index, held):
        flash(gettext("Saved: %(who)s.", who=form.name.data), "well")
        return redirect(url_for("people.index"), 303)
    named = of_person(there, id_)
    seen = theirs(form, there, lambda saved: _fill(saved, held, there))
    return render_template("people/person.html", form=form, person=held, named=named, theirs=seen)


@pages.post("/persons/<id_>/remove")
@admin_only
def remove_person(id_: str) -> AnyResponse:
    """Take a person away, unless something still names them."""
    there = document.load()
    _, held = entry_or_404(there, "people", id_)
    name, named = str(held.get("name") or id_), of_person(there, id_)
    if named:
        told = gettext(
            "%(who)s cannot be removed yet, for the box still rings them: %(where)s.", who=name, where="; ".join(named)
        )
        remedy = gettext("Put somebody else there first.")
        flash(f"{told} {remedy}", "care")
        return redirect(url_for("people.person", id_=id_), 303)
    done = remove(
        request.form.get("base", ""),
        ["people", {"id": id_}],
        "person removed",
        gettext("%(who)s was removed.", who=name),
    )
    return redirect(url_for("people.index") if done else url_for("people.person", id_=id_), 303)


@pages.get("/card")
def card() -> str:
    """All the box's numbers under one name, for everybody's telephone."""
    from webui.people.cards import qr, vcard  # segno only where a code is drawn

    there = document.load_anyway()
    numbers = numbers_of_ours(there)
    text = vcard(g.names.box or "Dyżurka", numbers)
    return render_template("people/card.html", numbers=numbers, picture=qr(text) if numbers else "")


@pages.get("/card.vcf")
def card_file() -> AnyResponse:
    """The same as a file."""
    from webui.people.cards import vcard

    text = vcard(g.names.box or "Dyżurka", numbers_of_ours(document.load_anyway()))
    headers = {"Content-Disposition": 'attachment; filename="dyzurka.vcf"'}
    return AnyResponse(text, content_type="text/vcard; charset=utf-8", headers=headers)


def id_for(name: str, taken: Iterable[str]) -> str:
    """A short name for the building file, made of the surname: "nowak", "nowak2"."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ł", "l")).encode("ascii", "ignore").decode()
    words = "".join(each if each.isalnum() else " " for each in plain).split()
    stem = (words[-1] if words else "osoba")[:LONGEST_ID]
    known, number = set(taken), 2
    if stem not in known:
        return stem
    while f"{stem}{number}" in known:
        number += 1
    return f"{stem}{number}"


def _fill(form: PersonForm, held: dict[str, Any], there: Document) -> None:
    form.base.data, form.name.data = there.revision, held.get("name")
    form.confirm.data = next((key for key, each in CONFIRM.items() if each is held.get("confirm")), "")
    for field, number in zip(form.telephones(), held.get("phones") or (), strict=False):
        field.data = typed(number)


def _saved(form: PersonForm, index: int, held: dict[str, Any], *, new: bool = False) -> bool:
    """Write the person; whether it holds. Mistakes stand beside the fields."""
    phones = form.phones()
    if form.errors:
        return False
    value = {key: each for key, each in held.items() if key != "confirm"}
    value |= {"name": form.name.data.strip(), "phones": [*phones.values(), *(held.get("phones") or [])[PHONES:]]}
    confirm = CONFIRM.get(form.confirm.data or "")
    if confirm is not None:
        value["confirm"] = confirm
    edits: list[dict[str, Any]] = [{"op": "add", "path": ["people"], "value": value}]
    if not new:
        path = ["people", {"id": held["id"]}]
        edits = [{"op": "set", "path": [*path, key], "value": each} for key, each in value.items() if key != "id"]
        if confirm is None and "confirm" in held:
            edits.append({"op": "remove", "path": [*path, "confirm"]})
    keys = {name: f"people[{index}].phones[{at}]" for at, name in enumerate(phones)}
    return save(form, edits, "person", keys | {"name": f"people[{index}].name"})
