"""A line with one channel whose network can carry two calls on it: one held, one placed beside it, both joined."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from appliance.lines.line import Leg


@runtime_checkable
class Joining(Protocol):
    """What such a line can do beside the contract of `Line`. It is opportunistic: any step may be refused."""

    def holds(self, leg: Leg) -> bool:
        """Whether somebody may be called beside this leg now: it is up and alone, and it is not known not to work."""
        ...

    async def dial_beside(self, leg: Leg, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """As `Line.dial`, while `leg` is on hold: its far end hears what the network plays, nothing that we play.

        It is back when the call fails or ends (see `back`). LINE_DOWN where the network does not hold.
        """
        ...

    async def join(self, leg: Leg, other: Leg) -> bool:
        """Let a held leg and the one beside it hear each other; false where the network does not: all is as before.

        `Leg.bridge` waits for the end of one of them then; where the network goes on without us, it ends both. True
        also for two legs of which none is on hold. Raises LegGoneError where it was tried and both are lost by it.
        """
        ...

    async def back(self, leg: Leg) -> None:
        """Wait, some seconds at most, until this leg is not on hold any more."""
        ...
