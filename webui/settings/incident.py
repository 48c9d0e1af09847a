"""An incident's sheet for the insurer: one ticket, what happened when, and lines to be filled in by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.clock import SystemClock
from appliance.register.fold import Row
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from webui.settings.blueprint import pages
from webui.shown import duration, phone
from webui.vocabulary import EVENTS, OUTCOMES, RESULTS, word
from webui.words import gettext

MOST_NUMBER = (1 << 63) - 1
LEFT_OUT = (
    *("call.chose", "call.destination", "call.building", "call.sound_erased", "ticket.joined"),
    *("notice.queued", "notice.tried"),
)


@pages.get("/incident")
def incident_of() -> AnyResponse:
    """By the number that was typed."""
    number = request.args.get("ticket", 0, type=int)
    return redirect(
        url_for("settings.incident", number=number) if 0 < number <= MOST_NUMBER else url_for("settings.papers"), 303
    )


@pages.get("/incident/<int:number>")
def incident(number: int) -> str:
    """The sheet of a ticket."""
    ticket, calls, events = story_of(number)
    return render_template(
        "settings/papers/incident.html",
        ticket=ticket,
        calls=calls,
        events=[{**event, "told": told(event)} for event in events],
        recordings=[row for row in calls if row["recording"]],
        now=SystemClock().now(),
    )


def story_of(number: int) -> tuple[Row, list[Row], list[dict[str, Any]]]:
    """The ticket, its calls, and every event of them once, in order. Aborts with 404 where there is none."""
    if number > MOST_NUMBER:
        abort(404)
    try:
        with Reports(Path(current_app.config["DATA_DIR"]) / FILE_NAME) as reports:
            ticket = reports.ticket(number)
            if ticket is None:
                abort(404)
            calls = reports.calls_about(number)
            told_of = [reports.ticket_story(number), *(reports.story(row["id"]) for row in calls)]
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error):
        abort(404)
    return ticket, calls, in_order(event for events in told_of for event in events)


def in_order(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each once, by time, without what an insurer need not know."""
    found = {event["seq"]: event for event in events if event["kind"] not in LEFT_OUT}
    return sorted(found.values(), key=lambda event: (event["at"], event["seq"]))


def told(event: dict[str, Any]) -> str:
    """What an event says beyond its kind, for people outside of the house: names instead of keys."""
    parts = []
    if event.get("who"):
        parts.append(g.names.people.get(event["who"], str(event["who"])))
    if event.get("caller"):
        parts.append(phone(event["caller"]))
    if event.get("phone"):
        parts.append(phone(event["phone"]))
    if event.get("result"):
        parts.append(word(RESULTS, event["result"]))
    if event.get("outcome"):
        parts.append(word(OUTCOMES, event["outcome"]))
    if event.get("text"):
        parts.append(str(event["text"]))
    seconds = event.get("seconds")
    if isinstance(seconds, int | float) and seconds:
        parts.append(
            gettext("after %(time)s", time=duration(seconds)) if event["kind"].endswith("rung") else duration(seconds)
        )
    return " · ".join(parts)


def kind(event: dict[str, Any]) -> str:
    """What happened, in words."""
    return word(EVENTS, event["kind"])
