"""Does the power supply hold its voltage? Asked of the kernel's hwmon, which knows on a Raspberry Pi (rpi_volt)."""

from __future__ import annotations

from pathlib import Path

HWMON = Path("/sys/class/hwmon")
DRIVER, ALARM = "rpi_volt", "in0_lcrit_alarm"


def weak(hwmon: Path = HWMON) -> bool:
    """Whether the voltage has been too low; False where nobody knows."""
    for name in hwmon.glob("*/name"):
        try:
            if name.read_text().strip() == DRIVER and (name.parent / ALARM).read_text().strip() == "1":
                return True
        except OSError:
            continue
    return False
