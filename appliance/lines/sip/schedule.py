"""What is to happen when: deadlines in seconds of the caller's clock. Reads no clock and waits for nothing."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class Timer:
    """One appointment; `cancel` it, or let it happen once."""

    __slots__ = ("_action", "deadline")

    def __init__(self, deadline: float, action: Callable[[], None]) -> None:
        self.deadline = deadline
        self._action: Callable[[], None] | None = action

    @property
    def pending(self) -> bool:
        """Neither cancelled nor done."""
        return self._action is not None

    def cancel(self) -> None:
        """Take it back; also after it happened."""
        self._action = None

    def fire(self) -> None:
        """Do it, once."""
        action, self._action = self._action, None
        if action is not None:
            action()


class Schedule:
    """Appointments in order of time, and of making where the times are equal."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()
        self.now = 0.0

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do `action` that many seconds after `now`."""
        timer = Timer(self.now + seconds, action)
        heapq.heappush(self._heap, (timer.deadline, next(self._order), timer))
        return timer

    def next_deadline(self) -> float | None:
        """When something is next to be done, or None."""
        while self._heap and not self._heap[0][2].pending:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def advance(self, now: float) -> None:
        """Do all that is due up to `now`, each at its own time; `now` never goes back."""
        while (deadline := self.next_deadline()) is not None and deadline <= now:
            self.now = max(self.now, deadline)
            heapq.heappop(self._heap)[2].fire()
        self.now = max(self.now, now)

    def __len__(self) -> int:
        """How many appointments are pending."""
        return sum(1 for _, _, timer in self._heap if timer.pending)
