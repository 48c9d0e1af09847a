"""`dyzurka doctor` on a machine where no exchange runs: what it says of a modem, and that looking does no harm."""

import asyncio
import random
from pathlib import Path

import pytest

import appliance.building
from appliance.doctor.findings import findings
from appliance.doctor.probe import Places, look
from hardware import discovery
from hardware.at.port import AtPort
from hardware.gsm import glance as looking
from tests.hardware.modem.firmware import Card, Knobs, Radio
from tests.hardware.modem.makes import Huawei, Plain, Quectel, Simcom
from tests.hardware.modem.usb import Stick

STARTER = Path(appliance.building.__file__).with_name("starter.toml").read_text(encoding="utf-8")
LINE = """
[[lines]]
id = "sim"
kind = "gsm"
number = "+48600000001"
"""
ANYWHERE = ("127.0.0.1", 0)


def told(tmp_path, monkeypatch, *, make=Quectel, plugged=True, more="", language="en", hold=False, **stick):
    """What the doctor says of the SIM line, and the modem that it looked at."""

    async def story():
        modem = Stick(make, tmp_path / "usb", **stick)
        monkeypatch.setattr(discovery, "SYS", modem.sys)
        monkeypatch.setattr(discovery, "DEV", modem.dev)
        if plugged:
            modem.plug()
        other = AtPort(modem.at, on_report=lambda report: None)
        if hold:
            other.start()
        file = tmp_path / "building.toml"
        building = STARTER.replace('language = "pl"', f'language = "{language}"')
        file.write_text(building + LINE + more.format(at=modem.at), encoding="utf-8")
        places = Places(tmp_path, file, ANYWHERE, (20000, 20099), ANYWHERE)
        found = findings(await asyncio.to_thread(look, places, random.Random(1)))
        other.close()
        modem.unplug()
        return [each for each in found if each.check.startswith("line_")], modem

    (finding,), modem = asyncio.run(story())
    return finding, modem


@pytest.mark.parametrize(("make", "name"), [(Quectel, "Quectel EC25/EG25"), (Simcom, "SIM7600"), (Huawei, "Huawei E")])
def test_a_modem_is_told_of_with_voice_network_signal_operator_and_card(tmp_path, monkeypatch, make, name):
    finding, _ = told(tmp_path, monkeypatch, make=make)
    assert (finding.check, finding.level, finding.remedy) == ("line_modem", "ok", "")
    assert finding.seen.startswith(f"Line sim: there is a modem: {name}")
    assert finding.seen.endswith("voice: yes, 4G, Orange PL, signal very good (-71 dBm), SIM card ready.")


def test_in_polish_for_a_polish_box(tmp_path, monkeypatch):
    finding, _ = told(tmp_path, monkeypatch, language="pl", radio=Radio(technology=0, signal=3))
    assert finding.seen == (
        "Linia sim: jest modem: Quectel EC25/EG25, głos: tak, 2G, Orange PL, sygnał słaby (-107 dBm), karta SIM działa."
    )


@pytest.mark.parametrize(
    ("stick", "seen", "remedy"),
    [
        ({"card": Card(present=False)}, "no SIM card", "put it in"),
        ({"card": Card(pin="1234", tries=0)}, "waits for its PUK", "enter the provider's PUK"),
        ({"make": Huawei, "knobs": Knobs(no_voice=True)}, "voice: no", "SMS only"),
        ({"hold": True}, "does not work", "another program uses the modem"),
        ({"make": Plain, "more": 'device = "{at}"\n'}, "X220, voice: no", "SMS only"),
    ],
)
def test_what_is_wrong_is_told_with_its_remedy(tmp_path, monkeypatch, stick, seen, remedy):
    finding, _ = told(tmp_path, monkeypatch, **stick)
    assert finding.check == "line_modem_down"
    assert seen in finding.seen
    assert remedy in finding.remedy


def test_looking_costs_no_attempt_at_the_pin(tmp_path, monkeypatch):
    card = Card(pin="1234")
    finding, _ = told(tmp_path, monkeypatch, card=card, more='pin = "9999"\n')
    assert card.attempts == []
    assert finding.seen.endswith("the SIM card waits for its PIN.")


def test_a_modem_without_a_network_is_told_so_after_some_seconds(tmp_path, monkeypatch):
    monkeypatch.setattr(looking, "LOOK_SECONDS", 1.0)
    finding, _ = told(tmp_path, monkeypatch, radio=Radio(registration=2))
    assert finding.seen.endswith("SIM card ready, no network yet.")


def test_without_a_modem_nothing_is_waited_for(tmp_path, monkeypatch):
    finding, _ = told(tmp_path, monkeypatch, plugged=False)
    assert finding.check == "line_no_modem"
