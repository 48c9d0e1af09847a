"""A call that no reception looks after: it has its row of the register, one story and an end. It knows no story."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from appliance.building.model import Scenario
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.desk import Desk
from appliance.callflow.turned_away import turned_away
from appliance.callflow.waiting import while_there
from appliance.lines.line import Cause, Leg
from appliance.register import events

Story = Callable[[Call], Coroutine[Any, Any, None]]

log = logging.getLogger("dyzurka.call")


async def live(leg: Leg, desk: Desk, destination: str, story: Story) -> None:
    """Look after one call from a telephone in the building to its end. Raises nothing but CancelledError.

    `destination`: as its row has it. A story that settles no outcome leaves it abandoned.
    """
    try:
        call = _begin(leg, desk, destination)
    except Exception as fault:
        turned_away(leg, desk, fault)
        return
    otherwise = calls.ABANDONED
    try:
        await while_there(leg, story(call))
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


def _begin(leg: Leg, desk: Desk, destination: str) -> Call:
    call = Call(leg, desk, Scenario("", ""))
    call.state = destination
    call.note(events.CALL_STARTED, line=leg.line, number=leg.called, caller=leg.caller, resident=None, scenario="")
    call.note(events.CALL_DESTINATION, destination=destination)
    log.warning("%s: %s calls %s", leg.id, leg.caller, leg.called)
    desk.calls[call.uid] = call
    return call
