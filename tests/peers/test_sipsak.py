"""sipsak asks whether the exchange is there, and throws damaged requests at it."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.peers import building
from tests.peers.ports import HOST, free_range
from tests.peers.program import Program, installed, until
from tests.peers.sipp import call, hang_up

FLOOD, DAMAGED = 1000, 300  # requests
BUFFER_BYTES = 4 * 1024 * 1024
SECONDS = 30.0


class Counter:
    """Stands between sipsak and the exchange: passes on and keeps what comes, and gives sipsak the answer it wants.

    sipsak's random mode ends with the first answer that is not 4xx, be it to a request that was hardly damaged, and
    goes on for ever without one.
    """

    def __init__(self, to: int) -> None:
        self.arrived: list[bytes] = []
        self._to, self._closing = to, False
        self._near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._near.bind((HOST, 0))
        self._far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._pass_on)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where sipsak sends."""
        return int(self._near.getsockname()[1])

    def _pass_on(self) -> None:
        while True:
            data, source = self._near.recvfrom(65_535)
            if self._closing:
                return
            self.arrived.append(data)
            self._far.sendto(data, (HOST, self._to))
            self._near.sendto(b"SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n", source)

    def close(self) -> None:
        """Let go of the sockets."""
        self._closing = True
        self._far.sendto(b"wake up", (HOST, self.port))
        self._thread.join()
        self._near.close()
        self._far.close()


@pytest.fixture
def between(box) -> Iterator[Counter]:
    """What sipsak speaks to in place of the exchange."""
    counter = Counter(box.port)
    try:
        yield counter
    finally:
        counter.close()


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


def test_a_flood_leaves_the_exchange_able_to_take_a_call(box, sipsak, between, peers):
    assert sipsak("-F", "-e", str(FLOOD), "-s", f"sip:{building.NUMBER}@{HOST}:{between.port}") == 0
    until("all of it has arrived", SECONDS, lambda: len(between.arrived) == FLOOD)
    assert all(each.startswith(b"OPTIONS ") for each in between.arrived)
    assert takes_a_call(box, peers)
    assert len(box.calls()) == 1


def test_damaged_requests_leave_the_exchange_able_to_take_a_call(box, between, peers, tmp_path):
    command = [installed("sipsak"), "-R", "-t", "200", "-s", f"sip:{building.NUMBER}@{HOST}:{between.port}"]
    program = Program(command, tmp_path)
    try:
        until("enough of them have arrived", SECONDS, lambda: len(between.arrived) >= DAMAGED)
    finally:
        assert program.stop(signal.SIGTERM) == -signal.SIGTERM, "it was still sending"
    assert len(set(between.arrived)) > DAMAGED / 2, "each is damaged in its own way"
    assert takes_a_call(box, peers)
    assert len(box.calls()) == 1
