"""The call-back: who did not want to wait on the line has kept the place; the office is rung first, then the resident.

1. When it is the place's turn, the people of the queue are rung until somebody answers.
2. They hear that a resident is called back, then music while the resident's phone rings.
3. The resident hears who calls, and the two are put through: the ticket is done.
4. The resident does not answer: twice more, some minutes later; then the ticket is left to the office.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from appliance.building.model import Destination, Person
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.case import Case, TicketMatter
from appliance.callflow.connecting import ring_while_they_wait, told
from appliance.callflow.desk import Desk
from appliance.callflow.office import Office
from appliance.callflow.ringing import Found
from appliance.callflow.waiting import not_in_silence
from appliance.callflow.waiting_room import Place
from appliance.media.sound import LegGoneError
from appliance.register import events
from appliance.register.log import NotSavedError

TRIES = 3
RETRY_SECONDS = 300.0
OFFICE_SECONDS = 600.0  # one look for somebody in the office
OFFICE_LOOKS = 60  # ten hours: after that it is a ticket like any other
AWAY_SECONDS = 60.0  # between two looks when nobody of the office could be rung at all

log = logging.getLogger("dyzurka.call")


async def promise(call: Call, queue: str, place: Place | None) -> bool:
    """Promise the caller a call-back, once it is on disk; false, and said so, when it could not be saved.

    Without a `queue` ("") the ticket waits for somebody of the office. Raises LegGoneError.
    """
    call.open_ticket("callback")
    keeping = call.errand(_keep(call, queue, place))
    async with not_in_silence(call.leg, call.desk.voice.hold_music()):
        kept = await asyncio.shield(keeping)
    if not kept or call.leg.caller is None:
        await call.say("not_saved")
        return False
    await call.say("callback_ok", number=call.leg.caller)
    return True


async def _keep(call: Call, queue: str, place: Place | None) -> bool:
    """Begin the call-back once it is on disk; false when it could not be saved.

    An errand: a caller who hangs up as soon as the key is pressed keeps the place, and is called back.
    """
    before, call.outcome = call.outcome, calls.CALLBACK
    try:
        ticket = await call.ticket_saved()
    except NotSavedError:
        ticket = None
    if ticket is None:
        call.outcome = before
        if place is not None and not call.leg.up:
            call.desk.rooms[queue].leave(place)
        return False
    if queue:
        call.desk.aftercare.call_back(call.case(ticket.number), queue, place)
    return True


async def request(call: Call) -> Destination | None:
    """The destination `callback`: for a caller who does not want to wait at all. Raises LegGoneError.

    A hidden number cannot be called back, nor one that the box may not dial: the caller may leave it in a mailbox,
    where there is one.
    """
    building = call.desk.building
    if not call.can_be_called_back():
        box = next(iter(building.voicemails), None)
        return Destination("voicemail", box) if box else Destination("menu", call.menu)
    if await promise(call, next(iter(building.queues), ""), None):
        return None
    return Destination("menu", call.menu)


async def call_back(case: Case, queue: str, place: Place | None, desk_now: Callable[[], Desk]) -> None:
    """Call a resident back from a queue; `place` is the one kept, None takes the last. Ends when it is done or left.

    `desk_now` gives the desk of the moment, as the building file may change meanwhile.
    """
    room = desk_now().rooms[queue]
    kept = place or room.join()
    try:
        for _ in range(TRIES):
            if await _try(case, queue, kept, desk_now):
                return
            await asyncio.sleep(RETRY_SECONDS)
        log.info("ticket-%d: the resident did not answer %d times", case.number, TRIES)
    finally:
        room.leave(kept)


async def _try(case: Case, queue: str, place: Place, desk_now: Callable[[], Desk]) -> bool:
    """Somebody of the office, then the resident; whether they talked, or nobody of the office could be found."""
    for _ in range(OFFICE_LOOKS):
        desk = desk_now()
        if queue not in desk.building.queues:
            return True
        matter = TicketMatter(desk, case)
        if case.caller is not None:  # who still hears our promise, or calls again, is not rung
            await desk.switchboard.somebody_free([Person("caller", "", (case.caller,))])
        office = Office(matter, desk.building.queues[queue], desk.rooms[queue])
        try:
            found = await office.answer(place, OFFICE_SECONDS)
            if found is not None:
                office.search.hand_over()
                return await _talk(matter, office, found)
        finally:
            office.search.let_go()
            await matter.errands_done(None)
        await asyncio.sleep(AWAY_SECONDS)
    return True


async def _talk(matter: TicketMatter, office: Office, found: Found) -> bool:
    """Ring the resident while who answered waits; whether the two talked."""
    case, person = matter.case, found.person
    if case.caller is None:
        return True
    begun = matter.desk.clock.monotonic()
    try:
        await told(found.leg, matter.to_staff("callback_staff"))
        words = matter.spoken("callback_call", case.language, {})
        resident = await ring_while_they_wait(matter, found.leg, case.caller, words)
        if resident is None:
            return False
        try:
            matter.note(events.TICKET_TAKEN, who=person.id, base="")
            matter.note(events.TICKET_TALKED, who=person.id)
            await resident.bridge(found.leg)
            matter.note(events.TICKET_DONE, who=person.id, base="")
        finally:
            resident.hangup()
    except LegGoneError:
        return False
    finally:
        found.leg.hangup()
    office.room.served(person, matter.desk.clock.monotonic() - begun)
    return True
