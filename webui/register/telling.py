"""Tells the story of a call or a ticket: a sentence for each event, in the present tense, as somebody saw it happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import g

from appliance.register import events
from webui.register.messages import received, sent
from webui.register.search import menu_name, place_name
from webui.shown import duration, phone
from webui.vocabulary import EVENTS, OUTCOMES, RESULTS, word
from webui.words import gettext, pgettext

Event = Mapping[str, Any]
RANG = ("answered", "no answer", "declined", "cancelled")  # results of a phone that did ring


def sentence(event: Event, beside: bool = True) -> str:
    """What happened. An event that a newer exchange wrote is named by its kind.

    `beside`: among the events of a call, where what is about its ticket is said to be so.
    """
    tell = _SENTENCES.get(event["kind"])
    told = tell(event) if tell else word(EVENTS, event["kind"])
    about = beside and event["kind"] in (events.TICKET_RINGING, events.TICKET_RUNG)
    return gettext("About the ticket: %(what)s", what=told) if about else told


def person(name: object) -> str:
    """Somebody by name; "somebody" where the register does not say."""
    return str(g.names.people.get(name, name)) if name else gettext("somebody")


def _started(event: Event) -> str:
    caller = phone(event.get("caller")) or gettext("number withheld")
    if event.get("resident"):
        caller = f"{caller} ({event['resident']})"
    ours = phone(event.get("number"))
    if not ours:
        return gettext("%(caller)s calls.", caller=caller)
    return gettext("%(caller)s calls %(number)s.", caller=caller, number=ours)


def _chose(event: Event) -> str:
    return gettext("The caller presses %(key)s (“%(menu)s”).", key=event.get("key"), menu=menu_name(event.get("menu")))


def _house(event: Event) -> str:
    house = event.get("premises") or ""
    return gettext("It is about %(building)s.", building=g.names.buildings.get(house, house))


def _went(event: Event) -> str:
    return gettext("The call goes to: %(place)s.", place=place_name(str(event.get("destination") or "")))


def _ringing(event: Event) -> str:
    who = person(event.get("who"))
    number = phone(event.get("phone"))
    return gettext("We ring %(who)s.", who=f"{who}, {number}" if number else who)


def _rung(event: Event) -> str:
    who, result = person(event.get("who")), event.get("result")
    seconds = event.get("seconds")
    rang = duration(seconds) if isinstance(seconds, int | float) and seconds >= 1 else ""
    said = {
        "answered": lambda: gettext("%(who)s answers.", who=who),
        "no answer": lambda: gettext("%(who)s does not answer.", who=who),
        "declined": lambda: gettext("%(who)s declines.", who=who),
        "busy": lambda: gettext("%(who)s is on another call.", who=who),
        "cancelled": lambda: gettext("We stop ringing %(who)s.", who=who),
    }.get(str(result), lambda: f"{who}: {word(RESULTS, str(result))}.")()
    how_long = gettext("It rang %(time)s.", time=rang)
    return f"{said} {how_long}" if rang and result in RANG else said


def _accepted(event: Event) -> str:
    return gettext("%(who)s takes the call on.", who=person(event.get("who")))


def _bridged(event: Event) -> str:
    return gettext("%(who)s talks to the caller.", who=person(event.get("who")))


def _by_line(event: Event) -> str:
    """What made a copper line end it; "" where somebody was heard to hang up."""
    return {
        "tone": lambda: gettext("The line gives its tone: whoever was there has hung up."),
        "silence": lambda: gettext("Nothing was heard on the line for too long, so the box hangs up."),
        "longest": lambda: gettext("The longest time allowed for a call is over, so the box hangs up."),
        "transfer": lambda: gettext("The exchange of the line joins the two; the box hears no more of them."),
    }.get(str(event.get("ended_by")), lambda: "")()


def _parted(event: Event) -> str:
    if said := _by_line(event):
        return said
    return {
        "caller": lambda: gettext("The caller hangs up."),
        "person": lambda: gettext("The other side hangs up."),
    }.get(str(event.get("by")), lambda: gettext("The connection is lost."))()


def _message(event: Event) -> str:
    seconds = event.get("seconds")
    if not isinstance(seconds, int | float):
        return gettext("The caller leaves a message.")
    return gettext("The caller leaves a message (%(time)s).", time=duration(seconds))


def _ended(event: Event) -> str:
    by_line, outcome = _by_line(event), event.get("outcome")
    if by_line and outcome == "abandoned":
        return by_line  # it was not the caller
    over = gettext("The call is over: %(outcome)s.", outcome=word(OUTCOMES, outcome))
    return f"{by_line} {over}".strip()


def _opened(event: Event) -> str:
    number = event.get("ticket_number")
    if event.get("urgent") is True:
        return gettext("Urgent ticket no. %(number)s is opened.", number=number)
    return gettext("Ticket no. %(number)s is opened.", number=number)


def _joined(event: Event) -> str:
    return gettext("The call joins ticket no. %(number)s.", number=event.get("ticket_number"))


def _talked(event: Event) -> str:
    return gettext("%(who)s talks to the resident about the ticket.", who=person(event.get("who")))


def _taken(event: Event) -> str:
    return gettext("%(who)s takes the ticket.", who=person(event.get("who")))


def _noted(event: Event) -> str:
    if not event.get("text"):
        return gettext("%(who)s writes a note; its text was erased.", who=person(event.get("who")))
    return gettext("%(who)s writes: %(text)s", who=person(event.get("who")), text=event["text"])


def _done(event: Event) -> str:
    return gettext("%(who)s closes the ticket.", who=person(event.get("who")))


_SENTENCES: Mapping[str, Callable[[Event], str]] = {
    events.CALL_STARTED: _started,
    events.CALL_ANSWERED: lambda event: gettext("The box answers."),
    events.CALL_CHOSE: _chose,
    events.CALL_BUILDING: _house,
    events.CALL_URGENT: lambda event: gettext("It is urgent."),
    events.CALL_DESTINATION: _went,
    events.CALL_RINGING: _ringing,
    events.CALL_RUNG: _rung,
    events.CALL_ACCEPTED: _accepted,
    events.CALL_BRIDGED: _bridged,
    events.CALL_PARTED: _parted,
    events.CALL_MESSAGE: _message,
    events.CALL_RECORDED: lambda event: pgettext("story", "The conversation was recorded."),
    events.CALL_ENDED: _ended,
    events.TICKET_OPENED: _opened,
    events.TICKET_JOINED: _joined,
    events.TICKET_RINGING: _ringing,
    events.TICKET_RUNG: _rung,
    events.TICKET_TALKED: _talked,
    events.TICKET_TAKEN: _taken,
    events.TICKET_NOTED: _noted,
    events.TICKET_DONE: _done,
    events.NOTICE_QUEUED: sent,
    events.NOTICE_TRIED: sent,
    events.NOTICE_SENT: sent,
    events.NOTICE_DELIVERED: sent,
    events.NOTICE_FAILED: sent,
    events.NOTICE_DROPPED: sent,
    events.SMS_RECEIVED: received,
}
