"""Telephones in the building: what they are called, whether they are there, and what to type into a new one.

A password is made here, shown once and never again: nobody can read one out of the box.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Regexp

from appliance.clock import SystemClock
from webui import document, exchange
from webui.compare import theirs
from webui.document import Based, Table, remove, save
from webui.people.page import entry_or_404, pages
from webui.people.uses import of_extension
from webui.session import admin_only, open_to_all
from webui.words import gettext, lazy_gettext

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # none that is taken for another when it is read from paper
PASSWORD_LETTERS = 16
SIP_PORT = 5060
OFFERED_SECONDS = 15 * 60.0
MOST_OFFERED = 50
OWN_MACHINE = ("localhost", "127.", "::1")  # as a telephone cannot reach the box


class NewTelephone(Based):
    """Number and name."""

    number = StringField(
        lazy_gettext("Number"),
        [InputRequired(), Regexp(r"[0-9]{1,6}\Z", message=lazy_gettext("One to six digits, please."))],
    )
    name = StringField(lazy_gettext("What it is called"), [InputRequired(), Length(max=80)])


class Telephone(Based):
    """The name of one that is there."""

    name = StringField(lazy_gettext("What it is called"), [InputRequired(), Length(max=80)])


@dataclass(slots=True)
class Offers:
    """What Linphone may fetch for a quarter of an hour, by a token that only the code shows. In memory alone."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    known: dict[str, tuple[float, str]] = field(default_factory=dict)  # token → until (monotonic), content

    def offer(self, content: str, now: float) -> str:
        """Keep a content; its token."""
        token = secrets.token_urlsafe(18)
        with self.turn:
            fresh = {key: each for key, each in self.known.items() if each[0] > now}
            self.known = dict(list(fresh.items())[-MOST_OFFERED:]) | {token: (now + OFFERED_SECONDS, content)}
        return token

    def find(self, token: str, now: float) -> str | None:
        """What was offered, unless its time is over."""
        until, content = self.known.get(token, (0.0, ""))
        return content if until > now else None


OFFERS = Offers()


@pages.get("/telephones")
def telephones() -> str:
    """All telephones, and which of them are there."""
    there = document.load_anyway()
    try:
        asked = exchange.ask("telephones")
    except exchange.TroubleError:
        asked = {}
    registered = {each["number"]: each["registered"] for each in asked.get("extensions", ())}
    return render_template(
        "people/telephones.html", there=there, telephones=there.table("extensions"), registered=registered
    )


@pages.route("/telephones/new", methods=["GET", "POST"])
@admin_only
def new_telephone() -> AnyResponse | str:
    """One more telephone; then what to type into it."""
    there = document.load()
    form = NewTelephone()
    if not form.is_submitted():
        form.base.data = there.revision
    if form.validate_on_submit():
        value = {"number": form.number.data, "name": form.name.data.strip(), "password": new_password()}
        if there.entry("extensions", form.number.data, "number"):
            form.say(gettext("There is a telephone of this number already."), "number")
        elif save(form, [{"op": "add", "path": ["extensions"], "value": value}], "telephone"):
            return sheet(value, value["password"])
    return render_template("people/new_telephone.html", form=form)


@pages.route("/telephones/<number>", methods=["GET", "POST"])
@admin_only
def telephone(number: str) -> AnyResponse | str:
    """One telephone: its name, a new password, or away with it."""
    there = document.load()
    _, held = entry_or_404(there, "extensions", number, "number")
    form = Telephone()
    if not form.is_submitted():
        form.base.data, form.name.data = there.revision, held.get("name")
    path = ["extensions", {"number": number}, "name"]
    if form.validate_on_submit() and save(
        form, [{"op": "set", "path": path, "value": form.name.data.strip()}], "telephone"
    ):
        flash(gettext("Saved: %(who)s.", who=form.name.data), "well")
        return redirect(url_for("people.telephones"), 303)
    seen = theirs(form, there, lambda saved: saved.process(data={"name": held.get("name")}))
    named = of_extension(there, number)
    return render_template("people/telephone.html", form=form, telephone=held, named=named, theirs=seen)


@pages.post("/telephones/<number>/password")
@admin_only
def renew_password(number: str) -> AnyResponse | str:
    """A new password, with the sheet that shows it. The old one does not hold any more."""
    there = document.load()
    _, held = entry_or_404(there, "extensions", number, "number")
    password = new_password()
    edit = {"op": "set", "path": ["extensions", {"number": number}, "password"], "value": password}
    edited = exchange.edit(there.revision, [edit], "telephone password")
    if not edited.done:
        flash(gettext("Nothing was changed. Please try again."), "care")
        return redirect(url_for("people.telephone", number=number), 303)
    return sheet(held, password)


@pages.post("/telephones/<number>/remove")
@admin_only
def remove_telephone(number: str) -> AnyResponse:
    """Take a telephone away, unless something still leads to it."""
    there = document.load()
    _, held = entry_or_404(there, "extensions", number, "number")
    named = of_extension(there, number)
    if named:
        told = gettext("It cannot be removed yet, for calls still go there: %(where)s.", where="; ".join(named))
        remedy = gettext("Change that first.")
        flash(f"{told} {remedy}", "care")
        return redirect(url_for("people.telephone", number=number), 303)
    path = ["extensions", {"number": number}]
    done = remove(
        request.form.get("base", ""), path, "telephone removed", gettext("%(who)s was removed.", who=held.get("name"))
    )
    return redirect(url_for("people.telephones") if done else url_for("people.telephone", number=number), 303)


@pages.get("/linphone/<token>.xml")
@open_to_all
def provision(token: str) -> Response:
    """What Linphone fetches after it has read the code."""
    content = OFFERS.find(token, SystemClock().monotonic())
    if content is None:
        abort(404)
    return Response(content, content_type="application/xml; charset=utf-8")


def sheet(telephone: Table, password: str) -> str:
    """What to type into the telephone, to be printed: the only page that ever shows the password."""
    from webui.people.cards import linphone, qr  # segno only where a code is drawn

    host = urlsplit(request.host_url).hostname or ""
    try:
        port = int(exchange.ask("telephones")["port"])
    except (exchange.TroubleError, KeyError, TypeError, ValueError):
        port = SIP_PORT
    number, name = str(telephone.get("number")), str(telephone.get("name"))
    token = OFFERS.offer(linphone(number, name, password, host, port), SystemClock().monotonic())
    address = url_for("people.provision", token=token, _external=True)
    return render_template(
        "people/sheet.html",
        telephone=telephone,
        password=password,
        server=host if port == SIP_PORT else f"{host}:{port}",
        host=host,
        port=port,
        unreachable=host.startswith(OWN_MACHINE),
        address=address,
        picture=qr(address),
    )


def new_password() -> str:
    """Easy to type on a telephone's keys, and long."""
    return "".join(secrets.choice(LETTERS) for _ in range(PASSWORD_LETTERS))
