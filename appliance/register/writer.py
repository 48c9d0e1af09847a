"""The one thread that writes register.db: commits what is queued in batches and tells the event loop afterwards.

What cannot be written fails its futures at once and is kept, in order, until the disk takes it. It decides
nothing about the schema or about what a call is.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.register import database, events
from appliance.register.event import Draft, Event
from appliance.register.ledger import Ledger, apply
from appliance.register.log import Committed, Load, NotSavedError

BATCH_EVENTS = 500
KEPT_EVENTS = 10_000  # a night's calls several times over; beyond that the newest are lost
LINGER_SECONDS = 0.01  # what happens together is committed together
RETRY_SECONDS = 1.0

Job = Callable[[sqlite3.Connection], Any]
_log = logging.getLogger("dyzurka.register")


@dataclass(slots=True)
class Entry:
    """A draft on its way; `event` once it has its place, `tried` once a commit with it failed."""

    draft: Draft
    future: asyncio.Future[Committed] | None
    event: Event | None = None
    tried: bool = False


@dataclass(slots=True)
class Task:
    """Something else to do with the connection, between two batches."""

    job: Job
    future: asyncio.Future[Any]


Settled = list[tuple["asyncio.Future[Any]", object]]


class Writer:
    """Owns the writing connection. `put` and `run` belong to the loop's thread and never wait for the disk.

    `ledger` belongs to the thread; a job may replace it.
    """

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], ledger: Ledger, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._connect = connect
        self.ledger = ledger
        self._loop = loop
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._queue: deque[Entry | Task] = deque()
        self._closing = False
        self._db: sqlite3.Connection | None = None
        self._rows: database.SqliteRows | None = None
        self._backlog: deque[Entry] = deque()
        self._trouble = ""
        self._lost = 0
        self._put_at: dict[str, float] = {}  # by the uid of each event that is not committed, the oldest first
        self._busy_since: float | None = None
        self.failures = 0
        self.ended: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(target=self._live, name="register", daemon=True)
        self._thread.start()

    def put(self, draft: Draft) -> asyncio.Future[Committed]:
        """Queue an event."""
        future: asyncio.Future[Committed] = self._loop.create_future()
        self._add(Entry(draft, future))
        return future

    def run(self, job: Job) -> asyncio.Future[Any]:
        """Queue a job behind everything put so far; its transaction is its own. The future gives its result."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._add(Task(job, future))
        return future

    def close(self) -> None:
        """Write what is queued, try once more what was kept, and end. `ended` resolves then."""
        self._stop.set()
        with self._changed:
            self._closing = True
            self._changed.notify()

    def trouble(self) -> str:
        """What is wrong with the disk, in words; empty when nothing is."""
        parts = [self._trouble] if self._trouble else []
        if self._lost:
            parts.append(f"{self._lost} events lost")
        return "; ".join(parts)

    def load(self) -> Load:
        """What waits and for how long, in seconds of the loop's clock. Does not wait for the disk."""
        now, busy = self._loop.time(), self._busy_since
        with self._changed:
            waiting, oldest = len(self._put_at), next(iter(self._put_at.values()), now)
        return Load(waiting, now - oldest, 0.0 if busy is None else now - busy, bool(self._trouble))

    def _add(self, item: Entry | Task) -> None:
        with self._changed:
            if not self._closing:
                self._queue.append(item)
                if isinstance(item, Entry):
                    self._put_at[item.draft.uid] = self._loop.time()
                self._changed.notify()
                return
        _settle([(item.future, NotSavedError("the register is closed"))] if item.future else [])

    def _live(self) -> None:
        """The thread's life."""
        while True:
            with self._changed:
                wait = RETRY_SECONDS if self._backlog else None
                if not self._queue and not self._closing:
                    self._changed.wait(wait)
            self._stop.wait(LINGER_SECONDS)
            with self._changed:
                items = list(self._queue)
                self._queue.clear()
                last = self._closing
            self._work(items)
            self._busy_since = None
            if last:
                break
        if self._backlog:
            _log.error("the register closes with %d events that the disk did not take", len(self._backlog))
        self._disconnect()
        self._tell([(self.ended, None)])

    def _work(self, items: list[Entry | Task]) -> None:
        """Everything in its order; the backlog first."""
        batch: list[Entry] = []
        for item in items:
            if isinstance(item, Entry):
                batch.append(item)
                continue
            self._write(batch)
            batch = []
            self._tell([(item.future, self._attempt(item.job))])
        if batch or self._backlog:
            self._write(batch)

    def _attempt(self, job: Job) -> object:
        """The job's result, or the exception that it ended in."""
        self._busy_since = self._loop.time()
        try:
            return job(self._connection())
        except (sqlite3.Error, OSError) as error:
            self._disconnect()
            return NotSavedError(str(error))
        except Exception as error:
            return error

    def _write(self, fresh: list[Entry]) -> None:
        """Commit the backlog and what is new, in batches; keep the rest when the disk refuses."""
        entries = [*self._backlog, *fresh]
        self._backlog.clear()
        for first in range(0, len(entries), BATCH_EVENTS):
            chunk = entries[first : first + BATCH_EVENTS]
            try:
                self._commit_all(chunk)
            except (sqlite3.Error, OSError) as error:
                self._refused(entries[first:], error)
                return

    def _commit_all(self, chunk: list[Entry]) -> None:
        """Commit the chunk; when one of its events can never be written, the others one by one without it."""
        self._busy_since = self._loop.time()
        try:
            self._commit(chunk)
        except (sqlite3.OperationalError, OSError):
            raise
        except Exception as error:
            if type(error) is sqlite3.DatabaseError:
                raise  # "disk image is malformed": the file's fault, not the event's
            self._disconnect()
            if len(chunk) > 1:
                for entry in chunk:
                    self._commit_all([entry])
                return
            _log.exception("an event that cannot be written is dropped: %s", chunk[0].draft)
            self._lost += 1
            self._done_with(chunk)
            self._fail(chunk, error)
            return
        self._trouble = ""
        self._done_with(chunk)
        self._tell([(entry.future, _committed(entry)) for entry in chunk if entry.future])
        for entry in chunk:
            entry.future = None

    def _commit(self, chunk: list[Entry]) -> None:
        """One transaction: events and the folds that they change."""
        db = self._connection()
        rows = self._rows
        assert rows is not None
        db.execute("BEGIN IMMEDIATE")
        for entry in chunk:
            if entry.tried and _there(db, entry.draft.uid):
                continue  # the commit that failed had reached the disk after all
            if entry.event is None:
                entry.event = self.ledger.stamp_draft(entry.draft, rows)
            database.insert(db, entry.event)
            apply(entry.event, rows)
            if entry.event.kind in (events.CALL_ERASED, events.TICKET_ERASED):
                rows.flush()
                database.erase(db, entry.event)
                rows.forget()
        rows.flush()
        db.execute("COMMIT")

    def _refused(self, entries: list[Entry], error: Exception) -> None:
        """The disk did not take these: their futures fail now, the events wait for a better time."""
        if not self._trouble:
            _log.error("the register cannot be written: %s", error)
        self._trouble = f"the register cannot be written: {error}"
        kept = entries[:KEPT_EVENTS]
        self._lost += len(entries) - len(kept)
        self._done_with(entries[KEPT_EVENTS:])
        for entry in kept:
            entry.tried = True
        self._fail(entries, error)
        self._disconnect()
        self._backlog.extend(kept)

    def _done_with(self, entries: list[Entry]) -> None:
        """These wait no longer: they are committed or lost."""
        with self._changed:
            for entry in entries:
                self._put_at.pop(entry.draft.uid, None)

    def _fail(self, entries: list[Entry], error: Exception) -> None:
        """Tell whoever waits that nothing of this is saved."""
        failed = [entry for entry in entries if entry.future]
        self.failures += len(failed)
        self._tell([(entry.future, NotSavedError(str(error))) for entry in failed if entry.future])
        for entry in failed:
            entry.future = None

    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            self._db = self._connect()
            self._rows = database.SqliteRows(self._db)
        return self._db

    def _disconnect(self) -> None:
        db, self._db, self._rows = self._db, None, None
        if db is not None:
            try:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                db.close()
            except sqlite3.Error as error:
                _log.warning("closing the register: %s", error)

    def _tell(self, settled: Settled) -> None:
        """Resolve futures in the loop's thread."""
        try:
            self._loop.call_soon_threadsafe(_settle, settled)
        except RuntimeError:
            _log.debug("the event loop has ended before the register")


def _committed(entry: Entry) -> Committed:
    event = entry.event
    assert event is not None
    return Committed(event.seq, event.uid, event.number)


def _there(db: sqlite3.Connection, uid: str) -> bool:
    return db.execute("SELECT 1 FROM events WHERE uid = ?", (uid,)).fetchone() is not None


def _settle(settled: Settled) -> None:
    """In the loop's thread: give each future its result or exception. Nobody need look at a failure."""
    for future, outcome in settled:
        if future.done():
            continue
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
            future.exception()  # seen: it is counted, and asyncio need not complain that nobody awaited it
        else:
            future.set_result(outcome)
