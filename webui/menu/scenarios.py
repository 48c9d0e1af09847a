"""Which menu holds when: the scenarios, the first that fits counts. Changed, moved, added, taken away."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectField, SelectMultipleField, widgets

from webui.compare import theirs
from webui.document import Based, Document, load, load_anyway, save
from webui.menu.menus import differing, fresh_id
from webui.menu.naming import condition, hours_title, ids, title, titled
from webui.menu.page import pages
from webui.menu.taps import hours_of
from webui.menu.tree import ask_status, holding
from webui.session import admin_only
from webui.shown import phone
from webui.week import DAY_NAMES, DAYS, days_of, days_written
from webui.words import gettext, lazy_gettext

Table = dict[str, Any]


class _Ticks(SelectMultipleField):  # type: ignore[misc]
    """Several of a list, ticked."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class ScenarioForm(Based):
    """A scenario: each condition that is left open always fits."""

    menu = SelectField(lazy_gettext("The menu that callers hear"))
    when = SelectField(lazy_gettext("During opening hours"))
    days = _Ticks(lazy_gettext("On which days"))
    numbers = _Ticks(lazy_gettext("Calls to which number"))
    building = SelectField(lazy_gettext("About which building"))

    def offer(self, document: Document) -> None:
        """What can be chosen."""
        self.menu.choices = [(each["id"], title(each)) for each in ids(document, "menus")]
        self.when.choices = [
            ("", gettext("whether open or not")),
            *((id_, hours_title(id_)) for id_ in hours_of(document)),
        ]
        self.days.choices = [(day, str(name)) for day, name in DAY_NAMES.items()]
        self.numbers.choices = [(each, phone(each)) for each in own_numbers(document)]
        self.building.choices = [("", gettext("no building in particular")), *g.names.buildings.items()]

    def fill(self, scenario: Table) -> None:
        """With what it says now."""
        self.menu.data, self.when.data = str(scenario.get("menu", "")), str(scenario.get("when", ""))
        self.days.data, self.building.data = days_of(scenario.get("days")), str(scenario.get("building", ""))
        numbers = scenario.get("numbers") or []
        self.numbers.data = [numbers] if isinstance(numbers, str) else list(numbers)

    def changes(self) -> Table:
        """Key → value as the file is to have it, None for no such key."""
        days = [each for each in DAYS if each in (self.days.data or ())]
        return {
            "menu": str(self.menu.data),
            "when": str(self.when.data) if self.when.data else None,
            "days": days_written(days) if days and len(days) < len(DAYS) else None,
            "numbers": list(self.numbers.data) if self.numbers.data else None,
            "building": str(self.building.data) if self.building.data else None,
        }


def own_numbers(document: Document) -> list[str]:
    """Every number of ours."""
    found: list[str] = []
    for line in document.table("lines"):
        for written in (line.get("number"), line.get("numbers")):
            found += [str(each) for each in (written if isinstance(written, list) else [written]) if each]
    return list(dict.fromkeys(found))


def scenario_of(document: Document, id_: str) -> tuple[int, Table]:
    """Index and content of a scenario; 404 where there is none."""
    return document.entry("scenarios", id_) or abort(404)


@pages.get("/scenarios")
def scenarios() -> str:
    """All scenarios, in the order in which they are tried."""
    document = load_anyway()
    shown = [
        {"id": each["id"], "when": condition(document, each), "menu": titled(document, "menus", str(each.get("menu")))}
        for each in ids(document, "scenarios")
    ]
    holds = holding(document, ask_status())
    return render_template("menu/scenarios.html", scenarios=shown, document=document, holds=holds)


@pages.route("/scenarios/<id>", endpoint="scenario", methods=["GET", "POST"])
@admin_only
def scenario(id: str) -> str | AnyResponse:
    """Change a scenario."""
    document = load()
    number, found = scenario_of(document, id)
    form = ScenarioForm()
    form.offer(document)
    if request.method == "GET":
        form.fill(found)
        form.base.data = document.revision
    elif form.validate_on_submit():
        wanted = form.changes()
        if days_of(found.get("days")) == days_of(wanted["days"]) and wanted["days"]:
            wanted["days"] = found["days"]
        edits = differing(["scenarios", {"id": id}], found, wanted)
        if not edits or save(form, edits, f"scenario {id}", _keys(number)):
            return _done(gettext("Done. It holds from now on."))
    seen = theirs(form, document, lambda saved: saved.fill(found))
    only = len(document.table("scenarios")) == 1
    return render_template(
        "menu/scenario.html", theirs=seen, form=form, scenario=found, condition=condition(document, found), only=only
    )


@pages.route("/scenarios/new", endpoint="new_scenario", methods=["GET", "POST"])
@admin_only
def new_scenario() -> str | AnyResponse:
    """Add a scenario, which is tried before all others."""
    document = load()
    form = ScenarioForm()
    form.offer(document)
    if request.method == "GET":
        form.base.data = document.revision
    elif form.validate_on_submit():
        wanted = {key: each for key, each in form.changes().items() if each is not None}
        id_ = fresh_id(
            wanted.get("when", wanted["menu"]), [str(each.get("id")) for each in document.table("scenarios")]
        )
        edits = [{"op": "add", "path": ["scenarios"], "value": {"id": id_, **wanted}, "at": 0}]
        if save(form, edits, f"scenario {id_} added", _keys(0)):
            return _done(gettext("Added. It is tried first; move it where it belongs."))
    return render_template("menu/scenario.html", form=form, scenario=None, condition="", only=True)


@pages.post("/scenarios/<id>/move", endpoint="move_scenario")
@admin_only
def move_scenario(id: str) -> AnyResponse:
    """Let it be tried earlier or later."""
    document = load()
    at, _ = scenario_of(document, id)
    listed = list(document.table("scenarios"))
    to = at + (1 if request.form.get("way") == "down" else -1)
    if 0 <= to < len(listed):
        listed[at], listed[to] = listed[to], listed[at]
        edits = [{"op": "set", "path": ["scenarios"], "value": listed}]
        return _changed(document, edits, f"scenario {id} moved", gettext("Moved."))
    return redirect(url_for("menu.scenarios"), 303)


@pages.post("/scenarios/<id>/remove", endpoint="remove_scenario")
@admin_only
def remove_scenario(id: str) -> AnyResponse:
    """Take it away."""
    document = load()
    scenario_of(document, id)
    edits = [{"op": "remove", "path": ["scenarios", {"id": id}]}]
    return _changed(document, edits, f"scenario {id} removed", gettext("Taken away."))


def _changed(document: Document, edits: list[Table], what: str, words: str) -> AnyResponse:
    form = Based()
    form.base.data = request.form.get("base") or document.revision
    if save(form, edits, what):
        return _done(words)
    flash(" ".join(str(each) for each in form.form_errors), "care")
    return redirect(url_for("menu.scenarios"), 303)


def _keys(number: int) -> dict[str, str]:
    return {name: f"scenarios[{number}].{name}" for name in ("menu", "when", "days", "numbers", "building")}


def _done(words: str) -> AnyResponse:
    flash(words, "well")
    return redirect(url_for("menu.scenarios"), 303)
