"""A register without a disk: the same promises on the event loop, for scenarios on the virtual clock.

It runs the same ledger and folds as the store on disk; a test chooses how slow its disk is, or that it fails.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable

from appliance.clock import Clock
from appliance.register.draft import Drafter
from appliance.register.event import Draft, Event
from appliance.register.fold import Row, state_of
from appliance.register.ledger import Ledger, apply
from appliance.register.log import Committed, Load, NotSavedError, TicketState
from appliance.register.uid import UidSource


class MemoryRows:
    """The folds in two dicts, by uid."""

    def __init__(self) -> None:
        self.calls: dict[str, Row] = {}
        self.tickets: dict[str, Row] = {}

    def call(self, uid: str) -> Row | None:
        """The row of a call."""
        return self.calls.get(uid)

    def ticket(self, uid: str) -> Row | None:
        """The row of a ticket."""
        return self.tickets.get(uid)

    def put_call(self, row: Row) -> None:
        """Keep a call's row."""
        self.calls[row["uid"]] = row

    def put_ticket(self, row: Row) -> None:
        """Keep a ticket's row."""
        self.tickets[row["uid"]] = row


class MemoryRegister:
    """`Register` in memory. `delay_seconds` before each future resolves (0: the loop's next turn)."""

    def __init__(
        self, clock: Clock, rng: random.Random, *, synced: Callable[[], bool] = lambda: True, fails: bool = False
    ) -> None:
        self._drafter = Drafter(clock, UidSource(clock, rng), synced)
        self._ledger = Ledger(box=self._drafter.uids.new(), epoch=1)
        self._pending: deque[tuple[Draft, asyncio.Future[Committed], bool]] = deque()
        self._due = 0.0  # loop time at which the last future resolves: none overtakes another
        self.rows = MemoryRows()
        self.events: list[Event] = []
        self.delay_seconds = 0.0
        self.fails = fails

    def new_uid(self) -> str:
        """A UUIDv7."""
        return self._drafter.uids.new()

    def record(
        self, kind: str, *, call: str = "", ticket: str = "", building: str = "", **body: object
    ) -> asyncio.Future[Committed]:
        """Append an event, as `Register.record` promises; while `fails`, it is not kept."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Committed] = loop.create_future()
        try:
            draft = self._drafter.draft(kind, call, ticket, building, body)
        except NotSavedError as error:
            future.set_exception(error)
            future.exception()
            return future
        self._due = max(self._due, loop.time() + self.delay_seconds)
        self._pending.append((draft, future, self.fails))
        if self._due > loop.time():
            loop.call_at(self._due, self._commit_next)
        else:
            loop.call_soon(self._commit_next)
        return future

    def fault(self) -> str | None:
        """See `Register`."""
        return "this register has no disk" if self.fails else None

    def load(self) -> Load | None:
        """There is no disk."""
        return None

    async def tickets_of(self, *, caller: str | None = None, number: int | None = None) -> list[TicketState]:
        """See `Register.tickets_of`."""
        return [
            state_of(row)
            for row in self.rows.tickets.values()
            if (number is not None and row["number"] == number) or (caller is not None and row["caller"] == caller)
        ]

    def calls(self) -> list[Row]:
        """The rows of all calls in the order of their numbers."""
        return sorted(self.rows.calls.values(), key=lambda row: row["id"])

    def tickets(self) -> list[Row]:
        """The rows of all tickets in the order of their numbers."""
        return sorted(self.rows.tickets.values(), key=lambda row: row["number"])

    def _commit_next(self) -> None:
        draft, future, fails = self._pending.popleft()
        if fails:
            if not future.done():
                future.set_exception(NotSavedError("this register has no disk"))
                future.exception()
            return
        event = self._ledger.stamp_draft(draft, self.rows)
        self.events.append(event)
        apply(event, self.rows)
        if not future.done():
            future.set_result(Committed(event.seq, event.uid, event.number))
