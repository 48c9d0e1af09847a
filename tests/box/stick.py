"""A modem in software on the box's USB: QEMU's usb-serial (an FTDI adapter) with `tests/hardware/modem` behind it.

One port, so AT commands and SMS; a modem's sound has a port of its own, which this device has not.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.box.machine import Machine
from tests.hardware.modem.firmware import Card, Firmware, Knobs, Radio
from tests.hardware.modem.makes import Plain
from tests.hardware.modem.network import Network

T = TypeVar("T")

CHARDEV, DEVICE = "modem", "stick"
SECONDS = 20.0


def chardev(folder: Path) -> tuple[str, ...]:
    """What QEMU must be started with for a stick to be plugged in later."""
    return ("-chardev", f"socket,id={CHARDEV},path={folder / CHARDEV},server=on,wait=off")


class WiredStick:
    """`plug` and `unplug` it; `does` runs something in the modem's own time."""

    def __init__(self, box: Machine) -> None:
        self._box = box
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="modem")
        self._thread.start()
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(box.card.folder / CHARDEV))
        self._line.setblocking(False)
        self.plugged = False
        self.firmware: Firmware = self.does(self._begin)

    def _begin(self) -> Firmware:
        firmware = Plain(Network(), Knobs(), Card(), Radio())
        firmware.wires[0].output = self._say
        self._loop.add_reader(self._line, self._read)
        return firmware

    def does(self, deed: Callable[[], T]) -> T:
        """Its result."""

        async def done() -> T:
            return deed()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(SECONDS)

    def plug(self) -> None:
        """Into the box's USB."""
        said = self._box.monitor(f"device_add usb-serial,chardev={CHARDEV},id={DEVICE},always-plugged=on")
        assert "Error" not in said, said
        self.plugged = True

    def unplug(self) -> None:
        """And out of it, whatever it is doing; it loses its power."""
        if self.plugged:
            self._box.monitor(f"device_del {DEVICE}")
            self.plugged = False
            self.does(self._off)

    def close(self) -> None:
        """Out, and gone."""
        if self._box.on:
            self.unplug()
        self.does(lambda: self._loop.remove_reader(self._line))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._line.close()

    def _off(self) -> None:
        self.firmware.power_off()
        self.firmware.wires[0].output = self._say

    def _say(self, data: bytes) -> None:
        self._line.send(data)

    def _read(self) -> None:
        data = self._line.recv(4096)
        if data:
            self.firmware.input(data)
        else:  # the emulator has ended
            self._loop.remove_reader(self._line)
