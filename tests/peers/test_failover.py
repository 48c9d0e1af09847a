"""Two providers, the first of which says nothing when the person on duty is rung: the caller does not notice."""

from __future__ import annotations

import audioop
import re
from datetime import datetime

from tests.peers import building, sound
from tests.peers.ports import HOST, free_range
from tests.peers.sipp import answered, bye_of_callee, call, expect, pause, reply, sdp

SILENCE_SECONDS = 3.0  # DESIGN: without a sign of life for so long, the line is down and the next one is tried
TALK_MS = 4000
QUIET_SECONDS = 2.0  # nobody waits longer in silence


def two_providers(first: int, second: int):
    """Nowak alone is on duty; calls go out through the first provider, else through the second."""
    document = building.only_nowak(f"{HOST}:{first}")
    other = document["lines"][0].copy()
    other.update(id="second", server=f"{HOST}:{second}", number="+48221234560")
    document["lines"].append(other)
    document["outbound"]["lines"] = ["provider", "second"]
    return document


def longest_quiet(heard: sound.Samples) -> float:
    """Seconds of the longest silence."""
    longest = quiet = 0
    for window in sound.windows(heard):
        quiet = 0 if audioop.rms(window.tobytes(), 2) > 30 else quiet + 1
        longest = max(longest, quiet)
    return longest * sound.WINDOW / sound.RATE


def answers_and_hangs_up(handset):
    """What a phone does whose owner takes the call and ends it after a while; `handset`: the port of its sound."""
    return [
        expect("INVITE", note_caller=True),
        reply(100, "Trying"),
        reply(180, "Ringing"),
        reply(200, "OK", sdp(handset), until_ack=True),
        expect("ACK"),
        pause(TALK_MS),
        bye_of_callee(),
        answered("BYE"),
    ]


def test_silent_provider_is_passed_over_within_3_s_and_the_caller_hears_music_meanwhile(exchange, peers):
    first, second = free_range(2), free_range(2)
    box = exchange(two_providers(first, second))
    caller, nowak = peers.handset(), peers.handset()
    silent = peers.sipp("silent", [expect("INVITE"), pause(3500)], port=first)
    rings = peers.sipp("rings", answers_and_hangs_up(nowak.port), port=second)
    steps = call(caller.port, building.NUMBER, building.RESIDENT_USER, expect("BYE"), reply(200, "OK"))
    resident = peers.sipp("resident", steps, remote=box.address)
    caller.press("1")
    nowak.press("1", 30.0)
    rings.succeeds()
    resident.succeeds()
    row = box.last_call()
    (rung,) = row["rung"]
    assert (rung["who"], rung["line"], rung["result"]) == ("nowak", "second", "answered")
    assert (row["outcome"], row["answered_by"]) == ("answered", "nowak")
    assert "INVITE sip:+48600100200@" in silent.messages() and "SIP/2.0" not in sent(silent)
    waited = row["wait_seconds"] - SILENCE_SECONDS
    assert 0.0 < waited < 8.0, f"{row['wait_seconds']} s until the two talked"
    heard = caller.heard()[: int(row["wait_seconds"] * sound.RATE)]
    assert longest_quiet(heard) < QUIET_SECONDS


def sent(run) -> str:
    """The first lines of what sipp has sent."""
    blocks = run.messages().split("-----------------------------------------------")
    return "\n".join(block for block in blocks if "message sent" in block)


NOTICED_SECONDS = 1.0  # from noticing that the line is down to the next ring
STAMP = re.compile(r"(\d{4}-\d\d-\d\d[ \t]\d\d:\d\d:\d\d[.,]\d+)")


def test_provider_that_dies_in_the_middle_of_a_hunt_costs_the_next_person_a_second_after_it_is_noticed(exchange, peers):
    first, second = free_range(2), free_range(2)
    document = two_providers(first, second)
    document["duty"][0].update(people=["nowak", "kowalska"], ring_seconds=5)
    document["people"][1]["phones"] = [building.KOWALSKA]
    box = exchange(document)
    caller, kowalska = peers.handset(), peers.handset()
    cancelled = reply(487, "Request Terminated", cseq="CSeq: 1 INVITE", until_ack=True)
    ringing = [expect("INVITE"), reply(100, "Trying"), reply(180, "Ringing"), expect("CANCEL"), reply(200, "OK")]
    nowak = peers.sipp("nowak", [*ringing, cancelled, expect("ACK")], port=first)  # after this call it is gone
    rings = peers.sipp("kowalska", answers_and_hangs_up(kowalska.port), port=second)
    steps = call(caller.port, building.NUMBER, building.RESIDENT_USER, expect("BYE"), reply(200, "OK"))
    resident = peers.sipp("resident", steps, remote=box.address)
    caller.press("1")
    nowak.succeeds()
    kowalska.press("1", 30.0)
    rings.succeeds()
    resident.succeeds()
    row = box.last_call()
    assert [(each["who"], each["line"], each["result"]) for each in row["rung"]] == [
        ("nowak", "provider", "no answer"),
        ("kowalska", "second", "answered"),
    ]
    noticed = next(stamp(line) for line in box.program.lines if "line provider is down" in line)
    rung = stamp(rings.messages())
    assert (rung - noticed).total_seconds() < NOTICED_SECONDS
    heard = caller.heard()[: int(row["wait_seconds"] * sound.RATE)]
    assert longest_quiet(heard) < QUIET_SECONDS
    assert any("Works by the internet line second: the internet line provider" in line for line in box.program.lines)


def stamp(text: str) -> datetime:
    """The first moment in a log."""
    found = STAMP.search(text)
    assert found is not None, text[:200]
    return datetime.fromisoformat(found[1].replace("\t", " ").replace(",", "."))
