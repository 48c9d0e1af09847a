"""One caller's call as the call flow knows it: who calls about what, in which language, what became of it.

It speaks sentences to the caller and writes the call's events. It decides nothing: the steps do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from appliance.building.hours import hello
from appliance.building.model import Language, Person, Resident, Scenario
from appliance.callflow.desk import Desk
from appliance.callflow.sentences import Phrase, phrase, premises_name
from appliance.lines.line import Leg
from appliance.media.sound import Clip
from appliance.register import events
from appliance.register.log import Committed

T = TypeVar("T")

ANSWERED, VOICEMAIL, CALLBACK, INFORMED = "answered", "voicemail", "callback", "informed"
ABANDONED, SILENT, FAILED, INTERRUPTED = "abandoned", "silent", "failed", "interrupted"


class Call:
    """The state of one call. `outcome` is a word of CONTRACT once something has settled it, else empty."""

    def __init__(self, leg: Leg, desk: Desk, scenario: Scenario) -> None:
        self.leg = leg
        self.desk = desk
        self.scenario = scenario
        self.uid = desk.register.new_uid()
        self.ticket = ""  # the uid of its ticket, once there is one
        self.outcome = ""
        self.state = "menu"  # for the status: the kind of step it is in, "talking", or "ending"
        self.helped_out = False  # put to a human once because something failed
        self.urgent = False
        self.language: Language = desk.building.box.language
        self.building = scenario.building or _only(desk)
        self.resident: Resident | None = desk.building.resident(leg.caller)
        if self.resident is not None and self.resident.building and not scenario.building:
            self.building = self.resident.building
        self._answered_at: float | None = None
        self._ticket_saved: asyncio.Future[Committed] | None = None
        self._errands: set[asyncio.Task[Any]] = set()

    # What is written down.

    def note(self, kind: str, **body: Any) -> asyncio.Future[Committed]:
        """Record an event of this call; see `register/events.py` for kinds and bodies."""
        after = 0.0 if self._answered_at is None else self.desk.clock.monotonic() - self._answered_at
        return self.desk.register.record(kind, call=self.uid, building=self.building, after=round(after, 3), **body)

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

    async def ticket_saved(self) -> Committed | None:
        """Wait until the ticket is on disk; its `number` may then be told. None where there is none.

        Raises NotSavedError.
        """
        return None if self._ticket_saved is None else await asyncio.shield(self._ticket_saved)

    def take_ticket(self, person: Person) -> None:
        """This person deals with it now."""
        if self.ticket:
            self.desk.register.record(
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
        self.open_ticket("urgent")

    # What is said, to the caller and to our own people.

    def clips(self, parts: Phrase, language: Language | None = None) -> list[Clip]:
        """Parts of a sentence as clips, in the caller's language unless another is named."""
        return [self.desk.voice.clip(language or self.language, part) for part in parts]

    def sentence(self, key: str, **values: str | Phrase) -> list[Clip]:
        """A sentence of the box as clips, in the caller's language; {building} is filled in by itself."""
        return self._spoken(key, self.language, values)

    def to_staff(self, key: str, **values: str | Phrase) -> list[Clip]:
        """A sentence for our own people, in the box's language."""
        return self._spoken(key, self.desk.building.box.language, values)

    def _spoken(self, key: str, language: Language, values: dict[str, str | Phrase]) -> list[Clip]:
        values.setdefault("building", premises_name(self.desk.building, self.building))
        return self.clips(phrase(key, language, self.desk.building, **values), language)

    async def say(self, key: str, **values: str | Phrase) -> None:
        """Say a sentence of the box to the caller, to its end. Raises LegGoneError."""
        await self.leg.play(*self.sentence(key, **values))

    def evening(self) -> bool:
        """Whether callers are greeted with "Dobry wieczór" now."""
        return hello(self.desk.clock.now(), self.desk.building.box.timezone) == "hello_evening"

    # What must still happen when the caller has gone.

    def errand(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do this whether or not the caller stays: the call's row is closed only after it.

        A step that wants to wait for it must shield it.
        """
        task = asyncio.get_running_loop().create_task(work)
        self._errands.add(task)
        return task

    async def errands_done(self, patience: float | None) -> None:
        """Wait for all errands; those not done after `patience` seconds (None: ever) are cancelled.

        Their exceptions are raised as a group.
        """
        faults: list[Exception] = []
        while errands := set(self._errands):
            done, late = await asyncio.wait(errands, timeout=patience)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
            self._errands -= errands
            results = await asyncio.gather(*done, *late, return_exceptions=True)
            faults += [each for each in results if isinstance(each, Exception)]
        if faults:
            raise ExceptionGroup(f"errands of {self.leg.id}", faults)


def _only(desk: Desk) -> str:
    """The id of the only house, where there is just one."""
    premises = desk.building.premises
    return next(iter(premises)) if len(premises) == 1 else ""
