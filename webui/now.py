"""The first page: how things stand, in one sentence and then in detail."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from flask import current_app, render_template

from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from webui import exchange
from webui.page import Page
from webui.words import gettext, lazy_gettext, ngettext

LAST_CALLS = 50
URGENT_SHOWN = 20  # more on one page help nobody
ASK_SECONDS = 1.0
EMPTY_STATUS: dict[str, Any] = {"lines": [], "calls": [], "on_duty": {}, "faults": []}

pages = Page("now", __name__, title=lazy_gettext("Now"))
Status = dict[str, Any]


@pages.get("/")
def index() -> str:
    """How things stand."""
    data = Path(current_app.config["DATA_DIR"])
    status = ask_status()
    calls: list[dict[str, Any]] = []
    urgent: list[dict[str, Any]] = []
    trouble = ""
    try:
        with Reports(data / FILE_NAME) as reports:
            calls = reports.calls(newest_first=True, limit=LAST_CALLS)
            urgent = reports.urgent_tickets(URGENT_SHOWN)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        trouble = str(error)
    return render_template(
        "now/index.html",
        status=status,
        standing=standing(status, urgent),
        calls=calls,
        urgent=urgent,
        trouble=trouble,
    )


def ask_status() -> Status | None:
    """The exchange's own words (CONTRACT's `status --json`), or None when it does not answer."""
    try:
        return {**EMPTY_STATUS, **exchange.ask("status", timeout=ASK_SECONDS)}
    except exchange.TroubleError:
        return None


def standing(status: Status | None, urgent: list[dict[str, Any]]) -> tuple[str, str]:
    """How bad it is ("well", "care", "alarm") and the one sentence: the worst thing comes first."""
    if status is None:
        return "alarm", gettext("The exchange is not running: nobody can get through now. It has to be started again.")
    for ticket in urgent:
        if ticket["state"] == "new":
            sentence = gettext(
                "Urgent ticket no. %(number)s is waiting for somebody to take it.", number=ticket["number"]
            )
            return "alarm", sentence
    down = [line["id"] for line in status["lines"] if line["state"] == "down"]
    if down and len(down) == len(status["lines"]):
        return "alarm", gettext("No line works: nobody can get through now.")
    for duty, people in status["on_duty"].items():
        if not people:
            return "alarm", gettext("Nobody is on duty (%(duty)s).", duty=duty)
    if down:
        return "care", gettext("Line %(line)s is down.", line=", ".join(down))
    if status["faults"]:
        return "care", gettext("There is a fault: %(text)s", text=status["faults"][0])
    if status["calls"]:
        up = len(status["calls"])
        return "well", ngettext("All is well. One call now.", "All is well. %(num)d calls now.", up)
    return "well", gettext("All is well. The exchange is ready for calls.")
