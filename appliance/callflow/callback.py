"""The call-back: who did not want to wait on the line has kept the place; the office is rung first, then the resident.

1. When it is the place's turn, and the office is there (`building/attendance.py`), its people are rung once.
2. Who answers gives the place to the next caller and hears that a resident is called back, then music.
3. The resident hears who calls, and the two are put through: the ticket is done.
4. Nobody of the office answered, or the resident was on a call with us: again when some minutes later, each time a
   little later, or when they have hung up; in front of all others, for the turn had come. Nobody who waits on the line
   waits for these minutes, nor for the night; whose turn had not come then joins behind them.
5. The resident does not answer: twice more, some minutes later; then the ticket is left to the office.
6. A day after the office came again and still had not answered, the ticket stays open and that is a fault.
7. Where there is no queue, the first duty list is the office: in the hours of the scenarios, or else by day.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from appliance.building.attendance import NOBODY, attended, next_attended
from appliance.building.model import Building, Destination, Person, QueueConfig
from appliance.building.rota import on_duty
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.case import Case, TicketMatter
from appliance.callflow.closed import closed_words
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
HERE_SECONDS = 15.0  # a resident on a call with us may be hearing our promise; one who calls again may wait behind us
OFFICE_SECONDS = 600.0  # one look waits so long for its turn, and for somebody of the office to be off the phone
PAUSES_MINUTES = (1, 2, 3, 5, 10)  # between two looks when nobody of the office answered
LAST_PAUSE_MINUTES = 15  # and so on
LOOK_AHEAD_SECONDS = 3600.0  # the building file may change while the office is closed
GIVEN_UP = timedelta(days=1)  # after the office has come again

log = logging.getLogger("dyzurka.call")

Tell = Callable[[str], None]
"""Says a fault of this ticket in words."""


async def promise(call: Call, queue: str, place: Place | None) -> bool:
    """Promise the caller a call-back, once it is on disk; false, and said so, when it could not be saved.

    Without a `queue` ("") people of the first duty list call back. Who has been promised one before has no second
    place and no second ticket. Raises LegGoneError.
    """
    before = call.desk.aftercare.calling_back(call.leg.caller)
    if before and not call.ticket:
        call.join_ticket(before)
        call.outcome = calls.CALLBACK
        _leave(call.desk, queue, place)
    elif not await _saved(call, queue, place):
        await call.say("not_saved")
        return False
    words = closed_words(call, f"queue:{queue}" if queue else NOBODY)
    await call.leg.play(*words, *call.sentence("callback_ok", number=call.leg.caller or ""))
    return True


async def _saved(call: Call, queue: str, place: Place | None) -> bool:
    call.open_ticket("callback")
    keeping = call.errand(_keep(call, queue, place))
    async with not_in_silence(call.leg, call.desk.voice.hold_music()):
        return await asyncio.shield(keeping) and call.leg.caller is not None


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
        if not call.leg.up:
            _leave(call.desk, queue, place)
        return False
    call.desk.aftercare.call_back(call.case(ticket.number), queue, place)
    return True


def _leave(desk: Desk, queue: str, place: Place | None) -> None:
    if place is not None:
        desk.rooms[queue].leave(place)


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


async def call_back(case: Case, queue: str, place: Place | None, desk_now: Callable[[], Desk], tell: Tell) -> None:
    """Call a resident back from a queue; `place` is the one kept, None takes the last. Ends when it is done or left.

    `queue` may be "": the first duty list. `desk_now` gives the desk of the moment, as the building file may change
    meanwhile; `tell` is called when nobody could be found to call back.
    """
    room = desk_now().rooms[queue]
    place = place or room.join()
    had_turn, pauses, tries = False, _pauses(), 0
    try:
        while (desk := desk_now()).clock.now() < _until(desk.building, queue, case.opened):
            seconds = _closed_for(desk.building, queue, desk.clock.now())
            if not seconds:
                matter = TicketMatter(desk, case)
                if place is None:
                    if not await _free(matter):
                        continue
                    place = room.join(first=had_turn)
                found = await _looked(matter, queue, place)
                if found == "talked":
                    return
                if found == "not yet":
                    continue
                had_turn = had_turn or found != "nobody"
                tries += found == "resident away"
                if tries == TRIES:
                    log.info("ticket-%d: the resident did not answer %d times", case.number, TRIES)
                    return
                known = {"resident away": RETRY_SECONDS, "resident here": 0.0}
                seconds = known[found] if found in known else next(pauses)
            if place is not None:  # whoever waits on the line need not wait for this pause
                room.leave(place)
                place = None
            await asyncio.sleep(seconds)
        tell(
            f"ticket {case.number}: {case.caller} was not called back, nobody answered: ring them, and take the ticket"
        )
    finally:
        if place is not None:
            room.leave(place)


def _pauses() -> Iterator[float]:
    yield from (minutes * 60.0 for minutes in PAUSES_MINUTES)
    while True:
        yield LAST_PAUSE_MINUTES * 60.0


def _destination(building: Building, queue: str) -> str:
    return f"queue:{queue}" if queue in building.queues else NOBODY


def _until(building: Building, queue: str, opened: datetime) -> datetime:
    """When the call-back is given up."""
    return (next_attended(building, _destination(building, queue), opened) or opened) + GIVEN_UP


def _closed_for(building: Building, queue: str, now: datetime) -> float:
    """How many seconds to wait, at most `LOOK_AHEAD_SECONDS`, for the office to come; 0 when it is there."""
    destination = _destination(building, queue)
    if attended(building, destination, now):
        return 0.0
    comes = next_attended(building, destination, now)
    return LOOK_AHEAD_SECONDS if comes is None else min(comes.timestamp() - now.timestamp(), LOOK_AHEAD_SECONDS)


def _helpers(desk: Desk, queue: str, case: Case) -> QueueConfig | None:
    """Who calls back: the people of the queue; without one those of the first duty list, who is on duty first."""
    building = desk.building
    if queue in building.queues:
        return building.queues[queue]
    for duty in building.duties.values():
        people = on_duty(building, duty.id, desk.clock.now(), case.building or None, desk.overrides)
        return QueueConfig("", duty.name, tuple(each.id for each in people), "in-order", duty.ring_seconds)
    return None


async def _looked(matter: TicketMatter, queue: str, place: Place) -> str:
    """As `_look`; one that fails is a fault, and counts as one that did not reach the resident."""
    try:
        return await _look(matter, queue, place)
    except Exception as fault:
        log.exception("%s: calling back failed", matter.id)
        matter.desk.fault(f"ticket {matter.case.number}: calling the resident back failed: {fault!r}")
        return "resident away"


async def _look(matter: TicketMatter, queue: str, place: Place) -> str:
    """Ring the office, then the resident, when it is the place's turn.

    "talked", "office away", "resident away", or "resident here": on a call. Before the turn has come: "not yet", or
    "nobody" where nobody of the office could be rung.
    """
    desk = matter.desk
    config = _helpers(desk, queue, matter.case)
    if config is None:
        return "nobody"
    office = Office(matter, config, desk.rooms[queue])
    if not await office.turn(place, OFFICE_SECONDS):
        return "not yet" if office.people() else "nobody"
    if not await _gone(matter):
        return "resident here"
    async with matter.errands_afterwards():
        try:
            found = await office.answer_once(place, OFFICE_SECONDS)
            if found is None:
                return "office away"
            office.room.leave(place)
            office.search.hand_over()
            return "talked" if await _talk(matter, office, found) else "resident away"
        finally:
            office.search.let_go()


async def _free(matter: TicketMatter) -> bool:
    """As `_gone`; where that cannot be told, a fault, they count as gone."""
    try:
        return await _gone(matter)
    except Exception as fault:
        log.exception("%s: whether the resident is on a call is not known", matter.id)
        matter.desk.fault(f"ticket {matter.case.number}: whether the resident is on a call is not known: {fault!r}")
        return True


async def _gone(matter: TicketMatter) -> bool:
    """Whether who hears our promise has hung up; who calls again instead is not rung."""
    caller = matter.case.caller
    if caller is None:
        return True
    try:
        async with asyncio.timeout(HERE_SECONDS):
            await matter.desk.switchboard.somebody_free([Person("caller", "", (caller,))])
    except TimeoutError:
        return False
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
