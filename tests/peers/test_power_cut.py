"""The exchange and all its processes die at once: after a new start the register knows what was going on."""

from __future__ import annotations

from tests.peers import building, sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import expect, pause, reply

RESIDENT_HZ = 620
UP_SECONDS, RING_SECONDS, GREETING_SECONDS = 5.0, 15.0, 30.0
TALKS_SECONDS = 4.0
LOST_SECONDS = 1.5  # the last second of a message, and what the tests need to look


def test_a_hunt_that_the_power_ended_is_a_row_and_an_urgent_ticket(exchange, peers):
    provider = peers.sipp("rings", [expect("INVITE"), reply(180, "Ringing"), pause(20_000)])
    box = exchange(building.sample(provider.address))
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    resident.press("1")
    until("Nowak is rung", RING_SECONDS, lambda: "180 Ringing" in provider.messages())
    box.kill()
    box.start()
    row = box.last_call()
    assert (row["outcome"], row["urgent"], row["caller"]) == ("interrupted", True, building.RESIDENT)
    (ticket,) = box.tickets()
    assert (ticket["number"], ticket["urgent"], ticket["state"]) == (row["ticket"], True, "new")


def test_a_message_that_the_power_ended_is_kept_but_for_the_last_second(exchange, peers):
    document = building.sample(f"{HOST}:{free_range(2)}")
    document["menus"][1]["options"][1]["goto"] = "voicemail:urgent"
    box = exchange(document)
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    resident.press("2")
    recordings = box.data / "recordings"
    until("the message is being recorded", GREETING_SECONDS, lambda: any(recordings.glob("*.wav")))
    (file,) = recordings.glob("*.wav")
    begun = len(resident.heard())
    until("the caller has talked", 15.0, lambda: len(resident.heard()) - begun >= TALKS_SECONDS * sound.RATE)
    box.kill()
    box.start()
    row = box.last_call()
    assert (row["outcome"], row["recording"]) == ("interrupted", str(file.relative_to(box.data)))
    assert sound.seconds_of_tone(sound.read_wav(file), RESIDENT_HZ) >= TALKS_SECONDS - LOST_SECONDS
    (ticket,) = box.tickets()
    assert (ticket["number"], ticket["urgent"], ticket["caller"]) == (row["ticket"], True, building.RESIDENT)
