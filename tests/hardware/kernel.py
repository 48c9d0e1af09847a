"""The kernel's GPIO device as `gpiod` would meet it: chips, lines, owners and edges, with gpiod's own types.

Only what ends in its C library is played (`Chip`, `request_lines`, the request); a call that the real one would not
take is refused by the real one's signature.
"""

from __future__ import annotations

import errno
import inspect
import os
from types import SimpleNamespace
from typing import Any

import gpiod
from gpiod.edge_event import EdgeEvent

LINES = 54


class Request:
    """A line that was requested."""

    def __init__(self, kernel: Kernel, pin: int, settings: gpiod.LineSettings) -> None:
        self._kernel, self.pin, self.settings = kernel, pin, settings
        self.fd, self._wakes = os.pipe()
        self.edges: list[Any] = []

    def get_value(self, line: int) -> gpiod.line.Value:
        self._kernel.works()
        assert line == self.pin
        level = self.pin in self._kernel.levels
        return gpiod.line.Value(int(level is not self.settings.active_low))

    def set_value(self, line: int, value: gpiod.line.Value) -> None:
        self._kernel.works()
        assert line == self.pin and self.settings.direction == gpiod.line.Direction.OUTPUT
        self._kernel.drive(self.pin, value == gpiod.line.Value.ACTIVE)

    def read_edge_events(self, max_events: int | None = None) -> list[Any]:
        self._kernel.works()
        os.read(self.fd, 4096)
        edges, self.edges = self.edges, []
        return edges

    def edge(self, active: bool) -> None:
        kind = EdgeEvent.Type.RISING_EDGE if active else EdgeEvent.Type.FALLING_EDGE
        self.edges.append(EdgeEvent(kind, 0, self.pin, 1, 1))
        os.write(self._wakes, b"!")

    def wake(self) -> None:
        os.write(self._wakes, b"!")

    def release(self) -> None:
        del self._kernel.requests[self.pin]
        self._kernel.owners.pop(self.pin, None)
        os.close(self.fd)
        os.close(self._wakes)


class Kernel:
    """In place of the module `gpiod`. `labels`: of the chips that are there."""

    line, LineSettings = gpiod.line, gpiod.LineSettings

    def __init__(self, labels: list[str] | None = None) -> None:
        labels = ["pinctrl-bcm2711"] if labels is None else labels
        self.chips = {f"/dev/gpiochip{at}": label for at, label in enumerate(labels)}
        self.owners: dict[int, str] = {}
        self.consumers: dict[int, str] = {}
        self.asked: dict[int, gpiod.LineSettings] = {}
        self.levels = set(range(LINES))  # which are high: pulled up
        self.requests: dict[int, Request] = {}
        self.fails: OSError | None = None

    # What gpiod has.

    def is_gpiochip_device(self, path: str) -> bool:
        self.works()
        return path in self.chips

    def Chip(self, path: str) -> Any:
        self.works()
        kernel = self

        class Chip:
            def __enter__(self) -> Chip:
                return self

            def __exit__(self, *_: object) -> None: ...

            def get_info(self) -> Any:
                return SimpleNamespace(label=kernel.chips[path], num_lines=LINES)

            def get_line_info(self, pin: int) -> Any:
                return SimpleNamespace(used=pin in kernel.owners, consumer=kernel.owners.get(pin, ""))

        return Chip()

    def request_lines(self, *things: Any, **more: Any) -> Request:
        asked = inspect.signature(gpiod.request_lines).bind(*things, **more).arguments
        self.works()
        ((pin, settings),) = asked["config"].items()
        assert isinstance(settings, gpiod.LineSettings) and asked["path"] in self.chips
        assert len(asked["consumer"].encode()) < 32
        if pin in self.owners:
            raise OSError(errno.EBUSY, "Device or resource busy")
        if not 0 <= pin < LINES:
            raise OSError(errno.EINVAL, "Invalid argument")
        self.owners[pin] = self.consumers[pin] = asked["consumer"]
        self.asked[pin] = settings
        self.requests[pin] = Request(self, pin, settings)
        if settings.direction == gpiod.line.Direction.OUTPUT:
            self.drive(pin, settings.output_value == gpiod.line.Value.ACTIVE)
        return self.requests[pin]

    # What happens outside.

    def works(self) -> None:
        if self.fails is not None:
            raise self.fails

    def drive(self, pin: int, high: bool) -> None:
        (self.levels.add if high else self.levels.discard)(pin)

    def puts(self, pin: int, closed: bool) -> None:
        if closed is (pin not in self.levels):
            return
        self.drive(pin, not closed)
        if (request := self.requests.get(pin)) is not None:
            request.edge(closed)

    def high(self, pin: int) -> bool:
        return pin in self.levels

    def vanishes(self) -> None:
        self.fails = OSError(errno.ENODEV, "No such device")
        for request in self.requests.values():
            request.wake()
