"""Is the box well with the new version? Pure: what was before, what is now and for how long comes in, a verdict out.

Well is: the page answers, the register is open, sound is alive, and every line that was up before is up again, be it
registered with its provider or by its modem. A line that was down before proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from appliance.updating.journal import Line

STEADY_SECONDS = 60.0  # well for so long is well
PROVING_SECONDS = 600.0  # a provider is registered, a modem found and its network joined by then
QUIET_SECONDS = 900.0  # so long, at most, leaving waits for calls that the new version does carry


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in seconds: until well is well, until not well is not, and at most for calls after that."""

    steady: float = STEADY_SECONDS
    proving: float = PROVING_SECONDS
    quiet: float = QUIET_SECONDS


class Verdict(StrEnum):
    """What is to be done."""

    WAIT = "wait"
    STAY = "stay"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. `lines`: id → whether it is up, as the building file has them now."""

    page: bool
    register: bool
    sound: bool
    lines: Mapping[str, bool]


def missing(before: Mapping[str, Line], seen: Seen) -> list[str]:
    """What is not as it was: "page", "register", "sound", or "line ID". A line that is configured no more is not."""
    parts = [name for name in ("page", "register", "sound") if not getattr(seen, name)]
    return parts + [f"line {name}" for name, line in before.items() if line.up and seen.lines.get(name) is False]


class Probation:
    """Judges look after look; moments are monotonic seconds."""

    def __init__(self, before: Mapping[str, Line], since: float, pace: Pace = Pace()) -> None:
        self._before, self._since, self._pace = before, since, pace
        self._well_since: float | None = None
        self.missing: list[str] = []

    def judge(self, seen: Seen, now: float) -> Verdict:
        """What this look means. `missing` tells what is not well."""
        self.missing = missing(self._before, seen)
        if self.missing:
            self._well_since = None
            return Verdict.LEAVE if now - self._since >= self._pace.proving else Verdict.WAIT
        if self._well_since is None:
            self._well_since = now
        return Verdict.STAY if now - self._well_since >= self._pace.steady else Verdict.WAIT
