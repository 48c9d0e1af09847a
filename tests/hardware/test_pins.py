"""The contract of a port of pins, over the simulated one and over libgpiod's own Python API with the kernel played.

What is played ends where `gpiod` calls its C library: its settings, enumerations and signatures are the real ones.
`tests/box` runs the same contract in a machine with the kernel's gpio-sim.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import gpiod
import pytest

from hardware.panel import selftest
from hardware.panel.contract import Bench, checks
from hardware.panel.gpiod_pins import GpiodPins
from hardware.panel.pins import PinError
from hardware.panel.simulated import SimulatedPins
from tests.hardware.kernel import Kernel


def simulated() -> Bench:
    pins = SimulatedPins()

    def occupy(pin: int) -> Callable[[], None]:
        pins.occupied[pin] = "somebody"
        return lambda: pins.occupied.pop(pin) and None

    return Bench(pins, pins.puts, pins.burns, occupy, pins.vanishes)


def by_gpiod() -> Bench:
    kernel = Kernel()
    pins = GpiodPins(lambda: kernel, lambda: list(kernel.chips))

    def occupy(pin: int) -> Callable[[], None]:
        kernel.owners[pin] = "somebody"
        return lambda: kernel.owners.pop(pin) and None

    return Bench(pins, kernel.puts, kernel.high, occupy, kernel.vanishes)


@pytest.mark.parametrize("world", [simulated, by_gpiod])
@pytest.mark.parametrize("check", checks(), ids=lambda check: check.__name__)
def test_every_port_keeps_the_contract(world, check):
    asyncio.run(check(world()))


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["pinctrl-bcm2711", "raspberrypi-exp-gpio"], "pinctrl-bcm2711"),
        (["gpio-brcmstb", "pinctrl-rp1"], "pinctrl-rp1"),
        (["pinctrl-bcm2835"], "pinctrl-bcm2835"),
        (["INT34C6:00"], ""),  # a PC has such a chip, and no header
        ([], ""),
    ],
)
def test_the_header_is_found_by_its_label_on_every_pi(labels, found):
    kernel = Kernel(labels)
    pins = GpiodPins(lambda: kernel, lambda: list(kernel.chips))
    assert pins.chip() == found
    if not found:
        with pytest.raises(PinError) as refused:
            pins.output("lamp", 17)
        assert refused.value.reason == "no_chip"


def test_without_the_library_there_is_no_chip_and_the_reason_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gpiod", None)
    pins = GpiodPins(paths=list)
    assert pins.chip() == ""
    with pytest.raises(PinError) as refused:
        pins.input("button", 25, print)
    assert refused.value.reason == "no_library"


def test_a_chip_that_may_not_be_opened_is_told_as_that():
    kernel = Kernel()
    kernel.fails = OSError(errno.EACCES, "Permission denied")
    with pytest.raises(PinError) as refused:
        GpiodPins(lambda: kernel, lambda: list(kernel.chips)).output("lamp", 17)
    assert refused.value.reason == "denied"


def test_a_pin_of_somebody_else_is_told_with_whose_it_is():
    kernel = Kernel()
    kernel.owners[17] = "spi0 CS1"
    with pytest.raises(PinError) as refused:
        GpiodPins(lambda: kernel, lambda: list(kernel.chips)).output("lamp", 17)
    assert (refused.value.reason, refused.value.detail) == ("occupied", "spi0 CS1")


def test_inputs_are_pulled_up_debounced_and_closed_to_ground():
    kernel = Kernel()
    asyncio.run(_asks_for_an_input(kernel))
    settings = kernel.asked[25]
    assert settings.direction == gpiod.line.Direction.INPUT
    assert settings.bias == gpiod.line.Bias.PULL_UP
    assert settings.active_low
    assert settings.edge_detection == gpiod.line.Edge.BOTH
    assert settings.debounce_period.total_seconds() == 0.005
    assert kernel.consumers[25] == "dyzurka button"


async def _asks_for_an_input(kernel: Kernel) -> None:
    GpiodPins(lambda: kernel, lambda: list(kernel.chips)).input("button", 25, print)


def played(monkeypatch, made: Bench) -> None:
    """The self-test over this bench instead of gpio-sim's."""

    @contextmanager
    def no_chip():
        yield "/dev/gpiochip7", Path("/nowhere")

    monkeypatch.setattr(selftest, "simulated_chip", no_chip)
    monkeypatch.setattr(selftest, "bench", lambda path, sysfs: made)


def test_the_self_test_claims_nothing_that_it_could_not_try(monkeypatch, capsys):
    played(monkeypatch, replace(simulated(), vanishes=None))
    assert selftest.main() == 0
    told = capsys.readouterr().out.splitlines()
    gone = "a_chip_that_goes_away_is_told_and_can_be_closed"
    assert f"not tried {gone}" in told and f"ok {gone}" not in told
    assert [each.split()[0] for each in told].count("ok") == len(checks()) - 1


def test_a_port_that_says_nothing_of_a_lost_chip_fails_the_self_test(monkeypatch, capsys):
    played(monkeypatch, replace(simulated(), vanishes=lambda: None))
    assert selftest.main() == 1
    assert "FAILED a_chip_that_goes_away_is_told_and_can_be_closed: it is gone" in capsys.readouterr().out


def test_gpio_sims_chip_is_taken_away_once(tmp_path):
    live = tmp_path / "live"
    live.write_text("1\n")
    for pin in range(selftest.LINES):
        (tmp_path / f"sim_gpio{pin}").mkdir()
    bench = selftest.bench("/dev/gpiochip7", tmp_path, tmp_path)
    bench.vanishes()
    assert live.read_text() == "0"
    live.unlink()
    live.symlink_to("/proc/version")  # not "1", and cannot be written: as the kernel's, which refuses a second time
    selftest.take_away(tmp_path)
