"""UUIDs of version 7 (RFC 9562 §5.7): unique without asking anybody, and sorted by their time of birth.

It keeps the last one only to stay monotonic; it reads the clock it was given and no other.
"""

from __future__ import annotations

import random
import uuid

from appliance.clock import Clock

RANDOM_BITS = 74  # rand_a and rand_b
STEP_BITS = 32  # RFC 9562 §6.2, method 2: a random increment, so that the next one cannot be guessed
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62


class UidSource:
    """Gives UUIDv7s, each greater than the one before, also within a millisecond and when the clock goes back."""

    def __init__(self, clock: Clock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._millisecond = -1
        self._tail = 0

    def new(self) -> str:
        """The next one, as 36 lower-case characters."""
        now = int(self._clock.now().timestamp() * 1000)
        if now > self._millisecond:
            self._millisecond = now
            self._tail = self._rng.getrandbits(RANDOM_BITS - 1)  # the top bit stays free to count into
        else:
            self._tail += 1 + self._rng.getrandbits(STEP_BITS)
            if self._tail >> RANDOM_BITS:
                self._millisecond += 1
                self._tail = self._rng.getrandbits(RANDOM_BITS - 1)
        high, low = self._tail >> 62, self._tail & ((1 << 62) - 1)
        return str(uuid.UUID(int=self._millisecond << 80 | _VERSION | high << 64 | _VARIANT | low))
