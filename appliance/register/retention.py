"""What is kept no longer: sound after so many days, numbers and names after so many more; looked at every night.

`due` decides and is pure; `tidy_nightly` waits for the night and does it, one event after another, so that a call
never waits for it. What a row counts stays. Reading the register and the disk is `shelf.py`'s.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from appliance.clock import Clock
from appliance.register import events
from appliance.register.event import PERSONAL_FIELDS, stamp_of
from appliance.register.fold import Row
from appliance.register.log import NotSavedError, Register

NIGHT = time(3, 30)  # box's time; in Poland it comes exactly once on every night
CHECK_SECONDS = 600.0  # a wall clock that was set is noticed so soon
LEAP = timedelta(days=7)  # since the last time: a box that was away so long, or a clock that is wrong
SETTLED_SECONDS = 6 * 3600.0  # after a leap: so long the clock must stand by it before anything is erased
DONE = "done"

_log = logging.getLogger("dyzurka.register")


@dataclass(frozen=True, slots=True)
class Policy:
    """After how many days sound goes, and after how many numbers and names."""

    sound_days: int
    row_days: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of the register as they are stored: calls, tickets (all that are open and urgent among them).

    `unsent`: uids of calls and tickets with an event that a sink has not acknowledged.
    """

    calls: tuple[Row, ...] = ()
    tickets: tuple[Row, ...] = ()
    unsent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Due:
    """What has had its time: sounds as (uid of the call, path), calls and tickets by uid, files that nobody names."""

    sounds: tuple[tuple[str, str], ...] = ()
    calls: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()

    def __add__(self, other: Due) -> Due:
        return Due(
            self.sounds + other.sounds,
            self.calls + other.calls,
            self.tickets + other.tickets,
            self.strays + other.strays,
        )


class Shelf(Protocol):
    """Where the register and the sounds lie, to be looked at without keeping the event loop waiting."""

    async def last_run(self) -> datetime | None:
        """When it was last tidied, None for never. Raises sqlite3.Error, OSError."""
        ...

    async def look(self, now: datetime, policy: Policy) -> Due:
        """Everything that is due. Raises sqlite3.Error, OSError."""
        ...

    async def delete(self, path: str) -> None:
        """Delete a sound; it may be gone already. Raises OSError."""
        ...

    async def expire(self, now: datetime) -> None:
        """Delete what a restore put aside long ago. Raises OSError."""
        ...


def due(kept: Kept, now: datetime, policy: Policy) -> Due:
    """What of these rows has had its time at the aware moment `now`.

    Never: a call that is up; a call or ticket about which somebody in need still waits (an urgent ticket that is not
    done), nor its sound; numbers and names of what a sink has still to be told.
    """
    sound_before, row_before = (stamp_of(now - timedelta(days=days)) for days in (policy.sound_days, policy.row_days))
    needed = needed_calls(kept.tickets)
    over = [row for row in kept.calls if row["ended"] is not None and row["id"] not in needed]
    return Due(
        sounds=tuple((row["uid"], row["recording"]) for row in over if row["recording"] and _older(row, sound_before)),
        calls=tuple(row["uid"] for row in over if _may_lose_names(row, row_before, kept.unsent)),
        tickets=tuple(
            row["uid"]
            for row in kept.tickets
            if not waits_urgently(row) and _may_lose_names(row, row_before, kept.unsent)
        ),
    )


def waits_urgently(ticket: Row) -> bool:
    """Whether somebody in need may still wait for this ticket."""
    return bool(ticket["urgent"]) and ticket["state"] != DONE


def needed_calls(tickets: Iterable[Row]) -> set[int]:
    """The display numbers of the calls that belong to an urgent ticket that is not done."""
    return {number for ticket in tickets if waits_urgently(ticket) for number in ticket["calls"]}


def _older(row: Row, moment: str) -> bool:
    began = row["started"] if "started" in row else row["opened"]
    return bool(began < moment)


def _may_lose_names(row: Row, before: str, unsent: frozenset[str]) -> bool:
    return _older(row, before) and not row["fold"].get("erased") and row["uid"] not in unsent


def next_night(after: datetime, zone: ZoneInfo) -> datetime:
    """The first 03:30 of the zone after an aware moment, in UTC."""
    today = after.astimezone(zone).date()
    nights = (datetime.combine(today + timedelta(days=each), NIGHT, zone).astimezone(UTC) for each in (0, 1))
    return next(night for night in nights if night > after)


async def tidy_nightly(
    register: Register,
    shelf: Shelf,
    clock: Clock,
    *,
    zone: Callable[[], ZoneInfo],
    policy: Callable[[], Policy],
    synchronised: Callable[[], bool],
) -> None:
    """Erase what is due at 03:30, and at once where the last time was missed. Ends only when cancelled.

    While the clock is not `synchronised` nothing is erased: it may be years ahead. So may one that claims to be and has
    leapt: it is believed after `SETTLED_SECONDS`. What failed is tried again.
    """
    last: datetime | None = None
    known = False
    leapt: float | None = None  # monotonic, since when the clock has been so far ahead
    while True:
        try:
            if synchronised():
                last, known = (last if known else await shelf.last_run()), True
                leapt = _leap(leapt, last, clock)
                if _missed(last, clock.now(), zone()) and not _unsettled(leapt, clock):
                    await tidy(register, shelf, clock.now(), policy())
                    last, leapt = clock.now(), None
            else:
                leapt = None
        except (NotSavedError, OSError, sqlite3.Error) as error:
            _log.error("what is kept too long could not be erased: %s; it is tried again", error)
        wait = (next_night(clock.now(), zone()) - clock.now()).total_seconds()
        await asyncio.sleep(min(wait, CHECK_SECONDS))


def _missed(last: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    return last is None or last > now or now >= next_night(last, zone)


def _leap(leapt: float | None, last: datetime | None, clock: Clock) -> float | None:
    """Since when (monotonic) the clock has been further ahead of the last time than nights explain; None if not."""
    if last is None or clock.now() - last <= LEAP:
        return None
    if leapt is None:
        _log.warning("the clock has leapt since %s: nothing is erased before it has stood by that for a while", last)
    return clock.monotonic() if leapt is None else leapt


def _unsettled(leapt: float | None, clock: Clock) -> bool:
    return leapt is not None and clock.monotonic() - leapt < SETTLED_SECONDS


async def tidy(register: Register, shelf: Shelf, now: datetime, policy: Policy) -> Due:
    """Erase what is due, and record that. Raises NotSavedError, OSError, sqlite3.Error; then call it again."""
    found = await shelf.look(now, policy)
    fields = sorted(PERSONAL_FIELDS)
    for uid, path in found.sounds:
        await shelf.delete(path)  # before its event: a row that names a file too few is put right the next time
        await register.record(events.CALL_SOUND_ERASED, call=uid, recording=path)
    for path in found.strays:
        await shelf.delete(path)
    for uid in found.calls:
        await register.record(events.CALL_ERASED, call=uid, fields=fields)
    for uid in found.tickets:
        await register.record(events.TICKET_ERASED, ticket=uid, fields=fields)
    await shelf.expire(now)
    sounds = len(found.sounds) + len(found.strays)
    await register.record(events.BOX_TIDIED, sounds=sounds, calls=len(found.calls), tickets=len(found.tickets))
    _log.info("erased: %d sounds, names of %d calls and %d tickets", sounds, len(found.calls), len(found.tickets))
    return found
