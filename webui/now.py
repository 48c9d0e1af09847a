"""The first page: how things stand, in one sentence and then in detail."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, g, render_template

from appliance.control_client import ExchangeAwayError, RefusedError, ask
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from webui.words import Translate

LAST_CALLS = 50
URGENT_SHOWN = 20  # more on one page help nobody
ASK_SECONDS = 1.0
EMPTY_STATUS: dict[str, Any] = {"lines": [], "calls": [], "on_duty": {}, "faults": []}

pages = Blueprint("now", __name__)
Status = dict[str, Any]


@pages.get("/")
def index() -> str:
    """How things stand."""
    data = Path(current_app.config["DATA_DIR"])
    status = ask_status(data)
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
        standing=standing(status, urgent, g.t),
        calls=calls,
        urgent=urgent,
        trouble=trouble,
    )


def ask_status(data: Path) -> Status | None:
    """The exchange's own words (CONTRACT's `status --json`), or None when it does not answer."""
    try:
        return {**EMPTY_STATUS, **ask(data, "status", timeout=ASK_SECONDS)}
    except (ExchangeAwayError, RefusedError):
        return None


def standing(status: Status | None, urgent: list[dict[str, Any]], t: Translate) -> tuple[str, str]:
    """How bad it is ("well", "care", "alarm") and the one sentence: the worst thing comes first."""
    if status is None:
        return "alarm", t("away")
    for ticket in urgent:
        if ticket["state"] == "new":
            return "alarm", t("urgent_waiting", number=ticket["number"])
    down = [line["id"] for line in status["lines"] if line["state"] == "down"]
    if down and len(down) == len(status["lines"]):
        return "alarm", t("no_line")
    for duty, people in status["on_duty"].items():
        if not people:
            return "alarm", t("nobody_on_duty", duty=duty)
    if down:
        return "care", t("line_down", line=", ".join(down))
    if status["faults"]:
        return "care", t("fault", text=status["faults"][0])
    if status["calls"]:
        return "well", t("calls_up", count=len(status["calls"]))
    return "well", t("all_well")
