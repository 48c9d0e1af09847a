"""Somebody on duty calls the box while people are rung about an urgent ticket: it is told to them, and theirs on 1.

An SMS or the phone of a neighbour may have reached them before the chase did. With any other key, or none, they are a
caller as everybody is: who speaks instead of pressing is somebody who may need help, and the menu knows of it.
"""

from __future__ import annotations

import asyncio

from appliance.building.model import Person
from appliance.callflow import call as calls
from appliance.callflow import chase
from appliance.callflow.call import Call
from appliance.callflow.case import Case, TicketMatter
from appliance.callflow.connecting import ACCEPT
from appliance.callflow.menu import VOICE_SECONDS
from appliance.callflow.waiting import beside


async def takes_over(call: Call) -> bool:
    """Offer the oldest ticket that they are on duty for; whether they took it and the call is over.

    Raises LegGoneError.
    """
    for case in call.desk.aftercare.chased():
        person = _on_duty_for(call, case)
        if person is None:
            continue
        chased = chase.Chased(TicketMatter(call.desk, case))
        async with beside(call.leg.voice(VOICE_SECONDS)) as voice:
            key = await chased.whisper(call.leg)
            call.spoke = voice.done()
        if key != ACCEPT:
            return False
        call.outcome = calls.INFORMED
        await asyncio.shield(call.errand(_takes(chased, person, call)))
        return True
    return False


async def _takes(chased: chase.Chased, person: Person, call: Call) -> None:
    if await chased.taken_by(person, call.leg):
        call.desk.aftercare.settled(chased.matter.case.ticket)


def _on_duty_for(call: Call, case: Case) -> Person | None:
    """Who calls, where that is somebody who is rung about this ticket by now."""
    desk, config = call.desk, chase.duty_list(call.desk, case)
    if config is None:
        return None
    waited = (desk.clock.now() - case.opened).total_seconds()
    return next(
        (each for each in chase.called_upon(desk, case, config, waited) if call.leg.caller in each.phones), None
    )
