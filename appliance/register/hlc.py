"""A hybrid logical clock: wall milliseconds that never go back, with a counter for what shares a millisecond.

Pure arithmetic; it reads no clock and knows no other box (Kulkarni et al., "Logical Physical Clocks", 2014).
"""

from __future__ import annotations

COUNTER_BITS = 16


def tick(last: int, wall_milliseconds: int) -> int:
    """The next stamp after `last` (0 at the very beginning): the wall clock where it has moved on, else one more.

    Strictly greater than `last` whatever the wall clock did, so a clock that went back reorders nothing.
    """
    return max(wall_milliseconds << COUNTER_BITS, last + 1)


def wall(stamp: int) -> int:
    """The milliseconds since 1970 within a stamp; may run ahead of a wall clock that was set back."""
    return stamp >> COUNTER_BITS
