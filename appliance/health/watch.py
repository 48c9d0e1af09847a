"""Looks at the exchange every second: faults are shown and told once, and the service manager hears that it lives.

It stays silent towards the service manager once a vital part is dead, so that the exchange is started again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from appliance.building.model import Language
from appliance.clock import Clock
from appliance.faults import Faults
from appliance.health.judge import Fault, Judge
from appliance.health.measured import Measured
from appliance.health.vital import Vital
from appliance.health.words import said

LOOK_SECONDS = 1.0

log = logging.getLogger("dyzurka.health")


class Watch:
    """Watches one exchange. `measure` is given how late the event loop was; `sign_of_life` is called while it lives."""

    def __init__(
        self,
        measure: Callable[[float], Measured],
        faults: Faults,
        clock: Clock,
        *,
        language: Callable[[], Language],
        sign_of_life: Callable[[], None],
    ) -> None:
        self._measure, self._faults, self._clock = measure, faults, clock
        self._language, self._sign_of_life = language, sign_of_life
        self._judge, self._vital = Judge(), Vital()
        self._shown: set[str] = set()
        self._dying = False

    async def run(self) -> None:
        """Look for as long as it is not cancelled."""
        due = self._clock.monotonic()
        while True:
            now = self._clock.monotonic()
            lag, due = max(0.0, now - due), now + LOOK_SECONDS
            self.look(lag, now)  # what holds up the loop meanwhile is late too
            await asyncio.sleep(max(0.0, due - self._clock.monotonic()))

    def look(self, lag_seconds: float, now: float) -> None:
        """One look at this moment (monotonic seconds)."""
        why = ""
        try:
            seen = self._measure(lag_seconds)
            faults = self._judge.judge(seen, now)
            why = self._vital.why_dead(seen)
        except Exception as error:
            # Who cannot judge lets the calls go on: the loop does turn.
            if "health" not in self._shown:
                log.exception("the exchange cannot judge its own state")
            faults = [Fault("health", "blind", {"error": repr(error)})]
        self._show(faults)
        self._tell(why)

    def _show(self, faults: list[Fault]) -> None:
        for fault in faults:
            self._faults.show(fault.part, said(fault, self._language()), logged=said(fault, "en"))
        now = {each.part for each in faults}
        for part in self._shown - now:
            self._faults.clear(part)
        self._shown = now

    def _tell(self, why: str) -> None:
        if why and not self._dying:
            log.error("no sign of life any more, so that this exchange is started again: %s", why)
        elif self._dying and not why:
            log.info("signs of life again")
        self._dying = bool(why)
        if not why:
            self._sign_of_life()
