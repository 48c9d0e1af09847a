"""The first page: how things stand in one sentence, what needs somebody, and then everything in detail.

It refreshes by itself in three pieces; one that has not changed is not sent again, so that nothing is read out anew.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.clock import SystemClock
from appliance.proving.result import FAILED, WHY
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, Figures, RegisterUnreadableError, Reports
from webui import exchange, faults
from webui.menu.taps import taps_beside
from webui.now.calls import calls_now
from webui.now.modem import about_modem, expiry
from webui.now.power import about_battery
from webui.now.standing import Standing, Status, beside_lines, how_things_stand, person, until
from webui.page import Page
from webui.words import gettext, lazy_gettext

LAST_CALLS = 10
URGENT_SHOWN = 20  # more on one page help nobody
ASK_SECONDS = 1.0
EMPTY_STATUS: Status = {
    "lines": [],
    "calls": [],
    "on_duty": {},
    "duty": {},
    "lamps": {},
    "faults": [],
    "way": {"level": "ok", "pl": "", "en": ""},
}

pages = Page(
    "now",
    __name__,
    title=lazy_gettext("Now"),
    refusals={
        "no_such_ticket": lazy_gettext("There is no such ticket."),
        "call_up": lazy_gettext("Somebody is calling: test the lines when nobody is."),
        "one_line": lazy_gettext("With one line only the box cannot prove itself that calls get through."),
        "never": lazy_gettext("Test calls are switched off (test_call in the building file)."),
    },
)


pages.add_app_template_filter(person)
pages.add_app_template_filter(lambda proof, line: why_unproved(proof, line), "why_unproved")
pages.add_app_template_filter(faults.told, "fault")
pages.add_app_template_filter(faults.of_line, "line_fault")
pages.add_app_template_test(faults.says_what_to_do, "clear_fault")
pages.add_app_template_filter(lambda line: about_modem(line), "modem")
pages.add_app_template_filter(lambda day: expiry(day, SystemClock().now()), "expiry")
pages.add_app_template_filter(about_battery, "battery")
pages.add_app_template_filter(lambda at: until(at, SystemClock().now()), "until")


@pages.get("/")
def index() -> str:
    """How things stand."""
    return render_template("now/index.html", **_top(), **_cards(), **_day(), taps=taps_beside(ask_status()))


@pages.get("/now/top")
def top() -> AnyResponse:
    """The sentence, and what needs somebody."""
    return _piece("now/_top.html", _top())


@pages.get("/now/cards")
def cards() -> AnyResponse:
    """Lines, people on duty, calls, lamps, faults."""
    return _piece("now/_cards.html", _cards())


@pages.get("/now/day")
def day() -> AnyResponse:
    """Today's figures and the latest calls."""
    return _piece("now/_day.html", _day())


@pages.post("/now/take/<int:number>")
def take(number: int) -> AnyResponse:
    """Take an urgent ticket, unless somebody was faster; then go on to it."""
    row = _ticket(number)
    if row is not None and row["state"] != "new":
        who = g.names.people.get(row["taken_by"], row["taken_by"] or "")
        flash(gettext("Ticket no. %(number)s was taken already: %(who)s.", number=number, who=who), "care")
    else:
        exchange.change("ticket_take", ticket=number, base=row["base"] if row else "")
        flash(gettext("Ticket no. %(number)s is yours. Nobody else is rung about it any more.", number=number), "well")
    return redirect(url_for("register.ticket", number=number), 303)


@pages.post("/now/test-lines")
def test_lines() -> AnyResponse:
    """Have the box call itself over all lines."""
    exchange.change("test_lines")
    flash(
        gettext("The box is calling itself over its lines. In half a minute the results stand beside the lines."),
        "well",
    )
    return redirect(url_for("now.index"), 303)


@pages.post("/now/mute")
def mute() -> AnyResponse:
    """No more sound about the urgent calls and tickets of now."""
    exchange.change("panel_mute")
    flash(gettext("The buzzer is silent about these. The next urgent call sounds again."), "well")
    return redirect(url_for("now.index"), 303)


@pages.post("/now/test-lamps")
def test_lamps() -> AnyResponse:
    """All lamps of the box burn for a moment, and the buzzer sounds."""
    exchange.change("panel_test")
    flash(gettext("For a few seconds all lamps of the box burn and its buzzer sounds."), "well")
    return redirect(url_for("now.index"), 303)


def why_unproved(proof: Mapping[str, Any], line: str) -> str:
    """Why the last test call of a line failed, in the reader's language."""
    other = str(proof["with"])
    calling, called = (line, other) if proof["way"] == "out" else (other, line)
    why = WHY.get(str(proof["result"]), WHY[FAILED])[0][g.language != "pl"]
    return why.format(calling=calling, called=called)


def ask_status() -> Status | None:
    """The exchange's own words (CONTRACT's `status --json`), or None when it does not answer."""
    if "status" not in g:
        try:
            g.status = {**EMPTY_STATUS, **exchange.ask("status", timeout=ASK_SECONDS)}
        except exchange.TroubleError:
            g.status = None
    status: Status | None = g.status
    return status


def _top() -> dict[str, Any]:
    status = ask_status()
    urgent: list[dict[str, Any]] = []
    waiting = 0
    try:
        with _reports() as reports:
            urgent, waiting = reports.urgent_tickets(URGENT_SHOWN), reports.open_count()
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error):
        pass  # the latest calls say so
    standing: Standing = how_things_stand(status, urgent, SystemClock().now())
    return _marked({"standing": standing, "urgent": urgent, "open_tickets": waiting}, "top")


def _cards() -> dict[str, Any]:
    status = ask_status()
    calls = calls_now((status or EMPTY_STATUS)["calls"], SystemClock().now())
    told = [faults.told(each) for each in beside_lines(status or EMPTY_STATUS)]
    return _marked({"status": status, "calls_now": calls, "faults": told}, "cards")


def _day() -> dict[str, Any]:
    zone = ZoneInfo(g.names.timezone)
    begin = SystemClock().now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    calls: list[dict[str, Any]] = []
    figures, trouble = Figures(), ""
    try:
        with _reports() as reports:
            calls = reports.calls(newest_first=True, limit=LAST_CALLS)
            figures = reports.figures(begin, begin + timedelta(days=1))
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        trouble = str(error)
    return _marked({"calls": calls, "figures": figures, "today": begin.date().isoformat(), "trouble": trouble}, "day")


def _ticket(number: int) -> dict[str, Any] | None:
    """Its row; None where the register does not tell, then the exchange does."""
    try:
        with _reports() as reports:
            return reports.ticket(number) if number < 1 << 63 else None
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error):
        return None


def _reports() -> Reports:
    return Reports(Path(current_app.config["DATA_DIR"]) / FILE_NAME)


def _marked(values: dict[str, Any], piece: str) -> dict[str, Any]:
    """The values of a piece with a mark that changes when they do."""
    told = json.dumps([values, g.language, SystemClock().now().date().isoformat()], default=str, sort_keys=True)
    return {**values, f"{piece}_mark": hashlib.sha256(told.encode()).hexdigest()[:12]}


def _piece(template: str, values: dict[str, Any]) -> AnyResponse:
    """The piece, or 204 where the browser has it as it is."""
    mark = next(value for name, value in values.items() if name.endswith("_mark"))
    if request.args.get("have") == mark:
        return Response(status=204)
    return Response(render_template(template, **values))
