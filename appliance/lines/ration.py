"""The day's minutes: how long the box has talked outwards today, against toll fraud. It refuses nothing itself.

Counted in the box's day, from the answer to the end of each outgoing call to a number; begins anew with a restart.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, tzinfo

from appliance.clock import Clock
from appliance.lines.line import Leg


class Ration:
    """Counts. `zone` gives the box's zone as configured now."""

    def __init__(self, clock: Clock, zone: Callable[[], tzinfo]) -> None:
        self._clock, self._zone = clock, zone
        self._day: date | None = None
        self._seconds = 0.0
        self._up: dict[str, float] = {}  # leg → when it was last counted

    def minutes(self) -> float:
        """Talked today, calls that are up among them."""
        self._count()
        return self._seconds / 60

    def begin(self, leg: Leg) -> None:
        """An outgoing call was answered."""
        self._count()
        self._up[leg.id] = self._clock.monotonic()

    def end(self, leg: Leg) -> None:
        """It is over."""
        self._count()
        self._up.pop(leg.id, None)

    def _count(self) -> None:
        """Add up what has passed since the last count; a new day begins at nothing."""
        now, today = self._clock.monotonic(), self._clock.now().astimezone(self._zone()).date()
        if today != self._day:
            self._day, self._seconds = today, 0.0
            self._up = dict.fromkeys(self._up, now)
        for leg, since in self._up.items():
            self._seconds += now - since
            self._up[leg] = now
