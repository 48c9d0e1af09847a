"""What all views of the register share: the pages themselves, the loaders, and the form of a call-back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import abort, current_app, g, session
from wtforms import SelectField
from wtforms.validators import InputRequired

from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from webui.forms import Form
from webui.page import Page
from webui.register.messages import in_short
from webui.register.search import place_name
from webui.register.telling import sentence
from webui.shown import phone
from webui.words import lazy_gettext

RINGS_HERE = "rings_here"  # in the session: the phone that rang first the last time
MOST_NUMBER = 1 << 63  # SQLite's

pages = Page(
    "register",
    "webui.register",
    title=lazy_gettext("Register"),
    url_prefix="/register",
    refusals={
        "no_such_ticket": lazy_gettext("There is no such ticket."),
        "no_such_call": lazy_gettext("There is no such call."),
        "number_withheld": lazy_gettext("The number is not known, so nobody can be called back."),
        "not_allowed": lazy_gettext("The box may not dial %(number)s."),
        "engaged": lazy_gettext("%(number)s is on a call through the box. Please wait until it is over."),
        "no_sim": lazy_gettext("There is no line with a SIM card, so no SMS can be sent."),
        "not_texted": lazy_gettext("No SMS can be sent to this number: it is no mobile, or not allowed."),
        "too_long": lazy_gettext("This is longer than %(most)s SMS. Please shorten it."),
        "busy": lazy_gettext("Too much goes on at once. Please try again in a minute."),
    },
)
pages.add_app_template_filter(place_name)
pages.add_app_template_filter(sentence)


class CallBack(Form):
    """Which phone rings first."""

    phone = SelectField(lazy_gettext("Rings first"), [InputRequired()])


def call_back_form() -> CallBack:
    """The form, with the phones of people and of the building; the one of the last time is chosen."""
    form = CallBack(data={"phone": session.get(RINGS_HERE)})
    house = {f"ext:{number}": f"{name}, {phone(f'ext:{number}')}" for number, name in g.names.extensions.items()}
    people = {
        number: f"{g.names.people.get(who, who)}, {phone(number)}"
        for who, numbers in g.names.phones.items()
        for number in numbers
        if not number.startswith("ext:")
    }
    form.phone.choices = list({**house, **people}.items())
    return form


def load_ticket(number: int) -> dict[str, Any]:
    """A ticket with its `told_calls` and `events`; 404 where there is none."""
    with found_or_404(), opened() as reports:
        row = reports.ticket(number) if number < MOST_NUMBER else None
        if row is None:
            abort(404)
        return {**row, "told_calls": reports.calls_about(number), "events": in_short(reports.ticket_story(number))}


@contextmanager
def found_or_404() -> Iterator[None]:
    """A register that cannot be read has nothing in it."""
    try:
        yield
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error):
        abort(404)


def opened() -> Reports:
    """The register. Raises RegisterUnreadableError, RegisterNewerError."""
    return Reports(data() / FILE_NAME)


def data() -> Path:
    """The data directory."""
    return Path(current_app.config["DATA_DIR"])
