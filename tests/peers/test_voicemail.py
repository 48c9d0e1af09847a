"""Nobody answers: the caller leaves a message with baresip, and what was said lies in a file and in a ticket."""

from __future__ import annotations

import pytest

from tests.peers import building, sound
from tests.peers.program import until
from tests.peers.sipp import expect, reply

RESIDENT_HZ = 620
BEEP_HZ, BEEP_DB, BEEP_SECONDS = 1000, -15.1, 0.2  # −12 dBm0; a sine of full scale is 3.14 dBm0
UP_SECONDS, GREETING_SECONDS, TICKET_SECONDS = 5.0, 60.0, 20.0
MESSAGE_SECONDS = 3.0
BUSY = [expect("INVITE"), reply(486, "Busy Here"), expect("ACK")]
RINGS = 4  # two people with one mobile each, in two rounds


def beeps(phone):
    """Whether the tone after which a message begins has been heard."""
    return sound.seconds_of_tone(phone.heard()[-2 * sound.RATE :], BEEP_HZ, BEEP_DB) >= BEEP_SECONDS


def test_a_message_is_kept_and_its_ticket_told(exchange, peers):
    provider = peers.sipp("all-busy", BUSY, calls=RINGS)
    box = exchange(building.sample(provider.address))
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    resident.press("1")
    provider.succeeds()
    until("the tone of the mailbox", GREETING_SECONDS, lambda: beeps(resident))
    begun = len(resident.heard())
    until("3 s of message", 10.0, lambda: len(resident.heard()) - begun >= MESSAGE_SECONDS * sound.RATE)
    resident.press("#")
    told = len(resident.heard())
    resident.wait_for("CALL_CLOSED", TICKET_SECONDS)
    assert sound.seconds_of_sound(resident.heard()[told:]) > 3.0, "the ticket's number is told"
    row = box.last_call()
    assert (row["outcome"], row["urgent"], row["answered_by"]) == ("voicemail", True, None)
    assert {rung["result"] for rung in row["rung"]} == {"busy", "not registered"}
    message = sound.read_wav(box.data / row["recording"])
    assert sound.seconds_of_tone(message, RESIDENT_HZ) == pytest.approx(MESSAGE_SECONDS, abs=1.0)
    (ticket,) = box.tickets()
    assert (ticket["number"], ticket["urgent"], ticket["state"]) == (row["ticket"], True, "new")
    assert ticket["caller"] == building.RESIDENT
