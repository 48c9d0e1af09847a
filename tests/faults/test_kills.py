"""`kill -9` of the exchange at random moments of real calls: what was acknowledged or told is there afterwards."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.bench.parties import Caller
from tests.peers import building, sound
from tests.peers.ports import HOST, is_free
from tests.peers.program import until

SHORT_KILLS, LONG_KILLS = 8, 200
CALLERS = 4
BEGIN_SECONDS = 1.2  # within which the callers of one turn begin
LATEST_SECONDS = 3.0  # of a kill that waits for no line of the log
LINE_SECONDS = 2.5
NARROW_SECONDS = 0.012  # after a line: the register gathers for 10 ms, then commits
ANSWERED_SECONDS = 2.0  # a commit waits for a busy disk: after that a caller who was answered is in the register
GONE_SECONDS = 5.0
LOST_SECONDS = 1.0
LOOK_SECONDS = 0.03
LONG_ENOUGH_SECONDS = 0.3  # of a message, beyond the second that may go
MOMENTS = [
    r"calls \+48",
    r"is call \d+",
    r": answered$",
    r"pressed 1",
    r"pressed 2",
    r"has ticket",
    r"is rung",
    r"accepted",
    r"connected",
    r"taken by",
    r"message of",
    "",
    "",
    "",
    "",
]
PRESSED = {"1": 0.45, "2": 0.45, "": 0.1}


@dataclass
class Told:
    """What the exchange said was on disk, over all its lives, by number."""

    calls: set[int] = field(default_factory=set)
    tickets: set[int] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)

    def read(self, lines: list[str]) -> None:
        """Take in the log of one life."""
        for line in lines:
            if found := re.search(r"is call (\d+) of the register", line):
                self.calls.add(int(found[1]))
            elif found := re.search(r"has ticket (\d+) ", line):
                self.tickets.add(int(found[1]))
            elif found := re.search(r"message of [0-9.]+ s saved: (\S+)", line):
                self.messages.add(found[1])


@pytest.fixture
def box(exchange, quick, town):
    return exchange(quick(town.address))


def killed(box, rng):
    """Wait for the moment, kill the exchange alone; its other processes find that out by themselves."""
    moment = rng.choice(MOMENTS)
    if moment:
        with suppress(AssertionError):  # nobody pressed that key in this turn: then this is the moment
            box.program.wait_for(moment, LINE_SECONDS)
        time.sleep(rng.uniform(0.0, NARROW_SECONDS))
    else:
        time.sleep(rng.uniform(0.0, LATEST_SECONDS))
    os.kill(box.program.pid, signal.SIGKILL)
    at = time.monotonic()
    box.program.process.wait(GONE_SECONDS)
    until("its media process and its page have ended too", GONE_SECONDS, lambda: not box.processes())
    box.program.stop()
    box.leaves_nothing()
    return at


def residents(box, town, rng):
    """Some call, and press a key or none; the list grows as they call."""
    made: list[Caller] = []
    for number in range(CALLERS):
        key = rng.choices(list(PRESSED), list(PRESSED.values()))[0]
        then = town.presses(key, rng.uniform(0.05, 0.4)) if key else lambda _: None
        caller = f"+4850{rng.randrange(10**7):07d}" if number else building.RESIDENT
        delay = rng.uniform(0.0, BEGIN_SECONDS) if number else 0.0
        town.calls((HOST, box.port), building.NUMBER, caller, then, delay=delay, into=made)
    return made


class RecordingWatch:
    """Notes when each recording begins, by looking often."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = set(folder.glob("*.wav"))
        self._begun: dict[Path, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="recordings", daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            for path in set(self._folder.glob("*.wav")) - self._known:
                self._begun.setdefault(path, time.monotonic())

    def stop(self) -> dict[Path, float]:
        """Each new file, and when it was first seen."""
        self._over.set()
        self._thread.join()
        return self._begun


@pytest.mark.timeout(3600)
def test_nothing_that_was_acknowledged_or_told_is_lost(box, town, seed, long):
    rng, told = random.Random(seed), Told()
    seen: set[int] = set()
    mid_message = 0
    for turn in range(LONG_KILLS if long else SHORT_KILLS):
        callers = residents(box, town, rng)
        watch = RecordingWatch(box.data / "recordings")
        at = killed(box, rng)
        begun = watch.stop()
        told.read(box.program.lines)
        due = sum(1 for each in callers if each.answered_at and at - each.answered_at > ANSWERED_SECONDS)
        box_said = box.program.tail()
        town.forget()
        for port in range(box._rtp, box._rtp + 40):
            assert is_free(port, socket.SOCK_DGRAM), f"turn {turn}: RTP port {port} is still taken"
        box.start()
        rows = {row["id"]: row for row in box.calls()}
        tickets = {each["number"]: each for each in box.tickets()}
        fresh = [row for number, row in rows.items() if number not in seen]
        assert told.calls <= rows.keys(), f"turn {turn}: lost calls {told.calls - rows.keys()}"
        assert told.tickets <= tickets.keys(), f"turn {turn}: lost tickets {told.tickets - tickets.keys()}"
        assert told.messages <= {row["recording"] for row in rows.values()}, f"turn {turn}: lost messages"
        assert len(fresh) >= due, f"turn {turn}: {due} were answered, {len(fresh)} are there; {box_said}"
        for row in fresh:
            assert row["ended"] and row["outcome"], f"turn {turn}: not closed: {row}"
            assert not row["urgent"] or row["ticket"] in tickets, f"turn {turn}: urgent without a ticket: {row}"
        kept = {row["recording"]: row for row in fresh if row["recording"]}
        for path, began in begun.items():
            spoken = at - began
            if spoken < LOST_SECONDS + LONG_ENOUGH_SECONDS:
                continue
            row = kept.get(f"recordings/{path.name}")
            assert row is not None, f"turn {turn}: {spoken:.1f} s of a message are in no row"
            left = len(sound.read_wav(path)) / sound.RATE
            assert left >= spoken - LOST_SECONDS, f"turn {turn}: {left:.2f} s of {spoken:.2f} s are left"
            mid_message += 1
        seen |= rows.keys()
    print(f"{turn + 1} kills, seed {seed}: {len(seen)} calls, {len(tickets)} tickets, {mid_message} in a message")
    assert mid_message >= turn // 20, "hardly a kill in the middle of a message: the test tells nothing"
