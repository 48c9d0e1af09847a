"""The line: filled in, tried live beside the running ones, then applied so that it goes back unless confirmed."""

from __future__ import annotations

import threading
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from webui import exchange
from webui.session import admin_only
from webui.setup.basics import NUMBERS, Step, renewed, split
from webui.setup.blueprint import pages
from webui.setup.presets import presets
from webui.setup.reasons import LINE_WORKS
from webui.setup.shapes import number_of
from webui.setup.standing import Standing, around, is_provider, show, standing
from webui.shown import phone
from webui.words import gettext, lazy_gettext

CONFIRM_SECONDS = 180
NEW_LINE = "provider"
TRIED = "setup.tried"  # in app.extensions
TRIED_KEPT = 16
KEYS = ("server", "transport", "register", "dial_format", "channels", "username")


class LineForm(Step):
    """What a provider hands out."""

    server = StringField(lazy_gettext("Provider's server"), [InputRequired(), Length(max=200)])
    username = StringField(lazy_gettext("User name at the provider"), [Length(max=100)])
    password = PasswordField(lazy_gettext("Password at the provider"), [Length(max=200)])
    numbers = StringField(lazy_gettext("Number that residents call"), [InputRequired(), Length(max=200)])
    phone = StringField(lazy_gettext("A phone to try it with"), [Length(max=40)])
    register = BooleanField(lazy_gettext("Register with the provider"))
    transport = SelectField(
        lazy_gettext("Transport"),
        choices=[SelectChoice(each, each.upper()) for each in ("udp", "tcp", "tls")],
        default="udp",
    )
    dial_format = SelectField(
        lazy_gettext("How the provider wants numbers"),
        choices=[
            SelectChoice("e164", "+48221234567"),
            SelectChoice("national", "221234567"),
            SelectChoice("00", "0048221234567"),
        ],
        default="e164",
    )
    channels = IntegerField(lazy_gettext("Calls at once"), [InputRequired(), NumberRange(1, 200)], default=2)

    def validate_numbers(self, field: StringField) -> None:
        """Each is a telephone number."""
        for each in split(field.data):
            if not (number_of(each) or "").startswith("+"):
                raise ValidationError(gettext("%(typed)s is no telephone number: nine digits, please.", typed=each))

    def validate_phone(self, field: StringField) -> None:
        """A number, or nothing."""
        if field.data and number_of(field.data) is None:
            raise ValidationError(gettext("%(typed)s is no telephone number: nine digits, please.", typed=field.data))

    def table(self, name: str) -> dict[str, Any]:
        """It as a table of `[[lines]]`."""
        numbers = [str(number_of(each)) for each in split(self.numbers.data)]
        made = {key: self[key].data for key in KEYS if self[key].data not in ("", None)}
        made.update(id=name, kind="sip", number=numbers[0] if len(numbers) == 1 else numbers)
        made["server"] = made["server"].strip()
        if self.password.data:
            made["password"] = self.password.data
        return made


class Tried:
    """Lines with their passwords by the job that tries them: in memory alone, the last few."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[str, Any]] = {}
        self._turn = threading.Lock()

    def keep(self, job: str, line: dict[str, Any]) -> None:
        """Remember what a job tries."""
        with self._turn:
            self._lines[job] = line
            for old in list(self._lines)[:-TRIED_KEPT]:
                del self._lines[old]

    def find(self, job: str) -> dict[str, Any] | None:
        """What a job tried; None where it is not known (any more)."""
        with self._turn:
            return self._lines.get(job)


def tried() -> Tried:
    """The application's."""
    found: Tried = current_app.extensions.setdefault(TRIED, Tried())
    return found


@pages.route("/line", methods=["GET", "POST"])
@admin_only
def line() -> Response | str:
    """Fill it in, and have it tried."""
    now = standing()
    earlier = tried().find(request.args.get("tried", ""))
    chosen = next((each for each in presets() if each.id == request.args.get("provider")), None)
    held = now.trunk(str((earlier or request.args).get("id" if earlier else "line", "")))
    form = LineForm(data=_filled(now, held, earlier, chosen.line if chosen else None))
    if form.validate_on_submit():
        table = form.table(str((held or {}).get("id", NEW_LINE)))
        if "password" not in table and earlier is not None and earlier.get("username") == table.get("username"):
            table["password"] = earlier.get("password", "")
        asked: dict[str, Any] = {"line": table}
        if form.phone.data:
            asked["phone"] = number_of(form.phone.data)
        try:
            job = exchange.change("try_line", **asked)["job"]
        except exchange.TroubleError as error:
            _beside(form, error)
        else:
            tried().keep(job, table)
            return redirect(url_for("setup.trial", kind="line", job=job), 303)
    return show("line", now, form=renewed(form, now), presets=presets(), chosen=chosen, again=earlier is not None)


@pages.post("/line/apply/<job>")
@admin_only
def apply_line(job: str) -> Response | str:
    """Make the line that was tried the building's; it goes back unless confirmed."""
    table, found = tried().find(job), exchange.ask("job", id=job)
    if table is None:
        flash(gettext("The password is not kept for long. Please type it again and try the line once more."), "care")
        return redirect(url_for("setup.line"), 303)
    if found["state"] != "done" or (found["result"] or {}).get("result") not in LINE_WORKS:
        abort(409)
    now = standing()
    held = now.trunk(table["id"])
    if held is None:
        edits: list[dict[str, Any]] = [{"op": "add", "path": ["lines"], "value": table}]
    else:
        path = ["lines", {"id": held["id"]}]
        kept = {key: value for key, value in held.items() if key not in (*KEYS, "numbers", "number")}
        edits = [{"op": "set", "path": path, "value": {**kept, **table}}]
    form = Step()
    edited = exchange.edit(now.revision, edits, "first start: line", form=form, confirm_seconds=CONFIRM_SECONDS)
    if not edited.done:
        flash(" ".join(form.form_errors) or gettext("It was not applied. Please try once more."), "alarm")
        return redirect(url_for("setup.line", tried=job), 303)
    session.pop(NUMBERS, None)
    return redirect(url_for("setup.confirm_line"), 303)


@pages.route("/line/confirm", methods=["GET", "POST"])
@admin_only
def confirm_line() -> Response | str:
    """Watch the new line, and keep it."""
    now = standing()
    values = _watched()
    if request.method == "POST":
        if values["waits"] is None:
            flash(gettext("It was too late: the former settings are back. Apply the line once more."), "care")
            return redirect(url_for("setup.line"), 303)
        exchange.change("confirm", revision=values["waits"]["revision"])
        flash(gettext("The line stays."), "well")
        return redirect(around("line")[1], 303)
    return show("line", now, "watched", watched=values)


@pages.get("/line/confirm/piece")
@admin_only
def confirm_piece() -> str:
    """How the new line does."""
    return render_template("setup/_watched.html", watched=_watched())


def _watched() -> dict[str, Any]:
    """The state of the first line to a provider, and the change that waits."""
    status = exchange.ask("status")
    found = next((each for each in status["lines"] if is_provider(each)), None)
    return {"line": found, "waits": status.get("confirm")}


def _filled(
    now: Standing, held: dict[str, Any] | None, earlier: dict[str, Any] | None, preset: dict[str, Any] | None
) -> dict[str, Any]:
    """What the form shows at first: what was tried, else what the building has, else what the provider wants."""
    known = earlier or held or {"register": True}
    first = known.get("number") or []
    numbers = [*([first] if isinstance(first, str) else first), *known.get("numbers", [])] or session.get(NUMBERS, [])
    server = known.get("server", "")
    filled = {key: known[key] for key in KEYS if key in known}
    filled["server"] = server if isinstance(server, str) else ", ".join(server)
    return {**filled, **(preset or {}), "numbers": ", ".join(map(phone, numbers)), "base": now.revision}


def _beside(form: LineForm, error: exchange.TroubleError) -> None:
    """The exchange's mistakes of the line beside the fields."""
    errors = error.values.get("errors") or []
    for each in errors:
        key = str(each.get("key", "")).rpartition(".")[2]
        form.say(f"{each.get('problem', '')} {each.get('remedy', '')}".strip(), "numbers" if "number" in key else key)
    if not errors:
        form.say(str(error))
