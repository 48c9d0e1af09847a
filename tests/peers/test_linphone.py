"""A whole urgent call with linphonec at both ends, which offers a dozen codecs and adapts its own playback."""

from __future__ import annotations

from tests.peers import building, sound
from tests.peers.program import until

RESIDENT_HZ, DUTY_HZ = 1000, 620
UP_SECONDS, RING_SECONDS, HEAR_SECONDS = 10.0, 15.0, 20.0


def test_a_resident_reaches_nowak_and_the_two_hear_each_other(exchange, peers):
    nowak = peers.linphone(building.NOWAK, DUTY_HZ)
    box = exchange(building.sample(nowak.address))
    resident = peers.linphone(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_until_up(UP_SECONDS)
    until("the greeting is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(resident.heard()) > 1.0)
    resident.press("1")
    nowak.wait_until_up(RING_SECONDS)
    until("the whisper is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(nowak.heard()) > 1.0)
    assert not sound.hears(nowak.heard(), RESIDENT_HZ, 0.1), "the two are connected before anybody pressed 1"
    nowak.press("1")
    until("Nowak hears the resident", HEAR_SECONDS, lambda: sound.hears(nowak.heard(), RESIDENT_HZ))
    until("the resident hears Nowak", HEAR_SECONDS, lambda: sound.hears(resident.heard(), DUTY_HZ))
    nowak.hang_up()
    resident.wait_until_ended(UP_SECONDS)
    row = box.last_call()
    assert (row["outcome"], row["answered_by"], row["resident"]) == ("answered", "nowak", building.FLAT)
    assert [(rung["who"], rung["result"]) for rung in row["rung"]] == [("nowak", "answered")]
