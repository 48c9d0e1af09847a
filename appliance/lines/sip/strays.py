"""Calls that a provider brings to numbers which are not written down as ours: they get no line, so somebody must know.

Sends nothing: on the wire such a call is a stranger's (the telephones' rule).
"""

from __future__ import annotations

import logging

from appliance.building.numbers import e164
from appliance.clock import Clock

AGAIN_SECONDS = 60.0  # between two log lines about one number
MOST_NUMBERS = 50  # remembered; whoever can send as the provider can make up any number of them
MOST_CHARS = 40  # of a number that is none

log = logging.getLogger(__name__)


class Strays:
    """Of one line. `fault` says in words what to do about the last one; None while there was none."""

    def __init__(self, line: str, clock: Clock) -> None:
        self.fault: str | None = None
        self._line = line
        self._clock = clock
        self._told: dict[str, float] = {}

    def note(self, users: tuple[str, ...]) -> None:
        """A call to these users (Request-URI and To, as written) was not taken."""
        number = next(filter(None, map(e164, users)), None) or repr((*users, "")[0][:MOST_CHARS])
        self.fault = f"a call to {number} was not taken: add it to the line's `numbers` if it is yours"
        now = self._clock.monotonic()
        if now - self._told.get(number, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return
        if len(self._told) >= MOST_NUMBERS:
            self._told = {each: at for each, at in self._told.items() if now - at < AGAIN_SECONDS}
        if len(self._told) < MOST_NUMBERS:
            self._told[number] = now
            log.warning("line %s: %s", self._line, self.fault)
