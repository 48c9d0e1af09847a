"""Calls that somebody at the page asks for: a resident called back, and a test of whether a phone can be reached.

Whoever is rung must press 1, so that no mailbox is put through to a resident or passes for a person on duty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.building.model import Person
from appliance.callflow.case import TicketMatter
from appliance.callflow.connecting import ACCEPT, ring_while_they_wait, told
from appliance.callflow.desk import Desk
from appliance.callflow.sentences import phrase
from appliance.callflow.waiting import ask, ask_whoever_answers
from appliance.lines.line import Cause, Leg, NotAnsweredError
from appliance.media.sound import Clip, LegGoneError
from appliance.register import events

__all__ = ["ACCEPT", "Outcome", "Tell", "call_back", "said", "test_call"]

RING_SECONDS = 30.0
DECISION_SECONDS = 10.0  # after the sentence, which is spoken twice

CONFIRMED, NOT_CONFIRMED = "confirmed", "not confirmed"
TALKED, NOBODY_PRESSED, RESIDENT_NO_ANSWER = "talked", "nobody pressed", "resident no answer"


class Tell(Protocol):
    """Tells whoever waits what happens now."""

    def __call__(self, key: str, **values: object) -> None:
        """A word of the page's, and what fills it in."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: one of the words above, or of the register's. `seconds` until that was known, or talked."""

    result: str
    seconds: float
    line: str | None = None
    detail: str = ""


async def test_call(desk: Desk, phone: str, tell: Tell, *, ring_seconds: float = RING_SECONDS) -> Outcome:
    """Ring a phone and ask for 1; busy where it is on a call through us by now."""
    if desk.switchboard.on_a_call(phone):
        return Outcome(Cause.BUSY.value, 0.0)
    began = desk.clock.monotonic()
    tell("rings", phone=phone)
    try:
        leg = await desk.switchboard.dial(phone, building="", ring_seconds=ring_seconds)
    except NotAnsweredError as unanswered:
        return Outcome(unanswered.cause.value, round(unanswered.seconds, 3), unanswered.line, unanswered.detail)
    if not leg.may_ring:
        tell("answered", phone=phone)
    try:
        pressed = await _asked(leg, said(desk, "test_call"))
        if pressed:
            await told(leg, said(desk, "goodbye"))
    finally:
        leg.hangup()
    seconds = round(desk.clock.monotonic() - began, 3)
    return Outcome(CONFIRMED if pressed else NOT_CONFIRMED, seconds, leg.line)


async def call_back(matter: TicketMatter, person: Person, phone: str, number: str, tell: Tell) -> Outcome:
    """Ring `phone`, say what it is about, ring the resident's `number`, and put the two through.

    The ticket is the person's once the two talk. Busy where `phone` is on a call through us by now.
    Raises NotSavedError never: what is noted is not claimed.
    """
    if matter.desk.switchboard.on_a_call(phone):
        return Outcome(Cause.BUSY.value, 0.0)
    clock, began = matter.desk.clock, matter.desk.clock.monotonic()
    matter.note_ringing(person, phone)
    tell("rings", phone=phone)
    result, line = Cause.CANCELLED.value, None
    try:
        leg = await matter.desk.switchboard.dial(phone, building=matter.building, ring_seconds=RING_SECONDS)
        result, line = Cause.NO_ANSWER.value, leg.line
        if not leg.may_ring:
            tell("answered", phone=phone)
        try:
            if not await _asked(leg, matter.to_staff("whisper_plain")):
                return Outcome(NOBODY_PRESSED, round(clock.monotonic() - began, 3), line)
            result = "answered"
            return await _put_through(matter, person, leg, number, tell)
        except LegGoneError:
            return Outcome(NOBODY_PRESSED, round(clock.monotonic() - began, 3), line)
        finally:
            leg.hangup()
    except NotAnsweredError as unanswered:
        result, line = unanswered.cause.value, unanswered.line
        return Outcome(result, round(unanswered.seconds, 3), line, unanswered.detail)
    finally:
        matter.note_rung(person, phone, line, result, round(clock.monotonic() - began, 3))


async def _put_through(matter: TicketMatter, person: Person, leg: Leg, number: str, tell: Tell) -> Outcome:
    """The resident, for who waits on `leg`. Raises LegGoneError."""
    flat = matter.resident
    about = matter.to_staff("flat", number=flat.flat) if flat is not None else []
    await told(leg, [*matter.to_staff("callback_staff"), *about])
    tell("rings_resident", number=number)
    words = matter.spoken("callback_call", matter.case.language, {})
    resident = await ring_while_they_wait(matter, leg, number, words)
    if resident is None:
        return Outcome(RESIDENT_NO_ANSWER, 0.0, leg.line)
    began = matter.desk.clock.monotonic()
    try:
        matter.note(events.TICKET_TAKEN, who=person.id, base="")
        matter.desk.aftercare.talked(matter.case.ticket)
        matter.desk.aftercare.settled(matter.case.ticket)
        matter.note(events.TICKET_TALKED, who=person.id)
        tell("talking", number=number)
        await resident.bridge(leg)
    finally:
        resident.hangup()
    return Outcome(TALKED, round(matter.desk.clock.monotonic() - began, 3), leg.line)


async def _asked(leg: Leg, words: Sequence[Clip]) -> bool:
    """Whether whoever answered pressed 1; the words are spoken twice at most."""
    try:
        key = await ask_whoever_answers(leg, words, seconds=DECISION_SECONDS)
        key = key or await ask(leg, words, seconds=DECISION_SECONDS)
    except LegGoneError:
        return False
    return key == ACCEPT


def said(desk: Desk, key: str) -> list[Clip]:
    """A sentence without anything to fill in, in the box's language."""
    language = desk.building.box.language
    return [desk.voice.clip(language, part) for part in phrase(key, language, desk.building)]
