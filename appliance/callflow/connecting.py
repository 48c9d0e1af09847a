"""Two people who should talk: the caller and whoever accepted, put through now, or by calling the caller back.

It knows nothing of how they were found. The ticket is taken when they are put through, not before: a power cut in
between leaves it open, and somebody is told.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from appliance.building.model import Person
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.consent import announce, recording_of
from appliance.callflow.matter import Matter
from appliance.callflow.waiting import ask, beside, first_of, not_in_silence, somebody
from appliance.lines.line import TRANSFER, Leg, NotAnsweredError
from appliance.media.sound import Clip, LegGoneError
from appliance.register import events
from appliance.register.log import NotSavedError

CALL_BACK_RING_SECONDS = 30.0  # a resident who just hung up is near the phone
OFFER_SECONDS = 10.0  # to press 1 after the offer was spoken; it is spoken twice

ACCEPT, DECLINE = "1", "2"  # the keys of everybody who is rung
TICKET_KEY = "*"  # pressed while talking: this call needs a ticket

log = logging.getLogger("dyzurka.call")


async def connect(
    call: Call, person: Person, leg: Leg, *, flat: Sequence[Clip] = (), announcement: str = "duty_found"
) -> bool:
    """Put the caller through to somebody who accepted; returns when they have talked, the person's leg ended.

    The person hears the `flat`, the caller the sentence `announcement` ("" for none). False when that person
    vanished before the two heard each other: the caller is still there and needs another. Raises LegGoneError
    when the caller has gone; the person is then offered to call back, in an errand. Also when their line lost both.
    """
    try:
        music = call.desk.voice.hold_music()
        async with beside(told(leg, flat)) as telling, beside(_music_after(telling, leg, music)):
            if announcement:
                await call.say(announcement)
            await announce(call)
            await telling
        if not leg.up:
            return False
        if not await call.desk.switchboard.join(call.leg, leg):
            return await _left_to_call(call, person, leg)
        if not leg.up:
            return False
        await _talk(call, person, call.leg, leg)
        return True
    finally:
        if leg.up and not call.leg.up and call.outcome != calls.ANSWERED:
            call.errand(offer_call_back(call, person, leg, flat=flat))
        else:
            _part(call, leg)


async def _left_to_call(call: Call, person: Person, leg: Leg) -> bool:
    """The line that they share cannot join them: who accepted calls from their own phone, and the caller is told so.

    False where that cannot be: the caller still needs somebody. Raises LegGoneError.
    """
    number = call.leg.caller
    if number is None or not call.can_be_called_back():
        leg.hangup()
        return False
    call.become_urgent()
    try:
        taken = call.take_ticket(person)
        if taken is not None:
            await taken
    except NotSavedError:
        call.taken = False
        leg.hangup()
        return False
    call.outcome = calls.CALLBACK
    spoken = call.to_staff("caller_number", number=number)
    await told(leg, [*spoken, *call.to_staff("call_yourself"), *spoken])
    leg.hangup()
    await call.desk.switchboard.back(call.leg)
    words = call.sentence("one_line_taken")
    await call.leg.play(*words, *words)
    return True


async def _music_after(telling: asyncio.Task[None], leg: Leg, music: Clip) -> None:
    """Who has heard what is told waits with music for as long as the caller is still spoken to."""
    await asyncio.wait({telling})
    async with not_in_silence(leg, music):
        await leg.gone()


async def _talk(call: Call, person: Person, caller: Leg, leg: Leg) -> None:
    """Bridge the two until one hangs up; whose call it is, is settled here. Raises LegGoneError.

    An ordinary call has no ticket; who talks to the caller opens one by pressing `TICKET_KEY`, and hears its
    number when the caller has hung up.
    """
    call.note(events.CALL_BRIDGED, who=person.id)
    call.outcome, call.state = calls.ANSWERED, "talking"
    call.take_ticket(person)
    recording = recording_of(call)
    async with beside(_pressed(leg, TICKET_KEY)) as wanted:
        try:
            await caller.bridge(leg, recording=recording)
        finally:
            call.note(events.CALL_PARTED, by="person" if caller.up else "caller", **ended_by(caller, leg))
            if recording is not None and TRANSFER not in (caller.ended_by, leg.ended_by):
                path, uid = str(recording.relative_to(call.desk.data)), call.desk.register.new_uid()
                call.note(events.CALL_RECORDED, recording=path, recording_uid=uid)
            if wanted.done() and not call.ticket:
                call.open_ticket("key")
                call.number_owed = True


def ended_by(*legs: Leg) -> dict[str, str]:
    """What an event tells of the end of one of these: what made an analogue line end it; nothing for any other end."""
    return next(({"ended_by": leg.ended_by} for leg in legs if leg.ended_by), {})


async def _pressed(leg: Leg, key: str) -> None:
    """Return when the key has been pressed. Raises LegGoneError."""
    while await leg.digit() != key:
        pass


def _part(call: Call, leg: Leg) -> None:
    """Let somebody go who has talked to the caller, after the ticket's number where they are owed it."""
    if leg.up and call.number_owed:
        call.number_owed = False
        call.errand(_tell_ticket(call, leg))
    else:
        leg.hangup()


async def _tell_ticket(call: Call, leg: Leg) -> None:
    """Tell the number of the ticket to who opened it, once it is on disk."""
    try:
        async with not_in_silence(leg, call.desk.voice.hold_music()):
            saved = await call.ticket_saved()
        if saved is not None:
            await told(leg, call.to_staff("ticket", digits=str(saved.number)))
    except NotSavedError:
        await told(leg, call.to_staff("not_saved"))
    finally:
        leg.hangup()


async def told(leg: Leg, clips: Sequence[Clip]) -> None:
    """Let somebody hear the clips, if they are still there."""
    try:
        if clips:
            await leg.play(*clips)
    except LegGoneError:
        return


async def say_too_late(matter: Matter, leg: Leg) -> None:
    """Tell somebody who answered that somebody else has accepted, and let them go."""
    try:
        await told(leg, matter.to_staff("too_late"))
    finally:
        leg.hangup()


async def offer_call_back(
    call: Call, person: Person, leg: Leg, claim: Callable[[], bool] = lambda: True, *, flat: Sequence[Clip] = ()
) -> None:
    """The caller hung up while this person was on our line: tell them, and call the caller back on 1.

    `claim` settles who does it when several are asked at once. The ticket is theirs once the two talk.
    """
    begun = call.desk.clock.monotonic()
    offer = call.to_staff("caller_gone")
    try:
        key = await ask(leg, offer, seconds=OFFER_SECONDS) or await ask(leg, offer, seconds=OFFER_SECONDS)
        if key != ACCEPT:
            return
        if not claim():
            await told(leg, call.to_staff("too_late"))
            return
        seconds = round(call.desk.clock.monotonic() - begun, 3)
        call.note_rung(person, leg.called, leg.line, "answered", seconds)
        call.note_accepted(person, leg.called)
        await _call_back(call, person, leg, flat)
    except LegGoneError:
        return
    finally:
        _part(call, leg)


async def _call_back(call: Call, person: Person, leg: Leg, flat: Sequence[Clip]) -> None:
    """Ring the resident while the person on duty waits, and put the two through. Raises LegGoneError.

    A resident who cannot be reached leaves the ticket open: somebody is still needed.
    """
    number = call.leg.caller
    if number is None:
        await _claim(call, person, leg, flat)  # all that can be known is known to who pressed 1
        return
    await told(leg, [*call.to_staff("callback_staff"), *flat])
    resident = await ring_while_they_wait(call, leg, number, call.sentence("callback_call"))
    if resident is None:
        return
    try:
        if leg.up:
            await _talk(call, person, resident, leg)
    finally:
        resident.hangup()


async def _claim(call: Call, person: Person, leg: Leg, flat: Sequence[Clip]) -> None:
    """The ticket is theirs, and they are told so once it is on disk."""
    try:
        async with not_in_silence(leg, call.desk.voice.hold_music()):
            taken = call.take_ticket(person)
            if taken is not None:
                await taken
        await told(leg, [*call.to_staff("claimed"), *flat])
    except NotSavedError:
        call.taken = False
        await told(leg, call.to_staff("not_saved"))


async def ring_while_they_wait(matter: Matter, leg: Leg, number: str, words: Sequence[Clip]) -> Leg | None:
    """The leg of a number, answered and told who calls in these words; until then `leg` hears music.

    Where the line only guesses at the answer, nothing is told, for that would be into the ringing: `leg` hears it ring.
    Who is on hold meanwhile cannot: the two are joined once somebody is taken to be there.
    None, and `leg` has heard why, when they call us again, do not answer, or hang up at once. Raises LegGoneError:
    who waited has gone.
    """
    if matter.desk.switchboard.on_a_call(number):
        await told(leg, matter.to_staff("caller_again"))
        return None
    answered: list[Leg] = []

    async def ring() -> None:
        answered.append(
            await matter.desk.switchboard.dial(
                number, building=matter.building, ring_seconds=CALL_BACK_RING_SECONDS, beside=leg
            )
        )

    try:
        async with beside(leg.play(matter.desk.voice.hold_music(), loop=True)) as music, beside(ring()) as ringing:
            await first_of(ringing, music)
            if not ringing.done():
                raise LegGoneError(leg.id)  # music without an end has ended: they hung up
            ringing.result()
            if not answered[0].may_ring:
                await _introduced(leg, answered[0], words, music)
        if answered[0].up and (not _on_one_line(leg, answered[0]) or await _somebody_there(leg, answered[0])):
            if not await matter.desk.switchboard.join(leg, answered[0]):
                await _left_to_each_other(matter, leg, answered.pop(), number)
                return None
            if await _picked_up(leg, answered[0]):
                return answered.pop()
    except NotAnsweredError as unanswered:
        log.info("%s: calling back: %s", matter.id, unanswered)
    finally:
        for each in answered:  # answered in the moment in which nobody wanted it any more
            each.hangup()
    await matter.desk.switchboard.back(leg)
    await told(leg, matter.to_staff("no_answer"))
    return None


async def _introduced(leg: Leg, resident: Leg, words: Sequence[Clip], music: asyncio.Task[None]) -> None:
    """Tell who answered who calls, for as long as `leg` is there to hear the music. Raises LegGoneError: it is not."""
    async with beside(told(resident, words)) as introduction:
        await first_of(introduction, music)
        if not introduction.done():
            raise LegGoneError(leg.id)


def _on_one_line(leg: Leg, resident: Leg) -> bool:
    """Whether they share a line that guesses at answers: it may be out of our hands once it has joined them."""
    return resident.guessed and resident.line == leg.line


async def _somebody_there(leg: Leg, resident: Leg) -> bool:
    """See `somebody`; not, where they have gone. Raises LegGoneError: who waits has."""
    try:
        there = await somebody(resident)
    except LegGoneError:
        there = False
    if not leg.up:
        raise LegGoneError(leg.id)
    return there


async def _picked_up(leg: Leg, resident: Leg) -> bool:
    """Whether somebody is there; who waits on `leg` hears it ring, where it may. Raises LegGoneError: they went."""
    try:
        if not resident.may_ring:
            return True
        if _on_one_line(leg, resident):
            return resident.up
        async with beside(resident.bridge(leg)) as listening, beside(somebody(resident)) as there:
            await first_of(listening, there)
            if not leg.up:
                raise LegGoneError(leg.id)
            if listening.done():
                listening.result()
            return there.done() and there.result()
    except LegGoneError:
        if not leg.up:
            raise
        return False


async def _left_to_each_other(matter: Matter, leg: Leg, resident: Leg, number: str) -> None:
    """Both are there, and the line that they share cannot join them: who waited is told whom to call."""
    try:
        await told(resident, matter.spoken("will_call", matter.desk.building.box.language, {}))
    finally:
        resident.hangup()
    await matter.desk.switchboard.back(leg)
    spoken = matter.to_staff("caller_number", number=number)
    await told(leg, [*spoken, *matter.to_staff("call_yourself"), *spoken])
