"""A UPS on a pin: a contact that is closed with mains, or without them. Whose pins they are comes in."""

from __future__ import annotations

from typing import Literal

from hardware.mains.reading import Reading
from hardware.panel.pins import PinError, Pins

NAME = "mains"  # of the input


class Contact:
    """Implements `Ups`. `closed`: what the contact tells when it is closed."""

    def __init__(self, pin: int, closed: Literal["mains", "battery"], pins: Pins) -> None:
        self._pin, self._means, self._pins = pin, closed, pins
        self._had = False

    async def read(self) -> Reading:
        """See `Ups`."""
        try:
            if not self._had:
                self._pins.input(NAME, self._pin, lambda _: None)
                self._had = True
            closed = self._pins.level(NAME)
        except PinError as error:
            await self.close()
            return Reading(None, trouble="pin", detail=str(error))
        return Reading(closed is (self._means == "battery"))

    async def close(self) -> None:
        """See `Ups`."""
        if self._had:
            self._had = False
            self._pins.release(NAME)
