"""The lines: how they stand; SIM cards and copper lines added, changed or removed; the order; the daily test calls.

What touches a line is checked as `dyzurka check` would and goes back by itself unless it is confirmed.
"""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, RadioField, TimeField
from wtforms.validators import Optional

from appliance.gateways.sheet import Sheet, models
from webui import document, exchange
from webui.compare import theirs
from webui.document import Based, Document, save
from webui.settings.blueprint import pages
from webui.settings.gateway_sheets import of_form
from webui.settings.line_forms import GATEWAY, MODEM, SIM, GatewayForm, Kind, NumbersForm, kind_of
from webui.setup.shapes import id_of
from webui.setup.standing import numbers_of
from webui.words import gettext, lazy_gettext

CONFIRM_SECONDS = 300  # a modem that starts takes a minute or two to find its network
NEVER, USUAL_TIME = "never", "10:15"  # building.toml's own


class OrderForm(Based):
    """Which line is tried first."""

    first = RadioField(lazy_gettext("Calls go out first by"))


class TestCallsForm(Based):
    """When the box calls itself."""

    daily = BooleanField(lazy_gettext("Test the lines every day"))
    at = TimeField(lazy_gettext("At"), [Optional()])


@pages.get("/lines")
def lines() -> str:
    """How they stand, and what can be changed."""
    there = document.load_anyway()
    return _page(there, _order(there), _test_calls(there))


@pages.route("/lines/sim", methods=["GET", "POST"])
def new_sim() -> AnyResponse | str:
    """One more SIM card."""
    return _new(SIM)


@pages.route("/lines/modem", methods=["GET", "POST"])
def new_modem() -> AnyResponse | str:
    """One more copper line, by a voice modem on USB."""
    return _new(MODEM)


@pages.route("/lines/gateway", methods=["GET", "POST"])
def new_gateway() -> AnyResponse | str:
    """One more copper line, by a gateway."""
    return _new(GATEWAY)


@pages.get("/lines/gateway/sheet")
def gateway_sheet() -> str:
    """What is to be set on a gateway, as the form that asks for it stands now."""
    form = GatewayForm(formdata=request.args)
    return render_template("settings/_gateway_sheet.html", sheet=of_form(form, ""))


def _new(kind: Kind) -> AnyResponse | str:
    there = document.load()
    form = kind.form()
    form.offer({})
    if not form.is_submitted():
        form.base.data = there.revision
        form.begin(request.args)
    if form.validate_on_submit():
        name = id_of(kind.name, [str(each.get("id")) for each in there.table("lines")])
        edit = {"op": "add", "path": ["lines"], "value": {"id": name, **kind.fixed, **form.made()}}
        if _saved(form, [edit], f"line {name} added", len(there.table("lines"))):
            return redirect(url_for("settings.confirm_lines"), 303)
    return render_template(kind.template, form=form, line=None, theirs=[], sheet=_sheet(form, ""))


@pages.route("/line/<line>", methods=["GET", "POST"])
def line(line: str) -> AnyResponse | str:
    """Change a line that has a form here, or look at another one before it is removed."""
    there = document.load()
    at, held = there.entry("lines", line) or abort(404)
    kind = kind_of(held) or (GATEWAY if held.get("kind") == "sip" and "gateway" in request.args else None)
    if kind is None:
        return render_template("settings/line.html", line=held, base=there.revision)
    form = kind.form()
    form.offer(held)
    if not form.is_submitted():
        form.base.data = there.revision
        form.fill(held)
    if form.validate_on_submit():
        edits = form.edits(["lines", {"id": line}], held)
        if not edits:
            flash(gettext("Nothing was changed."), "well")
            return redirect(url_for("settings.lines"), 303)
        if _saved(form, edits, f"line {line}", at):
            return redirect(url_for("settings.confirm_lines"), 303)
    seen = theirs(form, there, lambda saved: saved.fill(held))
    return render_template(kind.template, form=form, line=held, theirs=seen, sheet=_sheet(form, line))


def _sheet(form: NumbersForm, line: str) -> Sheet | None:
    """Of a gateway's form, as it stands now."""
    return of_form(form, line) if isinstance(form, GatewayForm) else None


@pages.post("/line/<line>/remove")
def remove_line(line: str) -> AnyResponse:
    """Take a line away; it comes back unless that is confirmed."""
    edit = {"op": "remove", "path": ["lines", {"id": line}]}
    base = request.form.get("base", "")
    edited = exchange.edit(base, [edit], f"line {line} removed", confirm_seconds=CONFIRM_SECONDS)
    if edited.done:
        return redirect(url_for("settings.confirm_lines"), 303)
    if edited.conflict:
        flash(
            gettext("Somebody else has changed the building meanwhile, so nothing was removed. Please try again."),
            "care",
        )
    else:
        flash(" ".join(exchange.told(each, {}) for each in edited.errors), "alarm")
    return redirect(url_for("settings.line", line=line), 303)


@pages.post("/lines/order")
def order_lines() -> AnyResponse | str:
    """Which line is tried first; the others keep their order."""
    there = document.load()
    form = _order(there)
    if form.validate_on_submit():
        order = [form.first.data, *(each for each in _outbound(there) if each != form.first.data)]
        if save(form, [{"op": "set", "path": ["outbound", "lines"], "value": order}], "order of lines"):
            flash(gettext("Saved. The next call goes out like this."), "well")
            return redirect(url_for("settings.lines"), 303)
    return _page(there, form, _test_calls(there, fresh=True))


@pages.post("/lines/test-calls")
def test_calls() -> AnyResponse | str:
    """When the box calls itself."""
    there = document.load()
    form = _test_calls(there)
    if form.is_submitted() and form.daily.data and not form.at.data:
        form.say(gettext("Please enter a time, for example 10:15."), "at")
    elif form.validate_on_submit():
        at = f"{form.at.data:%H:%M}" if form.daily.data else NEVER
        edit = {"op": "set", "path": ["box", "test_call"], "value": at}
        if save(form, [edit], "test calls", {"at": "box.test_call"}):
            flash(gettext("Saved."), "well")
            return redirect(url_for("settings.lines"), 303)
    return _page(there, _order(there, fresh=True), form)


@pages.route("/lines/confirm", methods=["GET", "POST"])
def confirm_lines() -> AnyResponse | str:
    """Watch the lines after a change, and keep it."""
    if request.method == "POST":
        exchange.change("confirm", revision=request.form.get("revision", ""))
        flash(gettext("The change stays."), "well")
        return redirect(url_for("settings.lines"), 303)
    return render_template("settings/lines_confirm.html", status=exchange.ask("status"))


@pages.get("/lines/confirm/piece")
def confirm_lines_piece() -> str:
    """How they do."""
    return render_template("settings/_lines_confirm.html", status=exchange.ask("status"))


def _page(there: Document, order: OrderForm, calls: TestCallsForm) -> str:
    try:
        status: dict[str, Any] = exchange.ask("status")
    except exchange.TroubleError:
        status = {}
    states = {each["id"]: each for each in status.get("lines", ())}
    held = {str(each.get("id")): each for each in there.table("lines")}
    told = [{**held[each], "now": states.get(each, {}), "numbers": numbers_of(held[each])} for each in _outbound(there)]
    waits = status.get("confirm")
    shown = {"lines": told, "order": order, "calls": calls, "waits": waits, "models": models()}
    return render_template("settings/lines.html", there=there, **shown)


def _outbound(there: Document) -> list[str]:
    """The ids of all lines, those of `[outbound]` first and in its order."""
    known = [str(each.get("id")) for each in there.table("lines")]
    outbound = there.building.get("outbound")
    wanted = outbound.get("lines", ()) if isinstance(outbound, dict) else ()
    return [each for each in dict.fromkeys([*wanted, *known]) if each in known]


def _order(there: Document, *, fresh: bool = False) -> OrderForm:
    """`fresh`: not the one that was sent."""
    order = _outbound(there)
    form = OrderForm(formdata=None) if fresh else OrderForm()
    form.first.choices = [(each, each) for each in order]
    if fresh or not form.is_submitted():
        form.base.data, form.first.data = there.revision, next(iter(order), None)
    return form


def _test_calls(there: Document, *, fresh: bool = False) -> TestCallsForm:
    form = TestCallsForm(formdata=None) if fresh else TestCallsForm()
    if fresh or not form.is_submitted():
        box = there.building.get("box")
        at = str(box.get("test_call", USUAL_TIME)) if isinstance(box, dict) else USUAL_TIME
        form.process(data={"base": there.revision, "daily": at != NEVER, "at": _time(at) or _time(USUAL_TIME)})
    return form


def _saved(form: NumbersForm, edits: list[dict[str, Any]], what: str, at: int) -> bool:
    """Make the edits for a while; mistakes beside their fields."""
    keys = {key: f"lines[{at}].{key}" for key in form.CHECKED} | {"numbers": f"lines[{at}].number"}
    return save(form, edits, what, keys, confirm_seconds=CONFIRM_SECONDS)


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
