"""A UPS that is played: for scenarios, nights, and a box on trial. It ships."""

from __future__ import annotations

from hardware.mains.reading import Reading


class SimulatedUps:
    """Implements `Ups`: gives what it was told last."""

    def __init__(self) -> None:
        self.now = Reading(False, charge=100.0)

    async def read(self) -> Reading:
        """See `Ups`."""
        return self.now

    async def close(self) -> None:
        """See `Ups`."""

    def mains_go(self, *, minutes: float | None = None, low: bool = False) -> None:
        """From now on everything runs on battery, which lasts so long still."""
        self.now = Reading(True, low=low, charge=50.0, seconds=None if minutes is None else minutes * 60)

    def mains_come_back(self) -> None:
        """There is mains power again."""
        self.now = Reading(False, charge=50.0)
