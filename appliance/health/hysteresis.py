"""Two small memories, so that a fault neither flickers nor comes from a single hiccup. Seconds come in; no clock."""

from __future__ import annotations

from collections import deque


class Latch:
    """On once a figure has been at `begins` or above for `patience` seconds; off once below `ends` for `calm`."""

    def __init__(self, begins: float, ends: float, *, patience: float = 0.0, calm: float = 0.0) -> None:
        self._begins, self._ends, self._patience, self._calm = begins, ends, patience, calm
        self._crossed_at: float | None = None  # since when the figure speaks against what holds now
        self.on = False

    def feed(self, value: float, now: float) -> bool:
        """Whether it is on after this figure of this moment (monotonic seconds)."""
        against = value < self._ends if self.on else value >= self._begins
        if not against:
            self._crossed_at = None
            return self.on
        if self._crossed_at is None:
            self._crossed_at = now
        if now - self._crossed_at >= (self._calm if self.on else self._patience):
            self.on, self._crossed_at = not self.on, None
        return self.on


class Recent:
    """What happened within the last `seconds`: how often, and the worst of it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._happened: deque[tuple[float, float]] = deque()

    def add(self, value: float, now: float) -> None:
        """Something of this size happened now."""
        self._happened.append((now, value))

    def count(self, now: float) -> int:
        """How often."""
        while self._happened and now - self._happened[0][0] >= self._seconds:
            self._happened.popleft()
        return len(self._happened)

    def worst(self, now: float) -> float:
        """The largest; 0 when nothing happened."""
        return max((value for _, value in self._happened), default=0.0) if self.count(now) else 0.0
