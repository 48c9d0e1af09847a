"""One caller's call as the call flow knows it: who calls about what, in which language, what became of it.

It speaks sentences to the caller and writes the call's events. It decides nothing: the steps do.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from appliance.building.model import Language, Person, Scenario
from appliance.callflow.case import Case
from appliance.callflow.desk import Desk
from appliance.callflow.matter import Matter
from appliance.callflow.sentences import Phrase
from appliance.callflow.waiting_room import Place
from appliance.lines.line import Leg
from appliance.media.sound import Clip
from appliance.register import events
from appliance.register.log import Committed, patiently

ANSWERED, VOICEMAIL, CALLBACK, INFORMED = "answered", "voicemail", "callback", "informed"
ABANDONED, SILENT, FAILED, INTERRUPTED = "abandoned", "silent", "failed", "interrupted"


class Call(Matter):
    """The state of one call. `outcome` is a word of CONTRACT once something has settled it, else empty."""

    def __init__(self, leg: Leg, desk: Desk, scenario: Scenario) -> None:
        resident = desk.building.resident(leg.caller)
        at_home = resident.building if resident is not None else ""
        super().__init__(desk, leg.id, scenario.building or at_home or _only(desk), resident)
        self.leg = leg
        self.scenario = scenario
        self.uid = desk.register.new_uid()
        self.ticket = ""  # the uid of its ticket, once there is one
        self.taken = False  # somebody has taken the ticket
        self.duty = ""  # the duty list that was hunted
        self.recording: Path | None = None  # the message
        self.menu = scenario.menu  # the one that was asked last
        self.pressed = False  # a key in a menu, right or wrong: somebody is there
        self.spoke = False  # before the menu listened
        self.by_no_input = False  # where it goes now was not chosen by a key
        self.outcome = ""
        self.state = "menu"  # for the status: the kind of step it is in, "talking", or "ending"
        self.consent: bool | None = None  # to be recorded; None while not asked
        self.promised = False  # had to make way on the only line, and is called back
        self.helped_out = False  # put to a human once because something failed
        self.urgent = False
        self.since = desk.clock.now()
        self.place: tuple[str, Place] | None = None  # the queue it waits in, and where
        self.announced: set[tuple[str, Language]] = set()  # what it has heard, by id
        self.number_owed = False  # somebody opened its ticket by a key: they are told the number when they have talked
        self.language: Language = desk.building.box.language
        self._answered_at: float | None = None
        self._first_words: list[Clip] = []
        self._ticket_saved: asyncio.Future[Committed] | None = None

    # What is written down.

    def note(self, kind: str, **body: Any) -> asyncio.Future[Committed]:
        """Record an event of this call; see `register/events.py` for kinds and bodies."""
        after = round(self.seconds_since_answer(), 3)
        return self.desk.register.record(kind, call=self.uid, building=self.building, after=after, **body)

    def seconds_since_answer(self) -> float:
        """How long ago the call was answered; 0 before."""
        return 0.0 if self._answered_at is None else self.desk.clock.monotonic() - self._answered_at

    def note_answered(self) -> None:
        """Record the answer; from here on `after` counts."""
        self._answered_at = self.desk.clock.monotonic()
        self.note(events.CALL_ANSWERED)

    def open_ticket(self, reason: str) -> None:
        """Open this call's ticket, unless it has one (reason as in `events.TICKET_OPENED`)."""
        if self.ticket:
            return
        self.ticket = self.desk.register.new_uid()
        self._ticket_saved = self.desk.register.record(
            events.TICKET_OPENED,
            call=self.uid,
            ticket=self.ticket,
            building=self.building,
            urgent=self.urgent,
            caller=self.leg.caller,
            reason=reason,
        )

    def join_ticket(self, ticket: str) -> None:
        """This call is about a ticket that is there already: one more call about it."""
        self.ticket = ticket
        self.desk.register.record(
            events.TICKET_JOINED, call=self.uid, ticket=ticket, building=self.building, caller=self.leg.caller
        )

    async def ticket_saved(self) -> Committed | None:
        """Wait until the ticket is on disk; its `number` may then be told. None where there is none.

        Raises NotSavedError.
        """
        return None if self._ticket_saved is None else await asyncio.shield(self._ticket_saved)

    async def ticket_soon(self) -> Committed | None:
        """As `ticket_saved`, for what claims nothing: None when the disk is slow or fails."""
        return None if self._ticket_saved is None else await patiently(self._ticket_saved)

    def case(self, number: int) -> Case:
        """What is left of this call when its caller has gone, as the ticket of that number."""
        return Case(
            self.ticket,
            number,
            self.leg.caller,
            self.building,
            self.language,
            self.desk.clock.now(),
            self.duty,
            self.recording,
            self.promised,
        )

    def take_ticket(self, person: Person) -> asyncio.Future[Committed] | None:
        """This person deals with it now; returns when that is on disk, None where there is no ticket."""
        if not self.ticket:
            return None
        self.taken = True
        return self.desk.register.record(
            events.TICKET_TAKEN,
            call=self.uid,
            ticket=self.ticket,
            building=self.building,
            who=person.id,
            base="",
        )

    def become_urgent(self) -> None:
        """From now on this is an urgent call: it has a ticket, whatever happens next."""
        if self.urgent:
            return
        self.urgent = True
        self.note(events.CALL_URGENT)
        if self.ticket:
            self.desk.register.record(
                events.TICKET_JOINED, call=self.uid, ticket=self.ticket, building=self.building, urgent=True
            )
        self.open_ticket("urgent")

    def note_ringing(self, person: Person, phone: str) -> None:
        """See `Matter`."""
        self.note(events.CALL_RINGING, who=person.id, phone=phone)

    def note_rung(self, person: Person, phone: str, line: str | None, result: str, seconds: float) -> None:
        """See `Matter`."""
        self.note(events.CALL_RUNG, who=person.id, phone=phone, line=line, result=result, seconds=seconds)

    def note_accepted(self, person: Person, phone: str) -> None:
        """See `Matter`."""
        self.note(events.CALL_ACCEPTED, who=person.id, phone=phone)

    def waiting(self) -> bool:
        """Whether the caller is still there."""
        return self.leg.up

    def can_be_called_back(self) -> bool:
        """Whether the caller's number is known and one that the box may dial: only then is a call-back promised."""
        number = self.leg.caller
        return number is not None and self.desk.switchboard.reachable(Person("caller", "", (number,)))

    # What is said to the caller.

    def say_beside(self, key: str) -> None:
        """Say this sentence at the beginning of whatever the caller hears next, beside what is then done."""
        self._first_words = self.sentence(key)

    def first_words(self) -> list[Clip]:
        """What `say_beside` has left to say; nothing the second time."""
        words, self._first_words = self._first_words, []
        return words

    def to_caller(self, parts: Phrase) -> list[Clip]:
        """Parts of a sentence as clips, in the caller's language."""
        return self.clips(parts, self.language)

    def sentence(self, key: str, /, **values: str | Phrase) -> list[Clip]:
        """A sentence of the box as clips, in the caller's language; {building} is filled in by itself."""
        return self.spoken(key, self.language, values)

    async def say(self, key: str, /, **values: str | Phrase) -> None:
        """Say a sentence of the box to the caller, to its end. Raises LegGoneError."""
        await self.leg.play(*self.sentence(key, **values))


def _only(desk: Desk) -> str:
    """The id of the only house, where there is just one."""
    premises = desk.building.premises
    return next(iter(premises)) if len(premises) == 1 else ""
