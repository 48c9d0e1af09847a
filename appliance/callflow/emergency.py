"""A telephone in the building calls 112 or 99x: it is put through as it is, with no menu, no limit and no recording.

Which lines are tried is the switchboard's business; here the call gets its row of the register.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from appliance.callflow import beside_reception
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.desk import Desk
from appliance.lines.line import Cause, Leg, NotAnsweredError
from appliance.register import events

DESTINATION = "emergency"  # as the register has it


async def put_through(leg: Leg, desk: Desk, dial: Callable[[], Awaitable[Leg]]) -> None:
    """Look after one emergency call to its end; `dial` rings the number called. Raises nothing but CancelledError."""

    async def story(call: Call) -> None:
        leg.ring()  # the telephone hears that it rings
        await _through(call, dial)

    await beside_reception.live(leg, desk, DESTINATION, story)


async def _through(call: Call, dial: Callable[[], Awaitable[Leg]]) -> None:
    number, clock = call.leg.called, call.desk.clock
    begun = clock.monotonic()

    def note_rung(line: str | None, result: str) -> None:
        seconds = round(clock.monotonic() - begun, 3)
        call.note(events.CALL_RUNG, who=number, phone=number, line=line, result=result, seconds=seconds)

    call.note(events.CALL_RINGING, who=number, phone=number)
    try:
        other = await dial()
    except NotAnsweredError as unanswered:
        note_rung(unanswered.line, unanswered.cause.value)
        call.outcome = calls.FAILED
        call.leg.hangup(unanswered.cause)
        return
    except asyncio.CancelledError:
        note_rung(None, Cause.CANCELLED.value)
        raise
    try:
        note_rung(other.line, "answered")
        call.leg.answer()
        call.note_answered()
        call.note(events.CALL_BRIDGED, who=number)
        call.outcome, call.state = calls.ANSWERED, "talking"
        await call.leg.bridge(other)
    finally:
        call.note(events.CALL_PARTED, by="person" if call.leg.up else "caller")
        other.hangup()
        call.leg.hangup()
