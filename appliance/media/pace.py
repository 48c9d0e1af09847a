"""How many frames a modem's sound port is given in each 20 ms: one, but for the drift between its clock and ours.

The modem speaks by the clock it listens by: what comes from it tells how fast it takes. No port, no clock.
"""

from __future__ import annotations

from appliance.media.track import FRAME_SAMPLES

WINDOW_TICKS = 250  # 5 s: the mean over so long does not see jitter and bursts
MOST_FRAMES = 2  # further off than this in one window is no drift: sound was lost, or one of the two stood still


class Pace:
    """One port's. Counts frames: `dropped` were due by our clock and not written, `added` were written besides."""

    def __init__(self) -> None:
        self.dropped = self.added = 0
        self._balance = 0  # samples heard less samples written
        self._sum = self._ticks = 0  # of this window's balances
        self._base: float | None = None  # the mean balance to keep to

    def frames(self, heard: int) -> int:
        """0, 1 or 2 frames to write now; `heard`: how many samples have come since the last tick."""
        self._balance += heard - FRAME_SAMPLES
        self._sum += self._balance
        self._ticks += 1
        if self._ticks < WINDOW_TICKS:
            return 1
        mean = self._sum / self._ticks
        self._sum = self._ticks = 0
        off = 0.0 if self._base is None else (mean - self._base) / FRAME_SAMPLES
        if self._base is None or abs(off) > MOST_FRAMES:
            self._base = mean
            return 1
        if off >= 1:
            self._balance -= FRAME_SAMPLES
            self.added += 1
            return 2
        if off <= -1:
            self._balance += FRAME_SAMPLES
            self.dropped += 1
            return 0
        return 1
