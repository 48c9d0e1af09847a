"""Backups: made while calls go on, taken along as a file. Bringing one back is `restoring.py`'s."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Response, abort, current_app, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from webui import exchange
from webui.settings.blueprint import pages
from webui.visits import took

FOLDER = "backups"  # below the data directory
NAME = re.compile(r"dyzurka-[0-9-]{15}\.zip")
JOB = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup on the box."""

    name: str
    bytes: int
    made: datetime


@pages.get("/backup")
def backup() -> str:
    """Those that are there."""
    return render_template("settings/backup.html", kept=kept())


@pages.post("/backup")
def make_backup() -> AnyResponse:
    """One more; it is made beside the calls."""
    begun = exchange.change("backup", recordings=request.form.get("recordings") == "1")
    return redirect(url_for("settings.backup_job", job=begun["job"]), 303)


@pages.get("/backup/job/<job>")
def backup_job(job: str) -> AnyResponse | str:
    """How far it is: refreshes itself until it is done."""
    if not JOB.fullmatch(job):
        abort(404)
    state = exchange.ask("job", id=job)
    name = Path(str((state.get("result") or {}).get("path", ""))).name
    return render_template("settings/backup_job.html", job=job, state=state, name=name)


@pages.get("/backup/<name>")
def download_backup(name: str) -> Response:
    """The file."""
    path = path_of(name).resolve()
    took(name)
    return send_file(path, as_attachment=True, download_name=name, mimetype="application/zip")


def kept() -> list[Kept]:
    """The backups on the box, the newest first."""
    folder = Path(current_app.config["DATA_DIR"]) / FOLDER
    found = [(path, path.stat()) for path in folder.glob("dyzurka-*.zip") if NAME.fullmatch(path.name)]
    entries = [Kept(path.name, each.st_size, datetime.fromtimestamp(each.st_mtime, UTC)) for path, each in found]
    return sorted(entries, key=lambda each: each.name, reverse=True)


def path_of(name: str) -> Path:
    """Where a backup of that name lies; aborts with 404 where there is none."""
    path = Path(current_app.config["DATA_DIR"]) / FOLDER / name
    if not NAME.fullmatch(name) or not path.is_file():
        abort(404)
    return path
