"""The register of calls: all of them, by building and time, and the story of one."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from flask import abort, current_app, render_template, request

from appliance.clock import SystemClock
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from appliance.register.when import parse_when
from webui.page import Page
from webui.shown import duration, phone
from webui.vocabulary import OUTCOMES, RESULTS, word
from webui.words import gettext, lazy_gettext

PAGE_CALLS = 50
MOST_SKIPPED = 1_000_000
MOST_TYPED = 40  # characters of a filter that are looked at

pages = Page("register", __name__, title=lazy_gettext("Register"), url_prefix="/register")


@pages.get("/")
def index() -> str:
    """The calls, newest first, a page of them."""
    since, building = request.args.get("since", "")[:MOST_TYPED], request.args.get("building", "")[:MOST_TYPED]
    skipped = min(max(request.args.get("skip", 0, type=int), 0), MOST_SKIPPED)
    calls: list[dict[str, Any]] = []
    trouble = ""
    try:
        with Reports(_path()) as reports:
            began = parse_when(since, SystemClock().now(), reports.zone) if since.strip() else None
            calls = reports.calls(
                since=began, building=building, limit=PAGE_CALLS + 1, offset=skipped, newest_first=True
            )
    except ValueError:
        trouble = gettext("“%(text)s” is no date. Write 2026-11-22, 2h or 7d.", text=since)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        trouble = f"{gettext('The register is empty or unreadable.')} {error}"
    return render_template(
        "register/index.html",
        calls=calls[:PAGE_CALLS],
        older=skipped + PAGE_CALLS if len(calls) > PAGE_CALLS else None,
        newer=max(skipped - PAGE_CALLS, 0) if skipped else None,
        since=since,
        building=building,
        trouble=trouble,
    )


@pages.get("/<int:number>")
def story(number: int) -> str:
    """One call, event by event."""
    if number >= 1 << 63:
        abort(404)
    try:
        with Reports(_path()) as reports:
            call, events = reports.call(number), reports.story(number)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error):
        abort(404)
    if call is None:
        abort(404)
    told = [{**event, "told": tell(event)} for event in events]
    return render_template("register/story.html", call=call, events=told)


def tell(event: dict[str, Any]) -> str:
    """What an event says beyond its kind."""
    parts = [str(event[key]) for key in ("key", "menu", "premises", "destination", "who") if event.get(key)]
    if event.get("phone"):
        parts.append(phone(event["phone"]))
    if event.get("result"):
        parts.append(word(RESULTS, event["result"]))
    if event.get("outcome"):
        parts.append(word(OUTCOMES, event["outcome"]))
    if event.get("ticket_number"):
        parts.append(gettext("ticket %(number)s", number=event["ticket_number"]))
    if isinstance(event.get("seconds"), int | float):
        parts.append(duration(event["seconds"]))
    if event.get("urgent") is True:
        parts.append(gettext("urgent"))
    return " · ".join(parts)


def _path() -> Path:
    return Path(current_app.config["DATA_DIR"]) / FILE_NAME
