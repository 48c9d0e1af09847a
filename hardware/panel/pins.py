"""The contract of a port of pins: outputs that are switched, inputs that tell of changes, each by its name.

It says which pin does what and what cannot be had; what a lamp or a press means is for others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

Reason = Literal["no_library", "no_chip", "no_pin", "occupied", "denied", "lost"]
REASONS: tuple[Reason, ...] = ("no_library", "no_chip", "no_pin", "occupied", "denied", "lost")
HEADER_PINS = 28  # BCM 0 to 27: what a Pi brings out on its header

OnChange = Callable[[bool], None]


class PinError(Exception):
    """A pin that cannot be had or is no longer there. `detail`: the system's own words, or whose it is."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


class Pins(Protocol):
    """A port. All of it belongs to the event loop's thread, and every method returns at once.

    Pins are BCM numbers. Names are chosen by whoever asks; one has one pin until it is released, and each is asked for
    alone: one that cannot be had costs no other. Lamps burn on a high level. A contact joins its pin to ground, and the
    pin is pulled up: a wire that is cut reads as open.
    """

    def chip(self) -> str:
        """What the chip calls itself (`pinctrl-bcm2711`), or "" where there is none. Raises nothing."""
        ...

    def output(self, name: str, pin: int) -> None:
        """Have an output, dark at first. Raises PinError."""
        ...

    def input(self, name: str, pin: int, on_change: OnChange) -> bool:
        """Have an input; whether it is closed now. Raises PinError.

        `on_change(closed)` is called on the loop for each change from then on, in their order; none is called after
        `release`. Flickers of some milliseconds may be swallowed.
        """
        ...

    def switch(self, name: str, on: bool) -> None:
        """Switch an output. Raises PinError ("lost"), KeyError where there is none of that name."""
        ...

    def level(self, name: str) -> bool:
        """Whether an output is on, or an input closed, as the chip has it now. Raises as `switch`."""
        ...

    def release(self, name: str) -> None:
        """Give a pin back; an output is dark first. Nothing happens where there is none of that name."""
        ...

    def close(self) -> None:
        """Give all of them back."""
        ...
