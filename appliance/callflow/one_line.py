"""One line for two people: the caller is on the only channel that works, so nobody on duty can be rung meanwhile.

Where the line can hold a call and join it with another one (`lines/joining.py`), `duty.py` goes on as ever. Elsewhere:

1. The caller hears that help is being called and that somebody calls back, once the ticket is on disk, and makes way.
   Whose number is hidden or may not be dialled is promised nothing, and says what has happened as when nobody answers.
2. The SMS to those on duty has gone out meanwhile, where the caller is on a line that sends some. On a landline (a SIM
   card beside it does not work, or it would be a second line) they are asked for a short message, which says it to
   those on duty. The chase rings them as soon as the line is free (`chase.py`).
3. Somebody takes the ticket: by pressing 1 when rung, by SMS, or by calling the box (`takeover.py`). They hear the
   number, and call it; the SMS that they get has it too.
4. The caller is rung once more, and told that somebody on duty will call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from appliance.building.model import Destination, Duty, Person, Voicemail
from appliance.building.numbers import SMS_LINE_KINDS, sends_sms
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.case import Case, TicketMatter
from appliance.callflow.connecting import told
from appliance.callflow.desk import Desk
from appliance.callflow.voicemail import take
from appliance.callflow.waiting import not_in_silence, somebody
from appliance.lines.line import Cause, Leg, NotAnsweredError
from appliance.media.sound import LegGoneError
from appliance.register.log import NotSavedError

MESSAGE_MINUTES = 1.0  # long enough to say what happened and where
GONE_SECONDS = 15.0  # a caller who is on a call with us after that need not be told by another one
TELL_WAITS = (0.0, 60.0, 180.0)  # seconds before each try to tell them
TELL_RING_SECONDS = 30.0
WITH_SOMEBODY = (Cause.BUSY, Cause.REFUSED, Cause.WRONG_NUMBER)  # most likely with who took the ticket; or no use

log = logging.getLogger("dyzurka.call")


async def make_way(call: Call, config: Duty) -> Destination | None:
    """Promise a call-back and end the call; returns where to go when none can be promised. Raises LegGoneError."""
    call.become_urgent()
    call.promised = call.can_be_called_back()
    if not call.promised:
        return config.unanswered
    try:
        async with not_in_silence(call.leg, call.desk.voice.hold_music()):
            await call.ticket_saved()
    except NotSavedError as fault:
        log.error("%s: the call-back could not be saved: %s", call.leg.id, fault)
        return config.unanswered
    call.outcome = calls.CALLBACK
    if _texts(call):
        await call.say("one_sim")
        await call.say("danger")
    else:
        await _message(call, config)
    return None


def _texts(call: Call) -> bool:
    """Whether those on duty have their SMS now: the caller's own line is the one that works, so it has to send them."""
    line = call.desk.building.lines.get(call.leg.line)
    return line is not None and line.kind in SMS_LINE_KINDS and sends_sms(call.desk.building)


async def _message(call: Call, config: Duty) -> None:
    """Ask for a message: short, for it keeps the line from whoever is to be rung. Raises LegGoneError."""
    where = config.unanswered
    mailbox = call.desk.building.voicemails.get(where.target) if where.kind == "voicemail" else None
    await call.leg.play(*call.sentence("danger"), *call.sentence("one_line"), call.desk.voice.beep())
    try:
        await take(call, Voicemail(mailbox.id if mailbox else "", max_minutes=MESSAGE_MINUTES))
    except (OSError, NotSavedError) as fault:
        log.error("%s: the message could not be saved: %s", call.leg.id, fault)  # the ticket is: they are called back
    await call.say("goodbye")


async def tell_taken(case: Case, desk_now: Callable[[], Desk]) -> None:
    """Ring the caller and say that somebody on duty has the ticket; not for ever: that somebody calls them, too."""
    for seconds in TELL_WAITS:
        await asyncio.sleep(seconds)
        try:
            if await _told(TicketMatter(desk_now(), case)):
                return
        except Exception as fault:
            log.exception("ticket-%d: the caller was not told that somebody has it", case.number)
            desk_now().fault(f"ticket {case.number}: telling the caller that somebody has it failed: {fault!r}")


async def _told(matter: TicketMatter) -> bool:
    """One try; whether no other is needed."""
    number, switchboard = matter.case.caller, matter.desk.switchboard
    if number is None:
        return True
    try:
        async with asyncio.timeout(GONE_SECONDS):
            await switchboard.somebody_free([Person("caller", "", (number,))])
    except TimeoutError:
        return True
    try:
        leg = await switchboard.dial(number, building=matter.building, ring_seconds=TELL_RING_SECONDS)
    except NotAnsweredError as unanswered:
        log.info("%s: telling the caller that somebody has it: %s", matter.id, unanswered)
        return unanswered.cause in WITH_SOMEBODY
    try:
        return await _heard(matter, leg)
    finally:
        leg.hangup()


async def _heard(matter: TicketMatter, leg: Leg) -> bool:
    """Tell who answered, once somebody did; whether no other try is needed."""
    try:
        there = await somebody(leg)
    except LegGoneError:
        return await leg.gone() in WITH_SOMEBODY  # the busy tone comes after a gateway's answer
    if there:
        words = matter.spoken("one_line_taken", matter.case.language, {})
        await told(leg, [*words, *words])
    return there
