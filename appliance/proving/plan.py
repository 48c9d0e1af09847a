"""When the box calls itself next and over which lines; and which proof is missing. Pure: moments come in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from appliance.building.local import ONE_DAY, moment, wall
from appliance.proving.result import INTERRUPTED, PROVED
from appliance.register.event import Event

SPREAD_MINUTES = 30  # the day's call is up to so much later: not all boxes of a town call at the same moment
MISSING_AFTER = timedelta(hours=26)  # since the last success; EN 81-28 asks for three days
AGAIN_AFTER = (timedelta(minutes=20), timedelta(hours=2))  # a failure; then not before the next day
AFTER_INTERRUPTION = timedelta(minutes=10)
EARLY = timedelta(hours=1)  # a success so shortly before the day's moment counts for that day


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two lines by their ids: which of them calls, and which is called."""

    calling: str
    called: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One test call: its pair, when it began, what came of it (`result.py`), how long it took."""

    pair: Pair
    at: datetime
    result: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of a pair: since when, the last success, the last try, and the failures after that success."""

    since: datetime
    proved: datetime | None = None
    last: Attempt | None = None
    failures: tuple[Attempt, ...] = ()

    def after(self, attempt: Attempt) -> Proof:
        """What is known after one more try."""
        if attempt.result == PROVED:
            return Proof(self.since, attempt.at, attempt)
        failures = (
            (*self.failures, attempt)[-len(AGAIN_AFTER) - 1 :] if attempt.result != INTERRUPTED else self.failures
        )
        return replace(self, last=attempt, failures=failures)


def proofs_of(attempts: Iterable[Attempt]) -> dict[Pair, Proof]:
    """What these tries tell, in the order of their time."""
    found: dict[Pair, Proof] = {}
    for each in attempts:
        found[each.pair] = found.get(each.pair, Proof(each.at)).after(each)
    return found


def attempts_in(log: Iterable[Event]) -> Iterator[Attempt]:
    """The test calls that the register tells of; one that cannot be understood is left out."""
    for event in log:
        calling, called, came = (event.text(field) for field in ("calling", "called", "result"))
        if calling and called and came:
            at = datetime.fromisoformat(event.at.replace("Z", "+00:00"))
            yield Attempt(Pair(calling, called), at, came, event.seconds("seconds") or 0.0)


def pairs(lines: Iterable[str]) -> tuple[Pair, ...]:
    """All pairs of these lines, both ways; they must have numbers. None where there is only one."""
    names = tuple(lines)
    return tuple(Pair(calling, called) for calling in names for called in names if calling != called)


def due(proof: Proof | None, now: datetime, at: time, offset: timedelta, zone: ZoneInfo) -> datetime:
    """When a pair is to be tried next, a moment before `now` where that should have happened already.

    `at`: the time of day on the wall of `zone`; `offset`: how much later it is on this box.
    """
    day = (wall(now, zone) - offset).date()
    today = moment(datetime.combine(day, at), zone) + offset
    if today > now:
        today = moment(datetime.combine(day - ONE_DAY, at), zone) + offset
        day -= ONE_DAY
    tomorrow = moment(datetime.combine(day + ONE_DAY, at), zone) + offset
    if proof is None or proof.last is None:
        return today
    if proof.proved is not None and proof.proved >= today - EARLY:
        return tomorrow
    if proof.last.at >= today and proof.last.result == INTERRUPTED:
        return proof.last.at + AFTER_INTERRUPTION
    tried = [each for each in proof.failures if each.at >= today]
    if not tried:
        return today
    return tried[-1].at + AGAIN_AFTER[len(tried) - 1] if len(tried) <= len(AGAIN_AFTER) else tomorrow


def missing_since(proof: Proof, now: datetime) -> datetime | None:
    """Since when its proof is missing: the last success, or the first time that it could have come. None: it is not."""
    since = proof.proved or proof.since
    return since if now - since > MISSING_AFTER else None
