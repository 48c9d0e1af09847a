"""News of a ticket: its state and nothing else, for whoever calls from its phone or knows its number.

1. A caller whose own tickets are known by the phone hears how they stand, the newest first.
2. Everybody else enters a ticket number and #, with three tries.
"""

from __future__ import annotations

import asyncio

from appliance.callflow import call as calls
from appliance.callflow import dates
from appliance.callflow.call import Call
from appliance.callflow.sentences import Phrase
from appliance.callflow.waiting import ask
from appliance.register.log import TicketState

TRIES = 3
NUMBER_SECONDS = 6.0  # for the next digit
DIGITS_MAX = 10
OWN_TOLD = 3  # of a caller's own tickets; more would not be listened to
LOOKING_SECONDS = 1.5  # for the register to answer: longer than that is silence on the line
END_KEY = "#"

SENTENCES = {"new": "status_new", "in progress": "status_taken", "done": "status_done"}


async def status(call: Call) -> None:
    """Tell how the caller's tickets stand. Raises LegGoneError."""
    call.outcome = call.outcome or calls.INFORMED
    own = await _look(call, caller=call.leg.caller) if call.leg.caller is not None else []
    if own:
        for ticket in own[:OWN_TOLD]:
            await _tell(call, ticket)
        return
    for _ in range(TRIES):
        found = await _look(call, number=int(await _entered(call) or 0))
        if found:
            await _tell(call, found[0])
            return
        await call.say("status_none")


async def _look(call: Call, *, caller: str | None = None, number: int | None = None) -> list[TicketState]:
    """Tickets of a caller, open ones first and the newest first, or that of a number; empty when not found in time."""
    try:
        async with asyncio.timeout(LOOKING_SECONDS):
            found = await call.desk.register.tickets_of(caller=caller, number=number)
    except TimeoutError:
        return []
    return sorted(found, key=lambda ticket: (ticket.state != "done", ticket.number), reverse=True)


async def _entered(call: Call) -> str:
    """The digits before #, or before a pause."""
    digits = ""
    key = await ask(call.leg, call.sentence("status_ask"), seconds=NUMBER_SECONDS)
    while key is not None and key != END_KEY and len(digits) < DIGITS_MAX:
        digits += key if key.isdecimal() else ""
        key = await ask(call.leg, [], seconds=NUMBER_SECONDS)
    return digits


async def _tell(call: Call, ticket: TicketState) -> None:
    values: dict[str, str | Phrase] = {}
    if ticket.state == "done":
        zone, now = call.desk.building.box.timezone, call.desk.clock.now()
        closed = (ticket.changed or now).astimezone(zone).date()
        day = dates.day(closed, now.astimezone(zone).date(), call.language)
        values["day"] = day[0] if len(day) == 1 else day
    await call.say(SENTENCES[ticket.state], **values)
