"""Which modems are found in sysfs, and which one a line of the building file means."""

import asyncio
import re
from pathlib import Path

import pytest

from hardware import discovery
from tests.hardware.modem.makes import Huawei, Plain, Quectel, QuectelCard, Simcom
from tests.hardware.modem.usb import CARD, Stick
from tests.hardware.modem.voice import Knobs, VoiceModem

RULES = Path(__file__).parents[2] / "systemd" / "60-dyzurka-modems.rules"


def plugged(story):
    """Run a story in a loop: sticks need one."""

    def test(tmp_path):
        async def whole():
            story(tmp_path)

        asyncio.run(whole())

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test


@plugged
def test_the_sound_card_of_a_modem_is_found_in_place_of_its_sound_port(tmp_path):
    Stick(QuectelCard, tmp_path).plug()
    (found,) = discovery.gsm("", tmp_path / "sys", tmp_path / "dev")
    assert (found.card, found.tty(found.known.sound)) == (CARD, None)


@pytest.mark.parametrize("make", [Quectel, Simcom, Huawei])
def test_each_known_modem_is_found_with_its_ports(tmp_path, make):
    async def whole():
        stick = Stick(make, tmp_path)
        assert discovery.gsm("", stick.sys, stick.dev) == []
        stick.plug()
        (found,) = discovery.gsm("", stick.sys, stick.dev)
        assert found.port == "1-1"
        assert found.tty(*found.known.at) == stick.at
        assert found.tty(found.known.sound) == stick.tty(make.pcm_interface)
        stick.unplug()
        assert discovery.gsm("", stick.sys, stick.dev) == []

    asyncio.run(whole())


@plugged
def test_device_names_a_modem_by_any_of_its_ports_or_its_place(tmp_path):
    first, second = Stick(Quectel, tmp_path), Stick(Simcom, tmp_path, bus="1-2.3", first_tty=7)
    first.plug()
    second.plug()
    link = tmp_path / "by-path"
    link.symlink_to(second.at)
    for device in (str(second.at), str(second.tty(0)), "1-2.3", str(link), str(second.at.resolve())):
        (found,) = discovery.gsm(device, first.sys, first.dev)
        assert found.port == "1-2.3"
    assert [each.port for each in discovery.gsm("", first.sys, first.dev)] == ["1-1", "1-2.3"]
    assert discovery.gsm("1-9", first.sys, first.dev) == []
    assert discovery.gsm(str(tmp_path / "nothing"), first.sys, first.dev) == []
    for stick in (first, second):
        stick.unplug()


@plugged
def test_modem_that_nobody_knows_is_used_only_where_it_is_named(tmp_path):
    stick = Stick(Plain, tmp_path)
    stick.plug()
    assert discovery.gsm("", stick.sys, stick.dev) == []
    (found,) = discovery.gsm(str(stick.at), stick.sys, stick.dev)
    assert (found.known.profile, found.known.sound) == ("generic", None)
    stick.unplug()


def test_cdc_acm_ports_are_found_too(tmp_path):
    place = tmp_path / "sys/bus/usb/devices"
    (place / "3-2").mkdir(parents=True)
    (place / "3-2" / "idVendor").write_text("2c7c\n")
    (place / "3-2" / "idProduct").write_text("0125\n")
    (place / "3-2" / "busnum").write_text("3\n")
    (place / "3-2" / "devnum").write_text("14\n")
    (place / "3-2:1.2" / "tty" / "ttyACM0").mkdir(parents=True)
    (place / "3-2:1.2" / "bInterfaceNumber").write_text("02\n")
    (found,) = discovery.gsm("", tmp_path / "sys", tmp_path / "dev")
    assert found.tty(*found.known.at) == tmp_path / "dev" / "ttyACM0"
    assert found.bus_device == (3, 14)


def test_udev_rules_name_every_modem_that_we_know():
    text = RULES.read_text("utf-8")
    named = {
        f"{vendor}:{product}"
        for vendor, products in re.findall(r'idVendor}=="(\w+)", ATTRS{idProduct}=="([\w|]+)"', text)
        for product in products.split("|")
    }
    assert named == set(discovery.KNOWN)


@plugged
def test_a_voice_modem_is_found_and_one_that_nobody_knows_only_where_it_is_named(tmp_path):
    modem = VoiceModem(tmp_path)
    modem.plug()
    (found,) = discovery.fxo("", modem.sys, modem.dev)
    assert (found.port, found.known.profile, found.tty(0)) == ("1-2", "conexant", modem.path)
    assert discovery.gsm("", modem.sys, modem.dev) == []
    modem.unplug()
    stranger = VoiceModem(tmp_path, knobs=Knobs(usb=("1bbb", "00b7")))
    stranger.plug()
    assert discovery.fxo("", stranger.sys, stranger.dev) == []
    (named,) = discovery.fxo(str(stranger.path), stranger.sys, stranger.dev)
    assert (named.known.kind, named.known.profile) == ("fxo", "generic")
    stranger.unplug()
