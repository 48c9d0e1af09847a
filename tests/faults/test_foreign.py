"""Sound and keys from a port that is no party to the call, and a flood of INVITEs, leave a call as it is."""

from __future__ import annotations

import random
import socket
import struct
import time

import pytest

from tests.bench.sipwire import EVENT_TYPE, HOST, PCMA, Dialog, sdp
from tests.faults.town import FORGED
from tests.peers import building
from tests.peers.program import until

RESIDENT = building.RESIDENT
UP_SECONDS, BRIDGED_SECONDS, OVER_SECONDS = 10.0, 25.0, 15.0
FRAME_SECONDS, FRAME_BYTES = 0.02, 160
FORGED_FRAMES = 50
FLOOD, FLOOD_SECONDS = 300, 3.0
ANSWERED = 0.98  # of a flood that repeats nothing when a packet is lost
GAP_MS = 250.0  # of sound while two cores are flooded and shared; without a flood it is 20 and a little
KEYS = "0123456789*#"


@pytest.fixture
def box(exchange, quick, town, monkeypatch):
    return exchange(quick(town.address))


def calls(town, box, then=lambda _: None):
    """A resident who is connected to the box."""
    made = []
    town.calls((HOST, box.port), building.NUMBER, RESIDENT, then, into=made)
    until("the box has answered", UP_SECONDS, lambda: bool(made) and made[0].up)
    return made[0]


def bridged(town, box):
    """A resident and the person on duty who talk to each other."""
    resident = calls(town, box, town.presses("1", 0.3))
    until("the two are bridged", BRIDGED_SECONDS, lambda: resident.leg.bridged)
    (nowak,) = town.on_duty.values()
    return resident, nowak


def forge(leg, key):
    """To where this leg speaks, from another port: sound, and a key by RFC 4733, with the leg's own SSRC."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind((HOST, 0))
        payload = FORGED + b"\xd5" * (FRAME_BYTES - len(FORGED))
        for number in range(FORGED_FRAMES):
            at = leg._sequence + 1 + number
            head = (0x80, at & 0xFFFF, (leg._timestamp + number * FRAME_BYTES) & 0xFFFFFFFF, leg._ssrc)
            sound = struct.pack("!BBHII", head[0], PCMA, *head[1:]) + payload
            pressed = struct.pack("!BBHII", head[0], EVENT_TYPE, *head[1:])
            pressed += struct.pack("!BBH", KEYS.index(key), 0x80 | 10, 800)
            stranger.sendto(sound, leg._remote)
            stranger.sendto(pressed, leg._remote)
            time.sleep(FRAME_SECONDS)


def test_a_key_from_a_foreign_port_chooses_nothing(box, town):
    resident = calls(town, box)
    until("the caller has been heard", UP_SECONDS, lambda: resident.leg._number > 10)
    forge(resident.leg, "2")
    town.do(lambda: resident.leg.press("1"))
    until("the key of the caller counts", BRIDGED_SECONDS, lambda: resident.leg.bridged)
    town.do(resident.hang_up)
    assert box.last_call()["choices"] == ["1"]


def test_sound_from_a_foreign_port_is_not_heard_in_a_bridge(box, town):
    resident, nowak = bridged(town, box)
    forge(resident.leg, "5")
    forge(nowak.leg, "5")
    assert (resident.leg.forged, nowak.leg.forged) == (0, 0)
    town.do(resident.hang_up)
    assert box.last_call()["outcome"] == "answered"


def test_a_flood_of_invites_leaves_a_call_in_progress_alone(box, town, seed):
    resident, nowak = bridged(town, box)
    rng, legs = random.Random(seed), (resident.leg, nowak.leg)
    for leg in legs:
        leg.look()
    begun = time.monotonic()
    for number in range(FLOOD):
        dialog = Dialog(
            local=f"<sip:+4822{number:07d}@{HOST}>;tag={number}",
            remote=f"<sip:{building.NUMBER}@{HOST}>",
            target=f"sip:{building.NUMBER}@{HOST}:{box.port}",
            call_id=f"flood-{number}",
            contact=town.contact,
            place=(HOST, box.port),
        )
        packet = dialog.request("INVITE", rng, sdp(9))
        town.do(lambda packet=packet: town.send(packet, (HOST, box.port)))
        time.sleep(max(0.0, begun + FLOOD_SECONDS * number / FLOOD - time.monotonic()))
    until("the flood is answered", OVER_SECONDS, lambda: len(town.answers) >= ANSWERED * FLOOD)
    gaps = [round(leg.gap_ms, 1) for leg in legs]
    print(f"gaps in the bridged sound during {FLOOD} INVITEs in {FLOOD_SECONDS} s: {gaps} ms")
    assert max(gaps) < GAP_MS
    assert resident.up and nowak.up and all(leg.bridged for leg in legs)
    town.do(resident.hang_up)
    until("the two have parted", OVER_SECONDS, lambda: not nowak.up)
    rows = [row for row in box.calls() if row["caller"] == RESIDENT]
    assert [row["outcome"] for row in rows] == ["answered"]
