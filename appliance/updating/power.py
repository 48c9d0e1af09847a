"""Does the power supply hold its voltage? A Raspberry Pi's firmware knows; nobody else does."""

from __future__ import annotations

from pathlib import Path

THROTTLED = Path("/sys/kernel/dyzurka_firmware/throttled")  # our module's (image/module)
HWMON = Path("/sys/class/hwmon")  # of the Raspberry Pi's own kernel
DRIVER, ALARM = "rpi_volt", "in0_lcrit_alarm"
LOW_NOW, LOW_BEFORE = 1 << 0, 1 << 16  # of the firmware's GET_THROTTLED: at this moment, at some time since the start


def weak(throttled: Path = THROTTLED, hwmon: Path = HWMON) -> bool:
    """Whether the voltage was too low since the machine started; False where nobody knows."""
    try:
        return bool(int(throttled.read_text(), 0) & (LOW_NOW | LOW_BEFORE))
    except (OSError, ValueError):
        pass
    for name in hwmon.glob("*/name"):
        try:
            if name.read_text().strip() == DRIVER and (name.parent / ALARM).read_text().strip() == "1":
                return True
        except OSError:
            continue
    return False
