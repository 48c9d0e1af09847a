"""The power goes at a known place between two commits: strace kills the exchange at the N-th write or sync of its log.

What the disk had not yet been told to keep is then taken away too, as a card without power would.
"""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.meddler import Meddler
from tests.faults.test_kills import GONE_SECONDS, Told, residents
from tests.peers.program import until

SHORT_CUTS, LONG_CUTS = 4, 60
FALLS_SECONDS = 15.0
WRITES_MOST, SYNCS_MOST = 100, 6  # of three residents who call, press a key and are helped
STARTED = re.compile(r"pwrite64\(\d+, .*, (\d+), (\d+)(?:\)| <unf)")
SYNCED = re.compile(r"fdatasync.*= 0|fsync.*= 0")


@pytest.fixture
def box(exchange, quick, town):
    return exchange(quick(town.address))


@dataclass
class Cut:
    """Where it fell: so many commits were on disk, so many writes of the next had been begun."""

    commits: int
    unsynced: list[tuple[int, int]]  # place and length in the log, in bytes


def where(calls: list[str]) -> Cut:
    """What strace saw of the register's log."""
    cut = Cut(0, [])
    for line in calls:
        if found := STARTED.search(line):
            cut.unsynced.append((int(found[2]), int(found[1])))
        elif SYNCED.search(line):
            cut.commits, cut.unsynced = cut.commits + 1, []
    return cut


def forget(log: Path, cut: Cut) -> None:
    """Take away what was not on the disk: it reads as zeros there."""
    with log.open("r+b") as file:
        size = file.seek(0, 2)
        for place, length in cut.unsynced:
            if place < size:
                file.seek(place)
                file.write(bytes(min(length, size - place)))


def cut_at(box, town, rng: random.Random, calls: str, number: int) -> Cut:
    """Residents call; the exchange dies at this write or sync of its log."""
    log = box.data / "register.db-wal"
    knife = Meddler(box, "pwrite64,fsync,fdatasync", f"signal=SIGKILL:when={number}", only=calls, media=False, path=log)
    begun = time.monotonic()
    residents(box, town, rng)
    box.program.wait(FALLS_SECONDS)
    until("its media process and its page have ended too", GONE_SECONDS, lambda: not box.processes())
    knife.close()
    box.program.stop()
    box.leaves_nothing()
    cut = where(knife.calls())
    print(
        f"{calls} {number}: fell {time.monotonic() - begun:.1f} s after the first call, {cut.commits} commits on disk, "
        f"{len(cut.unsynced)} writes of the next"
    )
    forget(log, cut)
    return cut


@pytest.mark.timeout(900)
def test_a_power_cut_between_two_commits_loses_nothing_that_was_said_to_be_saved(box, town, seed, long):
    rng, told = random.Random(seed), Told()
    cuts = []
    for turn in range(LONG_CUTS if long else SHORT_CUTS):
        calls = "pwrite64" if turn % 2 else "fdatasync"
        cuts.append(cut_at(box, town, rng, calls, rng.randint(2, WRITES_MOST if turn % 2 else SYNCS_MOST)))
        told.read(box.program.lines)
        town.forget()
        box.start()
        rows, tickets = {row["id"]: row for row in box.calls()}, {each["number"]: each for each in box.tickets()}
        assert told.calls <= rows.keys(), f"turn {turn}: lost calls {told.calls - rows.keys()}"
        assert told.tickets <= tickets.keys(), f"turn {turn}: lost tickets {told.tickets - tickets.keys()}"
        assert told.messages <= {row["recording"] for row in rows.values()}, f"turn {turn}: lost messages"
        assert all(row["ended"] and row["outcome"] for row in rows.values()), f"turn {turn}: a call is not closed"
        assert all(row["ticket"] in tickets for row in rows.values() if row["urgent"]), "urgent without a ticket"
    torn = sum(bool(cut.unsynced) for cut in cuts)
    print(
        f"{len(cuts)} cuts, {torn} in the middle of a commit: {len(told.calls)} calls, {len(told.tickets)} tickets told"
    )
    assert torn >= len(cuts) // 2, "hardly a commit was cut: the test tells nothing"
    assert told.calls and told.tickets
