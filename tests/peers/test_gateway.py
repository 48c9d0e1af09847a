"""Gateways for a copper line, each shaped after its maker's documents: who calls, and how a call ends.

They answer before the far end does, a hang-up is a tone only, and each writes the caller in its own way. Where the
documents leave open how a caller without a number is written, each model has another of the forms that there are.
"""

import audioop
import math
import re
from array import array
from dataclasses import dataclass

import pytest

from tests.peers import building
from tests.peers.handset import SILENCE
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import call, expect, hang_up, pause, reply, sdp

BUSY_SECONDS = 3.5
LOUD = 1000  # of 16 bits
TALK_SECONDS = 20.0
OURS, CALLER = "221234567", "501502503"  # as the sheets have the gateways write them
NOWAK_DIALLED = "600100200"


@dataclass(frozen=True)
class Gateway:
    """How one model speaks. `named`: From with a caller's number; `unnamed`: where the exchange told none.

    `early`: what it answers to an INVITE between 100 and 200, which comes as soon as it has dialled.
    """

    named: str
    unnamed: str
    early: tuple[tuple[int, str], ...] = ()


GATEWAYS = {
    # "Relay via SIP From": the number also as the display name; anonymous as RFC 3323 has it.
    "ht813": Gateway(
        f'"{CALLER}" <sip:{CALLER}@[remote_ip]>',
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        ((180, "Ringing"),),
    ),
    # No display name; without a caller's number its own SIP User ID.
    "ht503": Gateway(f"<sip:{CALLER}@[remote_ip];user=phone>", f"<sip:{OURS}@[remote_ip];user=phone>"),
    # "PSTN CID For VoIP CID": name and number as the exchange told them.
    "spa3102": Gateway(
        f'"JAN KOWALSKI" <sip:{CALLER}@[remote_ip]>',
        '"Anonymous" <sip:anonymous@localhost>',
        ((183, "Session Progress"),),
    ),
    # Without a caller's number the line's User ID, with what the exchange said instead as the name.
    "spa232d": Gateway(f'"{CALLER}" <sip:{CALLER}@[remote_ip]>', f'"PRIVATE" <sip:{OURS}@[remote_ip]>'),
    # X_SpoofCallerID with $1, which is empty where no number came.
    "obi": Gateway(
        f"<sip:{CALLER}@[remote_ip]>", '"Anonymous" <sip:Anonymous@[remote_ip]>', ((183, "Session Progress"),)
    ),
}


def busy() -> bytes:
    """What a Polish exchange says to a line whose far end is gone: 425 Hz, 0.5 s on and 0.5 s off."""
    tone = (
        round(5000 * math.sin(2 * math.pi * 425 * at / 8000)) if at % 8000 < 4000 else 0
        for at in range(round(BUSY_SECONDS * 8000))
    )
    return audioop.lin2alaw(array("h", tone).tobytes(), 2)


def with_gateway(server: str, model: str, line: dict[str, float] | None = None, **changes):
    """The sample's trunk is a gateway, as docs/landline.md has it; `line` and `changes`: of it and of the duty list."""
    document = building.only_nowak(server)
    document["lines"][0].update(gateway=model, dial_format="national", **(line or {}))
    document["duty"][0].update(changes)
    return document


def resident_calls(box, peers, name: str, sender: str):
    """A call by the gateway with this From, which the box must end; its run of sipp and its sound."""
    handset = peers.handset()
    steps = call(handset.port, OURS, OURS, expect("BYE"), reply(200, "OK"), sender=sender)
    return peers.sipp(name, steps, remote=box.address), handset


def dialled(model: str, port: int, *then: str) -> list[str]:
    """The steps of a gateway that is asked to dial: it says "answered" at once."""
    early = (reply(status, reason, sdp(port) if status == 183 else "") for status, reason in GATEWAYS[model].early)
    answer = reply(200, "OK", sdp(port), until_ack=True)
    return [expect("INVITE"), reply(100, "Trying"), *early, answer, expect("ACK"), *then]


@pytest.mark.parametrize("model", GATEWAYS)
def test_the_caller_is_known_by_number_or_not_at_all_and_let_go_when_only_a_tone_says_that_they_hung_up(
    exchange, peers, model
):
    box = exchange(with_gateway(f"{HOST}:{free_range(2)}", model))
    named, unnamed = GATEWAYS[model].named, GATEWAYS[model].unnamed
    for name, sender, caller, flat in (("named", named, building.RESIDENT, "m. 12"), ("unnamed", unnamed, None, None)):
        run, handset = resident_calls(box, peers, name, sender)
        handset.plays(busy())
        run.succeeds()
        row = box.last_call()
        assert (row["caller"], row["resident"], row["number"]) == (caller, flat, building.NUMBER), sender
        assert (row["outcome"], row["ended_by"]) == ("abandoned", "tone")
    assert len(box.calls()) == 2


@pytest.mark.parametrize(
    ("model", "confirm"), [*((model, True) for model in GATEWAYS), ("ht813", False), ("spa3102", False)]
)
def test_a_gateway_that_answers_at_once_and_then_gives_busy_is_nobody(exchange, peers, model, confirm):
    port = free_range(2)
    box = exchange(with_gateway(f"{HOST}:{port}", model, confirm=confirm))
    theirs = peers.handset()
    gateway = peers.sipp("gateway", dialled(model, theirs.port, expect("BYE"), reply(200, "OK")), port=port)
    resident, handset = resident_calls(box, peers, "resident", GATEWAYS[model].named)
    handset.press("1")
    theirs.plays(busy(), 15.0)
    gateway.succeeds()
    resident.succeeds()
    assert f"INVITE sip:{NOWAK_DIALLED}@" in gateway.messages()
    (rung,) = box.last_call()["rung"]
    assert rung["result"] == "busy"
    assert box.last_call()["outcome"] != "answered"


@pytest.mark.parametrize("model", GATEWAYS)
def test_whoever_accepts_by_a_gateway_talks_until_the_tone_of_the_one_who_hung_up(exchange, peers, model):
    port = free_range(2)
    box = exchange(with_gateway(f"{HOST}:{port}", model))
    theirs = peers.handset()
    gateway = peers.sipp("gateway", dialled(model, theirs.port, expect("BYE"), reply(200, "OK")), port=port)
    resident, handset = resident_calls(box, peers, "resident", GATEWAYS[model].named)
    handset.press("1")
    theirs.press("1", 15.0)
    until("they talk", TALK_SECONDS, lambda: [each["state"] for each in box.asked("status")["calls"]] == ["talking"])
    theirs.plays(busy())
    gateway.succeeds()
    resident.succeeds()
    row = box.last_call()
    assert (row["outcome"], row["answered_by"], row["caller"]) == ("answered", "nowak", building.RESIDENT)
    assert row["ended_by"] == "tone"


def test_a_call_that_nobody_ends_is_ended_after_the_longest_time(exchange, peers):
    box = exchange(with_gateway(f"{HOST}:{free_range(2)}", "ht813", {"longest_minutes": 0.05}))
    resident, _ = resident_calls(box, peers, "resident", GATEWAYS["ht813"].named)
    resident.succeeds()
    assert (box.last_call()["outcome"], box.last_call()["ended_by"]) == ("abandoned", "longest")


def test_two_who_talk_are_parted_when_the_line_is_silent_and_who_waited_in_silence_is_not(exchange, peers):
    port = free_range(2)
    box = exchange(with_gateway(f"{HOST}:{port}", "ht813", {"silence_minutes": 0.05}))
    theirs = peers.handset()
    gateway = peers.sipp("gateway", dialled("ht813", theirs.port, expect("BYE"), reply(200, "OK")), port=port)
    resident, handset = resident_calls(box, peers, "resident", GATEWAYS["ht813"].named)
    handset.press("1")
    theirs.plays(quiet := SILENCE * 50 * 4, 15.0)  # they listen to the whisper for longer than that
    theirs.press("1")
    until("the two talk", 15.0, lambda: [each["state"] for each in box.asked("status")["calls"]] == ["talking"])
    theirs.plays(quiet)
    gateway.succeeds()
    resident.succeeds()
    assert (box.last_call()["outcome"], box.last_call()["ended_by"]) == ("answered", "silence")
    assert box.says("register")[-1].endswith(", ended by silence on the line")


def rung(gateway) -> list[tuple[str, int]]:
    """Whom the box has called by this gateway, and at which port of its own it has the sound."""
    calls = re.findall(r"INVITE sip:([^@]*)@.*?m=audio ([0-9]+)", gateway.messages(), re.DOTALL)
    return [(number, int(port)) for number, port in calls]


def said(seconds: float) -> bytes:
    """Somebody's voice: two notes that no exchange has."""
    samples = (
        round(4000 * (math.sin(2 * math.pi * 210 * at / 8000) + math.sin(2 * math.pi * 777 * at / 8000)))
        for at in range(round(seconds * 8000))
    )
    return audioop.lin2alaw(array("h", samples).tobytes(), 2)


def test_with_a_gateway_alone_duty_is_rung_on_it_and_the_resident_is_told_when_they_speak(exchange, peers):
    """Both answer early and ring; only a key, or a voice after the ringing tone, is somebody."""
    port = free_range(2)
    document = with_gateway(f"{HOST}:{port}", "ht813", {"channels": 1})
    document["lines"] = document["lines"][:1]
    document["outbound"]["lines"] = ["provider"]
    box = exchange(document)
    theirs, handset = peers.handset(), peers.handset()
    steps = dialled("ht813", theirs.port, expect("BYE"), reply(200, "OK"))
    gateway = peers.sipp("gateway", steps, port=port, calls=2)
    steps = call(handset.port, building.NUMBER, CALLER, pause(3000), *hang_up(building.NUMBER, CALLER))
    resident = peers.sipp("resident", steps, remote=box.address)
    handset.press("1")
    resident.succeeds()
    theirs.press("1", 20.0)
    until("the ticket is taken", 10.0, lambda: [each["taken_by"] for each in box.tickets()] == ["nowak"])
    theirs.plays(busy())
    until("the resident is rung", 20.0, lambda: len(rung(gateway)) == 2 and gateway.messages().count("\nACK ") == 2)
    theirs.speaks_to((HOST, rung(gateway)[-1][1]))
    mark = len(theirs.heard())
    theirs.plays(busy()[:4000])  # a beat of a tone is nobody
    until("it was heard", 10.0, lambda: box.line()["state"] == "up")  # asking takes longer than hearing
    assert not any(abs(each) > LOUD for each in theirs.heard()[mark:])
    theirs.plays(said(0.5))
    until("they are told", 10.0, lambda: any(abs(each) > LOUD for each in theirs.heard()[mark:]))
    theirs.plays(busy())
    gateway.succeeds()
    assert [number[-9:] for number, _ in rung(gateway)] == [NOWAK_DIALLED, CALLER]
    assert box.last_call()["outcome"] == "callback"
