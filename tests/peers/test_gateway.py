"""A gateway for a copper line: it answers before the far end does, and a hang-up is a tone only."""

import audioop
import math
from array import array

import pytest

from tests.peers import building
from tests.peers.handset import SILENCE
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import call, expect, reply, sdp

BUSY_SECONDS = 3.5


def busy() -> bytes:
    """What a Polish exchange says to a line whose far end is gone: 425 Hz, 0.5 s on and 0.5 s off."""
    tone = (
        round(5000 * math.sin(2 * math.pi * 425 * at / 8000)) if at % 8000 < 4000 else 0
        for at in range(round(BUSY_SECONDS * 8000))
    )
    return audioop.lin2alaw(array("h", tone).tobytes(), 2)


def with_gateway(server: str, model: str, line: dict[str, float] | None = None, **changes):
    document = building.only_nowak(server)
    document["lines"][0].update(gateway=model, **(line or {}))
    document["duty"][0].update(changes)
    return document


@pytest.mark.parametrize("model", ["ht813", "spa3102"])
def test_a_caller_whose_hang_up_is_only_a_tone_is_let_go(exchange, peers, model):
    box = exchange(with_gateway(f"{HOST}:{free_range(2)}", model))
    handset = peers.handset()
    steps = call(handset.port, building.NUMBER, building.RESIDENT_USER, expect("BYE"), reply(200, "OK"))
    resident = peers.sipp("resident", steps, remote=box.address)
    handset.plays(busy())
    resident.succeeds()
    assert (box.last_call()["outcome"], box.last_call()["ended_by"]) == ("abandoned", "tone")


def test_a_call_that_nobody_ends_is_ended_after_the_longest_time(exchange, peers):
    box = exchange(with_gateway(f"{HOST}:{free_range(2)}", "ht813", {"longest_minutes": 0.05}))
    handset = peers.handset()
    steps = call(handset.port, building.NUMBER, building.RESIDENT_USER, expect("BYE"), reply(200, "OK"))
    peers.sipp("resident", steps, remote=box.address).succeeds()
    assert (box.last_call()["outcome"], box.last_call()["ended_by"]) == ("abandoned", "longest")


def test_two_who_talk_are_parted_when_the_line_is_silent_and_who_waited_in_silence_is_not(exchange, peers):
    port = free_range(2)
    box = exchange(with_gateway(f"{HOST}:{port}", "ht813", {"silence_minutes": 0.05}))
    theirs, handset = peers.handset(), peers.handset()
    answers = [expect("INVITE"), reply(100, "Trying"), reply(200, "OK", sdp(theirs.port), until_ack=True)]
    gateway = peers.sipp("gateway", [*answers, expect("ACK"), expect("BYE"), reply(200, "OK")], port=port)
    steps = call(handset.port, building.NUMBER, building.RESIDENT_USER, expect("BYE"), reply(200, "OK"))
    resident = peers.sipp("resident", steps, remote=box.address)
    handset.press("1")
    theirs.plays(quiet := SILENCE * 50 * 4, 15.0)  # they listen to the whisper for longer than that
    theirs.press("1")
    until("the two talk", 15.0, lambda: [each["state"] for each in box.asked("status")["calls"]] == ["talking"])
    theirs.plays(quiet)
    gateway.succeeds()
    resident.succeeds()
    assert (box.last_call()["outcome"], box.last_call()["ended_by"]) == ("answered", "silence")
    assert box.says("register")[-1].endswith(", ended by silence on the line")


@pytest.mark.parametrize("confirm", [True, False])
def test_a_gateway_that_answers_at_once_and_then_gives_busy_is_nobody(exchange, peers, confirm):
    port = free_range(2)
    box = exchange(with_gateway(f"{HOST}:{port}", "ht813", confirm=confirm))
    theirs, handset = peers.handset(), peers.handset()
    answers = [expect("INVITE"), reply(100, "Trying"), reply(200, "OK", sdp(theirs.port), until_ack=True)]
    gateway = peers.sipp("gateway", [*answers, expect("ACK"), expect("BYE"), reply(200, "OK")], port=port)
    steps = call(handset.port, building.NUMBER, building.RESIDENT_USER, expect("BYE"), reply(200, "OK"))
    resident = peers.sipp("resident", steps, remote=box.address)
    handset.press("1")
    theirs.plays(busy(), 15.0)
    gateway.succeeds()
    resident.succeeds()
    (rung,) = box.last_call()["rung"]
    assert rung["result"] == "busy"
    assert box.last_call()["outcome"] != "answered"
