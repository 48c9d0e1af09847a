"""Virtual time: an event loop that jumps to its next deadline when everybody waits, and a clock that follows it.

A whole night passes in milliseconds, and a duration is exact: assert `== 25.0`. It carries no real socket or
thread: whoever waits for one of those on this loop waits for ever, and is told so (`StuckError`).
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

NANOSECOND_DIGITS = 9  # virtual time is kept to the nanosecond, so that sums of floats stay exact
TURNS_MAX = 100_000  # of the loop without time moving: nobody has so much to do at one moment


class StuckError(RuntimeError):
    """Everybody waits and no deadline is left, or somebody is busy without an end: nothing can ever happen again."""


class _JumpingSelector(selectors.SelectSelector):
    """Never waits: when nothing is ready, it moves virtual time on by the whole timeout."""

    def __init__(self, on_quiet: Callable[[], None]) -> None:
        super().__init__()
        self.seconds = 0.0
        self._on_quiet = on_quiet
        self._turns = 0  # of the loop since time last moved

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As `BaseSelector.select`, in virtual time. Raises StuckError for a wait without an end."""
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise StuckError("everybody waits, and nobody will ever come")
            if timeout > 0:
                self._on_quiet()
            later = round(self.seconds + max(0.0, timeout), NANOSECOND_DIGITS)
            self._turns = self._turns + 1 if later == self.seconds else 0
            if self._turns > TURNS_MAX:
                raise StuckError(f"somebody is busy without an end at {self.seconds} s")
            self.seconds = later
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop in virtual time, starting at 0.0 s.

    `on_quiet` is called whenever everything of a moment has happened, before time moves on. It must start nothing.
    """

    def __init__(self, on_quiet: Callable[[], None] = lambda: None) -> None:
        self._virtual = _JumpingSelector(on_quiet)
        super().__init__(self._virtual)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual.seconds


class VirtualClock:
    """A `Clock` for a virtual loop. `step` makes the wall clock jump, as a real one may."""

    def __init__(self, loop: VirtualLoop, start: datetime) -> None:
        """`start`: the aware moment at which the loop's time is zero."""
        self._loop = loop
        self._start = start.astimezone(UTC)

    def now(self) -> datetime:
        """The virtual wall clock, aware, in UTC."""
        return self._start + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        """Virtual seconds."""
        return self._loop.time()

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back; monotonic time does not notice."""
        self._start += timedelta(seconds=seconds)


def run_virtually(loop: VirtualLoop, story: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on the virtual loop, cancel what it left behind, close the loop."""
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(story)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
