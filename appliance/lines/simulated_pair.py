"""The half of a simulated line that carries two calls on one channel: implements `Joining`."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, cast

from appliance.lines.line import Cause, Leg, NotAnsweredError

if TYPE_CHECKING:
    from appliance.lines.simulated import SimulatedLeg


class SimulatedPair(ABC):
    """`pairs`: what its network does with a second call: "joins", "refuses to join", or "": nothing."""

    _legs: dict[SimulatedLeg, None]

    def __init__(self) -> None:
        self.pairs = ""
        self._held: SimulatedLeg | None = None

    @abstractmethod
    async def _dial(self, begun: float, number: str, shown: str, ring_seconds: float) -> SimulatedLeg:
        """Ring somebody of the network."""

    def holds(self, leg: Leg) -> bool:
        """Where its network does it, and the leg is alone."""
        return bool(self.pairs) and leg.up and self._held is None and list(self._legs) == [leg]

    async def dial_beside(self, leg: Leg, number: str, *, shown: str, ring_seconds: float) -> SimulatedLeg:
        """Hold the leg, and dial. It is back when the second call is over."""
        if not self.holds(leg):
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free channel")
        self._held = cast("SimulatedLeg", leg)
        self._held.held = True
        try:
            return await self._dial(asyncio.get_running_loop().time(), number, shown, ring_seconds)
        except BaseException:
            self._take_back()
            raise

    async def join(self, leg: Leg, other: Leg) -> bool:
        """Where its network does it; where not, once."""
        if self._held not in (leg, other):
            return True
        if self.pairs != "joins":
            self.pairs = ""
            return False
        self._take_back()
        return True

    async def back(self, leg: Leg) -> None:
        """It is, already."""
        await asyncio.sleep(0)

    def _take_back(self) -> None:
        if self._held is not None:
            self._held.held = False
        self._held = None
