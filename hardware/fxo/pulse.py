"""Whether an idle copper pair is alive, and when it is looked at: its dial tone is listened for. No port, no clock.

A look takes the line for a moment, in which a caller hears busy. So it comes seldom, only where the line has shown no
life meanwhile, and never during a call. One without a tone may have met a caller in the moment before the first ring,
or a telephone beside the modem: only the second in a row is a fault. So is a modem that twice does not go off hook.
"""

from __future__ import annotations

FIRST_SECONDS = 60.0  # after the start: the cable may be in the wrong socket
AGAIN_SECONDS = 30.0  # until the second look
DEAD_SECONDS = 300.0  # between two looks at a line that is dead: nobody can call it
LOOKS = 2  # without a tone
NO_TONE, STAYS_ON_HOOK = "no_dial_tone", "stays_on_hook"  # what a look found wrong; `words.py` says it


class Pulse:
    """One pair's. Times are monotonic seconds; `every`: seconds between looks, 0 for none."""

    def __init__(self, every: float, now: float) -> None:
        self._every = every
        self._due = now + min(FIRST_SECONDS, every)
        self._silent = 0  # looks in a row
        self.dead = False
        self.why = NO_TONE  # while it is dead

    @property
    def due(self) -> float | None:
        """When to look next; None for never."""
        return self._due if self._every else None

    def alive(self, now: float) -> None:
        """It rang, had its dial tone, or there was sound on it."""
        self.dead, self._silent = False, 0
        self._due = now + self._every

    def silent(self, now: float, why: str = NO_TONE) -> None:
        """A look found nothing, or the modem did not take the line."""
        self._silent += 1
        self.why = why
        self.dead = self.dead or self._silent >= LOOKS
        self._due = now + min(self._every, DEAD_SECONDS if self.dead else AGAIN_SECONDS)

    def dialled_in_vain(self, now: float) -> None:
        """A call of ours found no dial tone: it is dead, without a second look."""
        self.dead, self.why = True, NO_TONE
        self._due = now + min(self._every, DEAD_SECONDS)
