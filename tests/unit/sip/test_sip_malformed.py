"""Broken packets: the agent takes the call, refuses it or stays silent, and a normal call works afterwards."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from appliance.lines.sip.events import Answered, Ended, Incoming

from .wire import OURS, THEIRS, agent, answering, attempt, pair

PACKETS = Path(__file__).parents[2] / "data" / "sip"
BY_VERDICT = [(path.parent.name, path) for path in sorted(PACKETS.glob("*/*.bin"))]
MUTATIONS = 1_500


def finish(world):
    """Let every call of the broken packet end, then make a normal call both ways."""
    ours = world.agents[OURS]
    for event in world.seen(OURS, Incoming):
        ours.accept(event.call, (OURS[0], 10000), world.now)
        ours.hang_up(event.call, world.now)
    world.run()
    answering(world)
    call = ours.invite(attempt(), world.now)
    world.run(until=world.now + 2.0)
    assert len(world.seen(OURS, Answered)) == 1
    ours.hang_up(call, world.now)
    world.run()
    assert len(world.seen(THEIRS, Ended)) == 1
    assert ours.idle() and world.agents[THEIRS].idle()


@pytest.mark.parametrize(("verdict", "path"), BY_VERDICT, ids=[path.stem for _, path in BY_VERDICT])
def test_a_broken_packet_is_taken_refused_or_ignored_and_forgotten(verdict, path):
    world = pair()
    ours = world.agents[OURS]
    ours.receive(path.read_bytes(), THEIRS, 0.0)
    packets, events = ours.take_packets(), ours.take_events()
    assert all(to == THEIRS for _, to in packets), "an answer went somewhere else"
    if verdict == "taken":
        assert packets[0][0].startswith(b"SIP/2.0 100 ") and isinstance(events[0], Incoming)
        world.events[OURS] += events
    elif verdict == "refused":
        assert packets[0][0].startswith(b"SIP/2.0 4") and not events
    else:
        assert verdict == "silent"
        assert not packets and not events
    finish(world)


def test_there_are_enough_of_them():
    assert len(BY_VERDICT) >= 95


@pytest.mark.parametrize("path", [path for _, path in BY_VERDICT], ids=[path.stem for _, path in BY_VERDICT])
def test_a_stranger_gets_no_answer_to_anything(path):
    deaf = agent(admits=lambda host: None)
    deaf.receive(path.read_bytes(), ("198.51.100.7", 5060), 0.0)
    assert deaf.take_packets() == [] and deaf.take_events() == [] and deaf.idle()


def mutated(rng, packet):
    """A few bytes changed, doubled, cut out, or lines swapped."""
    data = bytearray(packet)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data))
        kind = rng.randrange(6)
        if kind == 0:
            data[at] = rng.randrange(256)
        elif kind == 1:
            del data[at : at + rng.randrange(1, 12)]
        elif kind == 2:
            data[at:at] = data[at : at + rng.randrange(1, 40)] * rng.randrange(1, 4)
        elif kind == 3:
            data[at:at] = rng.choice(
                [b'"', b"<", b">", b";", b",", b"\r\n", b"\0", b":", b"=", b"999999", b"\xff", b" "]
            )
        elif kind == 4:
            lines = bytes(data).split(b"\r\n")
            rng.shuffle(lines)
            data = bytearray(b"\r\n".join(lines))
        else:
            data = data[: at + 1]
        if not data:
            return b""
    return bytes(data)


def test_mutated_invites_never_raise_and_leave_nothing_behind():
    rng = random.Random(7)
    original = (PACKETS / "taken" / "via_spaces.bin").read_bytes().replace(b" : ", b":").replace(b" ; ", b";")
    world = pair()
    ours, taken = world.agents[OURS], 0
    for number in range(MUTATIONS):
        packet = mutated(rng, original.replace(b"z9hG4bKa", b"z9hG4bK%d" % number).replace(b"base@", b"%d@" % number))
        ours.receive(packet, THEIRS, world.now)
        assert all(to == THEIRS for _, to in ours.take_packets())
        for event in ours.take_events():
            taken += isinstance(event, Incoming)
            if isinstance(event, Incoming) and rng.random() < 0.5:
                ours.accept(event.call, (OURS[0], 10000), world.now)
            ours.hang_up(event.call, world.now)
        ours.take_packets()
        world.now += 0.01
    assert 50 < taken < MUTATIONS, "the mutations are too strong or too weak to tell anything"
    world.run()
    world.events[OURS].clear()
    finish(world)
