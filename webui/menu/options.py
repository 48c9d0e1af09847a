"""An option of a menu: added, changed, moved, taken away. Where it leads is chosen from a list in words."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, SelectField, StringField

from webui.compare import theirs
from webui.document import Based, Document, load, save
from webui.menu.naming import destinations, title
from webui.menu.page import pages
from webui.session import admin_only
from webui.words import Words, gettext, lazy_gettext

Table = dict[str, Any]
KEYS = "1234567890*#"


class OptionForm(Based):
    """One option."""

    key = StringField(lazy_gettext("Key"))
    words = StringField(lazy_gettext("What it is about, in Polish"))
    words_en = StringField(lazy_gettext("In English"))
    goto = SelectField(lazy_gettext("What happens then"))
    text = StringField(lazy_gettext("The text that is heard"))
    urgent = BooleanField(lazy_gettext("This is urgent"))
    building = SelectField(lazy_gettext("The call is about"))

    def offer(self, document: Document) -> None:
        """What can be chosen."""
        self.goto.choices = destinations(document)
        self.building.choices = [("", gettext("no building in particular")), *g.names.buildings.items()]

    def fill(self, option: Table) -> None:
        """With what the option says now."""
        goto = str(option.get("goto", ""))
        if goto.startswith("say:"):
            self.text.data, goto = goto.removeprefix("say:"), "say"
        self.goto.data = goto
        self.key.data, self.words.data = str(option.get("key", "")), str(option.get("say", ""))
        self.words_en.data, self.urgent.data = str(option.get("say_en", "")), option.get("urgent") is True
        self.building.data = str(option.get("building", ""))

    def option(self) -> Table:
        """As the file has it; what is not wanted is not written down."""
        made: Table = {"key": (self.key.data or "").strip(), "say": " ".join((self.words.data or "").split())}
        if self.words_en.data and self.words_en.data.strip():
            made["say_en"] = " ".join(self.words_en.data.split())
        if self.building.data:
            made["building"] = str(self.building.data)
        text = " ".join((self.text.data or "").split())
        made["goto"] = f"say:{text}" if self.goto.data == "say" else str(self.goto.data)
        return {**made, "urgent": True} if self.urgent.data else made

    def looked_over(self, menu: Table, at: int | None) -> bool:
        """Whether nothing is wrong that can be told here; else each mistake stands beside its field."""
        self.validate_on_submit()
        made, digits = self.option(), int(menu.get("digits", 1))
        taken = [each.get("key") for number, each in enumerate(menu.get("options") or ()) if number != at]
        if len(made["key"]) != digits or not set(made["key"]) <= set(KEYS):
            self._say_key(digits)
        elif made["key"] in (*taken, *(menu.get("languages") or {})):
            self.say(gettext("Another option has this key already."), "key")
        if not made["say"]:
            self.say(gettext("Say what the caller chooses with this key."), "words")
        if made["goto"] == "say:":
            self.say(gettext("Say what the caller hears."), "text")
        return not self.errors

    def _say_key(self, digits: int) -> None:
        """What a key looks like in this menu."""
        if digits == 1:
            self.say(gettext("One key of the telephone: 0 to 9, * or #."), "key")
        else:
            self.say(gettext("This menu takes keys of %(digits)s characters, such as 01.", digits=digits), "key")


def menu_of(document: Document, id_: str) -> tuple[int, Table]:
    """Index and content of a menu; 404 where there is none."""
    return document.entry("menus", id_) or abort(404)


def option_of(menu: Table, key: str) -> tuple[int, Table]:
    """Index and content of an option; 404 where there is none."""
    found = [(at, each) for at, each in enumerate(menu.get("options") or ()) if each.get("key") == key]
    return found[0] if found else abort(404)


@pages.route("/menus/<id>/options/new", endpoint="new_option", methods=["GET", "POST"])
@admin_only
def new_option(id: str) -> str | AnyResponse:
    """Add an option."""
    document = load()
    number, menu = menu_of(document, id)
    form = OptionForm()
    form.offer(document)
    options = menu.get("options") or ()
    if request.method == "GET":
        used = {each.get("key") for each in options} | set(menu.get("languages") or {})
        free = next((each for each in KEYS if each not in used), "")
        form.fill({"key": free if menu.get("digits", 1) == 1 else "", "goto": _first(form)})
        form.base.data = document.revision
    elif form.looked_over(menu, None):
        edits = [{"op": "add", "path": ["menus", {"id": id}, "options"], "value": form.option()}]
        if save(form, edits, f"menu {id}: option added", _keys(number, len(options)), _instead(number, len(options))):
            return _done(id, gettext("Added. The next caller hears it."))
    return render_template("menu/option.html", form=form, menu=menu, title=title(menu), option=None, theirs=[])


@pages.route("/menus/<id>/options/<key>", endpoint="option", methods=["GET", "POST"])
@admin_only
def option(id: str, key: str) -> str | AnyResponse:
    """Change an option."""
    document = load()
    number, menu = menu_of(document, id)
    at, was = option_of(menu, key)
    form = OptionForm()
    form.offer(document)
    if request.method == "GET":
        form.fill(was)
        form.base.data = document.revision
    elif form.looked_over(menu, at):
        path = ["menus", {"id": id}, "options", {"key": key}]
        if save(
            form, [{"op": "set", "path": path, "value": form.option()}], f"menu {id}: key {key}", _keys(number, at)
        ):
            return _done(id, gettext("Done. The next caller hears it."))
    last = len(menu["options"]) - 1
    seen = theirs(form, document, lambda saved: saved.fill(was))
    return render_template(
        "menu/option.html",
        form=form,
        menu=menu,
        title=title(menu),
        option=was,
        first=at == 0,
        last=at == last,
        theirs=seen,
    )


@pages.post("/menus/<id>/options/<key>/move", endpoint="move_option")
@admin_only
def move_option(id: str, key: str) -> AnyResponse:
    """Let it be read out one place earlier or later."""
    document = load()
    _, menu = menu_of(document, id)
    at, _ = option_of(menu, key)
    options = list(menu["options"])
    to = at + (1 if request.form.get("way") == "down" else -1)
    if 0 <= to < len(options):
        options[at], options[to] = options[to], options[at]
        path = ["menus", {"id": id}, "options"]
        if _edited(document, [{"op": "set", "path": path, "value": options}], f"menu {id}: key {key} moved"):
            flash(gettext("Moved."), "well")
    return redirect(url_for("menu.option", id=id, key=key), 303)


@pages.post("/menus/<id>/options/<key>/remove", endpoint="remove_option")
@admin_only
def remove_option(id: str, key: str) -> AnyResponse:
    """Take it away."""
    document = load()
    option_of(menu_of(document, id)[1], key)
    edits = [{"op": "remove", "path": ["menus", {"id": id}, "options", {"key": key}]}]
    if not _edited(document, edits, f"menu {id}: key {key} removed"):
        return redirect(url_for("menu.option", id=id, key=key), 303)
    return _done(id, gettext("Taken away."))


def _edited(document: Document, edits: list[Table], what: str) -> bool:
    """A change by a button alone: of what the reader saw, or they are told."""
    form = Based()
    if not form.base.data:
        form.base.data = document.revision
    if save(form, edits, what):
        return True
    flash(" ".join(str(each) for each in form.form_errors), "care")
    return False


def _keys(number: int, at: int) -> dict[str, str]:
    """The fields' keys in the file."""
    names = {"words": "say", "words_en": "say_en", "key": "key", "goto": "goto", "urgent": "urgent"}
    return {field: f"menus[{number}].options[{at}].{name}" for field, name in names.items()}


def _instead(number: int, at: int) -> dict[str, Words]:
    """The page's own remedy for a destination that cannot be."""
    return {f"menus[{number}].options[{at}].goto": lazy_gettext("Choose something else from the list.")}


def _first(form: OptionForm) -> str:
    """The first destination of the list."""
    return next((value for group in form.goto.choices.values() for value, _ in group), "hangup")


def _done(id_: str, words: str) -> AnyResponse:
    flash(words, "well")
    return redirect(url_for("menu.index", _anchor=f"menu-{id_}"), 303)
