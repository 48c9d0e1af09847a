"""A ticket and what somebody does about it: takes it, writes a note, closes it, calls the resident back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import current_app, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import TextAreaField
from wtforms.validators import Length

from webui import exchange
from webui.forms import Form
from webui.names import read_content
from webui.register.base import RINGS_HERE, CallBack, call_back_form, load_ticket, pages
from webui.vocabulary import RESULTS, word
from webui.words import gettext, lazy_gettext

MOST_CHARACTERS = 4000  # of a note, as the exchange takes it
MOST_LETTERS = 459  # of an SMS in three parts


class Note(Form):
    """A note; its second button closes the ticket as well."""

    text = TextAreaField(lazy_gettext("Note"), [Length(max=MOST_CHARACTERS)])


class Answer(Form):
    """An SMS to the resident."""

    sms = TextAreaField(lazy_gettext("Text of the SMS"), [Length(max=MOST_LETTERS)])


@pages.get("/tickets/<int:number>")
def ticket(number: int) -> str:
    """A ticket with its calls, notes and story."""
    return _page(load_ticket(number), Note(), call_back_form())


@pages.post("/tickets/<int:number>/take")
def take(number: int) -> AnyResponse | str:
    """Deal with it oneself: nobody is rung about it any more."""
    row = load_ticket(number)
    exchange.change("ticket_take", ticket=number, base=row["base"])
    flash(gettext("Ticket no. %(number)s is yours. Nobody else is rung about it any more.", number=number), "well")
    return redirect(url_for("register.ticket", number=number), 303)


@pages.post("/tickets/<int:number>/note")
def note(number: int) -> AnyResponse | str:
    """Write a note, and with the second button close the ticket."""
    row, form = load_ticket(number), Note()
    close = "done" in request.form
    if not close and not (form.text.data or "").strip():
        form.validate()
        form.say(gettext("There is nothing in the note yet."), "text")
        return _page(row, form, call_back_form())
    if not form.validate():
        return _page(row, form, call_back_form())
    try:
        if close:
            exchange.change("ticket_done", ticket=number, text=form.text.data.strip(), base=row["base"])
        else:
            exchange.change("ticket_note", ticket=number, text=form.text.data.strip(), base=row["base"])
    except exchange.TroubleError as error:
        form.say(str(error), "" if isinstance(error, exchange.AwayError) else "text")
        return _page(row, form, call_back_form())
    done = gettext("Ticket no. %(number)s is closed.", number=number) if close else gettext("The note is saved.")
    flash(done, "well")
    return redirect(url_for("register.ticket", number=number), 303)


@pages.post("/tickets/<int:number>/call")
def call_back(number: int) -> AnyResponse | str:
    """The box rings a phone here, then the resident, and puts the two through."""
    row, form = load_ticket(number), call_back_form()
    if not form.validate():
        return _page(row, Note(formdata=None), form)
    session[RINGS_HERE] = form.phone.data
    try:
        job = exchange.change("call_back", phone=form.phone.data, ticket=number)["job"]
    except exchange.TroubleError as error:
        form.say(str(error), "phone")
        return _page(row, Note(formdata=None), form)
    return redirect(url_for("register.job", job=job, ticket=number), 303)


@pages.post("/tickets/<int:number>/sms")
def answer_by_sms(number: int) -> AnyResponse | str:
    """Write to the resident; it stands among the notes, and the story tells whether it arrived."""
    row, form = load_ticket(number), Answer()
    if not (form.sms.data or "").strip():
        form.say(gettext("There is nothing in the SMS yet."), "sms")
    elif form.validate():
        try:
            exchange.change("ticket_sms", ticket=number, text=form.sms.data.strip(), base=row["base"])
        except exchange.TroubleError as error:
            form.say(str(error), "" if isinstance(error, exchange.AwayError) else "sms")
        else:
            flash(gettext("The SMS is on its way. The story below tells when it has arrived."), "well")
            return redirect(url_for("register.ticket", number=number), 303)
    return _page(row, Note(formdata=None), call_back_form(), form)


@pages.post("/<int:number>/call")
def call_back_about(number: int) -> AnyResponse:
    """Call back about a call that has no ticket: the box opens one, and goes on to it."""
    form = call_back_form()
    if not form.validate():
        flash(gettext("Choose the phone that rings first."), "care")
        return redirect(url_for("register.story", number=number), 303)
    session[RINGS_HERE] = form.phone.data
    job = exchange.change("call_back", phone=form.phone.data, call=number)["job"]
    return redirect(url_for("register.job", job=job, call=number), 303)


@pages.get("/jobs/<job>")
def job(job: str) -> str:
    """How a call-back goes on; looks again by itself until it is over."""
    return render_template("register/job.html", **_progress(job))


@pages.get("/jobs/<job>/piece")
def job_piece(job: str) -> str:
    """The same, alone."""
    return render_template("register/_job.html", **_progress(job))


@pages.post("/jobs/<job>/stop")
def job_stop(job: str) -> AnyResponse:
    """Stop ringing."""
    exchange.change("job_stop", id=job)
    return redirect(url_for("register.job", job=job, **_matter()), 303)


def _page(row: dict[str, Any], note: Note, call: CallBack, answer: Answer | None = None) -> str:
    content = read_content(Path(current_app.config["BUILDING_FILE"]))
    lines = content.get("lines")
    sim = isinstance(lines, list) and any(isinstance(each, dict) and each.get("kind") == "gsm" for each in lines)
    answer = answer or (Answer(formdata=None) if sim and row["caller"] else None)
    return render_template("register/ticket.html", ticket=row, note=note, call_back=call, answer=answer)


def _matter() -> dict[str, Any]:
    """What a call-back is about, out of the address: it is only led back to."""
    return {name: value for name in ("ticket", "call") if (value := request.args.get(name, type=int))}


def _progress(job: str) -> dict[str, Any]:
    told: dict[str, Any] = {"state": "unknown", "steps": [], "result": None}
    trouble = ""
    try:
        told |= exchange.ask("job", id=job)
    except exchange.TroubleError as error:
        trouble = str(error)
    matter = _matter()
    opened = (told["result"] or {}).get("ticket")
    if isinstance(opened, int):
        matter = {"ticket": opened}
    return {"job": job, "told": told, "trouble": trouble, "matter": matter, "outcome": _outcome(told)}


def _outcome(told: dict[str, Any]) -> tuple[str, str] | None:
    """What came of it, once it is over: how good, and in words."""
    if told["state"] == "stopped":
        return "care", gettext("You stopped it.")
    if told["state"] == "failed":
        why = str((told["result"] or {}).get("text", ""))
        return "alarm", gettext("It could not be done: %(why)s", why=why)
    if told["state"] != "done":
        return None
    result = str((told["result"] or {}).get("result", ""))
    words: dict[str, tuple[str, Callable[[], str]]] = {
        "talked": ("well", lambda: gettext("You talked to the resident. It is written down in the ticket.")),
        "nobody pressed": ("care", lambda: gettext("Nobody pressed 1, so the resident was not rung.")),
        "resident no answer": ("care", lambda: gettext("The resident did not answer. It is written down; try later.")),
        "no answer": ("care", lambda: gettext("Your phone was not answered, so the resident was not rung.")),
        "busy": ("care", lambda: gettext("Your phone is busy, so the resident was not rung.")),
        "not registered": ("care", lambda: gettext("That telephone is switched off or not connected.")),
        "line down": ("alarm", lambda: gettext("No line works, so nobody could be rung.")),
    }
    why = word(RESULTS, result)
    kind, say = words.get(result, ("care", lambda: gettext("It did not come about: %(why)s.", why=why)))
    return kind, say()
