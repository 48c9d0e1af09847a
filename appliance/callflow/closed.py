"""What callers hear of the hours: an office that is closed, and when it opens. It decides nothing."""

from __future__ import annotations

from appliance.building.attendance import attended, next_attended
from appliance.building.model import Voicemail
from appliance.callflow import dates
from appliance.callflow.call import Call
from appliance.callflow.sentences import opening_times
from appliance.media.sound import Clip


def closed_words(call: Call, destination: str) -> list[Clip]:
    """That the people of a destination are not there today any more, and when they come; [] where that does not fit.

    It does not fit while they are there, when they come later today, and where no hours say when.
    """
    building, now = call.desk.building, call.desk.clock.now()
    if attended(building, destination, now):
        return []
    comes = next_attended(building, destination, now)
    today = now.astimezone(building.box.timezone).date()
    if comes is None or comes.date() == today or comes.time() not in opening_times(building):
        return []
    day = dates.day(comes.date(), today, call.language)
    return call.sentence(
        "closed_today", day=day[0] if len(day) == 1 else day, hour=dates.hour(comes.time(), call.language)
    )


def closed_office(call: Call, box: Voicemail) -> list[Clip]:
    """The same before a message is left in the mailbox of a queue: the one that it overflows to."""
    for queue in call.desk.building.queues.values():
        if str(queue.overflow) == f"voicemail:{box.id}":
            return closed_words(call, f"queue:{queue.id}")
    return []
