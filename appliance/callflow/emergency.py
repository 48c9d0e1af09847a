"""A telephone in the building calls 112 or 99x: it is put through as it is, with no menu, no limit and no recording.

Which lines are tried is the switchboard's business; here the call gets its row of the register.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from appliance.building.model import Scenario
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.desk import Desk
from appliance.callflow.turned_away import turned_away
from appliance.callflow.waiting import while_there
from appliance.lines.line import Cause, Leg, NotAnsweredError
from appliance.register import events

DESTINATION = "emergency"  # as the register has it

log = logging.getLogger("dyzurka.call")


async def put_through(leg: Leg, desk: Desk, dial: Callable[[], Awaitable[Leg]]) -> None:
    """Look after one emergency call to its end; `dial` rings the number called. Raises nothing but CancelledError."""
    try:
        call = _begin(leg, desk)
    except Exception as fault:
        turned_away(leg, desk, fault)
        return
    otherwise = calls.ABANDONED
    try:
        await while_there(leg, _through(call, dial))
    except* Exception as faults:
        log.error("%s: a step of the call failed", leg.id, exc_info=faults)
        otherwise = calls.FAILED
    except* asyncio.CancelledError:
        otherwise = calls.INTERRUPTED
        raise
    finally:
        leg.hangup(Cause.LINE_DOWN)
        cause = await leg.gone()
        call.note(events.CALL_ENDED, outcome=call.outcome or otherwise, cause=cause.value)
        del desk.calls[call.uid]


def _begin(leg: Leg, desk: Desk) -> Call:
    """The call with its row; the telephone hears that it rings."""
    call = Call(leg, desk, Scenario("", ""))
    call.state = DESTINATION
    call.note(events.CALL_STARTED, line=leg.line, number=leg.called, caller=leg.caller, resident=None, scenario="")
    call.note(events.CALL_DESTINATION, destination=DESTINATION)
    log.warning("%s: %s calls %s", leg.id, leg.caller, leg.called)
    leg.ring()
    desk.calls[call.uid] = call
    return call


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
