"""Messages within a story: of each only how things stand with it, and that in one sentence. It reads no register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from appliance.register import events
from webui.shown import phone
from webui.vocabulary import OCCASIONS, word
from webui.words import gettext

Event = Mapping[str, Any]


def in_short(story: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The story without what a later event of the same message says better."""
    last = {event["notice"]: event["seq"] for event in story if event.get("notice")}
    occasions = {event.get("notice"): event.get("occasion") for event in story if event["kind"] == events.NOTICE_QUEUED}
    return [
        {**event, "occasion": occasions.get(event["notice"])} if event.get("notice") else event
        for event in story
        if not event.get("notice") or last[event["notice"]] == event["seq"]
    ]


def sent(event: Event) -> str:
    """What became of a message."""
    values = {"message": _message(event), "what": word(OCCASIONS, str(event.get("occasion")))}
    match event["kind"]:
        case events.NOTICE_SENT:
            return gettext("%(message)s is sent: %(what)s.", **values)
        case events.NOTICE_DELIVERED:
            return gettext("%(message)s has arrived: %(what)s.", **values)
        case events.NOTICE_FAILED:
            return gettext("%(message)s could not be sent (%(why)s): %(what)s.", why=event.get("why"), **values)
        case events.NOTICE_DROPPED if event.get("why") == "taken":
            return gettext("%(message)s is not needed any more: %(what)s.", **values)
        case events.NOTICE_DROPPED if event.get("why") == "unknown":
            return gettext("It is not known whether %(message)s was sent: %(what)s.", **values)
        case events.NOTICE_DROPPED:
            return gettext("%(message)s could not be sent in time: %(what)s.", **values)
        case _:
            return gettext("%(message)s is to be sent: %(what)s.", **values)


def received(event: Event) -> str:
    """An SMS that came in."""
    whom = phone(event.get("caller")) or event.get("sender") or gettext("number withheld")
    if not event.get("text"):
        return gettext("An SMS from %(whom)s.", whom=whom)
    return gettext("An SMS from %(whom)s: %(text)s", whom=whom, text=event["text"])


def _message(event: Event) -> str:
    to = event.get("phone")
    if event.get("channel") == "sms":
        return gettext("An SMS to %(whom)s", whom=phone(to) or gettext("number withheld"))
    return gettext("A message to %(whom)s", whom=to or gettext("number withheld"))
