"""Broken SIP by the thousand through the real socket, from the trunk's own address; then a real call goes through."""

from __future__ import annotations

import os
import random
import socket
import time
from pathlib import Path

import pytest

from appliance.control_client import ask
from tests.bench.sipwire import HOST
from tests.peers import building
from tests.peers.ports import is_free
from tests.peers.program import until
from tests.unit.sip.test_sip_malformed import mutated

CORPUS = Path(__file__).parents[1] / "data" / "sip"
SHORT_PACKETS, LONG_PACKETS = 12_000, 1_000_000
PACKETS_PER_SECOND = 1200
BATCH = 24  # packets between two looks at the clock
GROWTH = 0.10  # of the memory that is resident
SETTLED_SECONDS, BRIDGED_SECONDS, OVER_SECONDS = 60.0, 25.0, 10.0
STILL = 5  # looks, a fifth of a second apart, at which nothing changes any more
SHORT_WARM, LONG_WARM = 8_000, 200_000  # before the first measure: tables and caches have their size then


def corpus() -> list[bytes]:
    """All packets kept as files; what is mutated most is a good INVITE."""
    return [data for path in sorted(CORPUS.rglob("*.bin")) if (data := path.read_bytes())]


def weight(box) -> dict[str, tuple[int, int]]:
    """Resident kB and open files of each process, by its role."""
    found = {}
    for pid in box.processes():
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        role = "media" if b"media.process" in words else "page" if b"webui" in words else "exchange"
        status = Path(f"/proc/{pid}/status").read_text()
        resident = int(status.partition("VmRSS:")[2].split()[0])
        found[role] = (resident, len(os.listdir(f"/proc/{pid}/fd")))
    return found


@pytest.fixture
def box(exchange, quick, town):
    document = quick(town.address)
    document["menus"][1].update(no_input="hangup", timeout_seconds=1)  # a broken caller wakes nobody and is soon gone
    return exchange(document)


def shoot(box, rng, packets, number):
    """So many mutations, at a bounded rate; half of them are calls by their own names."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gun:
        gun.bind((HOST, 0))
        begun = time.monotonic()
        for sent in range(number):
            packet = rng.choice(packets).replace(b"z9hG4bK", b"z9hG4bK%x" % rng.getrandbits(32), 1)
            gun.sendto(mutated(rng, packet)[:60_000], (HOST, box.port))
            if sent % BATCH == 0:
                time.sleep(max(0.0, begun + sent / PACKETS_PER_SECOND - time.monotonic()))


def goes_through(town, box):
    """A resident calls, presses 1 and talks to the person on duty."""
    made = []
    town.calls((HOST, box.port), building.NUMBER, building.RESIDENT, town.presses("1", 0.3), into=made)
    until("the two are bridged", BRIDGED_SECONDS, lambda: bool(made) and made[0].leg.bridged)
    town.do(made[0].hang_up)
    until("the call is over", OVER_SECONDS, lambda: made[0].over)


@pytest.mark.timeout(3600)
def test_after_all_that_a_call_goes_through_and_nothing_has_stayed(box, town, seed, long):
    rng, packets = random.Random(seed), corpus()
    goes_through(town, box)
    assert box.last_call()["outcome"] == "answered"
    shoot(box, rng, packets, LONG_WARM if long else SHORT_WARM)
    before = measured(box)
    number = LONG_PACKETS if long else SHORT_PACKETS
    shoot(box, rng, packets, number)
    after = measured(box)
    goes_through(town, box)
    assert box.last_call()["outcome"] == "answered"
    print(f"{number} packets, seed {seed}; kB and files of each process, tasks and ports: {before}, then {after}")
    nothing_has_stayed(before, after)


def measured(box):
    """`resting`, and then `weight`."""
    rest = resting(box)
    return weight(box), rest


def nothing_has_stayed(before, after):
    """Memory, open files, tasks and ports of one `weight` and `resting` are those of the other."""
    for role, (resident, files) in before[0].items():
        assert after[0][role][0] <= resident * (1 + GROWTH), f"{role} has grown: {before} {after}"
        assert after[0][role][1] <= files, f"{role} holds more files: {before} {after}"
    assert after[1] == before[1], f"tasks and ports before {before[1]} and after {after[1]}"


def resting(box):
    """(tasks of the exchange, ports for sound that are taken) when all calls and what follows them are over."""
    settled(box)
    lowest: list[tuple[int, int]] = []

    def still() -> bool:
        ports = sum(not is_free(port, socket.SOCK_DGRAM) for port in box.sound_ports)
        lowest.append((ask(box.data, "load")["tasks"], ports))
        return ports == 0 and len(lowest) > STILL and len(set(lowest[-STILL:])) == 1

    until("the exchange rests", SETTLED_SECONDS, still)
    return lowest[-1]


def settled(box):
    """No call is left, but for the protocol's own last words."""
    until("every call has ended", SETTLED_SECONDS, lambda: len(calls_now(box)) == 0)


def calls_now(box):
    """As status tells it."""
    return box.asked("status")["calls"]
