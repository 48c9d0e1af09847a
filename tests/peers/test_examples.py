"""Both examples as they stand, driven over real SIP; only the provider's port is the test's. Holds at any hour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomlkit

from tests.peers import building, sound
from tests.peers.exchange import Exchange
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import answered, bye_of_callee, call, expect, pause, reply, sdp
from tests.prompts import kept

OSIEDLE = building.SAMPLE.with_name("osiedle.toml")
SHARED, DEBOWA = "+48225550000", "+48225550005"
WISNIEWSKI, ZIELINSKA = "+48600000101", "+48600000102"
STRANGER, STRANGER_USER = "+48502600700", "48502600700"
RESIDENT_HZ, OFFICE_HZ = 620, 880
BEEP_HZ, BEEP_DB, BEEP_SECONDS = 1000, -15.1, 0.2
UP_SECONDS, GREETING_SECONDS, MESSAGE_SECONDS, END_SECONDS = 5.0, 60.0, 3.0, 30.0
TALK_MS = 5000
BY_SCENARIO = {"office": "voicemail:technical", "weekend": "voicemail:office", "night": "voicemail:office"}


def as_it_stands(path: Path, provider: str):
    """An example with this provider's address and nothing else changed."""
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    document["lines"][0]["server"] = provider
    return document


@pytest.fixture(scope="session")
def osiedle_prompts(pytestconfig: pytest.Config) -> Path:
    """The sentences of osiedle.toml, rendered once and kept from one run of the tests to the next."""
    return kept(pytestconfig, "peers-prompts-osiedle", OSIEDLE)


@pytest.fixture
def osiedle(tmp_path, osiedle_prompts):
    """An exchange with osiedle.toml, and the port of its provider."""
    provider = free_range(2)
    box = Exchange(tmp_path / "osiedle", as_it_stands(OSIEDLE, f"{HOST}:{provider}"), osiedle_prompts)
    try:
        yield box, provider
    finally:
        if box.running:
            box.stop()


@pytest.fixture
def lipowa(exchange):
    """An exchange with lipowa7.toml, and the port of its provider."""
    provider = free_range(2)
    return exchange(as_it_stands(building.SAMPLE, f"{HOST}:{provider}")), provider


def accepts(peers, port):
    """The provider's one call: whoever is rung answers, presses 1, talks, and hangs up."""
    handset = peers.handset()
    steps = [
        expect("INVITE", note_caller=True),
        reply(100, "Trying"),
        reply(180, "Ringing"),
        reply(200, "OK", sdp(handset.port), until_ack=True),
        expect("ACK"),
        pause(TALK_MS),
        bye_of_callee(),
        answered("BYE"),
    ]
    return peers.sipp("provider", steps, port=port), handset


def urgent_call(peers, box, provider, *, number, caller, keys):
    """A call that presses these keys and is put through to who is rung; its row, and the INVITE that rang them."""
    rung, phone = accepts(peers, provider)
    handset = peers.handset()
    steps = call(handset.port, number, caller, expect("BYE"), reply(200, "OK"))
    resident = peers.sipp("resident", steps, remote=box.address)
    for key in keys:
        handset.press(key)
    phone.press("1", UP_SECONDS * 2)
    rung.succeeds()
    resident.succeeds()
    return box.last_call(), re.search(r"^INVITE .*?\n\r?\n", rung.messages(), re.MULTILINE | re.DOTALL)[0]


def only_ours(invite: str, shown: str, caller: str) -> None:
    """The INVITE shows this number of ours, and nowhere the caller's."""
    users = re.findall(r"^(?:From|P-Asserted-Identity|Contact):.*?sips?:([^@>;\s]+)@", invite, re.MULTILINE)
    assert len(users) >= 2, invite
    assert set(users) == {shown}, invite
    assert re.search(r"^P-Asserted-Identity:", invite, re.MULTILINE), invite
    assert caller.lstrip("+") not in invite


def told(row, *names):
    return tuple(row[name] for name in names)


def rung(row):
    return [(each["who"], each["phone"], each["line"], each["result"]) for each in row["rung"]]


def test_lipowa_an_urgent_call_reaches_the_first_on_duty(lipowa, peers):
    box, provider = lipowa
    row, invite = urgent_call(peers, box, provider, number=building.NUMBER, caller=building.RESIDENT_USER, keys="1")
    assert told(row, "number", "building", "caller", "resident") == (
        building.NUMBER, "lipowa7", building.RESIDENT, building.FLAT
    )  # fmt: skip
    assert row["scenario"] in BY_SCENARIO
    assert told(row, "choices", "urgent", "destination") == (["1"], True, "duty:pogotowie")
    assert told(row, "outcome", "answered_by") == ("answered", "nowak")
    assert rung(row) == [("nowak", building.NOWAK, "provider", "answered")]
    only_ours(invite, building.NUMBER, building.RESIDENT)
    (ticket,) = box.tickets()
    assert told(ticket, "number", "state", "urgent", "taken_by") == (row["ticket"], "in progress", True, "nowak")


def test_lipowa_a_message_is_kept_and_its_state_is_told_by_number(lipowa, peers):
    box, _ = lipowa
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)

    def dials(key):
        resident.dial(f"sip:{building.NUMBER}@{box.address}")
        resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
        resident.press(key)

    dials("2")
    until("the tone of the mailbox", GREETING_SECONDS, lambda: beeps(resident))
    begun = len(resident.heard())
    until("3 s of message", 10.0, lambda: len(resident.heard()) - begun >= MESSAGE_SECONDS * sound.RATE)
    resident.press("#")
    resident.wait_for("CALL_CLOSED", END_SECONDS)
    message = box.last_call()
    assert told(message, "choices", "urgent", "outcome") == (["2"], False, "voicemail")
    assert message["destination"] == BY_SCENARIO[message["scenario"]]
    kept = sound.read_wav(box.data / message["recording"])
    assert sound.seconds_of_tone(kept, RESIDENT_HZ) == pytest.approx(MESSAGE_SECONDS, abs=1.0)

    dials("5")
    resident.wait_for("CALL_CLOSED", END_SECONDS)
    status = box.last_call()
    assert told(status, "choices", "destination", "outcome", "ticket") == (["5"], "status", "informed", None)
    assert told(status, "building", "resident", "rung") == ("lipowa7", building.FLAT, [])
    assert sound.seconds_of_sound(resident.heard()) > 2.0
    (ticket,) = box.tickets()
    assert told(ticket, "number", "state", "caller") == (message["ticket"], "new", building.RESIDENT)


def test_lipowa_in_office_hours_the_office_is_rung_at_its_telephone(exchange, peers):
    document = as_it_stands(building.SAMPLE, f"{HOST}:{free_range(2)}")
    document["hours"]["office"] = {"open": ["mon-sun 08:00-08:00"]}  # now, whenever that is
    box = exchange(document)
    office = peers.extension("11", "jedenascie-11", box.address, OFFICE_HZ)
    office.program.wait_for(r"200 OK .*1 binding", UP_SECONDS)
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    resident.press("3")
    office.wait_for("CALL_ESTABLISHED", END_SECONDS)
    until("the office is heard", END_SECONDS, lambda: sound.hears(resident.heard(), OFFICE_HZ))
    until("the resident is heard", END_SECONDS, lambda: sound.hears(office.heard(), RESIDENT_HZ))
    resident.hang_up()
    office.wait_for("CALL_CLOSED", UP_SECONDS)
    row = box.last_call()
    assert told(row, "scenario", "choices", "urgent") == ("office", ["3"], False)
    assert told(row, "destination", "outcome", "answered_by") == ("queue:office", "answered", "biuro")
    assert rung(row) == [("biuro", "ext:11", "phones", "answered")]


def test_lipowa_nobody_answers_at_night_and_the_chase_finds_kowalska_at_her_second_telephone(exchange, peers):
    document = building.sample(f"{HOST}:{free_range(2)}")
    document["duty"][0].update(rounds=1, ring_seconds=5, chase_minutes=0.05)
    box = exchange(document)
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    resident.press("1")
    until("the tone of the mailbox", GREETING_SECONDS, lambda: beeps(resident))
    begun = len(resident.heard())
    until("3 s of message", 10.0, lambda: len(resident.heard()) - begun >= MESSAGE_SECONDS * sound.RATE)
    resident.press("#")
    caretaker = peers.extension("21", "dwadziescia-21", box.address, OFFICE_HZ)
    caretaker.program.wait_for(r"200 OK .*1 binding", UP_SECONDS)
    resident.wait_for("CALL_CLOSED", END_SECONDS)
    row = box.last_call()
    assert told(row, "urgent", "destination", "outcome", "answered_by") == (True, "duty:pogotowie", "voicemail", None)
    assert [each[:2] for each in rung(row)] == [
        ("nowak", building.NOWAK), ("kowalska", building.KOWALSKA), ("kowalska", "ext:21")
    ]  # fmt: skip
    caretaker.wait_for("CALL_ESTABLISHED", END_SECONDS)
    until("what waits is heard", END_SECONDS, lambda: sound.seconds_of_sound(caretaker.heard()) > 1.0)
    caretaker.press("1")
    caretaker.wait_for("CALL_CLOSED", END_SECONDS)
    (ticket,) = box.tickets()
    assert told(ticket, "number", "state", "urgent", "taken_by") == (row["ticket"], "in progress", True, "kowalska")


def beeps(phone):
    """Whether the tone after which a message begins has been heard."""
    return sound.seconds_of_tone(phone.heard()[-2 * sound.RATE :], BEEP_HZ, BEEP_DB) >= BEEP_SECONDS


def test_osiedle_the_shared_number_asks_for_the_building_also_in_english(osiedle, peers):
    box, provider = osiedle
    row, invite = urgent_call(peers, box, provider, number=SHARED, caller=STRANGER_USER, keys="931")
    assert told(row, "number", "building", "caller", "resident") == (SHARED, "parkowa3", STRANGER, None)
    assert told(row, "scenario", "choices", "urgent") == ("anything", ["9", "3", "1"], True)
    assert told(row, "destination", "outcome", "answered_by") == ("duty:osiedle", "answered", "wisniewski")
    assert rung(row) == [("wisniewski", WISNIEWSKI, "provider", "answered")]
    only_ours(invite, SHARED, STRANGER)


def test_osiedle_the_buildings_own_number_is_shown_and_its_order_holds(osiedle, peers):
    box, provider = osiedle
    row, invite = urgent_call(peers, box, provider, number=DEBOWA, caller=STRANGER_USER, keys="1")
    assert told(row, "number", "building", "caller", "scenario") == (DEBOWA, "debowa5", STRANGER, "debowa")
    assert told(row, "choices", "urgent", "destination") == (["1"], True, "duty:osiedle")
    assert told(row, "outcome", "answered_by") == ("answered", "zielinska")
    assert rung(row) == [("zielinska", ZIELINSKA, "provider", "answered")]
    only_ours(invite, DEBOWA, STRANGER)
