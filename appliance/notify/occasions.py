"""When somebody must be told: a fold of the register's events into occasions. Pure; a restart feeds it the past again.

1. `urgent`: a call has an urgent ticket and goes where its caller chose; or a ticket is opened urgent without a call.
2. `nobody`: that call is over, and nobody has taken the ticket.
3. `taken`: somebody has it, by voice, SMS or on the page, or has done with it. Told to who had heard of it before.
4. `receipt`: a call that opened a ticket is over; its caller may want the number in writing.

Each comes once for a ticket; but what was told last of one that nobody has taken comes again whenever somebody is rung
about it: for those who were not on duty then, or whose time to be told had not come. Nobody is sent the same twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from appliance.notify.notice import IN_NEED, Affair, Happening, Occasion
from appliance.register import events

ANSWERED = "answered"
WITH_DUTY = ("duty", "voicemail")  # where an urgent call goes

Told = tuple[Occasion, Affair]


class Occasions:
    """Remembers calls that are up and urgent tickets that nobody has taken."""

    def __init__(self) -> None:
        self._calls: dict[str, Affair] = {}
        self._tickets: dict[str, Affair] = {}

    def waiting(self) -> list[Affair]:
        """The urgent tickets that nobody has taken, the oldest first."""
        return [each for each in self._tickets.values() if not each.taken_by]

    def of_ticket(self, ticket: str) -> Affair | None:
        """What is known of an urgent ticket."""
        return self._tickets.get(ticket)

    def feed(self, happening: Happening) -> list[Told]:
        """What somebody must be told of because of this event. The affairs are copies."""
        affair = self._affair(happening)
        if affair is None:
            return []
        self._learn(affair, happening)
        told = [(occasion, replace(affair, rung=dict(affair.rung))) for occasion in self._due(affair, happening)]
        self._forget(affair, happening)
        return told

    def _affair(self, happening: Happening) -> Affair | None:
        """Whom the event is about: its call, or a ticket that is known or opened without one."""
        if happening.kind == events.CALL_STARTED:
            self._calls[happening.call] = Affair(happening.at, call=happening.call, building=happening.building)
        if happening.call in self._calls:
            return self._calls[happening.call]
        if happening.kind == events.TICKET_OPENED and happening.body.get("urgent") is True:
            self._tickets[happening.ticket] = Affair(happening.at, call=happening.call, building=happening.building)
        return self._tickets.get(happening.ticket)

    def _learn(self, affair: Affair, happening: Happening) -> None:
        match happening.kind:
            case events.CALL_STARTED:
                affair.caller = happening.text("caller") or None
            case events.CALL_BUILDING:
                affair.building = happening.text("premises") or affair.building
            case events.CALL_CHOSE:
                language = happening.text("language")
                affair.language = "en" if language == "en" else "pl" if language == "pl" else affair.language
                affair.going = False
            case events.CALL_URGENT:
                affair.urgent = True
            case events.CALL_DESTINATION:
                kind, _, target = happening.text("destination").partition(":")
                affair.going = kind in WITH_DUTY
                affair.duty = target if kind == "duty" else affair.duty
            case events.CALL_RUNG | events.TICKET_RUNG:
                affair.rung[happening.text("who")] = happening.text("result")
            case events.CALL_MESSAGE:
                affair.message = True
            case events.TICKET_OPENED | events.TICKET_JOINED:
                self._ticket(affair, happening)
            case events.TICKET_TAKEN | events.TICKET_DONE:
                affair.taken_by = affair.taken_by or happening.text("who") or "?"
        affair.building = affair.building or happening.building

    def _ticket(self, affair: Affair, happening: Happening) -> None:
        affair.ticket = happening.ticket
        affair.number = happening.number or affair.number
        affair.urgent = affair.urgent or happening.body.get("urgent") is True
        affair.caller = affair.caller or happening.text("caller") or None
        affair.sensor, affair.duty = affair.sensor or happening.text("sensor"), affair.duty or happening.text("duty")
        if affair.urgent:
            self._tickets[affair.ticket] = affair

    def _due(self, affair: Affair, happening: Happening) -> Iterator[Occasion]:
        over = happening.kind in (events.CALL_ENDED, events.CALL_INTERRUPTED)
        answered = over and happening.text("outcome") == ANSWERED
        if affair.urgent and affair.ticket:
            if affair.taken_by:
                if affair.told & {"urgent", "nobody"}:
                    yield from self._once(affair, "taken")
            elif over and not answered:
                yield from self._once(affair, "nobody")
            elif happening.kind == events.TICKET_RINGING:
                yield from [each for each in IN_NEED if each in affair.told][-1:]
            elif affair.going or not affair.call:
                yield from self._once(affair, "urgent")
        if over and affair.ticket and affair.number:
            yield from self._once(affair, "receipt")

    def _once(self, affair: Affair, occasion: Occasion) -> Iterator[Occasion]:
        if occasion not in affair.told:
            affair.told.add(occasion)
            yield occasion

    def _forget(self, affair: Affair, happening: Happening) -> None:
        if happening.kind in (events.CALL_ENDED, events.CALL_INTERRUPTED):
            self._calls.pop(affair.call, None)
        if affair.taken_by and affair.call not in self._calls:
            self._tickets.pop(affair.ticket, None)
