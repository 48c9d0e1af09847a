"""A wedged exchange gives no sign of life any more and is started again; one that can help itself is left alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults import wedgeable
from tests.faults.residents import goes_through, resident
from tests.peers import building
from tests.peers.exchange import Exchange
from tests.peers.ports import HOST, free_range
from tests.peers.program import Deadline, until

READY_SECONDS = 15.0
SILENT_SECONDS = 7.0
WATCHDOG_SECONDS = 5.0  # WatchdogSec= of a unit
ABORT_SECONDS = 2.0  # TimeoutAbortSec=
WEDGED_SECONDS = 30.0
FAULT_SECONDS, MENDED_SECONDS = 10.0, 30.0
MEDIA_FAULT, LATE_FAULT = "Proces dźwięku nie odpowiada", "Centrala się spóźnia"
ALIVE = "WATCHDOG=1"
WEDGEABLE = [sys.executable, wedgeable.__file__]


class Manager:
    """What systemd is to the exchange: hears sd_notify(3), and starts again what no longer says that it lives."""

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

    def starts_again(self, box: Exchange) -> list[str]:
        """Wait until the watchdog's time is over; then SIGABRT, SIGKILL for what is left, a new start.

        What the wedged exchange had said.
        """
        self.forget()
        deadline = Deadline(WEDGED_SECONDS)
        while self.hears(ALIVE, WATCHDOG_SECONDS):
            assert deadline.left(), "a wedged exchange says that it lives"
        os.kill(box.program.pid, signal.SIGABRT)
        with suppress(subprocess.TimeoutExpired):
            box.program.process.wait(ABORT_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(box.program.pid, signal.SIGKILL)
        box.program.stop()
        until("nothing of it is left", ABORT_SECONDS, lambda: not box.processes())
        said = box.program.lines
        box.start()
        assert self.hears("READY=1", READY_SECONDS)
        return said

    def lets_it_live(self, until_true: Callable[[], bool], seconds: float) -> None:
        """Hear its signs of life, none later than the watchdog allows, until something is true."""
        deadline = Deadline(seconds)
        while not until_true():
            assert deadline.left(), f"not within {seconds} s"
            assert self.hears(ALIVE, WATCHDOG_SECONDS), "it would have been started again"

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path, monkeypatch):
    made = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    yield made
    made.close()


@pytest.fixture
def box(manager, exchange, quick, town) -> Exchange:
    made = exchange(quick(town.address), command=WEDGEABLE)
    assert manager.hears("READY=1", READY_SECONDS)
    assert manager.hears(ALIVE, WATCHDOG_SECONDS)
    return made


def shown(box: Exchange, text: str) -> bool:
    return any(text in each for each in box.asked("status")["faults"])


def logged(box: Exchange, text: str) -> int:
    return len([each for each in box.program.lines if text in each])


def test_a_wedged_exchange_is_silent_and_one_that_goes_on_is_heard_again(manager, exchange):
    box = exchange(building.sample(f"{HOST}:{free_range(2)}"))
    assert manager.hears("READY=1", READY_SECONDS)
    assert manager.hears(ALIVE, SILENT_SECONDS)
    os.kill(box.program.pid, signal.SIGSTOP)
    try:
        manager.forget()
        assert not manager.hears(ALIVE, SILENT_SECONDS), "a wedged exchange says that it lives"
    finally:
        os.kill(box.program.pid, signal.SIGCONT)
    assert manager.hears(ALIVE, SILENT_SECONDS)


def test_a_stopped_exchange_is_started_again_and_takes_calls(manager, box, town):
    os.kill(box.program.pid, signal.SIGSTOP)
    manager.starts_again(box)
    goes_through(town, box, building.RESIDENT)


def test_an_exchange_that_is_busy_without_an_end_is_started_again_and_its_log_says_where_it_was(manager, box, town):
    os.kill(box.program.pid, wedgeable.HOLD_IT_FOR_GOOD)
    said = "\n".join(manager.starts_again(box))
    assert "Fatal Python error: Aborted" in said and Path(wedgeable.__file__).name in said, said
    goes_through(town, box, building.RESIDENT)


def test_an_exchange_whose_register_is_stuck_is_started_again_and_its_log_says_why(manager, box, town):
    goes_through(town, box, building.RESIDENT)
    before = box.last_call()
    os.kill(box.program.pid, wedgeable.HOLD_THE_REGISTER)
    resident(town, box, "5", "+48501000001")  # is answered all the same: nobody waits for the disk
    said = manager.starts_again(box)
    told = [each for each in said if "no sign of life any more" in each]
    assert len(told) == 1 and "the register's writer has been stuck" in told[0], said
    assert len([each for each in said if "register queue: The disk is too slow" in each]) == 1, said
    town.forget()
    goes_through(town, box, "+48501000002")
    box.last_call()
    assert [box.calls()[0]["id"], box.calls()[-1]["outcome"]] == [before["id"], "answered"]


def test_a_stopped_media_process_is_told_and_replaced_without_a_restart_of_the_exchange(manager, box, town):
    pid, media = box.program.pid, box.media_process()
    os.kill(media, signal.SIGSTOP)
    manager.lets_it_live(lambda: shown(box, MEDIA_FAULT), FAULT_SECONDS)
    manager.lets_it_live(lambda: media not in box.processes(), FAULT_SECONDS)
    manager.lets_it_live(lambda: not shown(box, MEDIA_FAULT), MENDED_SECONDS)
    goes_through(town, box, building.RESIDENT)
    assert (logged(box, "sound: The media process does not answer"), logged(box, "sound: well again")) == (1, 1)
    assert box.program.pid == pid and box.program.process.poll() is None


def test_a_loop_that_is_busy_for_a_while_is_told_and_left_alone(manager, box, town):
    os.kill(box.program.pid, wedgeable.HOLD_THE_LOOP)
    manager.lets_it_live(lambda: logged(box, "event loop: The exchange is late") > 0, FAULT_SECONDS)
    assert shown(box, LATE_FAULT)
    goes_through(town, box, building.RESIDENT)
    assert logged(box, "event loop: The exchange is late") == 1
    assert box.program.process.poll() is None
