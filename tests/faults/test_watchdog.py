"""A wedged exchange gives no sign of life any more, so that systemd starts it again."""

from __future__ import annotations

import os
import signal
import socket

import pytest

from tests.peers import building
from tests.peers.ports import HOST, free_range
from tests.peers.program import Deadline

READY_SECONDS = 15.0
SILENT_SECONDS = 7.0  # three beats and more


class Manager:
    """What systemd is to the exchange: a socket that hears sd_notify(3)."""

    def __init__(self, place: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(place)

    def hears(self, word: str, seconds: float) -> bool:
        """Whether this is said within so many seconds."""
        deadline = Deadline(seconds)
        while left := deadline.left():
            self._socket.settimeout(left)
            try:
                if self._socket.recv(1024).decode() == word:
                    return True
            except TimeoutError:
                break
        return False

    def forget(self) -> None:
        """Pass over what has been said so far."""
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(1024)
        except BlockingIOError:
            return

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path, monkeypatch):
    made = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    yield made
    made.close()


def test_a_wedged_exchange_is_silent_and_one_that_goes_on_is_heard_again(manager, exchange):
    box = exchange(building.sample(f"{HOST}:{free_range(2)}"))
    assert manager.hears("READY=1", READY_SECONDS)
    assert manager.hears("WATCHDOG=1", SILENT_SECONDS)
    os.kill(box.program.pid, signal.SIGSTOP)
    try:
        manager.forget()
        assert not manager.hears("WATCHDOG=1", SILENT_SECONDS), "a wedged exchange says that it lives"
    finally:
        os.kill(box.program.pid, signal.SIGCONT)
    assert manager.hears("WATCHDOG=1", SILENT_SECONDS)
