"""What `dyzurka doctor` sees beside the lines: the panel's pins and the UPS, on a box with an exchange and without."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from appliance.building import file
from appliance.building.model import Building
from appliance.doctor.facts import UpsFact
from appliance.doctor.surroundings import surroundings
from hardware.panel.gpiod_pins import GpiodPins
from tests.hardware.kernel import Kernel

LIPOWA = Path(__file__).parents[2] / "examples" / "lipowa7.toml"
LOOPBACK = "127.0.0.1"
PINS = """
[panel]
buzzer = 24
button = 25
  [panel.status]
  green = 17
  red = 22

[[sensors]]
pin = 5
name = "zalanie w piwnicy"
duty = "pogotowie"
"""


def configured(folder: Path, more: str) -> Building:
    path = folder / "building.toml"
    path.write_text(LIPOWA.read_text(encoding="utf-8") + more, encoding="utf-8")
    return file.read(path)


def pins_of(kernel: Kernel) -> GpiodPins:
    return GpiodPins(lambda: kernel, lambda: list(kernel.chips))


def test_pins_are_looked_at_without_switching_anything(tmp_path: Path):
    kernel = Kernel()
    kernel.owners[24] = "spi0 CS1"
    found = surroundings(configured(tmp_path, PINS), None, tmp_path, pins_of(kernel))
    assert found["chip"] == "pinctrl-bcm2711"
    assert {each.name: (each.reason, each.detail) for each in found["pins"]} == {
        "status green": ("", ""),
        "status red": ("", ""),
        "buzzer": ("occupied", "spi0 CS1"),
        "button": ("", ""),
        "contact zalanie w piwnicy": ("", ""),
    }
    assert kernel.asked == {}, "no line was requested"
    assert found["ups"] is None


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.EACCES, "denied"), (errno.EBUSY, "no_chip"), (errno.ENODEV, "no_chip")]
)
def test_pins_that_may_not_be_looked_at_say_why(tmp_path: Path, number: int, reason: str):
    kernel = Kernel()
    kernel.fails = OSError(number, os.strerror(number))
    found = surroundings(configured(tmp_path, PINS), None, tmp_path, pins_of(kernel))
    assert {each.reason for each in found["pins"]} == {reason}


def test_a_ups_is_asked_where_no_exchange_runs(tmp_path: Path):
    with socket.socket() as nobody:
        nobody.bind((LOOPBACK, 0))
        place = f"ups@{LOOPBACK}:{nobody.getsockname()[1]}"
        away = surroundings(configured(tmp_path, f'[mains]\nups = "{place}"\n'), None, tmp_path, pins_of(Kernel()))
    assert away["ups"] is not None and away["ups"].state == "unknown"
    assert "upsd nie odpowiada" in away["ups"].trouble
    played = configured(tmp_path, "[mains]\nsimulated = true\n")
    (tmp_path / "simulated-mains").write_text("battery 40% 90min replace")
    assert surroundings(played, None, tmp_path, pins_of(Kernel()))["ups"] == UpsFact("battery", 40.0, 90, replace=True)


def test_a_contact_of_a_ups_is_read_and_given_back(tmp_path: Path):
    kernel = Kernel()
    building = configured(tmp_path, '[mains]\npin = 6\nclosed = "mains"\n')
    kernel.puts(6, closed=True)
    assert surroundings(building, None, tmp_path, pins_of(kernel))["ups"] == UpsFact("mains")
    assert kernel.owners == {}


def test_a_running_exchange_tells_of_its_pins_and_its_ups(tmp_path: Path):
    status = {
        "panel": {
            "chip": "pinctrl-rp1",
            "pins": [{"name": "buzzer", "pin": 24, "on": False}, {"name": "button", "pin": 25, "on": None}],
            "contacts": [
                {"name": "zalanie", "pin": 5, "state": "open"},
                {"name": "kocioł", "pin": 6, "state": "unknown"},
            ],
        },
        "mains": {"state": "battery", "charge": 50.0, "minutes": 60},
    }
    told = surroundings(None, status, tmp_path)
    assert [each.name for each in told["pins"]] == ["buzzer", "contact zalanie"]
    assert (told["chip"], told["ups"]) == ("pinctrl-rp1", UpsFact("battery", 50.0, 60))
