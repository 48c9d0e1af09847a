"""The addresses of calendars: one a person, with a token of its own that can be taken back."""

from __future__ import annotations

from flask import Response, abort, flash, g, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from appliance.clock import SystemClock
from webui import exchange
from webui.duty.ical import calendar
from webui.duty.page import pages, person
from webui.session import open_to_all
from webui.words import gettext

AWAY_SECONDS = "600"


@pages.get("/feeds")
def feeds() -> str:
    """Who has an address, and how to use it."""
    found = {each["person"]: each for each in exchange.ask("feeds").get("feeds", ())}
    return render_template("duty/feeds.html", feeds=found)


@pages.post("/feeds/<id_>/open")
def open_feed(id_: str) -> AnyResponse:
    """A new address; the earlier one is void."""
    exchange.change("feed_open", person=_known(id_))
    flash(gettext("The address is ready: %(who)s.", who=person(id_)), "well")
    return redirect(url_for("duty.feeds", _anchor=f"feed-{id_}"), 303)


@pages.post("/feeds/<id_>/close")
def close_feed(id_: str) -> AnyResponse:
    """The address does not hold any more."""
    exchange.change("feed_close", person=_known(id_))
    flash(gettext("The address does not hold any more: %(who)s.", who=person(id_)), "well")
    return redirect(url_for("duty.feeds"), 303)


@pages.get("/feed/<token>.ics")
@open_to_all
def feed(token: str) -> Response:
    """What a telephone fetches every few hours. While the exchange is away it keeps what it has."""
    try:
        found = exchange.ask("feed", token=token)
    except exchange.AwayError:
        return Response(status=503, headers={"Retry-After": AWAY_SECONDS})
    except exchange.TroubleError:
        abort(404)
    title = gettext("Duty: %(who)s", who=found["name"])
    content = calendar(title, token, found.get("duties", ()), SystemClock().now(), g.names.box)
    return Response(content, content_type="text/calendar; charset=utf-8")


def _known(id_: str) -> str:
    if id_ not in g.names.people:
        abort(404)
    return id_
