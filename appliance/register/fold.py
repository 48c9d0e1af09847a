"""What a call and a ticket are, given their events: pure, and total over whatever a body holds.

A row is the dict of CONTRACT plus `fold`, what the next event needs to know; `present` leaves that out and turns
times into the box's zone. A kind that is not known here changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from appliance.register import events
from appliance.register.event import Event
from appliance.register.log import TicketState

Row = dict[str, Any]
STATES = ("new", "in progress", "done")  # from the most open to the least
HUMAN_DESTINATIONS = ("duty:", "queue:", "person:", "extension:")
BY_SMS = "SMS"  # who wrote a note that came in by SMS


def fold_call(row: Row | None, event: Event) -> Row | None:
    """The call's row after the event; the same object when it changes nothing. `row` is never altered."""
    step = _CALL_STEPS.get(event.kind)
    if event.kind in (events.TICKET_OPENED, events.TICKET_JOINED):
        return (
            row
            if row is None or row["ticket"] is not None
            else {**row, "ticket": _number(event, "ticket_number") or None}
        )
    if step is None or (row is not None and row["ended"] is not None and step not in _AFTER_THE_END):
        return row  # a call that has ended stays as it is; only its recording may still be closed, or erased
    new = _new_call(event) if row is None else {**row, "fold": dict(row["fold"])}
    step(new, event)
    new["fold"]["at"] = event.at
    new["fold"]["after"] = max(new["fold"]["after"], event.seconds("after") or 0.0)
    return new


def fold_ticket(row: Row | None, event: Event) -> Row | None:
    """The ticket's row after the event.

    Merging: notes are a union, urgent is sticky, the later hybrid clock settles who took it, and of two states
    based on the same event the more open one wins.
    """
    if event.kind not in _TICKET_STEPS:
        return row
    new = _new_ticket(event) if row is None else {**row, "fold": dict(row["fold"])}
    new["urgent"] = new["urgent"] or event.get("urgent") is True
    call_number = _number(event, "call_number")
    if call_number and call_number not in new["calls"]:
        new["calls"] = [*new["calls"], call_number]
    _TICKET_STEPS[event.kind](new, event)
    return new


def present(row: Row, zone: tzinfo) -> Row:
    """A row as CONTRACT gives it: without the fold's own memory, times as ISO 8601 in `zone`."""
    shown = {key: value for key, value in row.items() if key != "fold"}
    for key in ("started", "ended", "opened", "changed"):
        if shown.get(key):
            shown[key] = local(shown[key], zone)
    if "outcome" in shown:
        shown.setdefault("ended_by", None)  # rows of versions before it was told
    if "notes" in shown:
        shown["notes"] = [{**note, "at": local(note["at"], zone)} for note in shown["notes"]]
        for note in shown["notes"]:
            note.pop("hlc")
    return shown


def state_of(row: Row) -> TicketState:
    """What a caller may be told of a ticket's row."""
    changed = row.get("changed")
    return TicketState(row["number"], row["state"], datetime.fromisoformat(changed) if changed else None, row["uid"])


def local(at: str, zone: tzinfo) -> str:
    """A moment of the register in a zone: ISO 8601 with milliseconds and offset."""
    return datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(zone).isoformat(timespec="milliseconds")


def _number(event: Event, field: str) -> int:
    """A display number within an event, 0 without one."""
    value = event.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _new_call(event: Event) -> Row:
    row: Row = {
        "id": event.number,
        "uid": event.call,
        "started": event.at,
        "ended": None,
        "line": None,
        "number": None,
        "building": event.building,
        "caller": None,
        "resident": None,
        "scenario": None,
        "choices": [],
        "urgent": False,
        "destination": None,
        "outcome": None,
        "answered_by": None,
        "rung": [],
        "wait_seconds": None,
        "talk_seconds": None,
        "recording": None,
        "ticket": None,
        "ended_by": None,
    }
    row["fold"] = {
        "hlc": event.hlc,
        "at": event.at,  # the last sign of life
        "after": 0.0,
        "answered": False,
        "sought": False,  # a human is to be reached and none has been bridged since
        "duty": False,  # the duty list was to be hunted
        "bridged": None,  # `after` of the bridge that is up
    }
    return row


def _started(row: Row, event: Event) -> None:
    row["id"] = event.number or row["id"]
    row["building"] = event.building or row["building"]
    for key in ("line", "number", "caller", "resident", "scenario"):
        row[key] = event.text(key)


def _answered(row: Row, event: Event) -> None:
    row["fold"]["answered"] = True


def _chose(row: Row, event: Event) -> None:
    key = event.text("key")
    if key is not None:
        row["choices"] = [*row["choices"], key]


def _building(row: Row, event: Event) -> None:
    row["building"] = event.text("premises") or event.building or row["building"]


def _urgent(row: Row, event: Event) -> None:
    row["urgent"] = True


def _destination(row: Row, event: Event) -> None:
    destination = event.text("destination")
    row["destination"] = row["destination"] or destination
    row["fold"]["sought"] |= (destination or "").startswith(HUMAN_DESTINATIONS)
    row["fold"]["duty"] |= (destination or "").startswith("duty:")


def _sought(row: Row, event: Event) -> None:
    row["fold"]["sought"] = True


def _rung(row: Row, event: Event) -> None:
    _sought(row, event)
    tried = {key: event.text(key) for key in ("who", "phone", "line", "result")}
    row["rung"] = [*row["rung"], {**tried, "seconds": event.seconds("seconds")}]


def _bridged(row: Row, event: Event) -> None:
    after = event.seconds("after") or 0.0
    row["answered_by"] = row["answered_by"] or event.text("who")
    if row["wait_seconds"] is None:
        row["wait_seconds"] = after
    row["fold"]["bridged"] = after
    row["fold"]["sought"] = False


def _parted(row: Row, event: Event) -> None:
    began = row["fold"]["bridged"]
    if began is not None:
        talked = (event.seconds("after") or began) - began
        row["talk_seconds"] = round((row["talk_seconds"] or 0.0) + max(talked, 0.0), 3)
    row["ended_by"] = event.text("ended_by") or row.get("ended_by")
    row["fold"]["bridged"] = None


def _message(row: Row, event: Event) -> None:
    row["recording"] = event.text("recording") or row["recording"]


def _sound_erased(row: Row, event: Event) -> None:
    if row["recording"] == event.text("recording"):
        row["recording"] = None


def _erased(row: Row, event: Event) -> None:
    """Numbers and names are gone from the events themselves; this only remembers that they are."""
    row["fold"]["erased"] = True


def _recorded(row: Row, event: Event) -> None:
    row["recording"] = row["recording"] or event.text("recording")


def _ended(row: Row, event: Event) -> None:
    _parted(row, event)
    if row["wait_seconds"] is None and row["fold"]["answered"]:
        row["wait_seconds"] = event.seconds("after") or row["fold"]["after"]
    row["ended"] = event.at
    row["outcome"] = event.text("outcome") or "failed"


def _interrupted(row: Row, event: Event) -> None:
    """The last sign of life is all that is known about its end; how long they talked is not."""
    if row["wait_seconds"] is None and row["fold"]["answered"]:
        row["wait_seconds"] = row["fold"]["after"]
    row["ended"] = row["fold"]["at"]
    row["outcome"] = "interrupted"


_CALL_STEPS: dict[str, Callable[[Row, Event], None]] = {
    events.CALL_STARTED: _started,
    events.CALL_ANSWERED: _answered,
    events.CALL_CHOSE: _chose,
    events.CALL_BUILDING: _building,
    events.CALL_URGENT: _urgent,
    events.CALL_DESTINATION: _destination,
    events.CALL_RINGING: _sought,
    events.CALL_RUNG: _rung,
    events.CALL_ACCEPTED: _sought,
    events.CALL_BRIDGED: _bridged,
    events.CALL_PARTED: _parted,
    events.CALL_MESSAGE: _message,
    events.CALL_RECORDED: _recorded,
    events.CALL_ENDED: _ended,
    events.CALL_INTERRUPTED: _interrupted,
    events.CALL_SOUND_ERASED: _sound_erased,
    events.CALL_ERASED: _erased,
}
_AFTER_THE_END = (_message, _sound_erased, _erased)


def _new_ticket(event: Event) -> Row:
    row: Row = {
        "number": event.number,
        "uid": event.ticket,
        "building": event.building,
        "state": "new",
        "urgent": False,
        "caller": None,
        "opened": event.at,
        "changed": event.at,
        "reason": None,
        "sensor": None,
        "calls": [],
        "notes": [],
        "taken_by": None,
        "base": event.uid,
    }
    row["fold"] = {"hlc": event.hlc, "head": [event.hlc, event.box], "taken": [0, ""]}
    return row


def _opened(row: Row, event: Event) -> None:
    row["number"] = event.number or row["number"]
    row["building"] = event.building or row["building"]
    row["caller"] = row["caller"] or event.text("caller")
    row["reason"] = row["reason"] or event.text("reason")
    row["sensor"] = row.get("sensor") or event.text("sensor")


def _joined(row: Row, event: Event) -> None:
    row["caller"] = row["caller"] or event.text("caller")


def _taken(row: Row, event: Event) -> None:
    mark = [event.hlc, event.box]
    if mark > row["fold"]["taken"]:
        row["taken_by"], row["fold"]["taken"] = event.text("who"), mark
    _move(row, event, "in progress")


def _done(row: Row, event: Event) -> None:
    _move(row, event, "done")


def _move(row: Row, event: Event, state: str) -> None:
    """A new state; when it was based on another event than the last one, the more open of the two."""
    base = event.text("base")
    if base and base != row["base"]:
        state = min(state, row["state"], key=STATES.index)
    row["state"], row["changed"] = state, event.at
    mark = [event.hlc, event.box]
    if mark > row["fold"]["head"]:
        row["base"], row["fold"]["head"] = event.uid, mark


def _noted(row: Row, event: Event) -> None:
    _note(row, event, event.text("who"))


def _texted(row: Row, event: Event) -> None:
    """What somebody wrote by SMS is a note of the ticket."""
    _note(row, event, BY_SMS)


def _note(row: Row, event: Event, who: str | None) -> None:
    note = {"at": event.at, "who": who, "text": event.text("text"), "hlc": [event.hlc, event.box]}
    row["notes"] = sorted([*row["notes"], note], key=lambda each: each["hlc"])


_TICKET_STEPS: dict[str, Callable[[Row, Event], None]] = {
    events.TICKET_OPENED: _opened,
    events.TICKET_JOINED: _joined,
    events.TICKET_TAKEN: _taken,
    events.TICKET_NOTED: _noted,
    events.SMS_RECEIVED: _texted,
    events.TICKET_DONE: _done,
    events.TICKET_ERASED: _erased,
}
