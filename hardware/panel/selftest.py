"""`python -m hardware.panel.selftest`: the contract of the pins over libgpiod and the kernel's gpio-sim, as root.

It makes a chip of its own in configfs (Linux, Documentation/admin-guide/gpio/gpio-sim.rst) and takes it away again; no
pin of a real header is touched. Prints a line a check ("not tried" where it could not be); exits with 1 where one
fails, with 2 where there is no gpio-sim.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hardware.panel.contract import Bench, NotTriedError, checks
from hardware.panel.gpiod_pins import LABELS, GpiodPins, libgpiod

CONFIG = Path("/sys/kernel/config/gpio-sim")
NAME = "dyzurka-selftest"
LINES = 54  # as a Pi 4 has


@contextmanager
def simulated_chip() -> Iterator[tuple[str, Path]]:
    """A chip with a Pi's label: its device, and its directory in sysfs. Raises OSError: the kernel has no gpio-sim."""
    device = CONFIG / NAME
    bank = device / "bank0"
    bank.mkdir(parents=True)
    try:
        (bank / "num_lines").write_text(str(LINES))
        (bank / "label").write_text(LABELS[1])
        (device / "live").write_text("1")
        chip, owner = (bank / "chip_name").read_text().strip(), (device / "dev_name").read_text().strip()
        yield f"/dev/{chip}", Path("/sys/devices/platform") / owner / chip
    finally:
        take_away(device)
        bank.rmdir()
        device.rmdir()


def take_away(device: Path) -> None:
    """The chip goes, whoever has pins of it; the kernel refuses to do that twice."""
    live = device / "live"
    if live.read_text().strip() == "1":
        live.write_text("0")


def bench(path: str, sysfs: Path, device: Path = CONFIG / NAME) -> Bench:
    """A port on that chip; outside of it, gpio-sim's own files pull lines, tell their levels, and take it away."""

    def puts(pin: int, closed: bool) -> None:
        (sysfs / f"sim_gpio{pin}" / "pull").write_text("pull-down" if closed else "pull-up")

    def burns(pin: int) -> bool:
        """High, and driven: gpio-sim gives a pin that was let go of the level of its pull-up."""
        gpiod = libgpiod()
        with gpiod.Chip(path) as chip:
            info = chip.get_line_info(pin)
        driven = info.used and info.direction == gpiod.line.Direction.OUTPUT
        return driven and (sysfs / f"sim_gpio{pin}" / "value").read_text().strip() == "1"

    def occupy(pin: int) -> Callable[[], None]:
        held = libgpiod().request_lines(path, config={pin: None}, consumer="somebody")
        return lambda: held.release()

    for pin in range(LINES):
        puts(pin, False)
    return Bench(GpiodPins(paths=lambda: [path]), puts, burns, occupy, lambda: take_away(device), closes_before=False)


def main() -> int:
    """Run all checks; the exit status."""
    failed = 0
    for check in checks():
        try:
            with simulated_chip() as (path, sysfs):
                asyncio.run(check(bench(path, sysfs)))
        except OSError as error:
            print(f"gpio-sim cannot be used: {error}: modprobe gpio-sim, mount configfs, run as root")
            return 2
        except AssertionError as error:
            failed += 1
            print(f"FAILED {check.__name__}: {error}")
        except NotTriedError:
            print(f"not tried {check.__name__}")
        else:
            print(f"ok {check.__name__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
