"""The pins of a Pi through libgpiod 2 (docs/decisions/0005): the Linux GPIO character device, one request a pin.

It finds the chip of the header by its label, so that it is the same on a Pi 3, 4 and 5. The module `gpiod` is imported
only when a pin is wanted: without it a box has no panel, and everything else.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hardware.panel.pins import HEADER_PINS, OnChange, PinError, Reason

# What the chip of the header is called: Pi 5 (RP1), Pi 4, Pi 3 and Zero 2 (drivers/pinctrl in Linux).
LABELS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
CONSUMER = "dyzurka"
DEBOUNCE = timedelta(milliseconds=5)  # the kernel's; contacts of a button bounce for less
REASON_BY_ERRNO: dict[int | None, Reason] = {
    errno.EBUSY: "occupied",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EINVAL: "no_pin",
    errno.ENODEV: "lost",
}


def chip_paths() -> list[str]:
    """The character devices of this machine."""
    return sorted(str(path) for path in Path("/dev").glob("gpiochip*"))


def libgpiod() -> Any:  # noqa: ANN401 - a module
    """The module `gpiod`. Raises PinError."""
    try:
        return importlib.import_module("gpiod")
    except ImportError as error:
        raise PinError("no_library", str(error)) from error


@dataclass(slots=True)
class _Had:
    pin: int
    request: Any  # gpiod.LineRequest
    on_change: OnChange | None  # None: an output


class GpiodPins:
    """Implements `Pins`."""

    def __init__(self, library: Callable[[], Any] = libgpiod, paths: Callable[[], Sequence[str]] = chip_paths) -> None:
        self._library, self._paths = library, paths
        self._path, self._label = "", ""
        self._had: dict[str, _Had] = {}

    def chip(self) -> str:
        """See `Pins`."""
        try:
            self._found()
        except PinError:
            return ""
        return self._label

    def output(self, name: str, pin: int) -> None:
        """See `Pins`."""
        line = self._lines()
        settings = self._library().LineSettings(direction=line.Direction.OUTPUT, output_value=line.Value.INACTIVE)
        self._had[name] = _Had(pin, self._request(name, pin, settings), None)

    def input(self, name: str, pin: int, on_change: OnChange) -> bool:
        """See `Pins`."""
        line = self._lines()
        settings = self._library().LineSettings(
            direction=line.Direction.INPUT,
            edge_detection=line.Edge.BOTH,
            bias=line.Bias.PULL_UP,
            active_low=True,
            debounce_period=DEBOUNCE,
        )
        had = self._had[name] = _Had(pin, self._request(name, pin, settings), on_change)
        asyncio.get_running_loop().add_reader(had.request.fd, self._changed, name, had)
        return self.level(name)

    def switch(self, name: str, on: bool) -> None:
        """See `Pins`."""
        had, value = self._had[name], self._lines().Value
        try:
            had.request.set_value(had.pin, value.ACTIVE if on else value.INACTIVE)
        except OSError as error:
            raise PinError("lost", str(error)) from error

    def level(self, name: str) -> bool:
        """See `Pins`."""
        had = self._had[name]
        try:
            return bool(had.request.get_value(had.pin) == self._lines().Value.ACTIVE)
        except OSError as error:
            raise PinError("lost", str(error)) from error

    def release(self, name: str) -> None:
        """See `Pins`."""
        if (had := self._had.pop(name, None)) is None:
            return
        try:
            if had.on_change is None:  # the kernel leaves a pin as it was
                had.request.set_value(had.pin, self._lines().Value.INACTIVE)
            else:
                asyncio.get_running_loop().remove_reader(had.request.fd)
        except OSError:
            pass  # the chip is gone: there is nothing to be dark
        had.request.release()

    def close(self) -> None:
        """See `Pins`."""
        for name in tuple(self._had):
            self.release(name)

    def look(self, pin: int) -> None:
        """Whether a pin could be had, without having it: nothing lights up. Raises PinError."""
        _on_the_header(pin)
        path = self._found()
        try:
            with self._library().Chip(path) as chip:
                known = chip.get_line_info(pin)
        except (OSError, ValueError) as error:
            raise PinError(_reason(error), str(error)) from error
        if known.used:
            raise PinError("occupied", str(known.consumer or ""))

    def _lines(self) -> Any:  # noqa: ANN401 - the module gpiod.line
        return self._library().line

    def _found(self) -> str:
        """The path of the header's chip. Raises PinError; a denied one is told only where no other is the header's."""
        library, denied = self._library(), ""
        by_label: dict[str, str] = {}
        for path in self._paths():
            try:
                if library.is_gpiochip_device(path):
                    with library.Chip(path) as chip:
                        by_label.setdefault(chip.get_info().label, path)
            except PermissionError as error:
                denied = str(error) or path
            except OSError:
                continue  # it went away while it was looked at
        for label in LABELS:
            if label in by_label:
                self._path, self._label = by_label[label], label
                return self._path
        if denied:
            raise PinError("denied", denied)
        raise PinError("no_chip", ", ".join(sorted(by_label)))

    def _request(self, name: str, pin: int, settings: Any) -> Any:  # noqa: ANN401 - gpiod's
        if name in self._had:
            raise ValueError(f"{name} has a pin already")
        _on_the_header(pin)
        path = self._found()
        try:
            return self._library().request_lines(path, config={pin: settings}, consumer=f"{CONSUMER} {name}"[:31])
        except (OSError, ValueError) as error:
            raise PinError(_reason(error), self._owner(path, pin) or str(error)) from error

    def _owner(self, path: str, pin: int) -> str:
        """Who has the pin, as the kernel knows it; "" where nobody does."""
        try:
            with self._library().Chip(path) as chip:
                return str(chip.get_line_info(pin).consumer or "")
        except (OSError, ValueError):
            return ""

    def _changed(self, name: str, had: _Had) -> None:
        """The kernel has changes of an input; which are read without waiting."""
        try:
            events = had.request.read_edge_events()
        except OSError:  # the chip is gone; whoever asks for the level is told
            asyncio.get_running_loop().remove_reader(had.request.fd)
            return
        for event in events:
            if self._had.get(name) is had and had.on_change is not None:
                had.on_change(event.event_type is type(event).Type.RISING_EDGE)


def _on_the_header(pin: int) -> None:
    if not 0 <= pin < HEADER_PINS:
        raise PinError("no_pin", str(pin))


def _reason(error: OSError | ValueError) -> Reason:
    return REASON_BY_ERRNO.get(error.errno, "lost") if isinstance(error, OSError) else "no_pin"
