"""SMS, mail and push beside the calls: who is told, by which server, and a test message of each kind with its outcome.

Passwords and push addresses are secrets: they are typed here and never shown again.
"""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, PasswordField, RadioField, StringField, TextAreaField
from wtforms.validators import Length

from webui import exchange, faults
from webui.compare import theirs
from webui.document import Based, Document, Table, save
from webui.menu.menus import differing
from webui.settings.blueprint import pages
from webui.setup.basics import split
from webui.shown import phone
from webui.words import gettext, lazy_gettext

TABLE = "notify"
USUAL = {"sms": True, "sms_letters": "plain", "receipt": False}  # building.toml's own
TEXTS = ("mail_server", "mail_username", "mail_from")
SECRETS = ("mail_password", "push")
LONGEST = 2000


class MessagesForm(Based):
    """Everything of `[notify]`."""

    sms = BooleanField(lazy_gettext("SMS to the people on duty about urgent calls"))
    sms_letters = RadioField(
        lazy_gettext("How SMS are written"),
        choices=lambda: [
            ("plain", lazy_gettext("without Polish letters: 160 characters each")),
            ("polish", lazy_gettext("with Polish letters: 70 characters each, so most cost double")),
        ],
    )
    receipt = BooleanField(lazy_gettext("The caller gets the ticket's number by SMS"))
    mail = TextAreaField(lazy_gettext("Mail addresses, each on a line of its own"), [Length(max=LONGEST)])
    mail_server = StringField(lazy_gettext("Mail server"), [Length(max=200)])
    mail_username = StringField(lazy_gettext("User name at the mail server"), [Length(max=200)])
    mail_password = PasswordField(lazy_gettext("Password at the mail server"), [Length(max=200)])
    no_password = BooleanField(lazy_gettext("Forget the password"))
    mail_from = StringField(lazy_gettext("Sender's address"), [Length(max=200)])
    push = TextAreaField(lazy_gettext("Addresses of push services, each on a line of its own"), [Length(max=LONGEST)])
    no_push = BooleanField(lazy_gettext("Forget the push services"))

    def fill(self, table: Table) -> None:
        """With what holds now."""
        for key, usual in USUAL.items():
            self[key].data = table.get(key, usual)
        for key in TEXTS:
            self[key].data = table.get(key, "")
        self.mail.data = "\n".join(map(str, table.get("mail", ())))

    def edits(self, table: Table) -> list[dict[str, Any]]:
        """What is to be changed in the file."""
        changes: Table = {
            key: None if self[key].data == usual and key not in table else self[key].data
            for key, usual in USUAL.items()
        }
        changes |= {key: (self[key].data or "").strip() or None for key in TEXTS}
        changes["mail"] = split(self.mail.data) or None
        made = differing([TABLE], table, changes)
        for key, value, forget in (
            ("mail_password", self.mail_password.data, self.no_password.data),
            ("push", split(self.push.data), self.no_push.data),
        ):
            if value or forget:
                nothing: object = [] if key == "push" else ""
                made.append({"op": "set", "path": [TABLE, key], "value": nothing if forget else value})
        return made


@pages.route("/messages", methods=["GET", "POST"])
def messages() -> AnyResponse | str:
    """Look and change."""
    there, known = _load()
    table = there.building.get(TABLE)
    held: Table = table if isinstance(table, dict) else {}
    form = MessagesForm()
    if not form.is_submitted():
        form.base.data = there.revision
        form.fill(held)
    if form.validate_on_submit():
        edits = form.edits(held)
        keys = {key: f"{TABLE}.{key}" for key in (*USUAL, *TEXTS, *SECRETS, "mail")}
        if not edits or save(form, edits, "messages", keys):
            flash(gettext("Saved. Send a test message, to be sure that it arrives."), "well")
            return redirect(url_for("settings.messages"), 303)
    return render_template(
        "settings/messages.html",
        form=form,
        known=known,
        has_sim=any(each.get("kind") == "gsm" for each in there.table("lines")),
        mail=bool(held.get("mail")),
        phones=_phones(),
        theirs=theirs(form, there, lambda saved: saved.fill(held)),
    )


@pages.post("/messages/test/<channel>")
def test_message(channel: str) -> AnyResponse:
    """Send one; then watch what becomes of it."""
    to = request.form.get("to", "") if channel == "sms" else ""
    try:
        job = exchange.change("test_message", channel=channel, to=to)["job"]
    except exchange.TroubleError as error:
        flash(str(error), "care")
        return redirect(url_for("settings.messages"), 303)
    return redirect(url_for("settings.tested_message", job=job), 303)


@pages.get("/messages/tested/<job>")
def tested_message(job: str) -> str:
    """What became of it."""
    return render_template("settings/message_test.html", **_outcome(job))


@pages.get("/messages/tested/<job>/piece")
def tested_message_piece(job: str) -> str:
    """The part that changes."""
    return render_template("settings/_message_test.html", **_outcome(job))


def _outcome(job: str) -> dict[str, Any]:
    found = exchange.ask("job", id=job)
    result = found.get("result") or {}
    sentences = [_sentence(str(result.get("channel")), each) for each in result.get("messages", ())]
    trouble = faults.told(str(result.get("text", ""))) if found["state"] == "failed" else ""
    return {"job": job, "state": found["state"], "sentences": sentences, "trouble": trouble}


def _sentence(channel: str, told: dict[str, Any]) -> tuple[str, str, str]:
    """How good it is, what became of one message, and what to do now."""
    to = phone(told["to"]) if channel == "sms" else str(told["to"])
    if told["result"] != "sent":
        said = gettext("To %(whom)s it was not sent: %(why)s.", whom=to, why=faults.told(told.get("why")))
        remedies = {
            "sms": gettext("Look at the SIM card's line on the page Now: signal, card, credit."),
            "mail": gettext("Look at server, user name and password, and whether the internet works."),
            "push": gettext("Look at the address of the service, and whether the internet works."),
        }
        return "alarm", said, remedies.get(channel, "")
    return {
        "sms": lambda: (
            "well",
            gettext("The network has taken the SMS to %(whom)s (line %(line)s).", whom=to, line=told.get("by")),
            gettext("Look whether it has arrived on that phone."),
        ),
        "mail": lambda: (
            "well",
            gettext("The mail server has taken the message to %(whom)s.", whom=to),
            gettext("Look into the mailbox, also under spam."),
        ),
    }.get(
        channel,
        lambda: (
            "well",
            gettext("The push service %(whom)s has taken the message.", whom=to),
            gettext("Look whether it shows on the phone."),
        ),
    )()


def _load() -> tuple[Document, list[str]]:
    """The building, and which secrets of it are set."""
    found = exchange.ask("document")
    known = [each[1] for each in found.get("secrets", ()) if len(each) == 2 and each[0] == TABLE]
    return Document(found.get("building") or {}, str(found.get("revision", ""))), known


def _phones() -> list[tuple[str, str]]:
    """(number, whose) of everybody's telephones outside."""
    names = g.names
    return [
        (number, f"{names.people.get(who, who)}, {phone(number)}")
        for who, numbers in names.phones.items()
        for number in numbers
        if number.startswith("+")
    ]
