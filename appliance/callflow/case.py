"""What is left of a call when its caller has gone: a ticket, and what people who are rung about it must know.

Chase and call-back are done about a `Case`; they are events of the ticket, not calls of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from appliance.building.model import Language, Person
from appliance.callflow.desk import Desk
from appliance.callflow.matter import Matter
from appliance.callflow.waiting_room import Place
from appliance.register import events


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket nobody has dealt with. `recording` is its message, `duty` the list that was hunted, "" for none.

    `promised`: its caller had to make way on the only line, and was told that somebody calls back. `sensor`: the name
    of the contact that opened it; there is no caller then.
    """

    ticket: str  # uid
    number: int
    caller: str | None
    building: str
    language: Language
    opened: datetime
    duty: str = ""
    recording: Path | None = None
    promised: bool = False
    sensor: str = ""


class Aftercare(Protocol):
    """What must still happen for callers who have gone. Every method returns at once."""

    def chase(self, case: Case) -> None:
        """Ring the people on duty about an urgent ticket until somebody claims it."""
        ...

    def chased(self) -> tuple[Case, ...]:
        """The urgent tickets that people are rung about, the oldest first."""
        ...

    def settled(self, ticket: str) -> None:
        """The ticket (its uid) was taken or done in another way: nobody is rung about it any more."""
        ...

    def talked(self, ticket: str) -> None:
        """Its caller has talked to who took it, and need not be told that somebody has."""
        ...

    def tell_taken(self, case: Case) -> None:
        """Ring a caller who was promised to be called back, and say that somebody has the ticket and will call."""
        ...

    def call_back(self, case: Case, queue: str, place: Place | None) -> None:
        """Ring the people of a queue when it is this place's turn, then the caller, and put them through.

        `queue` "": the people of the first duty list.
        """
        ...

    def calling_back(self, number: str | None) -> str:
        """The uid of the ticket for which this number will be called back, "" where there is none."""
        ...


class TicketMatter(Matter):
    """A ticket that people are rung about."""

    def __init__(self, desk: Desk, case: Case) -> None:
        super().__init__(desk, f"ticket-{case.number}", case.building, desk.building.resident(case.caller))
        self.case = case

    def note(self, kind: str, **body: Any) -> None:
        """Record an event of the ticket."""
        self.desk.register.record(kind, ticket=self.case.ticket, building=self.building, **body)

    def note_ringing(self, person: Person, phone: str) -> None:
        """See `Matter`."""
        self.note(events.TICKET_RINGING, who=person.id, phone=phone)

    def note_rung(self, person: Person, phone: str, line: str | None, result: str, seconds: float) -> None:
        """See `Matter`."""
        self.note(events.TICKET_RUNG, who=person.id, phone=phone, line=line, result=result, seconds=seconds)

    def note_accepted(self, person: Person, phone: str) -> None:
        """See `Matter`. What accepting means is told by `ticket.taken`."""

    def waiting(self) -> bool:
        """A ticket always waits."""
        return True
