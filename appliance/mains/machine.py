"""What readings of a UPS mean over time: mains, battery, about to end. Pure: moments are monotonic seconds.

A flicker is not told; a reading that is missing changes nothing, for it is a fault of its own. A stop is wanted once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from appliance.building.model import Mains
from hardware.mains.reading import Reading

FLICKER_SECONDS = 10.0  # a shorter outage is nobody's business
BACK_SECONDS = 10.0  # the mains come back for good, or go again at once
TROUBLE_SECONDS = 30.0  # a UPS that does not answer for so long is a fault
LOW_LOOKS = 2  # a single reading stops no exchange
# How long an urgent call is let go on, once the battery ends:
LAST_SECONDS = 120.0  # until so little is left, where the UPS tells;
LOW_WAIT_SECONDS = 60.0  # where it only says that it is low, which some say two minutes before the end;
WAIT_SECONDS = 600.0  # on a pin, whose battery_minutes leave that and more

State = Literal["unknown", "mains", "battery", "ending"]
News = Literal["", "lost", "back", "ending"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: `battery_seconds` after the loss where the UPS tells nothing, `left_seconds` by its reckoning."""

    battery_seconds: float | None
    left_seconds: float

    @staticmethod
    def of(config: Mains) -> Limits:
        """Those of a building file."""
        return Limits(None if config.ups else config.battery_minutes * 60, config.stop_minutes * 60)


class Machine:
    """One box's mains. `lost_at`: they were gone already, and it was told: since this moment."""

    def __init__(self, limits: Limits, *, lost_at: float | None = None) -> None:
        self.limits = limits
        self.state: State = "unknown" if lost_at is None else "battery"
        self.since = lost_at  # of the outage that is going on and was told
        self.seen = Reading(None)  # the last reading that told anything
        self.trouble: Reading | None = None  # the one that is a fault now
        self._gone: float | None = lost_at
        self._there: float | None = None
        self._silent: float | None = None
        self._seen_at = 0.0
        self._low_looks = 0
        self.distrusted = False

    def distrust(self) -> None:
        """A battery that should have been empty long ago was not: stop no more until the mains were seen again."""
        self.distrusted = True

    def feed(self, reading: Reading, now: float) -> News:
        """What is new at this moment."""
        if reading.on_battery is None:
            self._silent = now if self._silent is None else self._silent
            self.trouble = reading if now - self._silent >= TROUBLE_SECONDS else None
            # A battery ends also while nobody tells of it.
            return self._on_battery(now) if self.state == "battery" and self._gone is not None else ""
        self._silent, self.trouble, self.seen, self._seen_at = None, None, reading, now
        if reading.on_battery:
            self._there = None
            self._gone = now if self._gone is None else self._gone
            return self._on_battery(now)
        return self._on_mains(now)

    def _on_battery(self, now: float) -> News:
        gone = self._gone if self._gone is not None else now
        self._low_looks = self._low_looks + 1 if self._is_low(now - gone, now) else 0
        if self.state in ("unknown", "mains") and (now - gone >= FLICKER_SECONDS or self._low_looks >= LOW_LOOKS):
            self.state, self.since, self._low_looks = "battery", gone, 0
            return "lost"
        if self.state == "battery" and self._low_looks >= LOW_LOOKS and not self.distrusted:
            self.state = "ending"
            return "ending"
        return ""

    def left(self, now: float) -> float | None:
        """Seconds that the battery lasts still, counted on from what was told last; None where nobody tells."""
        if self.seen.seconds is not None:
            return max(0.0, self.seen.seconds - (now - self._seen_at))
        if self.limits.battery_seconds is not None and self.since is not None:
            return max(0.0, self.limits.battery_seconds - (now - self.since))
        return None

    def may_wait(self, since_ending: float, now: float) -> bool:
        """Whether an urgent call may still go on, so long after the end was announced."""
        left = self.left(now)
        if self.seen.seconds is not None and left is not None:
            return left > LAST_SECONDS
        return since_ending < (LOW_WAIT_SECONDS if self.seen.low else WAIT_SECONDS)

    def _is_low(self, lasted: float, now: float) -> bool:
        if self.limits.battery_seconds is not None and lasted >= self.limits.battery_seconds:
            return True
        left = self.left(now) if self.seen.seconds is not None else None
        return self.seen.low or (left is not None and left <= self.limits.left_seconds)

    def _on_mains(self, now: float) -> News:
        self._low_looks = 0
        if self.state in ("unknown", "mains"):
            self.state, self._gone, self.distrusted = "mains", None, False
            return ""
        self._there = now if self._there is None else self._there
        if now - self._there < BACK_SECONDS:
            return ""
        self.state, self.since, self._gone, self.distrusted = "mains", None, None, False
        return "back"
