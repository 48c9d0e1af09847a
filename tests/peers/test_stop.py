"""SIGTERM in the middle of calls: everybody is let go, the register is closed, and 5 s are enough for it."""

from __future__ import annotations

from tests.peers import building, sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import expect, pause, reply, sdp
from tests.peers.test_extension import only_the_caretaker, registered

UP_SECONDS, RING_SECONDS, GREETING_SECONDS = 5.0, 15.0, 30.0
RESIDENT_HZ = 620


def called(box, peers, key):
    """A resident's baresip that has pressed this key."""
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    resident.press(key)
    return resident


def test_while_a_phone_rings_that_never_answers_anything(exchange, peers):
    provider = peers.sipp("deaf", [expect("INVITE"), reply(180, "Ringing"), pause(30_000)])
    box = exchange(building.sample(provider.address))
    resident = called(box, peers, "1")
    until("Nowak is rung", RING_SECONDS, lambda: "180 Ringing" in provider.messages())
    box.stop()
    resident.wait_for("CALL_CLOSED", UP_SECONDS)
    row = box.last_call()
    assert (row["outcome"], row["urgent"]) == ("interrupted", True)
    assert row["ticket"] is not None


def test_while_a_message_is_recorded(exchange, peers):
    box = exchange(building.sample(f"{HOST}:{free_range(2)}"))
    resident = called(box, peers, "2")
    recordings = box.data / "recordings"
    until("the message is being recorded", GREETING_SECONDS, lambda: any(recordings.glob("*.wav")))
    begun = len(resident.heard())
    until("the caller has talked", 15.0, lambda: len(resident.heard()) - begun >= 3 * sound.RATE)
    box.stop()
    resident.wait_for("CALL_CLOSED", UP_SECONDS)
    row = box.last_call()
    assert row["outcome"] in ("voicemail", "interrupted")
    assert row["ticket"] is not None
    assert sound.seconds_of_tone(sound.read_wav(box.data / row["recording"]), RESIDENT_HZ) >= 2.0


def test_while_two_people_talk(exchange, peers):
    nowak = peers.baresip(building.NOWAK, 1000)
    box = exchange(building.sample(nowak.address))
    resident = called(box, peers, "1")
    nowak.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    until("the whisper is heard", RING_SECONDS, lambda: sound.seconds_of_sound(nowak.heard()) > 1.0)
    nowak.press("1")
    until("the two talk", RING_SECONDS, lambda: sound.seconds_of_tone(nowak.heard(), RESIDENT_HZ) > 1.0)
    box.stop()
    resident.wait_for("CALL_CLOSED", UP_SECONDS)
    nowak.wait_for("CALL_CLOSED", UP_SECONDS)
    assert box.last_call()["outcome"] == "answered"


def test_while_somebody_who_was_chased_talks_to_the_resident(exchange, peers):
    home = peers.baresip(building.RESIDENT, RESIDENT_HZ)
    document = only_the_caretaker(home.address)
    document["duty"][0]["chase_minutes"] = 0.1
    box = exchange(document)
    resident = called(box, peers, "1")
    resident.wait_for("CALL_CLOSED", RING_SECONDS)
    phone = registered(peers, box)
    phone.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    until("the chase is heard", RING_SECONDS, lambda: sound.seconds_of_sound(phone.heard()) > 1.0)
    phone.press("4")
    until("the two talk", GREETING_SECONDS, lambda: sound.seconds_of_tone(phone.heard(), RESIDENT_HZ) > 1.0)
    box.stop()
    for each in (phone, home):
        each.wait_for("CALL_CLOSED", UP_SECONDS)
    assert [ticket["taken_by"] for ticket in box.tickets()] == ["kowalska"]


def test_while_somebody_decides_whose_phone_has_just_died(exchange, peers):
    handset = peers.handset()
    answers = [expect("INVITE"), reply(200, "OK", sdp(handset.port), until_ack=True), expect("ACK"), pause(30_000)]
    box = exchange(building.sample(peers.sipp("dies", answers).address))
    resident = called(box, peers, "1")
    until("the whisper is heard", RING_SECONDS, lambda: sound.seconds_of_sound(handset.heard()) > 1.0)
    box.stop()
    resident.wait_for("CALL_CLOSED", UP_SECONDS)
    row = box.last_call()
    assert (row["outcome"], row["urgent"]) == ("interrupted", True)
    assert row["ticket"] is not None
