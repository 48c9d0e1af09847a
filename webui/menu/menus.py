"""A menu itself: its name, where callers go who press nothing, how long is waited; a new one, and one taken away."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FloatField, IntegerField, SelectField, StringField

from webui.compare import theirs
from webui.document import Based, Document, load, save
from webui.menu.naming import condition, destinations, title
from webui.menu.options import menu_of
from webui.menu.page import pages
from webui.session import admin_only
from webui.words import gettext, lazy_gettext, lazy_pgettext

Table = dict[str, Any]
Edit = dict[str, Any]
SOMEWHERE_ELSE = lazy_gettext("Choose people who answer, or a mailbox.")
NOT_FROM_NFD = str.maketrans("łŁ", "lL")


class MenuForm(Based):
    """A menu without its options."""

    name = StringField(lazy_pgettext("thing", "Name"))
    no_input = SelectField(lazy_gettext("Who presses nothing but speaks, or is known to us"))
    silent = SelectField(lazy_gettext("Who neither presses nor speaks"))
    english = StringField(lazy_gettext("Key for the other language"))
    repeats = IntegerField(lazy_gettext("How often the choices are read again"))
    timeout_seconds = FloatField(lazy_gettext("Seconds to wait after the last choice"))

    def offer(self, document: Document) -> None:
        """What can be chosen; a text cannot, here."""
        groups = {
            name: [each for each in choices if each[0] != "say"] for name, choices in destinations(document).items()
        }
        for field in (self.no_input, self.silent):
            now = str(field.data or "")
            known = {value for choices in groups.values() for value, _ in choices}
            field.choices = groups if not now.startswith("say:") or now in known else {**groups, "": [(now, now)]}

    def fill(self, menu: Table) -> None:
        """With what the menu says now."""
        self.name.data = title(menu)
        self.no_input.data = str(menu.get("no_input", "hangup"))
        self.silent.data = str(menu.get("silent", "hangup"))
        self.english.data = next(iter(menu.get("languages") or {}), "")
        self.repeats.data, self.timeout_seconds.data = menu.get("repeats", 1), menu.get("timeout_seconds", 4)

    def changes(self, menu: Table, language: str) -> Table:
        """Key → value as the file is to have it, None for no such key."""
        key = (self.english.data or "").strip()
        other = "pl" if language == "en" else "en"
        named = (self.name.data or "").strip()
        seconds = self.timeout_seconds.data
        return {
            "name": (named or None) if named != title({"id": menu.get("id", "")}) else menu.get("name"),
            "no_input": str(self.no_input.data),
            "silent": _unless(str(self.silent.data), "hangup", menu.get("silent")),
            "repeats": _unless(self.repeats.data, 1, menu.get("repeats")),
            "timeout_seconds": _unless(
                int(seconds) if seconds == int(seconds) else seconds, 4, menu.get("timeout_seconds")
            ),
            "languages": {key: other} if key else None,
        }


def _unless(value: object, usual: object, now: object) -> object:
    """A value that is the usual one needs no key, where there was none."""
    return None if value == usual and now is None else value


def differing(path: list[Any], entry: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Edit]:
    """The edits that make an entry so: only what differs is written."""
    edits: list[Edit] = []
    for key, value in changes.items():
        if value is None and key in entry:
            edits.append({"op": "remove", "path": [*path, key]})
        elif value is not None and entry.get(key) != value:
            edits.append({"op": "set", "path": [*path, key], "value": value})
    return edits


@pages.route("/menus/<id>", endpoint="settings", methods=["GET", "POST"])
@admin_only
def settings(id: str) -> str | AnyResponse:
    """Change a menu."""
    document = load()
    number, menu = menu_of(document, id)
    form = MenuForm()
    if request.method == "GET":
        form.fill(menu)
        form.base.data = document.revision
    form.offer(document)
    if request.method == "POST" and form.validate_on_submit():
        language = str((document.building.get("box") or {}).get("language", "pl"))
        edits = differing(["menus", {"id": id}], menu, form.changes(menu, language))
        keys = {
            name: f"menus[{number}].{name}" for name in ("name", "no_input", "silent", "repeats", "timeout_seconds")
        }
        keys["english"] = f"menus[{number}].languages"
        instead = {keys[name]: SOMEWHERE_ELSE for name in ("no_input", "silent")}
        if not edits or save(form, edits, f"menu {id}", keys, instead):
            flash(gettext("Done. The next caller hears it."), "well")
            return redirect(url_for("menu.index", _anchor=f"menu-{id}"), 303)
    used = used_by(document, f"menu:{id}")
    seen = theirs(form, document, lambda saved: saved.fill(menu))
    return render_template("menu/settings.html", theirs=seen, form=form, menu=menu, title=title(menu), used=used)


class NewMenuForm(Based):
    """A menu that is not there yet."""

    name = StringField(lazy_gettext("What the menu is called"))
    no_input = SelectField(lazy_gettext("Who presses nothing but speaks, or is known to us"))


@pages.route("/menus/new", endpoint="new_menu", methods=["GET", "POST"])
@admin_only
def new_menu() -> str | AnyResponse:
    """Add a menu: it is empty, and nothing leads to it yet."""
    document = load()
    form = NewMenuForm()
    form.no_input.choices = {
        group: [each for each in choices if each[0] != "say"] for group, choices in destinations(document).items()
    }
    if request.method == "GET":
        form.base.data = document.revision
    elif form.validate_on_submit() and named(form):
        id_ = fresh_id(str(form.name.data), [str(each.get("id")) for each in document.table("menus")])
        value = {"id": id_, "name": str(form.name.data).strip(), "greeting": "", "no_input": str(form.no_input.data)}
        at = len(document.table("menus"))
        keys = {name: f"menus[{at}].{name}" for name in ("name", "no_input")}
        if save(form, [{"op": "add", "path": ["menus"], "value": value}], f"menu {id_} added", keys):
            flash(gettext("Added. Give it options, then let a key or a scenario lead to it."), "well")
            return redirect(url_for("menu.index", _anchor=f"menu-{id_}"), 303)
    return render_template("menu/new_menu.html", form=form)


@pages.post("/menus/<id>/remove", endpoint="remove_menu")
@admin_only
def remove_menu(id: str) -> AnyResponse:
    """Take a menu away that nothing leads to."""
    document = load()
    menu_of(document, id)
    return removed(document, "menus", id)


def removed(document: Document, table: str, id_: str) -> AnyResponse:
    """Take an entry away; where something still needs it, the reader is told."""
    form = Based()
    if save(form, [{"op": "remove", "path": [table, {"id": id_}]}], f"{table} {id_} removed"):
        flash(gettext("Taken away."), "well")
    else:
        flash(gettext("It was not taken away: something still leads there."), "care")
        for mistake in form.form_errors:
            flash(str(mistake), "care")
    return redirect(url_for("menu.index"), 303)


def named(form: Based) -> bool:
    """Whether a new thing has been given a name."""
    if str(form.name.data or "").strip():
        return True
    form.say(gettext("Give it a name."), "name")
    return False


def used_by(document: Document, goto: str) -> list[str]:
    """Where the file leads to a destination, in words."""
    found = []
    for menu in document.table("menus"):
        for option in menu.get("options") or ():
            if option.get("goto") == goto:
                found.append(gettext("Key %(key)s in “%(name)s”", key=option.get("key"), name=title(menu)))
        if goto in (menu.get("no_input"), menu.get("silent")):
            found.append(title(menu))
    found += [title(each) for each in document.table("duty") if each.get("unanswered") == goto]
    found += [title(each) for each in document.table("queues") if each.get("overflow") == goto]
    if goto.startswith("menu:"):
        found += [
            condition(document, each) for each in document.table("scenarios") if f"menu:{each.get('menu')}" == goto
        ]
    return found


def fresh_id(name: str, taken: Iterable[str]) -> str:
    """An id for a name: letters and digits without accents, and none that is taken."""
    plain = unicodedata.normalize("NFD", name.translate(NOT_FROM_NFD)).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:30] or "menu"
    known, id_, number = set(taken), stem, 1
    while id_ in known:
        number += 1
        id_ = f"{stem}-{number}"
    return id_
