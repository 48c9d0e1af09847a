"""Wakes whoever waits for something to be plugged in or pulled out. Without udev they wake by the clock."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyudev

SETTLE_SECONDS = 0.3  # for all ports of a device to appear

log = logging.getLogger("dyzurka.hardware")


class Hotplug:
    """Listens to the kernel's device events. All methods belong to the event loop's thread."""

    def __init__(self) -> None:
        self._monitor: pyudev.Monitor | None = None
        self._changed = asyncio.Event()

    def start(self) -> None:
        """Listen from now on; without libudev or its socket there is nothing to hear, and that is no error."""
        try:
            import pyudev

            monitor = pyudev.Monitor.from_netlink(pyudev.Context())
            monitor.filter_by("tty")
            monitor.start()
            asyncio.get_running_loop().add_reader(monitor.fileno(), self._read)
        except (ImportError, OSError, ValueError) as error:
            log.info("no events of devices (%s): they are looked for every second", error)
            return
        self._monitor = monitor

    def wake(self) -> None:
        """As if something had happened."""
        self._changed.set()

    async def wait(self, seconds: float) -> None:
        """Return when something has changed, or after so many seconds."""
        self._changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
                await asyncio.sleep(SETTLE_SECONDS)

    def stop(self) -> None:
        """Stop listening."""
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            asyncio.get_running_loop().remove_reader(monitor.fileno())

    def _read(self) -> None:
        assert self._monitor is not None
        while self._monitor.poll(timeout=0) is not None:
            self._changed.set()
