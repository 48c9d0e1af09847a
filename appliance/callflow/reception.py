"""The reception: one call, from the moment it is offered to the closing of its row.

1. Answer at once; the disk is not waited for. Somebody on duty who calls while an urgent ticket waits hears of it.
2. Ask the menu of the scenario that holds now.
3. Go where the caller chose, and on from there, until a step says that the call is over.
4. When the caller hangs up, whatever was going on for them ends; what must still happen for them happens first
   (`Call.errand`), then the row is closed.
5. When a step fails, the caller is put to a human once; who gets nobody even then leaves an urgent ticket.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from appliance.building.hours import scenario_at
from appliance.building.model import Destination, Menu, Scenario
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.callback import request
from appliance.callflow.connecting import ended_by
from appliance.callflow.desk import Desk
from appliance.callflow.duty import duty
from appliance.callflow.matter import STOPPING_SECONDS
from appliance.callflow.menu import menu
from appliance.callflow.person import person, telephone
from appliance.callflow.queue import queue
from appliance.callflow.sentences import say
from appliance.callflow.status import status
from appliance.callflow.takeover import takes_over
from appliance.callflow.turned_away import turned_away
from appliance.callflow.voicemail import voicemail
from appliance.callflow.waiting import while_there
from appliance.lines.line import Leg
from appliance.register import events

STEPS_MAX = 40  # a caller who walks in circles through the menus longer than this is let go

log = logging.getLogger("dyzurka.call")


async def receive(leg: Leg, desk: Desk) -> None:
    """Look after one incoming call to its end. Raises nothing but CancelledError."""
    try:
        call, scenario = _begin(leg, desk)
    except Exception as fault:
        turned_away(leg, desk, fault)
        return
    patience: float | None = None
    try:
        await _live(call, Destination("menu", scenario.menu))
    except asyncio.CancelledError:
        patience = STOPPING_SECONDS
        raise
    finally:
        try:
            await _close(call, patience)
        finally:
            del desk.calls[call.uid]


def _begin(leg: Leg, desk: Desk) -> tuple[Call, Scenario]:
    """The call with its row, and the scenario that holds for it."""
    scenario = scenario_at(desk.building, leg.called, desk.clock.now())
    call = Call(leg, desk, scenario)
    call.note(
        events.CALL_STARTED,
        line=leg.line,
        number=leg.called,
        caller=leg.caller,
        resident=f"m. {call.resident.flat}" if call.resident else None,
        scenario=scenario.id,
        leg=leg.id,
    )
    desk.calls[call.uid] = call
    return call, scenario


async def _live(call: Call, destination: Destination) -> None:
    """Answer, and live the story of the call; when a step fails, once more by way of a human."""
    try:
        call.leg.answer()
        call.note_answered()
        await while_there(call.leg, _begins(call, destination))
    except* Exception as faults:
        log.error("%s: a step of the call failed", call.leg.id, exc_info=faults)
        call.become_urgent()
        await _help_out(call)
        call.outcome = call.outcome or calls.FAILED


async def _help_out(call: Call) -> None:
    """Put the caller of a failed call to the first duty list."""
    lists = call.desk.building.duties
    if call.outcome == calls.ANSWERED or call.helped_out or not lists:
        return
    call.helped_out = True
    try:
        await while_there(call.leg, _story(call, Destination("duty", next(iter(lists)))))
    except* Exception as faults:
        log.error("%s: and so did putting it to a human", call.leg.id, exc_info=faults)


async def _begins(call: Call, destination: Destination) -> None:
    if not await takes_over(call):
        await _story(call, destination)


async def _story(call: Call, destination: Destination | None) -> None:
    for _ in range(STEPS_MAX):
        if destination is None:
            return
        destination = await _visit(call, destination)
    await call.say("goodbye")


async def _visit(call: Call, destination: Destination) -> Destination | None:
    """Do one step; returns where the call goes next, None when it is over. Raises LegGoneError."""
    call.state = destination.kind
    if destination.kind == "menu":
        return await _ask(call, call.desk.building.menus[destination.target])
    call.note(events.CALL_DESTINATION, destination=str(destination))
    return await STEPS[destination.kind](call, destination.target)


async def _ask(call: Call, config: Menu) -> Destination:
    call.menu = config.id
    chosen, way = await menu(call, config)
    call.by_no_input = way == "no_input"
    if way == "silent":
        call.outcome = calls.SILENT
    elif call.by_no_input and chosen.kind in ("duty", "queue", "person", "extension"):
        call.say_beside("to_human")
    return chosen


async def _hunt(call: Call, target: str) -> Destination | None:
    if call.by_no_input:  # also by way of a queue's overflow
        call.become_urgent()
    return await duty(call, call.desk.building.duties[target])


async def _wait(call: Call, target: str) -> Destination | None:
    return await queue(call, call.desk.building.queues[target])


async def _message(call: Call, target: str) -> Destination | None:
    return await voicemail(call, call.desk.building.voicemails[target])


async def _person(call: Call, target: str) -> Destination | None:
    return await person(call, call.desk.building.people[target])


async def _extension(call: Call, target: str) -> Destination | None:
    return await person(call, telephone(target, call.desk.building.extensions[target].name))


async def _say(call: Call, target: str) -> None:
    await call.leg.play(*call.clips(say(Destination("say", target)), call.desk.building.box.language))
    call.outcome = call.outcome or calls.INFORMED


async def _status(call: Call, target: str) -> None:
    await status(call)
    await call.say("goodbye")


async def _call_back(call: Call, target: str) -> Destination | None:
    return await request(call)


async def _hang_up(call: Call, target: str) -> None:
    """The call is over."""


Step = Callable[[Call, str], Coroutine[Any, Any, Destination | None]]
STEPS: dict[str, Step] = {
    "duty": _hunt,
    "queue": _wait,
    "voicemail": _message,
    "person": _person,
    "extension": _extension,
    "say": _say,
    "status": _status,
    "callback": _call_back,
    "hangup": _hang_up,
}


async def _close(call: Call, patience: float | None) -> None:
    """Let the caller go, finish what must still happen, close the row.

    `patience`: the exchange is stopping and waits no longer than so many seconds for the errands.
    """
    call.state = "ending"
    here = call.leg.up
    call.leg.hangup()
    cause = await call.leg.gone()
    try:
        await call.errands_done(patience)
    except* Exception as faults:
        log.error("%s: an errand failed", call.leg.id, exc_info=faults)
    finally:
        await _chase_where_needed(call)
        otherwise = calls.INTERRUPTED if patience is not None else calls.INFORMED if here else calls.ABANDONED
        how = {} if call.outcome == calls.ANSWERED else ended_by(call.leg)  # else told where the two were parted
        call.note(events.CALL_ENDED, outcome=call.outcome or otherwise, cause=cause.value, **how)


async def _chase_where_needed(call: Call) -> None:
    """An urgent ticket that nobody has taken keeps ringing people, from here on without the caller.

    Who was promised a call and whose ticket somebody took by SMS meanwhile is told so.
    """
    if call.promised and call.taken and call.outcome != calls.ANSWERED:
        ticket = await call.ticket_soon()
        call.desk.aftercare.tell_taken(call.case(ticket.number if ticket is not None else 0))
    if not call.urgent or call.taken or (call.helped_out and call.outcome == calls.ANSWERED):
        return
    ticket = await call.ticket_soon()
    call.desk.aftercare.chase(call.case(ticket.number if ticket is not None else 0))
