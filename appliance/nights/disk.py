"""The register of a simulated box: commits as late as its disk, keeps what a failing disk refuses, survives power cuts.

It keeps the promises of the writer on disk: what could not be written fails at once, waits in order, and is written
when the disk takes it again. No file is made.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from appliance.clock import Clock
from appliance.register.draft import Drafter
from appliance.register.event import Draft, Event
from appliance.register.fold import state_of
from appliance.register.ledger import Ledger, apply
from appliance.register.log import Committed, Load, NotSavedError, TicketState
from appliance.register.memory import MemoryRows
from appliance.register.recovery import Recording, findings
from appliance.register.uid import UidSource

CLOSE_SECONDS = 4.0  # as the register on disk: longer a stopping exchange does not wait for it


@dataclass(slots=True)
class Disk:
    """What stays when the power goes: committed events, their folds, recordings (path → seconds)."""

    ledger: Ledger
    rows: MemoryRows = field(default_factory=MemoryRows)
    events: list[Event] = field(default_factory=list)
    recordings: dict[Path, float] = field(default_factory=dict)
    delay_seconds: float = 0.0  # how long a commit takes now
    fails: bool = False  # nothing can be written now


def blank_disk(clock: Clock, rng: random.Random) -> Disk:
    """A new card."""
    return Disk(Ledger(box=UidSource(clock, rng).new(), epoch=1))


class NightRegister:
    """`Register` of one life of a box. `cut` is the power cut: nothing is written any more, nobody is told."""

    def __init__(self, disk: Disk, clock: Clock, rng: random.Random) -> None:
        self.disk = disk
        self._drafter = Drafter(clock, UidSource(clock, rng), lambda: True)
        self._queue: deque[tuple[Draft, asyncio.Future[Committed]]] = deque()
        self._backlog: list[Draft] = []
        self._due = 0.0
        self._cut = False

    def new_uid(self) -> str:
        """A UUIDv7."""
        return self._drafter.uids.new()

    def record(
        self, kind: str, *, call: str = "", ticket: str = "", building: str = "", **body: object
    ) -> asyncio.Future[Committed]:
        """See `Register.record`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Committed] = loop.create_future()
        self._queue.append((self._drafter.draft(kind, call, ticket, building, body), future))
        self._due = max(self._due, loop.time() + self.disk.delay_seconds)
        if self._due > loop.time():
            loop.call_at(self._due, self._commit_next)
        else:
            loop.call_soon(self._commit_next)
        return future

    def fault(self) -> str | None:
        """See `Register`."""
        return "the disk of this night refuses" if self.disk.fails else None

    def load(self) -> Load | None:
        """Nobody looks."""
        return None

    async def tickets_of(self, *, caller: str | None = None, number: int | None = None) -> list[TicketState]:
        """See `Register.tickets_of`."""
        return [
            state_of(row)
            for row in self.disk.rows.tickets.values()
            if (number is not None and row["number"] == number) or (caller is not None and row["caller"] == caller)
        ]

    async def recover(self) -> int:
        """End the calls that the last life left open, as a start does; how many there were."""
        left = [row for row in self.disk.rows.calls.values() if row["ended"] is None]
        recorded: list[asyncio.Future[Committed]] = []
        for row in left:
            for finding in findings(row, self._recording(row["uid"]), self.new_uid):
                recorded.append(self.record(finding.kind, **finding.fields))  # type: ignore[arg-type]
        await asyncio.gather(*recorded, return_exceptions=True)
        return len(left)

    async def close(self) -> None:
        """Write what is queued; a disk that hangs is not waited for."""
        if self._queue:
            await asyncio.wait({self._queue[-1][1]}, timeout=CLOSE_SECONDS)
        self.cut()

    def cut(self) -> None:
        """The power is gone; what was not committed never will be."""
        self._cut = True

    def pending(self) -> bool:
        """Whether something waits for the disk."""
        return bool(self._queue or self._backlog)

    def _recording(self, uid: str) -> Recording | None:
        for path, seconds in self.disk.recordings.items():
            if path.name == f"{uid}.wav" and seconds > 0:
                return Recording(f"recordings/{path.name}", seconds)
        return None

    def _commit_next(self) -> None:
        if self._cut:
            return
        draft, future = self._queue.popleft()
        if self.disk.fails:
            self._backlog.append(draft)
            if not future.done():
                future.set_exception(NotSavedError("the disk of this night refuses"))
                future.exception()
            return
        self.retry()
        event = self._commit(draft)
        if not future.done():
            future.set_result(Committed(event.seq, event.uid, event.number))

    def retry(self) -> None:
        """Write what the disk refused before."""
        if self.disk.fails or self._cut:
            return
        backlog, self._backlog = self._backlog, []
        for draft in backlog:
            self._commit(draft)

    def _commit(self, draft: Draft) -> Event:
        event = self.disk.ledger.stamp_draft(draft, self.disk.rows)
        self.disk.events.append(event)
        apply(event, self.disk.rows)
        return event
