"""Two hard ways to bring a USB device back: a reset of its port, a cut of its power. Both block; both may fail."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from hardware.discovery import DEV, Device

USBDEVFS_RESET = 0x5514  # linux/usbdevice_fs.h: _IO('U', 20)
POWER_SECONDS = 20.0  # for uhubctl to cut, wait and give back


def reset(device: Device, dev: Path = DEV) -> None:
    """Reset the device's port, as pulling it out would. Raises OSError (no right to, no such device)."""
    if device.bus_device is None:
        raise OSError("the kernel does not say where the device is")
    bus, number = device.bus_device
    descriptor = os.open(dev / "bus" / "usb" / f"{bus:03}" / f"{number:03}", os.O_WRONLY | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, USBDEVFS_RESET, 0)
    finally:
        os.close(descriptor)


def cut_power(device: Device) -> None:
    """Take its power away and give it back, where its hub can (uhubctl). Raises OSError."""
    hub, _, port = device.port.rpartition(".")
    if not hub:  # right at a root hub: "1-1" is port 1 of bus 1
        hub, _, port = device.port.partition("-")
    try:
        subprocess.run(
            ["uhubctl", "--action", "cycle", "--location", hub, "--ports", port],
            check=True,
            capture_output=True,
            timeout=POWER_SECONDS,
        )
    except subprocess.SubprocessError as error:
        raise OSError(f"uhubctl: {error}") from error
