"""What people are rung about: a call whose caller waits, or a ticket that waits for somebody. The ground of both.

It knows the words for our own people and the work that must still be done; whoever rings people needs no more.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from appliance.building.hours import hello
from appliance.building.model import Language, Person, Resident
from appliance.callflow.desk import Desk
from appliance.callflow.sentences import Phrase, phrase, premises_name
from appliance.media.sound import Clip

STOPPING_SECONDS = 1.0  # when the exchange stops: for a message to be kept, a person on duty to be told

log = logging.getLogger("dyzurka.call")

T = TypeVar("T")


class Matter(ABC):
    """A call or a ticket. `id` names it in the log; `building` is the premises id it is about, "" while not known."""

    def __init__(self, desk: Desk, name: str, building: str, resident: Resident | None) -> None:
        self.desk = desk
        self.id = name
        self.building = building
        self.resident = resident
        self._errands: list[asyncio.Task[Any]] = []

    # What is written down about those who are rung.

    @abstractmethod
    def note_ringing(self, person: Person, phone: str) -> None:
        """Somebody's phone is rung."""

    @abstractmethod
    def note_rung(self, person: Person, phone: str, line: str | None, result: str, seconds: float) -> None:
        """What came of it: a `result` of CONTRACT, after so many seconds."""

    @abstractmethod
    def note_accepted(self, person: Person, phone: str) -> None:
        """They pressed 1, or need not."""

    @abstractmethod
    def waiting(self) -> bool:
        """Whether it still waits for somebody; a caller who hung up does not."""

    # What is said.

    def clips(self, parts: Phrase, language: Language) -> list[Clip]:
        """Parts of a sentence as clips."""
        return [self.desk.voice.clip(language, part) for part in parts]

    def to_staff(self, key: str, /, **values: str | Phrase) -> list[Clip]:
        """A sentence for our own people, in the box's language; {building} is filled in by itself."""
        return self.spoken(key, self.desk.building.box.language, values)

    def spoken(self, key: str, language: Language, values: dict[str, str | Phrase]) -> list[Clip]:
        """A sentence of the box in a language."""
        values.setdefault("building", premises_name(self.desk.building, self.building))
        return self.clips(phrase(key, language, self.desk.building, **values), language)

    def evening(self) -> bool:
        """Whether people are greeted with "Dobry wieczór" now."""
        return hello(self.desk.clock.now(), self.desk.building.box.timezone) == "hello_evening"

    # What must still happen, whoever has gone.

    def errand(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do this whatever becomes of the matter: it is closed only after it.

        A step that wants to wait for it must shield it.
        """
        task = asyncio.get_running_loop().create_task(work)
        self._errands.append(task)
        return task

    @asynccontextmanager
    async def errands_afterwards(self) -> AsyncIterator[None]:
        """`errands_done` after the block: for as long as it takes, or, when the block is cancelled, not for long.

        An errand that fails is a fault, and changes nothing about what the block has come to.
        """
        patience: float | None = None
        try:
            yield
        except asyncio.CancelledError:
            patience = STOPPING_SECONDS
            raise
        finally:
            try:
                await self.errands_done(patience)
            except* Exception as faults:
                log.error("%s: an errand failed", self.id, exc_info=faults)
                self.desk.fault(f"{self.id}: an errand failed: {faults.exceptions}")

    async def errands_done(self, patience: float | None) -> None:
        """Wait for all errands; those not done after `patience` seconds (None: ever) are cancelled.

        Their exceptions are raised as a group. Cancelled meanwhile, it waits `STOPPING_SECONDS` more, and leaves none.
        """
        faults: list[Exception] = []
        stopped: asyncio.CancelledError | None = None
        while errands := list(self._errands):
            try:
                done, late = await asyncio.wait(errands, timeout=patience)
            except asyncio.CancelledError as stop:
                if patience is not None:  # once more: at once
                    for task in errands:
                        task.cancel()
                    raise
                patience, stopped = STOPPING_SECONDS, stop
                continue
            for task in errands:
                if task in late:
                    task.cancel()
            if late:
                await asyncio.wait(late)
            self._errands = [each for each in self._errands if each not in errands]
            results = await asyncio.gather(*done, *late, return_exceptions=True)
            faults += [each for each in results if isinstance(each, Exception)]
        if stopped is not None:
            raise stopped
        if faults:
            raise ExceptionGroup(f"errands of {self.id}", faults)
