"""Two people who should talk: the caller and whoever accepted, put through now, or by calling the caller back.

It knows nothing of how they were found. The ticket is taken when they are put through, not before: a power cut in
between leaves it open, and somebody is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.building.model import Person
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.waiting import ask, beside
from appliance.lines.line import Leg, NotAnsweredError
from appliance.media.sound import Clip, LegGoneError
from appliance.register import events

CALL_BACK_RING_SECONDS = 30.0  # a resident who just hung up is near the phone
OFFER_SECONDS = 10.0  # to press 1 after the offer was spoken; it is spoken twice

ACCEPT, DECLINE = "1", "2"  # the keys of everybody who is rung

log = logging.getLogger("dyzurka.call")


@dataclass(frozen=True, slots=True)
class Briefing:
    """What staff hear about a call: `whisper` before they decide, `flat` once they have accepted."""

    whisper: tuple[Clip, ...] = ()
    flat: tuple[Clip, ...] = ()


async def connect(call: Call, person: Person, leg: Leg, briefing: Briefing) -> bool:
    """Put the caller through to somebody who accepted; returns when they have talked, the person's leg ended.

    False when that person vanished before the two heard each other: the caller is still there and needs another.
    Raises LegGoneError when the caller has gone; the person is then offered to call back, in an errand.
    """
    try:
        async with beside(told(leg, briefing.flat)) as telling:
            await call.say("duty_found")
            await telling
        if not leg.up:
            return False
        await _talk(call, person, call.leg, leg)
        return True
    finally:
        if leg.up and not call.leg.up and call.outcome != calls.ANSWERED:
            call.errand(offer_call_back(call, person, leg, briefing))
        else:
            leg.hangup()


async def _talk(call: Call, person: Person, caller: Leg, leg: Leg) -> None:
    """Bridge the two until one hangs up; whose call it is, is settled here. Raises LegGoneError."""
    call.note(events.CALL_BRIDGED, who=person.id)
    call.outcome, call.state = calls.ANSWERED, "talking"
    call.take_ticket(person)
    try:
        await caller.bridge(leg)
    finally:
        call.note(events.CALL_PARTED, by="person" if caller.up else "caller")


async def told(leg: Leg, clips: Sequence[Clip]) -> None:
    """Let somebody hear the clips, if they are still there."""
    try:
        if clips:
            await leg.play(*clips)
    except LegGoneError:
        return


async def say_too_late(call: Call, leg: Leg) -> None:
    """Tell somebody who answered that somebody else has accepted, and let them go."""
    try:
        await told(leg, call.to_staff("too_late"))
    finally:
        leg.hangup()


async def offer_call_back(
    call: Call, person: Person, leg: Leg, briefing: Briefing, claim: Callable[[], bool] = lambda: True
) -> None:
    """The caller hung up while this person was on our line: tell them, and call the caller back on 1.

    `claim` settles who does it when several are asked at once.
    """
    offer = call.to_staff("caller_gone")
    try:
        key = await ask(leg, offer, seconds=OFFER_SECONDS) or await ask(leg, offer, seconds=OFFER_SECONDS)
        if key != ACCEPT:
            return
        if not claim():
            await told(leg, call.to_staff("too_late"))
            return
        call.note(events.CALL_ACCEPTED, who=person.id, phone=leg.called)
        call.take_ticket(person)
        await told(leg, [*call.to_staff("claimed"), *briefing.flat])
        if call.leg.caller is not None:
            await _call_back(call, person, leg, call.leg.caller)
    except LegGoneError:
        return
    finally:
        leg.hangup()


async def _call_back(call: Call, person: Person, leg: Leg, number: str) -> None:
    """Ring the resident while the person on duty waits, and put the two through."""
    dial = call.desk.switchboard.dial(number, building=call.building, ring_seconds=CALL_BACK_RING_SECONDS)
    try:
        async with beside(leg.play(call.desk.voice.hold_music(), loop=True)):
            resident = await dial
    except NotAnsweredError as unanswered:
        log.info("%s: calling back: %s", call.leg.id, unanswered)
        return
    try:
        await resident.play(*call.sentence("callback_call"))
        if leg.up:
            await _talk(call, person, resident, leg)
    finally:
        resident.hangup()
