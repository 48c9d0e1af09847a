"""Whether the parts without which no call can be taken still turn: what the watchdog's sign of life depends on. Pure.

What the exchange mends itself (a media process that is started again, a disk that refuses) is not judged dead: a
restart ends calls, so it is the last resort.
"""

from __future__ import annotations

from appliance.health.measured import Measured

STUCK_SECONDS = 60.0  # of one commit: a bad card takes 20 s for one and goes on
MEDIA_SECONDS = 20.0  # without the media process: several starts of it have failed
LOOKS = 2  # at which it must be so: after the whole exchange was stopped, the others need a moment too


class Vital:
    """Remembers the looks before. That the event loop turns is shown by being asked at all."""

    def __init__(self) -> None:
        self._dead_looks = 0

    def why_dead(self, seen: Measured) -> str:
        """Why the exchange must be started again, in words for the log; "" while it lives."""
        reasons = []
        if seen.writer is not None and seen.writer.busy_seconds > STUCK_SECONDS:
            reasons.append(f"the register's writer has been stuck for {seen.writer.busy_seconds:.0f} s")
        if seen.media_silent_seconds > MEDIA_SECONDS:
            reasons.append(f"the media process has not answered for {seen.media_silent_seconds:.0f} s")
        self._dead_looks = self._dead_looks + 1 if reasons else 0
        return ", ".join(reasons) if self._dead_looks >= LOOKS else ""
