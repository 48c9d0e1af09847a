"""Another version of the program: brought as a file or on a stick, looked at, begun, watched, gone back to.

What a file is says the exchange, which checks its signature; here nothing is believed and nothing decided.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FileField

from appliance.clock import SystemClock
from appliance.sharing import INCOMING, file_mode, make_private
from webui import exchange
from webui.bodies import BACKUP_BYTES, room_for_backup
from webui.forms import Form
from webui.settings.blueprint import pages
from webui.settings.update_words import PARTS, STEPS, WHY, WORKS
from webui.uploads import takes_files
from webui.words import gettext, lazy_gettext

UPLOADED = re.compile(r"update-[0-9a-f]{16}\.raucb")
JOB = re.compile(r"[0-9a-f]{16}")
LOOK_SECONDS = 120.0  # a slow machine reckons up the hashes of 150 MB
STALE_SECONDS = 24 * 3600
PRIVATE_MODE = 0o600

pages.refusals.update(WHY)


class Upload(Form):
    """The file."""

    file = FileField(lazy_gettext("Update file (.raucb)"))


@pages.route("/update", methods=["GET", "POST"])
@takes_files(BACKUP_BYTES)
def update() -> AnyResponse | str:
    """What runs, what became of the last update, and a file for the next one."""
    form = Upload()
    if form.validate_on_submit():
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            form.say(gettext("Choose the file of an update first."), "file")
        else:
            folder = _incoming()
            _tidy(folder)
            name = f"update-{secrets.token_hex(8)}.raucb"
            try:
                sent.save(folder / name)
                (folder / name).chmod(file_mode(PRIVATE_MODE, folder))
            except OSError as error:
                (folder / name).unlink(missing_ok=True)
                form.say(gettext("It could not be kept: %(why)s", why=str(error)), "file")
            else:
                return redirect(url_for("settings.look_into_update", name=name), 303)
    most = room_for_backup(current_app)
    return render_template("settings/update.html", form=form, most=most, full=most < BACKUP_BYTES, **_stands())


@pages.get("/update/progress")
def update_progress() -> str:
    """The same, without the rest of the page: it fetches itself anew while an update goes on."""
    return render_template("settings/_update.html", **_stands())


@pages.get("/update/file/<name>")
def look_into_update(name: str) -> AnyResponse | str:
    """What the file is, before anything is begun."""
    path = _path(name)
    try:
        found = exchange.ask("update_look", timeout=LOOK_SECONDS, path=f"{INCOMING}/{name}")
    except exchange.TroubleError as error:
        path.unlink(missing_ok=True)
        flash(str(error), "alarm")
        return redirect(url_for("settings.update"), 303)
    stands = exchange.ask("update")
    against = found["why_not"] or stands["why_not"]
    return render_template(
        "settings/look_into_update.html", found=found, name=name, stands=stands, against=said(against), why=against
    )


@pages.post("/update/file/<name>")
def begin_update(name: str) -> AnyResponse:
    """Begin it."""
    _path(name)
    if request.form.get("sure") != "1":
        flash(gettext("Tick that you have read what will happen, then begin."), "care")
        return redirect(url_for("settings.look_into_update", name=name), 303)
    back = request.form.get("step_back") == "1"
    try:
        exchange.change("update_begin", path=f"{INCOMING}/{name}", step_back=back)
    except exchange.TroubleError as error:
        flash(str(error), "alarm")
        return redirect(url_for("settings.look_into_update", name=name), 303)
    return redirect(url_for("settings.update"), 303)


@pages.post("/update/file/<name>/forget")
def forget_update(name: str) -> AnyResponse:
    """It was the wrong file."""
    _path(name).unlink(missing_ok=True)
    return redirect(url_for("settings.update"), 303)


@pages.post("/update/stick")
def fetch_update() -> AnyResponse:
    """Copy it from the stick onto the box."""
    begun = exchange.change("update_fetch", path=request.form.get("path", ""))
    return redirect(url_for("settings.fetching_update", job=begun["job"]), 303)


@pages.get("/update/stick/<job>")
def fetching_update(job: str) -> AnyResponse | str:
    """Until it is there: refreshes itself."""
    if not JOB.fullmatch(job):
        abort(404)
    state = exchange.ask("job", id=job)
    if state["state"] == "done":
        name = Path(str(state["result"]["path"])).name
        return redirect(url_for("settings.look_into_update", name=name), 303)
    if state["state"] != "running":
        result = state.get("result") or {}
        flash(exchange.refusal(str(result.get("code", "")), result, str(result.get("text", ""))), "alarm")
        return redirect(url_for("settings.update"), 303)
    return render_template("settings/fetching_update.html", job=job)


@pages.post("/update/stop")
def stop_update() -> AnyResponse:
    """Think better of it."""
    exchange.change("update_stop")
    return redirect(url_for("settings.update"), 303)


@pages.post("/update/back")
def update_back() -> AnyResponse:
    """To what the other slot holds."""
    if request.form.get("sure") != "1":
        flash(gettext("Tick that you want the other version, then go back."), "care")
    else:
        exchange.change("update_return")
    return redirect(url_for("settings.update"), 303)


def said(why: Mapping[str, Any] | None) -> str:
    """A reason in the reader's language; one that is new here as the exchange has it."""
    if why is None:
        return ""
    values = dict(why["values"])
    if "missing" in values:
        values["missing"] = ", ".join(_part(each) for each in str(values["missing"]).split(", "))
    words = WHY.get(why["key"])
    return str(words) % values if words is not None else str(why["text"])


def _part(name: str) -> str:
    """What does not work, in words: "page", "line ID"."""
    kind, _, line = name.partition(" ")
    return str(PARTS[kind]) % {"line": line} if kind in PARTS else name


def _stands() -> dict[str, Any]:
    """How things stand, with words for what goes on and for how the last one ended."""
    stands = exchange.ask("update")
    told = stands["update"]
    words: dict[str, Any] = {"stands": stands, "told": told, "why_not": said(stands["why_not"])}
    if told is not None:
        words |= {
            "steps": [(key, text, _mark(key, told["state"])) for key, text in STEPS.items()],
            "why": said(told["why"]),
            "waits_for": said(told["waits_for"]),
            "missing": [_part(each) for each in told["missing"]],
            "works": WORKS.get(told["state"], ""),
        }
    return words


def _mark(step: str, state: str) -> str:
    """Whether a step is "done", goes on "now", or comes "later"."""
    order = list(STEPS)
    if state not in order:
        return "later"
    return "now" if step == state else "done" if order.index(step) < order.index(state) else "later"


def _incoming() -> Path:
    folder = Path(current_app.config["DATA_DIR"]) / INCOMING
    make_private(folder, group_writes=True)
    return folder


def _path(name: str) -> Path:
    """A file that was brought; aborts with 404 for any other."""
    path = _incoming() / name
    if not UPLOADED.fullmatch(name) or not path.is_file():
        abort(404)
    return path


def _tidy(folder: Path) -> None:
    """Let go of what was brought and never begun."""
    now = SystemClock().now().timestamp()
    for path in folder.glob("update-*.raucb"):
        if now - path.stat().st_mtime > STALE_SECONDS:
            path.unlink(missing_ok=True)
