"""What `dyzurka doctor` tells: each fact's finding, in both languages, and the probing on a machine of our own."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import socket
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from appliance.building.model import LineConfig
from appliance.cli import main
from appliance.control import ControlServer
from appliance.doctor import machine, servers
from appliance.doctor.facts import LineFact, PinFact, PortFact, ProofFact, UpsFact, UsbFact
from appliance.doctor.findings import can_take_calls, findings, verdict
from appliance.doctor.words import WORDS
from appliance.gateways.copper import DEAD
from tests.unit.doctor_facts import PROVIDER, WELL

LIPOWA = Path(__file__).parents[2] / "examples" / "lipowa7.toml"
LOOPBACK = "127.0.0.1"
MODEM = UsbFact("2c7c:0125", "Quectel EC25/EG25", "gsm")
SIM = LineFact("sim", "gsm", about="EC25, voice: yes")
PROOF = ProofFact("provider", "sim", "2026-11-26T10:21:00.000+01:00", "proved", "2026-11-26T10:21:00.000+01:00")
LAMP, BUZZER = PinFact("status green", 17), PinFact("buzzer", 24)
SILENT = replace(PROVIDER, id="second", answer="")


def test_of_a_machine_that_is_well_nothing_is_said_but_that_nobody_takes_calls_yet():
    found = findings(WELL)
    assert [each.check for each in found if each.level != "ok"] == ["stopped"]
    assert can_take_calls(found)
    assert verdict(found, "en") == "Calls can be taken."


def test_a_card_that_is_good_for_long_is_not_mentioned():
    assert "card" not in [each.check for each in findings(replace(WELL, cards=(("sim", "01.03.2027", 31),)))]


@pytest.mark.parametrize(
    ("facts", "check", "level", "seen"),
    [
        ({"python": (3, 9, 2)}, "python_old", "fault", "3.9.2 is too old"),
        ({"libraries_missing": ("flask", "click")}, "libraries_missing", "fault", "flask click"),
        ({"speech_engines": ()}, "speech_none", "note", "nobody will hear"),
        ({"speech_engines": ("espeak-ng",)}, "speech_plain", "note", "only espeak-ng"),
        ({"spandsp": False}, "spandsp_missing", "note", "tones"),
        ({"realtime": False}, "realtime_missing", "note", "break up"),
        ({"clock_synchronised": False}, "clock_wrong", "note", "not synchronised"),
        ({"data_trouble": "permission denied"}, "data_trouble", "fault", "/data/dyzurka cannot be written to"),
        ({"data_free_bytes": 100_000_000}, "data_full", "note", "only 0.1 GB"),
        ({"mistakes": ("b.toml:3: Bad.", "b.toml:9: Worse.")}, "building_mistakes", "fault", "b.toml:3: Bad. (+1)"),
        ({"running": True, "mistakes": ("b.toml:3: Bad.",)}, "building_mistakes", "note", "b.toml:3"),
        ({"running": True, "faults": ("the disk is full",)}, "exchange_fault", "note", "the disk is full"),
        (
            {"ports": (PortFact("sip", "0.0.0.0:5060", "in use", "asterisk (8)"),)},
            "port_taken",
            "fault",
            "asterisk (8)",
        ),
        ({"ports": (PortFact("web", "9.9.9.9:80", "not ours"),)}, "port_trouble", "fault", "WWW: 9.9.9.9:80"),
        ({"addresses": (), "default_route": ""}, "network_none", "fault", "no address"),
        ({"default_route": ""}, "network_no_route", "note", "192.168.1.20"),
        ({"lines": (SILENT,)}, "line_silent", "fault", "203.0.113.5:5060"),
        ({"lines": (PROVIDER, SILENT)}, "line_silent", "note", "second"),
        ({"cards": (("sim", "01.03.2027", 30),)}, "card", "note", "its last day is 01.03.2027"),
        ({"proofs": (PROOF,)}, "proof", "ok", "from line provider to line sim succeeded (2026-11-26 10:21)"),
        (
            {"proofs": (replace(PROOF, result="no sound back"),)},
            "proof_failed",
            "note",
            "(2026-11-26 10:21): line provider heard nothing of line sim",
        ),
        ({"proofs": (ProofFact("provider", "sim"),)}, "proof_untried", "note", "has not made a test call to line sim"),
        ({"unproved": "one line"}, "proof_one_line", "note", "only one line"),
        ({"unproved": "never"}, "proof_never", "note", "switched off"),
        ({"lines": (replace(SILENT, places=()),)}, "line_unknown", "fault", "sip.example.pl"),
        ({"lines": (LineFact("copper", "fxo"),)}, "line_no_modem", "fault", "no modem"),
        ({"lines": (LineFact("copper", "fxo", about="CX93010"),)}, "line_modem", "ok", "there is a modem: CX93010"),
        ({"lines": (LineFact("play", "simulated"),)}, "line_unsupported", "fault", "simulated"),
        ({"lines": (LineFact("sim", "gsm"),)}, "line_no_modem", "fault", "no modem"),
        ({"lines": (SIM,)}, "line_modem", "ok", "Line sim: there is a modem: EC25, voice: yes."),
        ({"lines": (replace(SIM, fault="no SIM"),)}, "line_modem_down", "fault", "EC25, voice: yes"),
        ({"usb": (MODEM,)}, "usb_modem", "ok", "Quectel EC25"),
        ({"lines": (replace(SIM, state="down", fault="no SIM"),)}, "line_modem_down", "fault", "EC25, voice: yes"),
        ({"lines": (replace(SIM, state="starting"),)}, "line_starting", "ok", "only starting: EC25, voice: yes"),
        ({"lines": (replace(SIM, state="up"),)}, "line_up", "ok", "sim works: EC25, voice: yes"),
        ({"lines": (replace(SIM, state="up", fault="roaming"),)}, "line_modem_warns", "note", "EC25, voice: yes"),
        ({"lines": ()}, "lines_none", "fault", "no line"),
        ({"running": True, "lines": (LineFact("a", "sip", state="up"),)}, "line_up", "ok", "a works"),
        ({"running": True, "lines": (LineFact("a", "sip", state="down", fault="401"),)}, "line_down", "fault", "401"),
        (
            {"running": True, "lines": (LineFact("a", "sip", state="down", fault=DEAD, about="0 V on the line"),)},
            "line_copper",
            "fault",
            "Line a is dead: 0 V on the line.",
        ),
        (
            {"running": True, "lines": (LineFact("a", "sip", state="up", about="48 V on the line"),)},
            "line_up",
            "ok",
            "Line a works: 48 V on the line.",
        ),
        ({"usb": (UsbFact("0572:1349", "StarTech", "fxo"),)}, "usb_voice_modem", "ok", "Landline modem StarTech"),
        ({"usb": (MODEM,)}, "usb_modem", "ok", "Quectel EC25"),
        ({"gpio": ("gpiochip0",)}, "gpio", "ok", "gpiochip0"),
        (
            {"ports": (PortFact("web", "0.0.0.0:8080", "in use", unit="dyzurka-web.socket"),)},
            "port_ours",
            "ok",
            "systemd listens on 0.0.0.0:8080 for us",
        ),
        ({"chip": "pinctrl-rp1", "pins": (LAMP, BUZZER)}, "pins", "ok", "2 pins can be used (pinctrl-rp1)"),
        (
            {"pins": (LAMP, replace(BUZZER, reason="occupied", detail="spi0 CS1"))},
            "pin_trouble",
            "note",
            "The buzzer (pin 24): the pin is taken (spi0 CS1)",
        ),
        ({"pins": (replace(LAMP, reason="denied"),)}, "pin_trouble", "note", "The exchange may not use GPIO"),
        (
            {"ups": UpsFact("mains", 100.0, 240)},
            "ups",
            "ok",
            "There is mains power; the UPS stands by (battery: 100 %).",
        ),
        ({"ups": UpsFact("battery", 61.6, 90)}, "ups_battery", "note", "on the battery (battery: 62 %, about 90 min)."),
        ({"ups": UpsFact("ending")}, "ups_battery", "note", "No mains: everything runs on the battery."),
        ({"ups": UpsFact("mains", replace=True)}, "ups_replace", "note", "a new battery"),
        ({"ups": UpsFact("unknown")}, "ups_unknown", "note", "not told anything yet"),
        ({"ups": UpsFact("unknown", trouble="upsd is away.")}, "ups_trouble", "note", "upsd is away."),
    ],
)
def test_each_fact_has_its_finding(facts: dict[str, Any], check: str, level: str, seen: str):
    found = findings(replace(WELL, **facts))
    told = next(each for each in found if each.check == check)
    assert told.level == level
    assert seen in told.seen
    assert told.remedy or level == "ok"
    assert can_take_calls(found) is (level != "fault")


def test_what_is_wrong_with_all_pins_is_said_once():
    pins = (replace(LAMP, reason="no_chip"), replace(BUZZER, reason="no_chip"), PinFact("contact flood", 5, "no_chip"))
    found = [each for each in findings(replace(WELL, pins=pins)) if each.check.startswith("pin")]
    assert [each.check for each in found] == ["pin_trouble"]
    assert found[0].seen.startswith("This machine has no GPIO header.")


def test_the_exchange_that_runs_holds_its_ports_itself():
    taken = (PortFact("sip", "0.0.0.0:5060", "in use", "python (9)"),)
    assert can_take_calls(findings(replace(WELL, running=True, ports=taken)))


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_say_the_same(key: str):
    def names(texts: tuple[str, str]) -> list[set[str | None]]:
        return [{name for _, name, _, _ in string.Formatter().parse(text)} - {None} for text in texts]

    polish, english = WORDS[key]
    assert names(polish) == names(english)
    assert [bool(text) for text in polish] == [bool(text) for text in english]


def test_polish_is_spoken_to_a_polish_box():
    found = findings(replace(WELL, language="pl", addresses=(), default_route=""))
    assert verdict(found, "pl") == "Nie można odbierać połączeń."
    assert any(line.startswith("USTERKA") and "adresu" in line for line in (each.line("pl") for each in found))


# -- looking ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("what", "kind"), [("sip", socket.SOCK_DGRAM), ("web", socket.SOCK_STREAM)])
def test_a_taken_port_names_who_has_it(what: str, kind: socket.SocketKind):
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind((LOOPBACK, 0))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        port = holder.getsockname()[1]
        taken = machine.port(what, (LOOPBACK, port))
    assert taken.trouble
    assert taken.owner == f"{Path('/proc/self/comm').read_text().strip()} ({os.getpid()})"
    assert machine.port(what, (LOOPBACK, port)) == PortFact(what, f"{LOOPBACK}:{port}")


HELD = "ActiveState=active\nListen=0.0.0.0:80 (Stream)\nListen=0.0.0.0:8080 (Stream)\n"


@pytest.mark.parametrize(
    ("port", "said", "unit"),
    [
        (8080, HELD, "dyzurka-web.socket"),
        (80, HELD, "dyzurka-web.socket"),
        (8081, HELD, ""),
        (8080, HELD.replace("=active", "=inactive"), ""),
        (8080, HELD.replace("Stream", "Datagram"), ""),
        (8080, "ActiveState=inactive\n", ""),
        (8080, "", ""),
    ],
)
def test_a_port_that_systemd_holds_for_the_page_is_known(port: int, said: str, unit: str):
    assert machine.awaited(port, lambda: said) == unit


def test_a_port_of_the_page_is_no_defect_where_systemd_waits_there_for_us(monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.listen()
        port = holder.getsockname()[1]
        monkeypatch.setattr(machine, "_systemctl", lambda: HELD.replace("8080", str(port)))
        fact = machine.port("web", (LOOPBACK, port))
        assert (fact.unit, fact.owner) == ("dyzurka-web.socket", "")
        monkeypatch.setattr(machine, "_systemctl", lambda: HELD)
        assert machine.port("web", (LOOPBACK, port)).owner, "another program's is one"


def test_where_there_is_no_systemd_nobody_waits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert machine.awaited(8080) == ""


def test_an_address_of_another_machine_cannot_be_used():
    fact = machine.port("sip", ("203.0.113.9", 5060))
    assert fact.trouble
    assert not fact.owner
    assert machine.sound_ports("203.0.113.9", (10000, 10999)).trouble


def test_a_range_with_a_free_pair_is_enough():
    assert not machine.sound_ports(LOOPBACK, (20000, 29999)).trouble


def test_usb_modems_are_known_by_their_numbers(tmp_path: Path):
    for name, vendor, product in (("1-1", "2C7C", "0125"), ("1-2", "1d6b", "0002"), ("1-3", "0572", "1349")):
        device = tmp_path / "bus" / "usb" / "devices" / name
        device.mkdir(parents=True)
        (device / "idVendor").write_text(f"{vendor}\n")
        (device / "idProduct").write_text(f"{product}\n")
    (tmp_path / "bus" / "usb" / "devices" / "1-1:1.0").mkdir()
    found = machine.usb_devices(tmp_path)
    assert [(each.id, each.kind) for each in found] == [("2c7c:0125", "gsm"), ("0572:1349", "fxo")]


def test_gpio_is_found(tmp_path: Path):
    (tmp_path / "gpiochip0").touch()
    assert machine.gpio_chips(tmp_path) == ("gpiochip0",)
    assert machine.gpio_chips(tmp_path / "none") == ()


ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 192.168.1.20
        /32 host LOCAL
     |-- 192.168.1.255
        /32 link BROADCAST
     |-- 10.0.0.7
        /32 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
"""


def test_the_network_is_read_from_the_kernel(tmp_path: Path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "route").write_text(ROUTES)
    (tmp_path / "net" / "fib_trie").write_text(TRIE)
    assert machine.default_route(tmp_path) == ""
    (tmp_path / "net" / "route").write_text(ROUTES + "eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n")
    assert machine.default_route(tmp_path) == "eth0"
    assert machine.addresses(tmp_path) == ("10.0.0.7", "192.168.1.20")
    assert machine.default_route(tmp_path / "none") == ""
    assert machine.addresses(tmp_path / "none") == ()


def test_a_data_directory_is_judged_also_before_it_is_made(tmp_path: Path):
    trouble, free = machine.data_state(tmp_path / "not" / "yet")
    assert (trouble, free > 0) == ("", True)
    (tmp_path / "file").touch()
    assert machine.data_state(tmp_path / "file")[0] == "not a directory"


def ask(answer: bytes | None, transport: Any = "udp") -> tuple[LineFact, list[bytes]]:
    """Ask a server that gives this answer (None: silence); what came of it, and what it was asked."""
    asked: list[bytes] = []

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, address: Any) -> None:
            asked.append(data)
            if answer is not None:
                self.transport.sendto(answer, address)

    async def night() -> LineFact:
        loop = asyncio.get_running_loop()
        server, _ = await loop.create_datagram_endpoint(Server, local_addr=(LOOPBACK, 0))
        host, port = server.get_extra_info("sockname")
        text = f"{host}:{port}"
        config = LineConfig("provider", "sip", ("+48221234567",), server=text, servers=(text,), transport=transport)
        try:
            return await servers.ask_line(config, random.Random(1))
        finally:
            server.close()

    return asyncio.run(night()), asked


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_a_server_that_answers_anything_is_there(status: str):
    fact, asked = ask(f"SIP/2.0 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    assert fact.answer == status
    assert len(asked) == 1
    assert re.match(rb"OPTIONS sip:127\.0\.0\.1:\d+ SIP/2\.0\r\n", asked[0])
    assert asked[0].endswith(b"Content-Length: 0\r\n\r\n")


def test_a_server_that_is_silent_was_asked_three_times(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(servers, "SENT_AFTER_SECONDS", (0.0, 0.05, 0.1))
    monkeypatch.setattr(servers, "ANSWER_SECONDS", 0.05)
    fact, asked = ask(None)
    assert (fact.answer, len(fact.places), len(asked)) == ("", 1, 3)


def test_a_server_that_speaks_something_else_is_not_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(servers, "SENT_AFTER_SECONDS", (0.0,))
    monkeypatch.setattr(servers, "ANSWER_SECONDS", 0.05)
    assert ask(b"HTTP/1.1 200 OK\r\n\r\n")[0].answer == ""


def test_a_server_where_nothing_listens_is_silent():
    assert ask(None, "tcp")[0].answer == ""


# -- the command --------------------------------------------------------------------------------------------------

FREE = ("--sip", "127.0.0.1:0", "--web", "127.0.0.1:0", "--rtp-ports", "20000-29999")


def test_without_a_building_file_the_command_says_so_and_fails(tmp_path: Path):
    told = CliRunner().invoke(main, ["doctor", "--data", str(tmp_path), *FREE])
    assert told.exit_code == 1
    assert "building.toml" in told.output
    assert told.output.endswith("Nie można odbierać połączeń.\n")


def test_a_running_exchange_is_asked_instead(tmp_path: Path):
    status = {"lines": [{"id": "provider", "kind": "sip", "state": "up", "fault": None}], "faults": ["the page ended"]}

    async def answer(request: Any) -> dict[str, Any]:
        return status

    async def life() -> Any:
        server = ControlServer(tmp_path, {"status": answer})
        await server.start()
        try:
            command = ["doctor", "--data", str(tmp_path), "--building", str(LIPOWA), "--json"]
            return await asyncio.to_thread(CliRunner().invoke, main, command)
        finally:
            await server.stop()

    told = asyncio.run(life())
    answered = json.loads(told.output)
    checks = {each["check"]: each["seen"] for each in answered["findings"]}
    assert "Linia provider działa." in checks["line_up"]
    assert "the page ended" in checks["exchange_fault"]
    assert "port_free" not in checks
    assert answered["calls_can_be_taken"] is (told.exit_code == 0)
