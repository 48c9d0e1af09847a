"""A disk that takes nothing for a while: calls go on, the fault is shown, nothing is claimed that is not stored."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.residents import UP_SECONDS, goes_through, resident
from tests.peers import building
from tests.peers.exchange import Exchange
from tests.peers.program import installed, until

REFUSED = "the register cannot be written"
SMALL = "MB wolnego miejsca"
DISK_BYTES = 6_000_000
BLOCK_BYTES, LOOK_SECONDS = 4096, 0.005
FAULT_SECONDS, WELL_SECONDS = 15.0, 15.0
SAVED_SECONDS = 40.0


class Disk:
    """A small file system in memory; needs root. `close` takes it away."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._room = threading.Event()
        place.mkdir(parents=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "dyzurka-test", str(place))

    def fill(self) -> None:
        """Not a byte is free, and whatever is let go is taken at once: somebody else writes and writes."""
        self._room.clear()
        self._filler = threading.Thread(target=self._write, name="filler", daemon=True)
        self._filler.start()

    def _write(self) -> None:
        with (self.place / "filler").open("wb", buffering=0) as filler:
            while not self._room.is_set():
                try:
                    filler.write(bytes(BLOCK_BYTES))
                except OSError:
                    self._room.wait(LOOK_SECONDS)

    def free(self) -> None:
        """Room again."""
        self._room.set()
        self._filler.join()
        (self.place / "filler").unlink()

    def read_only(self, on: bool) -> None:
        """As a card that has had its day. The kernel does it only while nobody writes there."""
        _run("mount", "-o", f"remount,{'ro' if on else 'rw'}", str(self.place))

    def close(self) -> None:
        """Unmount."""
        _run("umount", "-l", str(self.place))


def _run(command: str, *words: str) -> None:
    done = subprocess.run([installed(command), *words], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 0, f"this test mounts a file system, which needs root: {done.stderr.strip()}"


@pytest.fixture
def disk(tmp_path) -> Iterator[Disk]:
    made = Disk(tmp_path / "disk")
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def box(disk, quick, town, prompts) -> Iterator[Exchange]:
    made = Exchange(disk.place / "box", quick(town.address), prompts)
    try:
        yield made
    finally:
        try:
            if made.running:
                made.stop()
        finally:
            print(made.program.tail())


def shown(box: Exchange) -> list[str]:
    """The faults, without what every disk of this size is told: it is small."""
    return [each for each in box.asked("status")["faults"] if SMALL not in each]


def is_told_and_helped(town, box) -> None:
    """Who speaks to a mailbox that cannot keep anything hears so, and is put to a human."""
    one = resident(town, box, "2", "+48501000002")
    box.program.wait_for("could not be saved", SAVED_SECONDS)
    until("the two are bridged", SAVED_SECONDS, lambda: one.leg.bridged)
    town.do(one.hang_up)
    until("the call is over", UP_SECONDS, lambda: one.over)


def test_a_full_disk(box, disk, town):
    goes_through(town, box, building.RESIDENT)
    before = box.last_call()
    assert not shown(box)
    until("little room is told", FAULT_SECONDS, lambda: any(SMALL in each for each in box.asked("status")["faults"]))

    disk.fill()
    goes_through(town, box, "+48501000001")
    until("status shows the fault", FAULT_SECONDS, lambda: any(REFUSED in each for each in shown(box)))
    is_told_and_helped(town, box)
    told = [line for line in box.program.lines if "of the register" in line]
    assert len(told) == 1, f"claimed, and not stored: {told}"

    disk.free()
    until("the box is well again", WELL_SECONDS, lambda: not any(REFUSED in each for each in shown(box)))
    goes_through(town, box, "+48501000003")
    box.last_call()
    rows = {row["caller"]: row for row in box.calls()}
    assert rows[building.RESIDENT]["id"] == before["id"]
    assert {rows[f"+4850100000{n}"]["outcome"] for n in (1, 2, 3)} == {"answered"}, "what waited is written now"
    numbers = [each["number"] for each in box.tickets()]
    assert len(numbers) == len(set(numbers)) and all(row["ticket"] in numbers for row in rows.values())


def test_a_start_on_a_disk_that_nobody_can_write(box, disk, town):
    goes_through(town, box, building.RESIDENT)
    before = box.last_call()
    box.stop()
    disk.read_only(True)
    box.start()
    try:
        goes_through(town, box, "+48501000001")
        assert any("answers no question" in line for line in box.program.lines), "the fault is in the log"
        is_told_and_helped(town, box)
        assert not any("of the register" in line or "has ticket" in line for line in box.program.lines), "claimed"
    finally:
        box.stop()
        disk.read_only(False)
    box.start()
    goes_through(town, box, "+48501000003")
    box.last_call()
    assert not shown(box), "well again"
    assert box.calls()[0]["id"] == before["id"]
