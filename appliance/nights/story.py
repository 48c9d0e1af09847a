"""The chronicle of a night: what happened, in plain words with the time on the wall. It decides nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from appliance.building.local import wall
from appliance.virtual import VirtualClock, VirtualLoop


class Chronicle:
    """Keeps the last lines, and all of them where somebody wants to read the whole night."""

    def __init__(self, loop: VirtualLoop, clock: VirtualClock, zone: ZoneInfo, *, whole: bool) -> None:
        self._loop, self._clock, self._zone = loop, clock, zone
        self.whole = whole
        self.lines: list[str] = []

    def tell(self, what: str) -> None:
        """Write one line down, where the whole night is wanted."""
        if self.whole:
            clock = wall(self._clock.now(), self._zone)
            self.lines.append(f"{clock:%d %b %H:%M:%S} {self._loop.time():10.3f}  {what}")
