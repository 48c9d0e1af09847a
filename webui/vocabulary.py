"""Words for what the register and the exchange name by keys: states, outcomes, results, kinds of events."""

from __future__ import annotations

from collections.abc import Mapping

from webui.words import Words, lazy_pgettext

LINE_STATES: Mapping[str, Words] = {
    "up": lazy_pgettext("line", "up"),
    "starting": lazy_pgettext("line", "starting"),
    "down": lazy_pgettext("line", "down"),
}
OUTCOMES: Mapping[str, Words] = {
    "answered": lazy_pgettext("outcome", "answered"),
    "voicemail": lazy_pgettext("outcome", "left a message"),
    "callback": lazy_pgettext("outcome", "call-back asked for"),
    "informed": lazy_pgettext("outcome", "heard the information"),
    "abandoned": lazy_pgettext("outcome", "abandoned"),
    "silent": lazy_pgettext("outcome", "silent"),
    "interrupted": lazy_pgettext("outcome", "interrupted (power or failure)"),
    "failed": lazy_pgettext("outcome", "failed"),
    "": lazy_pgettext("outcome", "in progress"),
}
ENDED_BY: Mapping[str, Words] = {
    "tone": lazy_pgettext("ended by", "the tone on the line"),
    "silence": lazy_pgettext("ended by", "silence on the line"),
    "longest": lazy_pgettext("ended by", "the longest time allowed for a call"),
    "transfer": lazy_pgettext("ended by", "transfer: the exchange of the line joined the two"),
}
TICKET_STATES: Mapping[str, Words] = {
    "new": lazy_pgettext("ticket", "nobody has taken it"),
    "in progress": lazy_pgettext("ticket", "in progress"),
    "done": lazy_pgettext("ticket", "done"),
}
RESULTS: Mapping[str, Words] = {
    "answered": lazy_pgettext("result", "answered"),
    "declined": lazy_pgettext("result", "declined"),
    "no answer": lazy_pgettext("result", "no answer"),
    "busy": lazy_pgettext("result", "busy"),
    "refused": lazy_pgettext("result", "refused"),
    "wrong number": lazy_pgettext("result", "wrong number"),
    "line down": lazy_pgettext("result", "line down"),
    "not registered": lazy_pgettext("result", "not registered"),
    "cancelled": lazy_pgettext("result", "cancelled"),
}
TESTS: Mapping[str, Words] = {  # results of a test call
    **RESULTS,
    "confirmed": lazy_pgettext("result", "answered, 1 pressed"),
    "not confirmed": lazy_pgettext("result", "answered, 1 not pressed"),
}
EVENTS: Mapping[str, Words] = {
    "call.started": lazy_pgettext("event", "The call came in"),
    "call.answered": lazy_pgettext("event", "The exchange answered"),
    "call.chose": lazy_pgettext("event", "A key was pressed"),
    "call.building": lazy_pgettext("event", "A building was chosen"),
    "call.urgent": lazy_pgettext("event", "It is urgent"),
    "call.destination": lazy_pgettext("event", "Sent on"),
    "call.ringing": lazy_pgettext("event", "Ringing"),
    "call.rung": lazy_pgettext("event", "Stopped ringing"),
    "call.accepted": lazy_pgettext("event", "Accepted"),
    "call.bridged": lazy_pgettext("event", "Bridged to"),
    "call.parted": lazy_pgettext("event", "The conversation ended"),
    "call.message": lazy_pgettext("event", "A message was recorded"),
    "call.recorded": lazy_pgettext("event", "The conversation was recorded"),
    "call.sound_erased": lazy_pgettext("event", "The sound was erased after its time"),
    "call.ended": lazy_pgettext("event", "The call ended"),
    "call.interrupted": lazy_pgettext("event", "Interrupted; noted at the next start"),
    "call.erased": lazy_pgettext("event", "Personal data erased"),
    "ticket.opened": lazy_pgettext("event", "A ticket was opened"),
    "ticket.joined": lazy_pgettext("event", "It joined a ticket"),
    "ticket.ringing": lazy_pgettext("event", "A phone rings about the ticket"),
    "ticket.rung": lazy_pgettext("event", "Rung about the ticket"),
    "ticket.talked": lazy_pgettext("event", "Talked to the resident"),
    "ticket.taken": lazy_pgettext("event", "The ticket was taken by"),
    "ticket.noted": lazy_pgettext("event", "A note was added"),
    "ticket.done": lazy_pgettext("event", "The ticket was closed"),
    "ticket.erased": lazy_pgettext("event", "Personal data of the ticket erased"),
    "notice.queued": lazy_pgettext("event", "A message is to be sent"),
    "notice.tried": lazy_pgettext("event", "A message is being sent"),
    "notice.sent": lazy_pgettext("event", "A message was sent"),
    "notice.delivered": lazy_pgettext("event", "A message arrived"),
    "notice.failed": lazy_pgettext("event", "A message could not be sent"),
    "notice.dropped": lazy_pgettext("event", "A message was not sent any more"),
    "sms.received": lazy_pgettext("event", "An SMS came"),
}
OCCASIONS: Mapping[str, Words] = {
    "urgent": lazy_pgettext("message", "an urgent call"),
    "nobody": lazy_pgettext("message", "nobody accepted"),
    "taken": lazy_pgettext("message", "who has the ticket"),
    "yours": lazy_pgettext("message", "the flat and the number, for who accepted"),
    "receipt": lazy_pgettext("message", "the ticket's number, for the caller"),
    "answer": lazy_pgettext("message", "an answer"),
    "reply": lazy_pgettext("message", "an answer from the page"),
    "mains": lazy_pgettext("message", "the mains"),
    "None": lazy_pgettext("message", "a message"),
}
CALL_STATES: Mapping[str, Words] = {
    "menu": lazy_pgettext("call now", "listens to the menu"),
    "duty": lazy_pgettext("call now", "waits for the person on duty: we are ringing"),
    "queue": lazy_pgettext("call now", "waits in the queue"),
    "voicemail": lazy_pgettext("call now", "leaves a message"),
    "extension": lazy_pgettext("call now", "waits: we are ringing"),
    "person": lazy_pgettext("call now", "waits: we are ringing"),
    "say": lazy_pgettext("call now", "listens to an announcement"),
    "status": lazy_pgettext("call now", "asks about a ticket"),
    "callback": lazy_pgettext("call now", "asks to be called back"),
    "talking": lazy_pgettext("call now", "talks"),
    "ending": lazy_pgettext("call now", "is hanging up"),
}
LAMPS: Mapping[str, Words] = {
    "status": lazy_pgettext("lamp", "status lamp"),
    "panic_lamp": lazy_pgettext("lamp", "alarm lamp"),
    "buzzer": lazy_pgettext("lamp", "buzzer"),
}
LAMPS_BURN: Mapping[str, Words] = {
    "status green": lazy_pgettext("lamp", "green, all is well"),
    "status amber": lazy_pgettext("lamp", "amber, a line is down and another carries the calls"),
    "status red": lazy_pgettext("lamp", "red, there is a fault"),
    "status starting": lazy_pgettext("lamp", "green and blinking, it is starting"),
    "panic_lamp off": lazy_pgettext("lamp", "off, nobody is in need"),
    "panic_lamp blinking": lazy_pgettext("lamp", "blinks, an urgent call looks for somebody"),
    "panic_lamp on": lazy_pgettext("lamp", "on, an urgent ticket waits for somebody to take it"),
    "buzzer off": lazy_pgettext("lamp", "silent"),
    "buzzer sounding": lazy_pgettext("lamp", "sounds"),
    "buzzer muted": lazy_pgettext("lamp", "muted until the next urgent call"),
}
PINS: Mapping[str, Words] = {
    "status green": lazy_pgettext("lamp", "green lamp"),
    "status amber": lazy_pgettext("lamp", "amber lamp"),
    "status red": lazy_pgettext("lamp", "red lamp"),
    "panic_lamp": lazy_pgettext("lamp", "alarm lamp"),
    "buzzer": lazy_pgettext("lamp", "buzzer"),
    "button": lazy_pgettext("lamp", "button"),
}
PINS_STAND: Mapping[str, Words] = {
    "on": lazy_pgettext("pin", "on"),
    "off": lazy_pgettext("pin", "off"),
    "pressed": lazy_pgettext("pin", "pressed"),
    "unknown": lazy_pgettext("pin", "does not work, see the faults"),
}
CONTACTS: Mapping[str, Words] = {
    "open": lazy_pgettext("contact", "open, all is well"),
    "closed": lazy_pgettext("contact", "closed: alarm"),
    "chattering": lazy_pgettext("contact", "chatters: look at its wire and sensor"),
    "stuck": lazy_pgettext("contact", "closed for more than a day"),
    "unknown": lazy_pgettext("contact", "not known, see the faults"),
}


def word(words: Mapping[str, Words], key: str | None) -> str:
    """The word for a key; the key itself when a newer exchange says one that is not known here."""
    return str(words.get(key or "", key or ""))
