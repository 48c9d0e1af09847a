"""sipsak asks whether the exchange is there, and throws damaged requests at it."""

from __future__ import annotations

import pytest

from tests.peers import building
from tests.peers.ports import HOST, free_range
from tests.peers.program import Program, installed
from tests.peers.sipp import call, hang_up

FLOOD = 1000  # requests
SECONDS = 30.0


@pytest.fixture
def sipsak(tmp_path):
    """Runs sipsak with these arguments; its exit status."""

    def run(*arguments):
        program = Program([installed("sipsak"), *arguments], tmp_path)
        try:
            return program.wait(SECONDS)
        finally:
            program.stop()

    return run


@pytest.fixture
def box(exchange):
    return exchange(building.sample(f"{HOST}:{free_range(2)}"))


def takes_a_call(box, peers):
    """A call is answered, and has its row."""
    called, caller = building.NUMBER, building.RESIDENT_USER
    steps = call(peers.handset().port, called, caller, *hang_up(called, caller))
    peers.sipp("call", steps, remote=box.address).succeeds()
    return box.last_call()["outcome"] == "abandoned"


def test_options_are_answered_with_200(box, sipsak):
    assert sipsak("-s", f"sip:{building.NUMBER}@{box.address}") == 0


def test_a_flood_leaves_the_exchange_able_to_take_a_call(box, sipsak, peers):
    sipsak("-F", "-e", str(FLOOD), "-s", f"sip:{building.NUMBER}@{box.address}")
    assert takes_a_call(box, peers)
    assert len(box.calls()) == 1


def test_damaged_requests_leave_the_exchange_able_to_take_a_call(box, sipsak, peers):
    sipsak("-R", "-t", "200", "-s", f"sip:{building.NUMBER}@{box.address}")
    assert takes_a_call(box, peers)
    assert len(box.calls()) == 1
