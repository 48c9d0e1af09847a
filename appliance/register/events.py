"""Every kind of event that the exchange records, with the fields of its body. Append-only: kinds never change
their meaning; a new meaning is a new kind or a higher `v`.

Fields written in every call event: `after`, seconds since the call was answered (monotonic, 3 decimals; 0.0
before the answer), so that durations survive a clock that jumps.
"""

from __future__ import annotations

# call.*: `call` is set.
CALL_STARTED = "call.started"  # line, number (ours), caller|null, resident|null, scenario, leg (its name in the log)
CALL_ANSWERED = "call.answered"  # (nothing more)
CALL_CHOSE = "call.chose"  # menu, key, language|absent; an accepted key only
CALL_BUILDING = "call.building"  # premises
CALL_URGENT = "call.urgent"  # (nothing more)
CALL_DESTINATION = "call.destination"  # destination: each one entered; the first is the row's
CALL_RINGING = "call.ringing"  # who, phone
CALL_RUNG = "call.rung"  # who, phone, line|null, result (CONTRACT's words), seconds
CALL_ACCEPTED = "call.accepted"  # who, phone: somebody pressed 1 (or need not)
CALL_BRIDGED = "call.bridged"  # who
CALL_PARTED = "call.parted"  # by: "caller" | "person" | "lost"; ended_by|absent: see below
CALL_MESSAGE = "call.message"  # voicemail, recording (path below the data), recording_uid, seconds, voice_seconds
CALL_RECORDED = "call.recorded"  # recording, recording_uid: the conversation, caller left and person right
# ended_by: what ended it on an analogue line, where nobody was heard to hang up: "tone", "silence" or "longest"; or
# "transfer": the line's exchange has joined the two, and the box heard no more of it.
CALL_ENDED = "call.ended"  # outcome (CONTRACT's words), cause; ended_by|absent
CALL_INTERRUPTED = "call.interrupted"  # written at the next start for calls without an end
CALL_SOUND_ERASED = "call.sound_erased"  # recording: its path; the file is gone
CALL_ERASED = "call.erased"  # fields: personal ones, taken out of every event of the call in the same commit

# ticket.*: `ticket` is set; `call` where one led to it. A new ticket's Committed.number is its number.
# The store adds `ticket_number` and `call_number` (0 where unknown), what people call them.
# Why one was opened: "urgent", "message", "callback", "lost", "key", "page", "sms" or "sensor".
TICKET_OPENED = "ticket.opened"  # urgent, caller|null, reason; of a sensor also sensor (its name), duty (id)
TICKET_JOINED = "ticket.joined"  # one more call about it, or the same again: urgent, caller
TICKET_TAKEN = "ticket.taken"  # who; base: uid of the event it was based on, or ""
TICKET_RINGING = "ticket.ringing"  # who, phone: somebody is rung about it (chase, call-back)
TICKET_RUNG = "ticket.rung"  # who, phone, line|null, result, seconds: as call.rung
TICKET_TALKED = "ticket.talked"  # who: put through to the resident about it
TICKET_NOTED = "ticket.noted"  # text, who; base
TICKET_DONE = "ticket.done"  # who; base
TICKET_ERASED = "ticket.erased"  # fields: likewise, of the ticket

# notice.*: what people are told beside the calls; `call`, `ticket` where it is about one. All but the first name it by
# `notice`, its uid, and repeat `channel` and `phone`: the recipient, a number, a mail address or a push service's name.
NOTICE_QUEUED = "notice.queued"  # notice, occasion, about, channel, phone, text, title
NOTICE_TRIED = "notice.tried"  # (nothing more): written before it is handed over; what follows may never be known
NOTICE_SENT = "notice.sent"  # reference, by: the line, or "mail", "push"
NOTICE_DELIVERED = "notice.delivered"  # (nothing more): the network says that it has arrived
NOTICE_FAILED = "notice.failed"  # why, final: it is not tried again
NOTICE_DROPPED = "notice.dropped"  # why: "taken", "late" or "unknown": whether it was sent is not known

# sms.*
SMS_RECEIVED = "sms.received"  # caller|null, sender (of one that is no telephone number), text, line, sent|null

# duty.*: agreed on the spot; beats the calendar and survives its revisions.
DUTY_OVERRIDE = "duty.override"  # duty, who, instead_of (ids), from, to (ISO 8601 with offset, `to` not included)

# box.*
BOX_STARTED = "box.started"  # version, python
BOX_CONFIGURED = "box.configured"  # revision
BOX_STOPPED = "box.stopped"  # (nothing more)
BOX_FAULT = "box.fault"  # part, text
BOX_PROOF = "box.proof"  # calling, called (line ids), result (proving/result.py), seconds: a test call of the day
BOX_DIVERTED = "box.diverted"  # line, who, refused ("" where it was not): whom its network was told to call instead
BOX_TIDIED = "box.tidied"  # sounds, calls, tickets: of how many the sound, or numbers and names, were erased
BOX_SENSOR = "box.sensor"  # sensor (its name), pin, closed, number: of the ticket it opened last, 0 for none
BOX_POWER = "box.power"  # state: "lost", "back", "ending", "resting" or "off"; since; charge, seconds or null
BOX_CHANGED = "box.changed"  # who (a login name), what (the verb, or what was edited), detail: the audit log
BOX_EPOCH = "box.epoch"  # reason, before: the first event of a new epoch (restore, new card, promotion)
