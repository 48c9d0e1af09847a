"""The end of the first start: a test call of the whole, watched as it arrives, and what is left to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app, render_template, request

from appliance.clock import SystemClock
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from webui import exchange
from webui.now import ask_status
from webui.now.standing import how_things_stand
from webui.session import admin_only
from webui.setup.blueprint import pages
from webui.setup.standing import STEPS, show, standing
from webui.words import Words, lazy_pgettext

LOOK_BACK = timedelta(minutes=10)  # a call that came while one was still reading
SHOWN = 3
STATES: Mapping[str, Words] = {
    "menu": lazy_pgettext("test call", "hears the menu"),
    "duty": lazy_pgettext("test call", "the duty list is being rung"),
    "queue": lazy_pgettext("test call", "waits for the office"),
    "voicemail": lazy_pgettext("test call", "leaves a message"),
    "talking": lazy_pgettext("test call", "talks"),
    "ending": lazy_pgettext("test call", "is ending"),
}


@pages.get("/call")
@admin_only
def call() -> str:
    """Call the number, and watch."""
    now = standing()
    since = _since()
    return show("call", now, since=since.isoformat(timespec="seconds"), **_arrived(since))


@pages.get("/call/piece")
@admin_only
def call_piece() -> str:
    """What has arrived."""
    since = _since()
    return render_template("setup/_arrived.html", since=since.isoformat(timespec="seconds"), **_arrived(since))


@pages.get("/done")
@admin_only
def done() -> str:
    """What is set up, and what is left."""
    now = standing()
    left = [(each, title) for each, title in STEPS.items() if each != "done" and not now.done(each)]
    stands = how_things_stand(ask_status(), [], SystemClock().now())
    return show("done", now, left=left, standing=stands)


def _since() -> datetime:
    """From when on calls are shown: as asked, else a little while ago."""
    try:
        asked = datetime.fromisoformat(request.args.get("since", ""))
    except ValueError:
        asked = None
    return asked if asked and asked.tzinfo else SystemClock().now() - LOOK_BACK


def _arrived(since: datetime) -> dict[str, Any]:
    """The calls that are up, and those that ended since."""
    up: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    trouble = ""
    try:
        up = exchange.ask("status")["calls"]
    except exchange.TroubleError as error:
        trouble = str(error)
    try:
        with Reports(Path(current_app.config["DATA_DIR"]) / FILE_NAME) as reports:
            rows = reports.calls(since=since, newest_first=True, limit=SHOWN)
            ended = [row for row in rows if row["outcome"]]
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error):
        pass  # nobody has called yet
    return {"up": up, "ended": ended, "trouble": trouble, "states": STATES}
