"""What the call flow may ask of the register: append an event, and know when it is on disk.

Only names: `store.py` writes SQLite, `memory.py` keeps events in a list for scenarios on the virtual clock.
Every kind of event stands in `events.py`; a kind that is not there is kept and forwarded, never refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio

PATIENCE_SECONDS = 0.5  # how long a sentence that claims nothing waits for the disk


class NotSavedError(Exception):
    """The event could not be written (disk full, read-only, gone). Nothing may be claimed about it."""


@dataclass(frozen=True, slots=True)
class Committed:
    """An event on disk. `number` is the display number given to a new call or ticket, else 0."""

    seq: int
    uid: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """How the disk keeps up: `waiting` events that are not committed, the oldest of them `oldest_seconds` old.

    `busy_seconds`: how long one commit or job has taken so far, 0 when there is nothing to do. `refused`: the disk
    takes nothing, which the register tells itself.
    """

    waiting: int = 0
    oldest_seconds: float = 0.0
    busy_seconds: float = 0.0
    refused: bool = False


@dataclass(frozen=True, slots=True)
class TicketState:
    """What a caller may be told of a ticket: `state` "new", "in progress" or "done", since when (None: not known)."""

    number: int
    state: str
    changed: datetime | None = None
    uid: str = ""


class Register(Protocol):
    """The exchange's pen. Methods belong to the event loop's thread and never block it."""

    def new_uid(self) -> str:
        """A UUIDv7 (RFC 9562) for a call, ticket or recording about to be recorded."""
        ...

    def record(
        self, kind: str, *, call: str = "", ticket: str = "", building: str = "", **body: object
    ) -> asyncio.Future[Committed]:
        """Append an event about a call or ticket (their uids) and return at once.

        The future resolves after the commit, in the order of the calls, or raises NotSavedError. Nobody need
        await it: a failure is counted and shown as a fault by itself. Bodies are JSON values.
        """
        ...

    def fault(self) -> str | None:
        """What is wrong with it, in words for the status; None when nothing is."""
        ...

    def load(self) -> Load | None:
        """What waits for the disk, and for how long; None where no disk is waited for."""
        ...

    async def tickets_of(self, *, caller: str | None = None, number: int | None = None) -> list[TicketState]:
        """The tickets of a caller (E.164), or the one of that number; none where nothing can be read."""
        ...


async def patiently(saved: asyncio.Future[Committed], seconds: float = PATIENCE_SECONDS) -> Committed | None:
    """Wait for the disk at most `seconds`; None when it was slower or failed (DESIGN, sentence 2)."""
    import asyncio  # not above: the page reads the register and has no event loop, 2 MB of it

    await asyncio.wait({saved}, timeout=seconds)
    if saved.done() and not saved.cancelled() and saved.exception() is None:
        return saved.result()
    return None
