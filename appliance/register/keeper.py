"""The register of a running exchange: on disk, and where that cannot be opened, tried again every minute.

Until then calls are taken and nothing is claimed as saved; what happened meanwhile is written once it is open.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from appliance.building.model import Override
from appliance.clock import Clock
from appliance.register import events
from appliance.register.draft import Drafter
from appliance.register.event import Draft, Event
from appliance.register.log import Committed, Load, NotSavedError, TicketState
from appliance.register.store import RegisterStore, RegisterUnavailableError, Repair, lately_at, overrides_at
from appliance.register.uid import UidSource

RETRY_SECONDS = 60.0  # between two tries to open it
KEPT_EVENTS = 20_000  # that wait for it in memory, the newest: days of calls

SETTLING = (events.TICKET_TAKEN, events.TICKET_DONE)

BeforeWriting = Callable[[frozenset[str]], Awaitable[None]]
"""Is given the uids of tickets that were settled meanwhile, which is not on disk yet."""

_log = logging.getLogger("dyzurka.register")


class RegisterKeeper:
    """Implements `Register`. `repair` closes a recording that was cut off, see `RegisterStore.recover`."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        rng: random.Random,
        *,
        about: Callable[[], tuple[str, str]],
        repair: Repair,
        synced: Callable[[], bool],
    ) -> None:
        """`about`: the box's name and its timezone (IANA)."""
        self.path = path
        self._clock, self._rng, self._about, self._repair, self._synced = clock, rng, about, repair, synced
        self._drafter = Drafter(clock, UidSource(clock, rng), synced)
        self._store: RegisterStore | None = None
        self._why = "the register is not open yet"
        self._missed: deque[Draft] = deque(maxlen=KEPT_EVENTS)
        self._opening: asyncio.Task[RegisterStore] | None = None

    async def open(self, before_writing: BeforeWriting | None = None, patience: float | None = None) -> bool:
        """Try to open it, and end the calls that the last life left open; whether it is open.

        `before_writing` may look at what earlier lives have left before anything of this one is written; when it fails,
        that is logged. After `patience` seconds opening goes on by itself, and the next `open` waits for it.
        """
        if self._opening is None:
            self._opening = asyncio.create_task(self._opened())
        done, _ = await asyncio.wait({self._opening}, timeout=patience)
        if not done:
            self._why = "the register is still being opened; nothing is claimed as saved until it is"
            _log.warning("%s", self._why)
            return False
        opening, self._opening = self._opening, None
        try:
            store = opening.result()
        except RegisterUnavailableError as fault:
            if str(fault) != self._why:
                _log.error("%s", fault)
            self._why = str(fault)
            return False
        try:
            if before_writing is not None:
                await before_writing(self._settled())
        except Exception:
            _log.exception("what earlier lives have left is not looked after")
        finally:
            self._store = store
        while self._missed:
            store.append(self._missed.popleft())
        interrupted = await store.recover(self._repair)
        if interrupted:
            _log.warning("%d calls were interrupted when the exchange last ended", interrupted)
        return True

    async def _opened(self) -> RegisterStore:
        name, timezone = self._about()
        return await RegisterStore.open(
            self.path, self._clock, self._rng, box_name=name, timezone=timezone, synced=self._synced
        )

    def _settled(self) -> frozenset[str]:
        """Tickets that were taken or done meanwhile, which is not written yet."""
        return frozenset(draft.ticket for draft in self._missed if draft.kind in SETTLING)

    async def keep_trying(self, before_writing: BeforeWriting) -> None:
        """Return once it is open; at once where it is."""
        while self._store is None:
            if self._opening is None:
                await asyncio.sleep(RETRY_SECONDS)
            if await self.open(before_writing):
                _log.info("the register is open at last")

    async def catch_up(self) -> None:
        """See `RegisterStore.catch_up`."""
        if self._store is not None:
            await self._store.catch_up()

    async def close(self) -> None:
        """Write what is queued and let go of the file; see `RegisterStore.close`."""
        if self._opening is not None:
            self._opening.cancel()
        if self._store is not None:
            await self._store.close()

    # -- Register ----------------------------------------------------------------------------------------------

    def new_uid(self) -> str:
        """See `Register`."""
        return self._drafter.uids.new()

    def record(
        self, kind: str, *, call: str = "", ticket: str = "", building: str = "", **body: object
    ) -> asyncio.Future[Committed]:
        """See `Register`. While it is not open, the event is kept, and nothing may be claimed about it."""
        if self._store is not None:
            return self._store.record(kind, call=call, ticket=ticket, building=building, **body)
        error = NotSavedError(self._why)
        try:
            self._missed.append(self._drafter.draft(kind, call, ticket, building, body))
        except NotSavedError as refused:
            error = refused
        future: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        future.set_exception(error)
        future.exception()
        return future

    async def tickets_of(self, *, caller: str | None = None, number: int | None = None) -> list[TicketState]:
        """See `Register`."""
        return [] if self._store is None else await self._store.tickets_of(caller=caller, number=number)

    async def overrides(self, now: datetime) -> tuple[Override, ...]:
        """See `RegisterStore.overrides`; read also while it is not open for writing."""
        return await asyncio.to_thread(overrides_at, self.path, now)

    async def lately(self, kind: str) -> list[Event]:
        """See `Reports.lately`."""
        return await asyncio.to_thread(lately_at, self.path, kind)

    def fault(self) -> str | None:
        """See `Register`."""
        return self._why if self._store is None else self._store.fault()

    def load(self) -> Load | None:
        """What waits for the disk, and for how long; None while it is not open."""
        return None if self._store is None else self._store.load()
