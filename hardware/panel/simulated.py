"""Pins without a chip: the same contract for demonstrations, nights and tests; contacts are closed by whoever plays.

It ships. What goes wrong with a real port (a pin that is occupied, a chip that is gone) can be made to go wrong here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hardware.panel.pins import HEADER_PINS, OnChange, PinError


@dataclass(slots=True)
class _Had:
    pin: int
    on_change: OnChange | None  # None: an output


class SimulatedPins:
    """Implements `Pins`. `occupied`: pins that somebody else has; `label` "": there is no chip at all."""

    def __init__(self, label: str = "simulated") -> None:
        self.label = label
        self.occupied: dict[int, str] = {}  # pin → whose it is
        self._had: dict[str, _Had] = {}
        self._closed: set[int] = set()
        self._on: set[int] = set()
        self._lost = False

    def chip(self) -> str:
        """See `Pins`."""
        return self.label

    def output(self, name: str, pin: int) -> None:
        """See `Pins`."""
        self._have(name, pin, None)
        self._on.discard(pin)

    def input(self, name: str, pin: int, on_change: OnChange) -> bool:
        """See `Pins`."""
        self._have(name, pin, on_change)
        return pin in self._closed

    def switch(self, name: str, on: bool) -> None:
        """See `Pins`."""
        had = self._there(name)
        (self._on.add if on else self._on.discard)(had.pin)

    def level(self, name: str) -> bool:
        """See `Pins`."""
        had = self._there(name)
        return had.pin in (self._on if had.on_change is None else self._closed)

    def release(self, name: str) -> None:
        """See `Pins`."""
        if (had := self._had.pop(name, None)) is not None:
            self._on.discard(had.pin)

    def close(self) -> None:
        """See `Pins`."""
        for name in tuple(self._had):
            self.release(name)

    # What happens outside.

    def puts(self, pin: int, closed: bool) -> None:
        """Somebody closes or opens what is between a pin and ground: a contact, a button."""
        if closed is (pin in self._closed):
            return
        (self._closed.add if closed else self._closed.discard)(pin)
        for name, had in tuple(self._had.items()):
            if had.pin == pin and had.on_change is not None and not self._lost:
                asyncio.get_running_loop().call_soon(self._tell, name, had, closed)

    def burns(self, pin: int) -> bool:
        """Whether the pin is high: what is wired to it burns or sounds."""
        return pin in self._on

    def vanishes(self) -> None:
        """The chip is gone from now on."""
        self.label, self._lost = "", True

    def comes_back(self) -> None:
        """The chip is there again; who had pins of it has none until they ask anew."""
        self.label, self._lost = "simulated", False

    def _tell(self, name: str, had: _Had, closed: bool) -> None:
        if self._had.get(name) is had and had.on_change is not None:
            had.on_change(closed)

    def _have(self, name: str, pin: int, on_change: OnChange | None) -> None:
        if name in self._had:
            raise ValueError(f"{name} has a pin already")
        if not self.label:
            raise PinError("no_chip")
        if not 0 <= pin < HEADER_PINS:
            raise PinError("no_pin", str(pin))
        if pin in self.occupied or any(each.pin == pin for each in self._had.values()):
            raise PinError("occupied", self.occupied.get(pin, ""))
        self._had[name] = _Had(pin, on_change)

    def _there(self, name: str) -> _Had:
        had = self._had[name]
        if self._lost:
            raise PinError("lost")
        return had
