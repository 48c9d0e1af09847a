"""A mailbox: greeting, tone, message; the ticket's number is told only when it is on disk.

1. The greeting; a caller whose number is hidden is asked to say it.
2. The tone, then the message, until the caller hangs up, presses #, falls silent, or the mailbox's limit.
3. The message is kept and has a ticket whether or not the caller stays to hear its number.
4. When it could not be saved, the caller is told so and put to a human.
"""

from __future__ import annotations

import asyncio
import logging

from appliance.building.model import Destination, Voicemail
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.closed import closed_office
from appliance.callflow.sentences import voicemail_greeting
from appliance.callflow.waiting import beside, not_in_silence
from appliance.media.sound import Clip
from appliance.register import events
from appliance.register.log import Committed, NotSavedError

SILENCE_SECONDS = 8.0  # of saying nothing ends the message
MESSAGE_SECONDS = 1.0  # anything shorter is somebody hanging up, not a message
END_KEYS = "#"

log = logging.getLogger("dyzurka.call")


async def voicemail(call: Call, config: Voicemail) -> Destination | None:
    """Take a message; returns where to go when it could not be kept. Raises LegGoneError."""
    if config.urgent:
        call.become_urgent()
    hours = [] if config.urgent or call.urgent else closed_office(call, config)
    await call.leg.play(*hours, *_greeting(call, config), call.desk.voice.beep())
    try:
        ticket = await take(call, config)
    except (OSError, NotSavedError) as fault:
        log.error("%s: the message could not be saved: %s", call.leg.id, fault)
        await call.say("not_saved")
        return _human(call)
    if ticket is not None:
        await call.say("ticket", digits=str(ticket.number))
        if call.leg.caller is not None:
            await call.say("ticket_easy")
    await call.say("goodbye")
    return None


def _greeting(call: Call, config: Voicemail) -> list[Clip]:
    spoken = voicemail_greeting(
        config, call.language, call.desk.building, evening=call.evening(), premises=call.building
    )
    withheld = call.sentence("vm_withheld") if call.leg.caller is None else []
    return [*call.to_caller(spoken), *withheld]


async def take(call: Call, config: Voicemail) -> Committed | None:
    """Take the message, after its tone; see `_keep`."""
    call.leg.forget_digits()
    return await asyncio.shield(call.errand(_keep(call, config)))


async def _keep(call: Call, config: Voicemail) -> Committed | None:
    """Record and save; returns the commit of the call's ticket, None where there is none (nothing was said).

    An errand: a caller who hangs up at the end of the message has left one, and one whose message could not be
    kept has at least a ticket. Raises OSError and NotSavedError.
    """
    over = asyncio.Event()
    try:
        async with beside(_music_after(over, call)):
            recording = await call.leg.record(
                call.desk.recordings / f"{call.uid}.wav",
                max_seconds=config.max_minutes * 60,
                silence_seconds=SILENCE_SECONDS,
                end_keys=END_KEYS,
                over=over.set,
            )
    except OSError:
        call.open_ticket("lost")
        raise
    saved = None
    if recording.seconds >= MESSAGE_SECONDS:
        call.recording = recording.path
        saved = call.note(
            events.CALL_MESSAGE,
            voicemail=config.id,
            recording=str(recording.path.relative_to(call.desk.data)),
            recording_uid=call.desk.register.new_uid(),
            seconds=round(recording.seconds, 3),
            voice_seconds=round(recording.voice_seconds, 3),
        )
        if call.outcome not in (calls.ANSWERED, calls.CALLBACK):  # nor where a call-back was promised
            call.outcome = calls.VOICEMAIL
        call.open_ticket("message")
    async with not_in_silence(call.leg, call.desk.voice.hold_music()):
        if saved is not None:
            await saved
        return await call.ticket_saved()


async def _music_after(over: asyncio.Event, call: Call) -> None:
    """While a slow disk takes the last of the message. Raises LegGoneError."""
    await over.wait()
    async with not_in_silence(call.leg, call.desk.voice.hold_music()):
        await asyncio.Event().wait()


def _human(call: Call) -> Destination | None:
    """Somebody to talk to when the box cannot remember: the first duty list, once."""
    lists = call.desk.building.duties
    if call.helped_out or not lists:
        return None
    call.helped_out = True
    return Destination("duty", next(iter(lists)))
