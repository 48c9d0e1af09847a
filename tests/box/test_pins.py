"""Lamps and button of the image over the kernel's gpio-sim: the pins' contract, and an exchange with a panel."""

from __future__ import annotations

import pytest
import tomlkit

GREEN, AMBER, RED, PANIC, BUZZER, BUTTON = 17, 27, 22, 23, 24, 25
SEEN_SECONDS = 60.0
NOT_BY_GPIO_SIM = "what_is_closed_at_first_is_said_at_first"
READY = "modprobe gpio-sim; mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config"
HEADER = "/sys/kernel/config/gpio-sim/header"
MADE = f"""{READY} && mkdir -p {HEADER}/bank0 && echo 54 > {HEADER}/bank0/num_lines
echo pinctrl-bcm2711 > {HEADER}/bank0/label && echo 1 > {HEADER}/live
echo pull-up > /sys/devices/platform/$(cat {HEADER}/dev_name)/$(cat {HEADER}/bank0/chip_name)/sim_gpio{BUTTON}/pull
echo /sys/devices/platform/$(cat {HEADER}/dev_name)/$(cat {HEADER}/bank0/chip_name)"""
UNMADE = f"echo 0 > {HEADER}/live; rmdir {HEADER}/bank0 {HEADER}"


@pytest.fixture
def header(house):
    """The header of a Pi 4 with a panel on it: where its pins can be read and pulled from outside."""
    chip = house.box.run(MADE).split()[-1]
    document = house.document()
    panel = tomlkit.table()
    panel.update(status={"green": GREEN, "amber": AMBER, "red": RED}, panic_lamp=PANIC, buzzer=BUZZER, button=BUTTON)
    document["panel"] = panel
    house.configure(document)
    yield chip
    house.configure(house.document())
    house.box.run(UNMADE)


def burns(box, chip, pin):
    return box.run(f"cat {chip}/sim_gpio{pin}/value").strip() == "1"


def test_the_pins_keep_their_contract_in_the_kernel(box):
    told = box.run(
        f"{READY}; PYTHONPATH=/usr/lib/dyzurka/lib python3 -m hardware.panel.selftest", SEEN_SECONDS, check=False
    )
    lines = told.splitlines()
    assert len(lines) > 5 and all(each.startswith(("ok ", f"not tried {NOT_BY_GPIO_SIM}")) for each in lines), told


def test_a_lamp_burns_and_the_button_held_for_three_seconds_lights_them_all(box, header):
    box.until(
        "the status lamp burns",
        lambda: burns(box, header, GREEN) or burns(box, header, AMBER) or burns(box, header, RED),
        SEEN_SECONDS,
    )
    assert not burns(box, header, BUZZER)
    # It sounds for four seconds: looked for inside, where nobody has to log in first.
    pull = f"{header}/sim_gpio{BUTTON}/pull"
    sounds = f"timeout {SEEN_SECONDS:.0f} sh -c 'until grep -q 1 {header}/sim_gpio{BUZZER}/value; do :; done'"
    assert (
        box.run(f"echo pull-down > {pull}; {sounds}; echo $?; echo pull-up > {pull}", 2 * SEEN_SECONDS).strip() == "0"
    )
    box.until("the test of the lamps ends", lambda: not burns(box, header, BUZZER), SEEN_SECONDS)
