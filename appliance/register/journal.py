"""What happens to calls and tickets, told in the log as it is recorded: one line an event, which names its call.

A `Register` in front of another one; it keeps nothing and changes nothing. A call is named as its leg ("provider-7"),
so that the lines of SIP and sound about it are found too, a ticket as "ticket-1017". Telephone numbers are told by
their last three digits and flats not at all: the register knows them, and who may read a log need not.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from appliance.register import events
from appliance.register.in_front import InFront
from appliance.register.log import Committed, Register

if TYPE_CHECKING:  # the page asks for `masked` and has no event loop
    import asyncio

NAMES_KEPT = 1000  # of the calls and tickets named last: far more than live at once
SHOWN_DIGITS = 3
DESTINATION_CHARACTERS = 60  # of a `say:`, which may be a page long
UID_CHARACTERS = 12  # the last ones of a UUID, where nothing better is known

ABOUT = ("call.", "ticket.", "notice.", "sms.")
QUIET = (events.CALL_SOUND_ERASED, events.CALL_ERASED, events.TICKET_ERASED)  # thousands a night; told as a sum

log = logging.getLogger("dyzurka.call")

Body = Mapping[str, Any]


class Journal(InFront):
    """Implements `Register`: passes everything on to another one, and tells it in the log."""

    def __init__(self, register: Register) -> None:
        super().__init__(register)
        self._names: OrderedDict[str, str] = OrderedDict()

    def record(
        self, kind: str, *, call: str = "", ticket: str = "", building: str = "", **body: object
    ) -> asyncio.Future[Committed]:
        """See `Register`."""
        saved = self._register.record(kind, call=call, ticket=ticket, building=building, **body)
        if kind == events.CALL_STARTED and isinstance(body.get("leg"), str):
            self._name(call, str(body["leg"]))
        name = self._name_of(call or ticket)
        if kind in TOLD or (kind.startswith(ABOUT) and kind not in SAVED and kind not in QUIET):
            words = TOLD[kind](body) if kind in TOLD else kind.partition(".")[2].replace("_", " ")
            log.info("%s: %s%s", name, _when(body), words)
        if kind in SAVED:
            saved.add_done_callback(lambda done: self._saved(done, kind, name, ticket, body))
        return saved

    def _saved(self, done: asyncio.Future[Committed], kind: str, name: str, ticket: str, body: Body) -> None:
        """What may be said only once it is on disk."""
        if done.cancelled() or done.exception() is not None:
            log.error("%s: NOT saved: %s", name, kind)
            return
        number = done.result().number
        if kind == events.TICKET_OPENED:
            self._name(ticket, f"ticket-{number}")
        log.info("%s: %s", name, SAVED[kind](body, number))

    def _name(self, uid: str, name: str) -> None:
        self._names[uid] = name
        if len(self._names) > NAMES_KEPT:
            self._names.popitem(last=False)

    def _name_of(self, uid: str) -> str:
        return self._names.get(uid) or uid[-UID_CHARACTERS:]


def masked(number: object) -> str:
    """A telephone number as the log may have it: "…503"; other telephones ("ext:12", "sip:…") by their kind."""
    if not isinstance(number, str):
        return "a withheld number"
    kind, _, rest = number.rpartition(":")
    if kind:
        return number if kind == "ext" and rest.isdecimal() else f"{kind}:…"
    return f"…{number[-SHOWN_DIGITS:]}" if len(number) > SHOWN_DIGITS else number


def _when(body: Body) -> str:
    """How long after the answer."""
    after = body.get("after")
    return f"{after:.1f} s: " if isinstance(after, int | float) and after else ""


def _started(body: Body) -> str:
    known = ", a known resident" if body.get("resident") else ""
    return f"{masked(body.get('caller'))}{known} calls {body.get('number')}, scenario {body.get('scenario')}"


def _rung(body: Body) -> str:
    line = f" on {body['line']}" if body.get("line") else ""
    seconds = body.get("seconds")
    spent = f" after {seconds:.1f} s" if isinstance(seconds, int | float) else ""
    return f"{_who(body)}{line}: {body.get('result')}{spent}"


def _notice(body: Body) -> str:
    """A message by its kind and, for SMS, whom it goes to."""
    channel = str(body.get("channel"))
    return f"SMS to {masked(body.get('phone'))}" if channel == "sms" else channel


def _who(body: Body) -> str:
    return f"{body.get('who')} ({masked(body.get('phone'))})"


# Told when they happen. A kind that stands in none of these tables is told by its name.
TOLD: Mapping[str, Callable[[Body], str]] = {
    events.CALL_STARTED: _started,
    events.CALL_ANSWERED: lambda body: "answered",
    events.CALL_CHOSE: lambda body: f"pressed {body.get('key')} in menu {body.get('menu')}",
    events.CALL_BUILDING: lambda body: f"about {body.get('premises')}",
    events.CALL_URGENT: lambda body: "urgent",
    events.CALL_DESTINATION: lambda body: f"goes to {str(body.get('destination'))[:DESTINATION_CHARACTERS]!r}",
    events.CALL_RINGING: lambda body: f"{_who(body)} is rung",
    events.CALL_RUNG: _rung,
    events.CALL_ACCEPTED: lambda body: f"{_who(body)} accepted",
    events.CALL_BRIDGED: lambda body: f"connected to {body.get('who')}",
    events.CALL_PARTED: lambda body: f"parted by the {body.get('by')}",
    events.CALL_ENDED: lambda body: f"ended: {body.get('outcome')} ({body.get('cause')})",
    events.TICKET_RINGING: lambda body: f"{_who(body)} is rung",
    events.TICKET_RUNG: _rung,
    events.TICKET_TALKED: lambda body: f"{body.get('who')} and the resident were connected",
    events.NOTICE_QUEUED: lambda body: f"{_notice(body)} is to be sent: {body.get('occasion')}",
    events.NOTICE_TRIED: lambda body: f"{_notice(body)} is being sent",
    events.NOTICE_SENT: lambda body: f"{_notice(body)} is sent by {body.get('by')}",
    events.NOTICE_DELIVERED: lambda body: f"{_notice(body)} has arrived",
    events.NOTICE_FAILED: lambda body: f"{_notice(body)} could not be sent: {body.get('why')}",
    events.NOTICE_DROPPED: lambda body: f"{_notice(body)} is not sent any more: {body.get('why')}",
    events.SMS_RECEIVED: lambda body: f"an SMS came from {masked(body.get('caller') or body.get('sender'))}",
}
# Told when they are on disk: people rely on them.
SAVED: Mapping[str, Callable[[Body, int], str]] = {
    events.CALL_STARTED: lambda body, number: f"is call {number} of the register",
    events.CALL_MESSAGE: lambda body, number: f"message of {body.get('seconds')} s saved: {body.get('recording')}",
    events.TICKET_OPENED: lambda body, number: f"has ticket {number} ({body.get('reason')})",
    events.TICKET_TAKEN: lambda body, number: f"the ticket is taken by {body.get('who')}",
    events.TICKET_DONE: lambda body, number: f"the ticket is done, says {body.get('who')}",
}
