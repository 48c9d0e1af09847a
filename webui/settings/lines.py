"""The lines: how they stand, a SIM card added, changed or removed, which line is tried first, the daily test calls.

What touches a line is checked as `dyzurka check` would and goes back by itself unless it is confirmed.
"""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional, Regexp, ValidationError

from webui import document, exchange
from webui.compare import theirs
from webui.document import Based, Document, Table, save
from webui.menu.menus import differing
from webui.settings.blueprint import pages
from webui.setup.basics import split
from webui.setup.shapes import dates_of, id_of, number_of
from webui.setup.standing import numbers_of
from webui.shown import phone
from webui.words import gettext, lazy_gettext

CONFIRM_SECONDS = 300  # a modem that starts takes a minute or two to find its network
NEVER, USUAL_TIME = "never", "10:15"  # building.toml's own
LOUDER_DB = {
    "-12": lazy_gettext("much quieter"),
    "-6": lazy_gettext("quieter"),
    "0": lazy_gettext("as the modem has it"),
    "6": lazy_gettext("louder"),
    "12": lazy_gettext("much louder"),
}


class SimForm(Based):
    """A SIM card in a modem."""

    numbers = StringField(lazy_gettext("Number of the card"), [InputRequired(), Length(max=200)])
    pin = PasswordField(
        lazy_gettext("PIN of the card"),
        [Optional(), Regexp(r"[0-9]{4,8}\Z", message=lazy_gettext("Four to eight digits, please."))],
    )
    no_pin = BooleanField(lazy_gettext("The card has no PIN any more"))
    expires = StringField(lazy_gettext("Last day of a prepaid card"), [Length(max=20)])
    device = StringField(lazy_gettext("Which modem"), [Length(max=100)])
    louder_in = SelectField(lazy_gettext("How we hear them"), default="0")
    louder_out = SelectField(lazy_gettext("How they hear us"), default="0")
    no_divert = BooleanField(lazy_gettext("No diversion to the person on duty while the box is dead"))
    no_conference = BooleanField(lazy_gettext("Never put a resident on hold to ring duty by the same card"))

    def offer(self, line: Table) -> None:
        """What can be chosen; a loudness that only the file names is kept."""
        for key, field in (("louder_in", self.louder_in), ("louder_out", self.louder_out)):
            own = _decibels(line.get(key))
            field.choices = list(LOUDER_DB.items()) + ([] if own in LOUDER_DB else [(own, f"{own} dB")])

    def validate_numbers(self, field: StringField) -> None:
        """Each is a telephone number."""
        for each in split(field.data):
            if not (number_of(each) or "").startswith("+"):
                raise ValidationError(gettext("%(typed)s is no telephone number: nine digits, please.", typed=each))

    def validate_expires(self, field: StringField) -> None:
        """One date, or nothing."""
        good, bad = dates_of(field.data or "")
        if bad or len(good) > 1:
            raise ValidationError(gettext("“%(text)s” is no date. Write for example 22.11.2026.", text=field.data))

    def fill(self, line: Table) -> None:
        """With what the line says now; its PIN is shown to nobody."""
        self.numbers.data = ", ".join(map(phone, numbers_of(line)))
        self.expires.data = str(line.get("expires") or "")
        self.device.data = line.get("device", "")
        for key, field in (("louder_in", self.louder_in), ("louder_out", self.louder_out)):
            field.data = _decibels(line.get(key))
        self.no_divert.data = line.get("divert", True) is False
        self.no_conference.data = line.get("conference") == NEVER

    def changes(self) -> Table:
        """Key → value as the file is to have it, None for no such key."""
        numbers = [str(number_of(each)) for each in split(self.numbers.data)]
        return {
            "number": numbers[0] if len(numbers) == 1 else numbers,
            "numbers": None,
            "expires": next(iter(dates_of(self.expires.data or "")[0]), None),
            "device": (self.device.data or "").strip() or None,
            "louder_in": float(self.louder_in.data) or None,
            "louder_out": float(self.louder_out.data) or None,
            "divert": False if self.no_divert.data else None,
            "conference": NEVER if self.no_conference.data else None,
        }


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
    there = document.load()
    form = SimForm()
    form.offer({})
    if not form.is_submitted():
        form.base.data = there.revision
    if form.validate_on_submit():
        made = {key: value for key, value in form.changes().items() if value is not None}
        name = id_of("sim", [str(each.get("id")) for each in there.table("lines")])
        value = {"id": name, "kind": "gsm", **made, **({"pin": form.pin.data} if form.pin.data else {})}
        edit = {"op": "add", "path": ["lines"], "value": value}
        if _saved(form, [edit], f"line {name} added", len(there.table("lines"))):
            return redirect(url_for("settings.confirm_lines"), 303)
    return render_template("settings/sim.html", form=form, line=None, theirs=[])


@pages.route("/line/<line>", methods=["GET", "POST"])
def line(line: str) -> AnyResponse | str:
    """Change a SIM card, or look at another line before it is removed."""
    there = document.load()
    at, held = there.entry("lines", line) or abort(404)
    if held.get("kind") != "gsm":
        return render_template("settings/line.html", line=held, base=there.revision)
    form = SimForm()
    form.offer(held)
    if not form.is_submitted():
        form.base.data = there.revision
        form.fill(held)
    if form.validate_on_submit():
        path = ["lines", {"id": line}]
        edits = differing(path, held, form.changes())
        if form.pin.data or form.no_pin.data:
            pin = "" if form.no_pin.data else form.pin.data
            edits.append({"op": "set", "path": [*path, "pin"], "value": pin})
        if not edits:
            flash(gettext("Nothing was changed."), "well")
            return redirect(url_for("settings.lines"), 303)
        if _saved(form, edits, f"line {line}", at):
            return redirect(url_for("settings.confirm_lines"), 303)
    seen = theirs(form, there, lambda saved: saved.fill(held))
    return render_template("settings/sim.html", form=form, line=held, theirs=seen)


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
    return render_template("settings/lines.html", there=there, lines=told, order=order, calls=calls, waits=waits)


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


def _saved(form: SimForm, edits: list[dict[str, Any]], what: str, at: int) -> bool:
    """Make the edits for a while; mistakes beside their fields."""
    keys = {key: f"lines[{at}].{key}" for key in ("pin", "expires", "device")} | {"numbers": f"lines[{at}].number"}
    return save(form, edits, what, keys, confirm_seconds=CONFIRM_SECONDS)


def _decibels(value: object) -> str:
    """Decibels as a choice has them; what is no number is as if it were not there."""
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else "0"


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
