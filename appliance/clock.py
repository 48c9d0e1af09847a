"""The one place that reads a clock. Everything else is handed a `Clock`.

It does not sleep: waiting is the event loop's work (`asyncio.sleep`, `asyncio.timeout`), whose time a test
replaces by the virtual loop of `appliance.virtual`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for people, monotonic time for durations."""

    def now(self) -> datetime:
        """The wall clock: an aware datetime in UTC. It may jump, so never subtract two of these."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back. Durations are differences of these."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The wall clock in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds of CLOCK_MONOTONIC."""
        return time.monotonic()
