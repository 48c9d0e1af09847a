"""What is done to a modem that is in trouble; which of these and when is `life.py`'s. Its port is closed before."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hardware import usb
from hardware.at.port import AtPort
from hardware.discovery import Device
from hardware.modem.life import Medicine

RESTART_SECONDS = 2.0  # for its answer, which may never come


async def give(medicine: Medicine, at: Path, device: Device, reset: str, dev: Path) -> None:
    """Give it. `at`: its AT port, which is free; `reset`: its command to restart. Raises OSError, PortError."""
    if medicine is Medicine.RESTART:
        await _restart(at, reset)
    elif medicine is Medicine.USB_RESET:
        await asyncio.to_thread(usb.reset, device, dev)
    elif medicine is Medicine.POWER_CUT:
        await asyncio.to_thread(usb.cut_power, device)


async def _restart(at: Path, reset: str) -> None:
    """A modem that does not answer may still listen, to a port that expects nothing."""
    port = AtPort(at, on_report=lambda report: None)
    port.start()
    try:
        await port.send(reset, seconds=RESTART_SECONDS)
    finally:
        port.close()
