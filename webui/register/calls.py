"""Calls and tickets to be searched, one call's story, its message, and all of it as a table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import chain
from zoneinfo import ZoneInfo

from flask import Response, abort, g, render_template, request, stream_with_context

from appliance.register.finding import Table
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import Found, RegisterUnreadableError
from webui.catching import until_when
from webui.register.base import MOST_NUMBER, call_back_form, data, found_or_404, opened, pages
from webui.register.messages import in_short
from webui.register.search import asked_for, described, places
from webui.register.sound import played
from webui.register.table import call_columns, ticket_columns, written
from webui.visits import took
from webui.words import gettext, pgettext

PAGE_ROWS = 50


@pages.get("/")
def index() -> str:
    """Calls or tickets, newest first, a page of them."""
    search = asked_for(request.args, _zone())
    found, states, trouble, missing = Found([], None, None), {}, "", ""
    if not search.mistakes:
        try:
            with opened() as reports:
                missing = until_when(reports)
                found = reports.find(
                    search.table, search.wanted, PAGE_ROWS, before=_stamp("before"), after=_stamp("after")
                )
                if search.table == "calls":
                    states = reports.ticket_states({row["ticket"] for row in found.rows if row["ticket"]})
        except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
            trouble = gettext("The register is empty or unreadable.") + f" {error}"
    return render_template(
        "register/index.html",
        search=search,
        found=found,
        calls=found.rows,
        states=states,
        places=places(),
        described=described(search),
        trouble=trouble,
        missing=missing,
    )


@pages.get("/calls.csv", defaults={"kind": "calls"})
@pages.get("/tickets.csv", defaults={"kind": "tickets"})
def export(kind: Table) -> Response:
    """All that the search finds, as a table for spreadsheets; it passes through in small parts."""
    search = asked_for({**request.args, "kind": kind}, _zone())
    if search.mistakes:
        abort(404)
    columns = call_columns() if kind == "calls" else ticket_columns()

    def lines() -> Iterator[str]:
        with opened() as reports:
            yield from written(reports.find_all(kind, search.wanted), columns)

    parts = lines()
    with found_or_404():
        first = next(parts)
    took(kind)
    response = Response(stream_with_context(chain([first], parts)), mimetype="text/csv")
    name = pgettext("file name", "calls") if kind == "calls" else pgettext("file name", "tickets")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@pages.get("/<int:number>")
def story(number: int) -> str:
    """One call, step by step."""
    with found_or_404(), opened() as reports:
        call = reports.call(number) if number < MOST_NUMBER else None
        if call is None:
            abort(404)
        events = in_short(reports.story(number))
        ticket = reports.ticket(call["ticket"]) if call["ticket"] else None
    form = call_back_form()
    return render_template("register/story.html", call=call, ticket=ticket, events=events, call_back=form)


@pages.get("/<int:number>/sound.wav")
def message(number: int) -> Response:
    """The message of a call, or its recorded conversation, to be played or kept."""
    with found_or_404(), opened() as reports:
        call = reports.call(number) if number < MOST_NUMBER else None
    if call is None or not call["recording"]:
        abort(404)
    name = pgettext("file name", "message")
    file = f"{name}-{number}-{call['started'][:10]}"
    return played(data(), call["recording"], file, "download" in request.args)


def _zone() -> ZoneInfo:
    return ZoneInfo(g.names.timezone)


def _stamp(name: str) -> int | None:
    """Where a page goes on, out of the address."""
    asked = request.args.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked[:20]) < MOST_NUMBER else None
