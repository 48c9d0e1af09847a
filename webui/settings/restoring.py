"""A box brought back from a backup: uploaded, looked at, begun, and waited for until the box is there again.

What a file holds is read here, and believed by nobody: the exchange checks every byte of it before it changes anything.
"""

from __future__ import annotations

import math
import re
import secrets
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FileField

from appliance.clock import SystemClock
from appliance.register import archive
from appliance.sharing import INCOMING, make_private
from webui import exchange
from webui.bodies import BACKUP_BYTES, room_for_backup
from webui.forms import Form
from webui.session import open_to_all
from webui.settings.backups import FOLDER, NAME
from webui.settings.blueprint import pages
from webui.uploads import MEGABYTE, takes_files
from webui.words import gettext, lazy_gettext

UPLOADED = re.compile(r"restore-[0-9a-f]{16}\.zip")
BEGIN_SECONDS = 600.0  # the exchange reads and checks everything before it answers
STALE_SECONDS = 24 * 3600


class Upload(Form):
    """The file."""

    file = FileField(lazy_gettext("Backup file (.zip)"))


@dataclass(frozen=True, slots=True)
class Held:
    """What a backup says of itself."""

    made: str
    version: str
    box: str
    recordings: int
    prompts: int
    users: bool
    bytes: int


@pages.route("/restore", methods=["GET", "POST"])
@takes_files(BACKUP_BYTES)
def restore() -> AnyResponse | str:
    """Choose a file."""
    form = Upload()
    if form.validate_on_submit():
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            form.say(gettext("Choose the file of a backup first."), "file")
        else:
            name = f"restore-{secrets.token_hex(8)}.zip"
            path = _folder(INCOMING) / name
            _tidy(path.parent)
            try:
                sent.save(path)
                held(path)
            except (archive.BackupError, OSError) as error:
                path.unlink(missing_ok=True)
                form.say(_without_path(error, path), "file")
            else:
                return redirect(url_for("settings.look_into", folder=INCOMING, name=name), 303)
    most = room_for_backup(current_app)
    return render_template("settings/restore.html", form=form, most=most, full=most < BACKUP_BYTES)


@pages.get("/restore/<folder>/<name>")
def look_into(folder: str, name: str) -> str | AnyResponse:
    """What it holds, before anything is begun."""
    path = _path(folder, name)
    try:
        found = held(path)
    except (archive.BackupError, OSError) as error:
        flash(_without_path(error, path), "alarm")
        return redirect(url_for("settings.restore"), 303)
    return render_template("settings/look_into.html", held=found, folder=folder, name=name)


@pages.post("/restore/<folder>/<name>")
def begin_restore(folder: str, name: str) -> AnyResponse | str:
    """Bring it back. The answer is the page to wait on: a moment later nobody would answer for it."""
    path = _path(folder, name)
    if request.form.get("sure") != "1":
        flash(gettext("Tick that you have read what will happen, then begin."), "care")
        return redirect(url_for("settings.look_into", folder=folder, name=name), 303)
    since = math.ceil(SystemClock().now().timestamp())
    try:
        exchange.change("restore", timeout=BEGIN_SECONDS, path=f"{folder}/{path.name}")
    except exchange.TroubleError as error:
        flash(str(error), "alarm")
        return redirect(url_for("settings.look_into", folder=folder, name=name), 303)
    return render_template("settings/restoring.html", since=since)


@pages.post("/restore/<folder>/<name>/forget")
def forget_upload(folder: str, name: str) -> AnyResponse:
    """It was the wrong file."""
    if folder == INCOMING:
        _path(folder, name).unlink(missing_ok=True)
    return redirect(url_for("settings.backup"), 303)


@pages.get("/restore/progress")
@open_to_all
def restoring() -> AnyResponse | str:
    """Wait until the box is there again. The page itself is gone for a while, and so is every session afterwards."""
    since = request.args.get("since", 0, type=int)
    begun: float = current_app.config["BEGUN"]
    if begun > since and _exchange_is_there():
        if "HX-Request" in request.headers:
            answer = make_response("", 200)
            answer.headers["HX-Redirect"] = url_for("settings.restoring", since=since)
            return answer
        flash(gettext("The backup is in place and the box takes calls again."), "well")
        return redirect(url_for("now.index"), 303)
    template = "settings/_restoring.html" if "HX-Request" in request.headers else "settings/restoring.html"
    return render_template(template, since=since)


def held(path: Path) -> Held:
    """What a file holds. Raises archive.BackupError, OSError."""
    with archive.opened(path) as reader:
        manifest = reader.manifest
        names = list(manifest.members)
        size = reader.bytes
    return Held(
        made=manifest.created,
        version=manifest.version,
        box=_box(path),
        recordings=sum(each.startswith("recordings/") for each in names),
        prompts=sum(each.startswith("prompts/") for each in names),
        users="users.json" in names,
        bytes=size,
    )


def _box(path: Path) -> str:
    """The box's name in the building file of a backup; empty where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as held_in, held_in.open(archive.BUILDING) as file:
            found = tomllib.loads(file.read(MEGABYTE).decode("utf-8")).get("box")
        return str(found.get("name", "")) if isinstance(found, dict) else ""
    except (OSError, ValueError, KeyError, RecursionError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        return ""


def _path(folder: str, name: str) -> Path:
    """A file that was uploaded or lies with the backups; aborts with 404 for any other."""
    pattern = {INCOMING: UPLOADED, FOLDER: NAME}.get(folder)
    if pattern is None or not pattern.fullmatch(name) or not (path := _folder(folder) / name).is_file():
        abort(404)
    return path


def _folder(name: str) -> Path:
    folder = Path(current_app.config["DATA_DIR"]) / name
    make_private(folder, group_writes=name == INCOMING)
    return folder


def _tidy(folder: Path) -> None:
    """Let go of what was uploaded and never begun."""
    now = SystemClock().now().timestamp()
    for path in folder.glob("restore-*.zip"):
        if now - path.stat().st_mtime > STALE_SECONDS:
            path.unlink(missing_ok=True)


def _without_path(error: Exception, path: Path) -> str:
    return gettext("This file cannot be used: %(why)s", why=str(error).replace(f"{path}: ", ""))


def _exchange_is_there() -> bool:
    try:
        exchange.ask("status")
    except exchange.TroubleError:
        return False
    return True
