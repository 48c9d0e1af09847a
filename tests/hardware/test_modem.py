"""A modem from the moment it is plugged in: found, woken, let into its SIM and its network, and brought back."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from appliance.building.model import LineConfig
from appliance.clock import SystemClock
from hardware.at import port as at_port
from hardware.at.port import AtPort
from hardware.gsm import modem as driver
from hardware.gsm import sim, words
from hardware.gsm.modem import GsmModem
from hardware.gsm.pin import PinFile
from hardware.hotplug import Hotplug
from hardware.modem import attached
from hardware.modem.attached import Place
from hardware.modem.life import State
from tests.hardware.modem.firmware import Card, Knobs, Radio
from tests.hardware.modem.makes import Huawei, Plain, Quectel, Simcom
from tests.hardware.modem.usb import Stick

DEADLINE_SECONDS = 30.0
MAKES = {"quectel": Quectel, "simcom": Simcom, "huawei": Huawei}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A modem in software boots and searches faster than a real one."""
    monkeypatch.setattr(attached, "LOOK_SECONDS", 0.05)
    for name, seconds in (("WAKE_SECONDS", 0.2), ("SEARCH_SECONDS", 0.05)):
        monkeypatch.setattr(driver, name, seconds)
    monkeypatch.setattr(driver, "WATCH_SECONDS", 0.1)
    monkeypatch.setattr(at_port, "FIND_BACK_SECONDS", 0.1)
    monkeypatch.setattr(sim, "PIN_SECONDS", 0.5)
    monkeypatch.setattr(driver, "SIM_SECONDS", 0.05)


@asynccontextmanager
async def driven(stick, tmp_path, *, pin="", device=""):
    """A driver at work; `until` waits for a condition on it."""
    config = LineConfig("sim", "gsm", ("+48600000001",), 1, pin=pin, device=device)
    modem = GsmModem(
        config, SystemClock(), PinFile(tmp_path / "pins.json"), Hotplug(), Place(device, stick.sys, stick.dev)
    )
    modem.start()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            yield modem
    finally:
        await modem.stop()
        stick.unplug()
        await stick.network.end()


async def until(condition, seconds=0.01):
    while not condition():  # noqa: ASYNC110 - states that nobody announces
        await asyncio.sleep(seconds)


def lives(story):
    def test(tmp_path):
        asyncio.run(story(tmp_path))

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("knobs", [{}, {"piece_bytes": 1}, {"echo": False}], ids=["plain", "bytes", "no echo"])
def test_modem_with_voice_is_found_and_ready(tmp_path, make, knobs):
    async def story():
        stick = Stick(MAKES[make], tmp_path, knobs=Knobs(**knobs))
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            assert modem.seen.voice
            assert (modem.seen.sim, modem.seen.operator, modem.seen.signal) == ("ready", "Orange PL", 21)
            assert modem.trouble is None
            assert modem.sound_path == stick.tty(stick.firmware.pcm_interface)

    asyncio.run(story())


def test_modem_of_no_known_make_carries_messages_only(tmp_path):
    async def story():
        stick = Stick(Plain, tmp_path)
        stick.plug()
        async with driven(stick, tmp_path, device=str(stick.at)) as modem:
            await until(lambda: modem.ready)
            assert modem.seen.voice is False
            assert modem.seen.model == "X220"

    asyncio.run(story())


def test_huawei_whose_firmware_lacks_voice_is_known_for_that(tmp_path):
    async def story():
        stick = Stick(Huawei, tmp_path, knobs=Knobs(no_voice=True))
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            assert modem.seen.voice is False

    asyncio.run(story())


@pytest.mark.parametrize("make", MAKES)
def test_command_that_a_firmware_refuses_costs_nothing_else(tmp_path, make):
    async def story():
        refused = frozenset({"AT+CRC", "AT+CCWA", "AT+CSMS", "AT+COPS", "AT+CPMS", "AT+CGMR", "AT+QTONEDET", "AT+DDET"})
        stick = Stick(MAKES[make], tmp_path, knobs=Knobs(refused=refused))
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            assert modem.seen.voice

    asyncio.run(story())


@pytest.mark.parametrize(
    ("card", "pin", "trouble"),
    [
        (Card(present=False), "", "no_sim"),
        (Card(pin="1234"), "", "pin_missing"),
        (Card(pin="1234"), "9999", "pin_wrong"),
        (Card(pin="1234", tries=2), "1234", "pin_few"),
        (Card(pin="1234", tries=0), "1234", "puk"),
        (Card(locked_out="PH-NET PIN"), "", "locked"),
        (Card(busy_answers=10**6), "", "sim_broken"),
    ],
)
@pytest.mark.parametrize("make", MAKES)
def test_each_trouble_with_the_card_has_its_name(tmp_path, monkeypatch, make, card, pin, trouble):
    monkeypatch.setattr(driver, "SIM_PATIENCE_SECONDS", 0.2)

    async def story():
        own = replace(card, attempts=[])
        stick = Stick(MAKES[make], tmp_path, card=own)
        stick.plug()
        async with driven(stick, tmp_path, pin=pin) as modem:
            await until(lambda: modem.trouble is not None and modem.trouble.key != "unplugged")
            assert modem.trouble.key == trouble
            assert modem.life.state is State.SIM_WAIT
            assert len(own.attempts) == (trouble == "pin_wrong")

    asyncio.run(story())


def test_modem_that_does_not_tell_the_attempts_left_gets_no_pin(tmp_path):
    async def story():
        card = Card(pin="1234")
        stick = Stick(Plain, tmp_path, card=card)
        stick.plug()
        async with driven(stick, tmp_path, pin="1234", device=str(stick.at)) as modem:
            await until(lambda: modem.trouble is not None and modem.trouble.key == "pin_unsure")
        assert card.attempts == []

    asyncio.run(story())


@pytest.mark.parametrize("make", MAKES)
def test_right_pin_opens_the_card_at_each_start(tmp_path, make):
    async def story():
        card = Card(pin="1234", busy_answers=2)
        stick = Stick(MAKES[make], tmp_path, card=card)
        for _ in range(3):
            stick.plug()
            async with driven(stick, tmp_path, pin="1234") as modem:
                await until(lambda: modem.ready)
        assert card.attempts == ["1234"] * 3

    asyncio.run(story())


@lives
async def test_wrong_pin_is_tried_once_in_a_thousand_starts(tmp_path):
    """Whatever the card's counter says afterwards: here somebody always sets it back to three."""
    card = Card(pin="1234")
    stick = Stick(Quectel, tmp_path, card=card)
    for _ in range(1000):
        card.tries = 3
        await start_with_a_wrong_pin(stick, tmp_path)
    assert card.attempts == ["9999"]


async def start_with_a_wrong_pin(stick, tmp_path):
    stick.plug()
    config = LineConfig("sim", "gsm", ("+48600000001",), 1, pin="9999")
    modem = GsmModem(config, SystemClock(), PinFile(tmp_path / "pins.json"), Hotplug(), Place("", stick.sys, stick.dev))
    modem.start()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await until(lambda: modem.trouble is not None and modem.trouble.key == "pin_wrong", 0.001)
    await modem.stop()
    stick.unplug()


@lives
async def test_pin_is_not_sent_when_that_cannot_be_written_down(tmp_path):
    card = Card(pin="1234")
    stick = Stick(Quectel, tmp_path / "usb", card=card)
    stick.plug()
    folder = tmp_path / "data"
    config = LineConfig("sim", "gsm", (), 1, pin="1234")
    modem = GsmModem(config, SystemClock(), PinFile(folder / "pins.json"), Hotplug(), Place("", stick.sys, stick.dev))
    modem.start()
    async with asyncio.timeout(DEADLINE_SECONDS):
        await until(lambda: modem.trouble is not None and modem.trouble.key == "pin_unwritten")
    assert card.attempts == []
    await modem.stop()
    stick.unplug()


@lives
async def test_power_cut_right_after_the_pin_was_sent_counts_as_a_try(tmp_path):
    card = Card(pin="1234")
    stick = Stick(Quectel, tmp_path, card=card)
    stick.plug()

    def cut(sign, values, cpin=stick.firmware._cpin):
        if sign == "=":
            card.attempts.append(values.strip('"'))
            stick.unplug()
        else:
            cpin(sign, values)

    stick.firmware._cpin = cut
    async with driven(stick, tmp_path, pin="9999") as modem:
        await until(lambda: card.attempts)
        del stick.firmware._cpin
        await until(lambda: not stick.plugged)
        stick.plug()
        await until(lambda: modem.trouble is not None and modem.trouble.key == "pin_wrong")
    assert card.attempts == ["9999"]


@pytest.mark.parametrize(
    ("radio", "trouble"),
    [(Radio(registration=3), "denied"), (Radio(registration=2, signal=99), "no_network")],
)
def test_each_trouble_with_the_network_has_its_name(tmp_path, monkeypatch, radio, trouble):
    monkeypatch.setattr("hardware.modem.life.PATIENCE_SECONDS", 0.3)

    async def story():
        stick = Stick(Quectel, tmp_path, radio=radio)
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.trouble is not None and modem.trouble.key == trouble)
            radio.registration = 1
            await until(lambda: modem.ready)
            assert modem.trouble is None

    asyncio.run(story())


def test_network_lost_under_a_strong_signal_is_jamming(tmp_path, monkeypatch):
    monkeypatch.setattr("hardware.modem.life.LOST_SECONDS", 0.3)

    async def story():
        stick = Stick(Quectel, tmp_path, radio=Radio(signal=30))
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            stick.network.reached = False
            await until(lambda: modem.trouble is not None)
            assert (modem.trouble.key, modem.ready) == ("jammed", False)
            assert words.about(modem.seen, "en").endswith("voice: yes, signal very good (-53 dBm), SIM card ready")
            stick.network.reached = True
            await until(lambda: modem.ready)

    asyncio.run(story())


def test_roaming_and_a_full_store_are_seen(tmp_path):
    async def story():
        stick = Stick(Simcom, tmp_path, radio=Radio(registration=5, operator="T-Mobile CZ"))
        stick.firmware.store_size = 1
        stick.firmware.store[0] = 1, "00"
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            assert modem.seen.roaming
            assert modem.seen.store == (1, 1)

    asyncio.run(story())


def test_network_that_is_away_for_long_is_told_as_that_while_the_modem_is_restarted(tmp_path, monkeypatch):
    """Not as a modem that does not answer: that one somebody would replace."""
    monkeypatch.setattr("hardware.modem.life.LOST_SECONDS", 0.2)
    monkeypatch.setattr("hardware.modem.life.RESTART_SECONDS", 0.5)
    monkeypatch.setattr("hardware.modem.life.PAUSES_SECONDS", (0.05,))

    async def story():
        stick = Stick(Quectel, tmp_path, radio=Radio(signal=5))
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            stick.network.reached = False
            await until(lambda: modem.trouble is not None)
            told = set()
            while "AT+CFUN=1,1" not in stick.firmware.received or modem.life.state is not State.REGISTERING:
                told.add(modem.trouble.key if modem.trouble else "nothing")
                await asyncio.sleep(0.005)
            assert told == {"no_network"}
            stick.network.reached = True
            await until(lambda: modem.ready)
            assert modem.trouble is None

    asyncio.run(story())


def test_modem_that_is_told_to_restart_and_never_comes_back_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(attached, "RETURN_SECONDS", 0.5)

    async def story():
        stick = Stick(Simcom, tmp_path)
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            stick.firmware.restart = stick.unplug
            await modem.rest()
            assert modem.trouble is None
            await until(lambda: modem.trouble is not None)
            assert modem.trouble.key == "unplugged"

    asyncio.run(story())


def test_modem_that_is_put_back_is_looked_at_at_once_not_at_the_next_look(tmp_path, monkeypatch):
    monkeypatch.setattr(driver, "WATCH_SECONDS", 1000.0)

    async def story():
        stick = Stick(Quectel, tmp_path)
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.ready)
            stick.unplug()
            stick.plug()
            await until(lambda: not modem.ready)
            await until(lambda: modem.ready)

    asyncio.run(story())


def test_silent_modem_is_treated_harder_each_time_and_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr("hardware.modem.life.PAUSES_SECONDS", (0.05,))
    cures = []
    monkeypatch.setattr("hardware.usb.reset", lambda device, dev: cures.append("reset"))
    monkeypatch.setattr("hardware.usb.cut_power", lambda device: cures.append("power"))

    async def story():
        stick = Stick(Quectel, tmp_path, knobs=Knobs(mute=True))
        stick.plug()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: cures == ["reset", "power"])
            assert modem.trouble.key == "silent"
            assert "AT+CFUN=1,1" in stick.firmware.received
            stick.firmware.knobs.mute = False
            await until(lambda: modem.ready)

    asyncio.run(story())


def test_port_that_somebody_else_has_is_told(tmp_path):
    async def story():
        stick = Stick(Quectel, tmp_path)
        stick.plug()
        other = AtPort(stick.at, on_report=lambda report: None)
        other.start()
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.trouble is not None)
            assert modem.trouble.key == "in_use"
            other.close()
            await until(lambda: modem.ready)

    asyncio.run(story())


def test_two_lines_share_two_modems_out(tmp_path):
    async def story():
        first = Stick(Quectel, tmp_path)
        second = Stick(Simcom, tmp_path, bus="1-2", first_tty=10)
        first.plug()
        second.plug()
        async with driven(first, tmp_path) as one, driven(second, tmp_path) as two:
            await until(lambda: one.ready and two.ready)
            assert {one.device.port, two.device.port} == {"1-1", "1-2"}

    asyncio.run(story())


def test_modem_that_is_pulled_out_and_put_back_is_ready_again(tmp_path):
    async def story():
        stick = Stick(Quectel, tmp_path)
        async with driven(stick, tmp_path) as modem:
            await until(lambda: modem.trouble is not None)
            assert modem.trouble.key == "unplugged"
            for _ in range(3):
                stick.plug()
                await until(lambda: modem.ready)
                stick.unplug()
                await until(lambda: not modem.ready)
                assert (modem.trouble.key, modem.life.state) == ("unplugged", State.ABSENT)

    asyncio.run(story())
