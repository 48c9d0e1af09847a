"""The wall clock of the exchange jumps by years while people talk: a shim under it (clock.c) does what a test says."""

from __future__ import annotations

import struct
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.test_disk import resident
from tests.faults.test_slow_disk import SAVED_SECONDS, leaves_a_message
from tests.peers import building
from tests.peers.exchange import Exchange
from tests.peers.program import installed, until

SOURCE = Path(__file__).with_name("clock.c")
COMPILE_SECONDS = 30.0
SYNCHRONISED, NOT = 0, 5  # adjtimex(2): TIME_OK, TIME_ERROR
YEARS_AHEAD = 4 * 365 * 86_400  # longer than anything is kept
BRIDGED_SECONDS, OVER_SECONDS, ROW_SECONDS = 25.0, 10.0, 10.0
TALK_SECONDS, SLACK_SECONDS = 1.0, 3.0


class SetClock:
    """The shim, built for this run, and the file that sets it."""

    def __init__(self, folder: Path) -> None:
        shim, self._file = folder / "clock.so", folder / "clock"
        command = [installed("cc"), "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(shim), str(SOURCE), "-ldl"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        self.set(0)
        self.env = {"LD_PRELOAD": str(shim), "FAULTS_CLOCK": str(self._file)}

    def set(self, seconds: float, state: int = SYNCHRONISED) -> None:
        """So many seconds ahead of the real clock from now on; whether the kernel takes that for the right time."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("qq", int(seconds), state))


@pytest.fixture
def clock(tmp_path) -> SetClock:
    return SetClock(tmp_path)


@pytest.fixture
def box(clock, quick, town, prompts, tmp_path) -> Iterator[Exchange]:
    made = Exchange(tmp_path / "box", quick(town.address), prompts, env=clock.env)
    try:
        yield made
    finally:
        try:
            if made.running:
                made.stop()
        finally:
            print(made.program.tail())


def ended(town, box, one, number: int) -> dict:
    """The resident hangs up; the row of that number, once it is closed."""
    town.do(one.hang_up)
    until("the call is over", OVER_SECONDS, lambda: one.over)
    found: list[dict] = []

    def closed() -> bool:
        found[:] = [row for row in box.calls() if row["id"] == number and row["ended"]]
        return bool(found)

    until("its row is closed", ROW_SECONDS, closed)
    return found[0]


def talks_on(one) -> None:
    """The two hear each other now, and a moment later still."""
    received = one.leg.received
    until("sound goes on", OVER_SECONDS, lambda: one.leg.received > received + 50 * TALK_SECONDS)
    assert one.up and one.leg.bridged


def test_a_clock_that_jumps_ends_no_call_makes_no_nonsense_and_erases_nothing(box, town, clock, long):
    message = leaves_a_message(town, box, "+48501000001")
    until("it is saved", SAVED_SECONDS, lambda: any(" s saved: rec" in each for each in box.program.lines))
    ended(town, box, message, 1)
    (recording,) = (box.data / "recordings").glob("*.wav")

    begun = time.monotonic()
    first = resident(town, box, "1")
    clock.set(YEARS_AHEAD, NOT)  # as the kernel has it after somebody has set the clock
    second = resident(town, box, "1", "+48501000002")
    until("both talk", BRIDGED_SECONDS, lambda: first.leg.bridged and second.leg.bridged)
    clock.set(-time.time() + 86_400, NOT)  # a clock without a battery: the second of January 1970
    talks_on(first)
    talks_on(second)
    second_row = ended(town, box, second, 3)
    clock.set(0)
    talks_on(first)
    rows = [ended(town, box, first, 2), second_row]
    most = time.monotonic() - begun + SLACK_SECONDS
    for row in rows:
        assert row["outcome"] == "answered"
        assert 0.0 < row["wait_seconds"] < most and TALK_SECONDS <= row["talk_seconds"] < most
        assert all(0.0 <= each["seconds"] < most for each in row["rung"])
    assert datetime.fromisoformat(second_row["started"]).year >= datetime.now(UTC).year + 3, "the clock had jumped"
    assert datetime.fromisoformat(second_row["ended"]).year == 1970, "and jumped back"
    assert [row["id"] for row in box.calls()] == [1, 2, 3], "in the order in which they happened"

    for state in (NOT, SYNCHRONISED) if long else (SYNCHRONISED,):
        box.stop()
        clock.set(YEARS_AHEAD, state)
        box.start()
        town.forget()
        if state == SYNCHRONISED:
            box.program.wait_for("the clock has leapt", OVER_SECONDS)
        third = resident(town, box, "1", "+48501000003")
        town.do(third.hang_up)
        until("the call is over", OVER_SECONDS, lambda third=third: third.over)
        assert recording.exists(), "the message is kept"
        assert [row["caller"] for row in box.calls()][:3] == ["+48501000001", building.RESIDENT, "+48501000002"]
    assert not any(" erased: " in each for each in box.program.lines)
