"""The register on disk: `RegisterStore` is the exchange's pen, whose events are committed before they are claimed.

Opening checks the file, takes it through its migrations and finds out where the counting goes on. Reading for
people is `reports.py`'s.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from appliance.building.model import Override
from appliance.clock import Clock
from appliance.register import catching_up, database, events, opening
from appliance.register.draft import Drafter
from appliance.register.event import Draft, Event, stamp_of
from appliance.register.fold import Row, state_of
from appliance.register.log import Committed, Load, NotSavedError, TicketState
from appliance.register.migrations import RegisterNewerError
from appliance.register.opening import Connect, Opened
from appliance.register.recovery import Recording, findings
from appliance.register.reports import RegisterUnreadableError, Reports
from appliance.register.uid import UidSource
from appliance.register.writer import Writer

CLOSE_SECONDS = 4.0  # a disk that hangs does not keep the exchange from ending
CATCH_UP_PAUSE_SECONDS = 0.05  # between two batches: calls come first
CATCH_UP_RETRY_SECONDS = 60.0  # when the disk took nothing
_log = logging.getLogger("dyzurka.register")

Repair = Callable[[Path], float]


class RegisterUnavailableError(Exception):
    """The register cannot be opened for writing (disk full, read-only, gone, of a newer version).

    Calls can be taken all the same.
    """


class RegisterStore:
    """`Register` over SQLite. Belongs to one event loop; made by `open`."""

    def __init__(self, path: Path, drafter: Drafter, writer: Writer, opened: Opened) -> None:
        self.path = path
        self._drafter = drafter
        self._writer = writer
        self._unended = opened.unended
        self._opening_fault = opened.fault
        self._refused = 0

    @classmethod
    async def open(
        cls,
        path: Path,
        clock: Clock,
        rng: random.Random,
        *,
        box_name: str,
        timezone: str,
        synced: Callable[[], bool] = lambda: True,
        connect: Connect = database.connect,
    ) -> RegisterStore:
        """Open or make the register at `path` (its directory is made too) in the running loop.

        `timezone` is an IANA name, kept for reports. `synced` says whether the wall clock may be trusted. A damaged
        file is set aside, named in `fault()`, and a new one begun. Raises RegisterUnavailableError, also for a
        register of a newer version.
        """
        uids = UidSource(clock, rng)
        about = {"name": box_name, "timezone": timezone}
        fresh = {"box": uids.new(), "epoch": str(opening.epoch_of(uids.new()))}
        try:
            opened = await asyncio.to_thread(opening.open_file, path, connect, stamp_of(clock.now()), about, fresh)
        except (sqlite3.Error, OSError) as error:
            raise RegisterUnavailableError(f"{path}: {error}: free the disk or make it writable") from error
        except RegisterNewerError as error:
            raise RegisterUnavailableError(f"{path}: {error}") from error
        writer = Writer(lambda: connect(path), opened.ledger, asyncio.get_running_loop())
        return cls(path, Drafter(clock, uids, synced), writer, opened)

    def new_uid(self) -> str:
        """A UUIDv7 for a call, ticket or recording."""
        return self._drafter.uids.new()

    def record(
        self, kind: str, *, call: str = "", ticket: str = "", building: str = "", **body: object
    ) -> asyncio.Future[Committed]:
        """Append an event, as `Register.record` promises. A body that is no JSON fails its future."""
        try:
            return self.append(self._drafter.draft(kind, call, ticket, building, body))
        except NotSavedError as error:
            _log.error("not recorded: %s", error)
            self._refused += 1
            future: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
            future.set_exception(error)
            future.exception()
            return future

    def append(self, draft: Draft) -> asyncio.Future[Committed]:
        """Append an event that was drafted before, in its place after all that were."""
        return self._writer.put(draft)

    async def tickets_of(self, *, caller: str | None = None, number: int | None = None) -> list[TicketState]:
        """See `Register.tickets_of`. Read beside the writer, which may be waiting for the disk."""
        return await asyncio.to_thread(_tickets_of, self.path, caller, number)

    async def overrides(self, now: datetime) -> tuple[Override, ...]:
        """See `Reports.overrides`; read at the start, and after each `duty.override`. None where nothing is legible."""
        return await asyncio.to_thread(overrides_at, self.path, now)

    def fault(self) -> str | None:
        """What is wrong with the register, in words for the status; None when nothing is."""
        refused = f"{self._refused} events could not be understood" if self._refused else ""
        return "; ".join(part for part in (self._opening_fault, self._writer.trouble(), refused) if part) or None

    def load(self) -> Load:
        """What waits for the disk, and for how long."""
        return self._writer.load()

    def failures(self) -> int:
        """How many futures have failed since the start."""
        return self._writer.failures + self._refused

    async def recover(self, repair: Repair) -> int:
        """End the calls that a power cut left open, with a ticket where somebody was in need; how many there were.

        Recordings are looked for in `recordings/` beside the register; `repair` closes a WAV file that was cut off
        and returns its length in seconds. Raises nothing: what the disk refuses is kept and shown as a fault, for
        calls must be taken all the same. Calls begun since `open` are not touched.
        """
        unended, self._unended = self._unended, ()
        recorded: list[asyncio.Future[Committed]] = []
        ended = 0
        for uid in unended:
            try:
                row = await self._writer.run(partial(_row, uid))
            except NotSavedError as error:
                _log.error("call %s cannot be looked at: %s", uid, error)
                continue
            if row is None or row["ended"] is not None:
                continue
            found = await asyncio.to_thread(_find_recording, self.path.parent, uid, repair)
            for finding in findings(row, found, self.new_uid):
                recorded.append(self.record(finding.kind, **finding.fields))  # type: ignore[arg-type]
            ended += 1
        await asyncio.gather(*recorded, return_exceptions=True)
        return ended

    async def catch_up(self) -> None:
        """Do what an older version left to do, see `catching_up.py`; nobody who writes waits for all of it."""

        def some(db: sqlite3.Connection) -> bool:
            done: list[bool] = []
            database.transaction(db, lambda: done.append(catching_up.more(db, database.counter(db))))
            return done[0]

        while True:
            try:
                if not await self._writer.run(some):
                    return
                await asyncio.sleep(CATCH_UP_PAUSE_SECONDS)
            except NotSavedError as error:
                _log.warning("older calls are not all found and counted yet: %s", error)
                await asyncio.sleep(CATCH_UP_RETRY_SECONDS)

    async def begin_epoch(self, reason: str) -> int:
        """Count anew after a restore, a new card or a promotion, so that no sequence is ever used twice.

        Returns the new epoch. Raises NotSavedError.
        """
        born = opening.epoch_of(self.new_uid())
        before, epoch = await self._writer.run(lambda db: self._enter_epoch(db, born))
        await self.record(events.BOX_EPOCH, reason=reason, before=before)
        return int(epoch)

    def _enter_epoch(self, db: sqlite3.Connection, epoch: int) -> tuple[int, int]:
        """In the writer's thread; returns the epochs before and after."""
        before = self._writer.ledger
        self._writer.ledger = opening.begin_epoch(db, before, epoch)
        return before.epoch, self._writer.ledger.epoch

    async def rebuild(self) -> None:
        """Make the calls and tickets again from the log. Raises NotSavedError."""
        await self._writer.run(lambda db: database.transaction(db, lambda: database.rebuild(db)))

    async def close(self) -> None:
        """Write what is queued and let go of the file; gives up on a disk that hangs after `CLOSE_SECONDS`."""
        self._writer.close()
        await asyncio.wait({self._writer.ended}, timeout=CLOSE_SECONDS)
        if not self._writer.ended.done():
            _log.error("the register did not close within %.0f s", CLOSE_SECONDS)


def _row(uid: str, db: sqlite3.Connection) -> Row | None:
    """A call's row; in the writer's thread."""
    return database.SqliteRows(db).call(uid)


def _tickets_of(path: Path, caller: str | None, number: int | None) -> list[TicketState]:
    """In a thread of its own."""
    try:
        with Reports(path) as reports:
            rows = reports.tickets_about(caller=caller, number=number)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        _log.error("tickets could not be looked up: %s", error)
        return []
    return [state_of(row) for row in rows]


def overrides_at(path: Path, now: datetime) -> tuple[Override, ...]:
    """See `Reports.overrides`; none where nothing is legible. In a thread of its own."""
    try:
        with Reports(path) as reports:
            return reports.overrides(now)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        _log.error("overrides of duty could not be looked up: %s", error)
        return ()


def lately_at(path: Path, kind: str) -> list[Event]:
    """See `Reports.lately`; none where nothing is legible. In a thread of its own."""
    try:
        with Reports(path) as reports:
            return reports.lately(kind)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        _log.error("earlier events %s could not be looked up: %s", kind, error)
        return []


def _find_recording(data: Path, uid: str, repair: Repair) -> Recording | None:
    """The message of a call on disk, repaired; None without one, or when nothing was said into it.

    A conversation that was being recorded (`.talk.wav`) is repaired too; it is no message.
    """
    recordings = data / "recordings"
    _repaired(recordings / f"{uid}.talk.wav", repair)
    message = recordings / f"{uid}.wav"
    seconds = _repaired(message, repair)
    return None if seconds is None else Recording(str(message.relative_to(data)), seconds)


def _repaired(path: Path, repair: Repair) -> float | None:
    """Seconds of sound in a recording; None where there is none, 0 where somebody may still rescue what is in it."""
    if not path.exists():
        return None
    try:
        return repair(path) or None
    except (OSError, ValueError) as error:
        _log.warning("%s cannot be repaired: %s", path, error)
        return 0.0
