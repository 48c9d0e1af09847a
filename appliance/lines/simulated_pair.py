"""The half of a simulated line that carries two calls on one channel: implements `Joining`."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, cast

from appliance.lines.line import Cause, Leg, NotAnsweredError
from appliance.media.sound import LegGoneError

if TYPE_CHECKING:
    from appliance.lines.simulated import SimulatedLeg


class SimulatedPair(ABC):
    """`pairs`: what its network does with a second call: "joins", "refuses to join", or "": nothing.

    As the exchange of a landline does, it "hands over" the two and we are out of it, or "loses" both when it should.
    `back_seconds`: what it takes to fetch a held leg back.
    """

    _legs: dict[SimulatedLeg, None]

    def __init__(self) -> None:
        self.pairs = ""
        self.back_seconds = 0.0
        self._held: SimulatedLeg | None = None
        self._joined: tuple[Leg, ...] = ()
        self._fetching: asyncio.TimerHandle | None = None
        self._back = asyncio.Event()

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
        self._back.clear()
        try:
            return await self._dial(asyncio.get_running_loop().time(), number, shown, ring_seconds)
        except BaseException:
            self._take_back()
            raise

    async def join(self, leg: Leg, other: Leg) -> bool:
        """Where its network does it; where not, once."""
        if self._held not in (leg, other):
            return True
        if self.pairs == "loses":
            for each in tuple(self._legs):
                each.hangup(Cause.LOST)
            raise LegGoneError(f"{leg.id} and {other.id}: not joined")
        if self.pairs == "refuses to join":
            self.pairs = ""
            return False
        self._is_back()
        self._joined = (leg, other)
        return True

    def hands_over(self, leg: Leg, other: Leg) -> bool:
        """Whether its network goes on with the two without us."""
        return self.pairs == "hands over" and leg in self._joined and other in self._joined

    async def back(self, leg: Leg) -> None:
        """See `Joining`."""
        await asyncio.sleep(0)
        while self._held is leg:
            await self._back.wait()

    def _take_back(self) -> None:
        """The other call is over; nobody fetches back who has gone."""
        if self._held is None or not self._held.up or not self.back_seconds:
            self._is_back()
        elif self._fetching is None:
            self._fetching = asyncio.get_running_loop().call_later(self.back_seconds, self._is_back)

    def _is_back(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
        self._fetching = None
        if self._held is not None:
            self._held.held = False
        self._held = None
        self._back.set()
