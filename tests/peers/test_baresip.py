"""A whole urgent call with baresip at both ends: what each says is heard by the other, and by nobody before."""

from __future__ import annotations

import os
import signal

from tests.peers import building, sound
from tests.peers.program import until

RESIDENT_HZ, DUTY_HZ = 1000, 620
UP_SECONDS, RING_SECONDS, HEAR_SECONDS = 5.0, 15.0, 20.0
BACK_SECONDS = 10.0  # for sound to come back when the media process has died


def urgent_call(exchange, peers):
    """A resident presses 1, Nowak answers, hears what it is about and presses 1: the two phones, talking."""
    nowak = peers.baresip(building.NOWAK, DUTY_HZ)
    box = exchange(building.sample(nowak.address))
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    until("the greeting is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(resident.heard()) > 1.0)
    resident.press("1")
    nowak.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    until("the whisper is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(nowak.heard()) > 1.0)
    assert not sound.hears(nowak.heard(), RESIDENT_HZ, 0.1), "the two are connected before anybody pressed 1"
    assert not sound.hears(resident.heard(), DUTY_HZ, 0.1), "the two are connected before anybody pressed 1"
    nowak.press("1")
    until("Nowak hears the resident", HEAR_SECONDS, lambda: sound.hears(nowak.heard(), RESIDENT_HZ))
    until("the resident hears Nowak", HEAR_SECONDS, lambda: sound.hears(resident.heard(), DUTY_HZ))
    return box, resident, nowak


def test_a_resident_reaches_nowak_and_the_two_hear_each_other(exchange, peers):
    box, resident, nowak = urgent_call(exchange, peers)
    resident.hang_up()
    nowak.wait_for("CALL_CLOSED", UP_SECONDS)
    row = box.last_call()
    assert (row["outcome"], row["answered_by"]) == ("answered", "nowak")
    assert (row["caller"], row["resident"]) == (building.RESIDENT, building.FLAT)
    assert (row["urgent"], row["choices"], row["destination"]) == (True, ["1"], "duty:pogotowie")
    assert [(rung["who"], rung["result"]) for rung in row["rung"]] == [("nowak", "answered")]
    assert row["talk_seconds"] > 1.0
    ticket = box.tickets()[-1]
    assert ticket["number"] == row["ticket"]
    assert (ticket["state"], ticket["taken_by"], ticket["urgent"]) == ("in progress", "nowak", True)


def test_the_call_goes_on_and_sound_comes_back_when_the_media_process_is_killed(exchange, peers):
    box, resident, nowak = urgent_call(exchange, peers)
    os.kill(box.media_process(), signal.SIGKILL)
    before = len(resident.heard()), len(nowak.heard())
    until(
        "both hear each other again",
        BACK_SECONDS,
        lambda: (
            sound.seconds_of_tone(resident.heard()[before[0] + sound.RATE :], DUTY_HZ) >= 1.0
            and sound.seconds_of_tone(nowak.heard()[before[1] + sound.RATE :], RESIDENT_HZ) >= 1.0
        ),
    )
    nowak.hang_up()
    resident.wait_for("CALL_CLOSED", UP_SECONDS)
    assert box.last_call()["outcome"] == "answered"
