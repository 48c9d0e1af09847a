"""The plug is pulled at random moments: of a first start, of writes, of an update, of its probation. Nothing is lost.

What was said to be on disk is there afterwards, one whole version runs, and both file systems are clean at the end.
Thirty times, or CUTS=. A seed that failed is tried again by SEED=.
"""

from __future__ import annotations

import os
import random
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.box.machine import TOP, Card, Machine, free_disk
from tests.box.test_update import brings, bundle, committed, running, stands

CUTS = int(os.environ.get("CUTS", "30"))
SEED = int(os.environ.get("SEED", "7"))
WRITES_SECONDS = 600.0
SETTLES_SECONDS = 1200.0
SECTOR = 512
WRITER = """
import pathlib, sys
from datetime import datetime, timedelta, timezone
from appliance.control_client import ask
begin = datetime(2030, 1, 1, tzinfo=timezone.utc) + timedelta(hours=int(sys.argv[1]))
for hour in range(100000):
    at = begin + timedelta(hours=hour)
    ask(pathlib.Path('/data/dyzurka'), 'duty_override', timeout=30.0, who='test', duty='pogotowie', person='kowalska',
        instead_of='nowak', **{'from': at.isoformat(), 'to': (at + timedelta(hours=1)).isoformat()})
    print(at.isoformat(), flush=True)
"""
SAVED = """
import sqlite3
db = sqlite3.connect('file:/data/dyzurka/register.db?mode=ro', uri=True)
print(db.execute('PRAGMA quick_check').fetchone()[0])
for (body,) in db.execute("SELECT json_extract(body, '$.from') FROM events WHERE kind = 'duty.override'"):
    print(body)
"""
PYTHON = "PYTHONPATH=/usr/lib/dyzurka/lib python3 -"


class Owner:
    """Somebody with a box, who remembers all that it has said to be saved."""

    def __init__(self, card: Card, update: Path, rng: random.Random) -> None:
        self.card, self.update, self.rng = card, update, rng
        self.saved: list[str] = []
        self.identity = ""
        self.box: Machine | None = None
        self.story: list[str] = []

    def cut_after(self, seconds: float, doing: str) -> None:
        """Let so much time pass, then pull the plug."""
        assert self.box is not None
        threading.Event().wait(seconds)
        self.box.pull_the_plug()
        self.story.append(f"{doing}, cut after {seconds:.1f} s")
        print(self.story[-1], flush=True)

    def starts(self) -> Machine:
        """Plug it in, wait until it takes calls, and look whether all is there."""
        self.box = Machine(self.card).up()
        self.looks()
        return self.box

    def looks(self) -> None:
        assert self.box is not None
        quick, *saved = self.box.run(PYTHON, 120, text=SAVED.encode()).split("\n")
        assert quick == "ok", self.story
        assert set(self.saved) <= set(saved), self.story
        identity = self.box.run("cat /etc/machine-id /data/dyzurka/claim.json 2>/dev/null; true")
        assert not self.identity or identity == self.identity, self.story
        self.identity = identity
        log = self.box.run("cat /run/e2fsck.log /run/fsck.vfat.log 2>/dev/null; true")
        assert "UNEXPECTED INCONSISTENCY" not in log, self.story

    def first_start(self) -> None:
        """A card that was written a moment ago."""
        self.box = Machine(self.card)
        self.cut_after(self.rng.uniform(2.0, 60.0), "first start")

    def writes(self) -> None:
        """The box is told one swap of duty after another, and says of each when it is on disk."""
        box = self.starts()
        heard: list[str] = []
        command = f"{PYTHON} {10_000 * len(self.story)}"

        def listen() -> None:
            heard.append(box.run(command, WRITES_SECONDS, check=False, text=WRITER.encode()))

        writing = threading.Thread(target=listen)
        writing.start()
        self.cut_after(self.rng.uniform(2.0, 15.0), "writes")
        writing.join()
        whole = heard[0].rpartition("\n")[0]  # what was cut off in the middle of a line was not said
        self.saved += whole.split("\n") if whole else []
        print(f"{len(self.saved)} saved", flush=True)

    def updates(self) -> None:
        """From the look at the bundle to the end of the probation."""
        box = self.starts()
        box.until("no update goes on", lambda: not (stands(box).get("update") or {}).get("goes_on"), SETTLES_SECONDS)
        brings(box, self.update)
        box.run("nohup dyzurka update --older /data/new.raucb > /dev/null 2>&1 &", check=False)
        self.cut_after(self.rng.uniform(1.0, 240.0), "an update")

    def is_whole(self) -> None:
        """At the end: one version runs, and is the one that is started next time; both file systems are clean."""
        box = self.starts()
        box.until("no update goes on", lambda: not (stands(box).get("update") or {}).get("goes_on"), SETTLES_SECONDS)
        assert running(box) == committed(box)
        box.power_off()
        for number, check in ((1, ("fsck.vfat", "-n")), (4, ("e2fsck", "-fn"))):
            part = self.partition(number)
            done = subprocess.run([*check, str(part)], capture_output=True, text=True)
            assert done.returncode == 0, (self.story, done.stdout)

    def partition(self, number: int) -> Path:
        """A partition of the card as a file of its own."""
        told = subprocess.run(["sfdisk", "-d", str(self.card.path)], check=True, capture_output=True, text=True).stdout
        row = next(line for line in told.splitlines() if line.startswith(f"{self.card.path}{number}"))
        start, size = (int(row.partition(f"{key}=")[2].split(",")[0]) for key in ("start", "size"))
        part = self.card.folder / f"part{number}"
        words = ["dd", f"if={self.card.path}", f"of={part}", f"bs={SECTOR}", f"skip={start}", f"count={size}"]
        subprocess.run([*words, "conv=sparse", "status=none"], check=True)
        return part


@pytest.mark.full
@pytest.mark.timeout(3600 * 3)
def test_the_plug_is_pulled_at_random_moments_and_nothing_is_lost(tmp_path):
    rng = random.Random(SEED)
    owner = Owner(Card(tmp_path / "card", more_mib=1536), bundle("90.0.0", NEWS="Quieter ringing"), rng)
    try:
        owner.first_start()
        box = owner.starts()
        building = (TOP / "examples" / "lipowa7.toml").read_bytes()
        box.run(
            "cat > /data/dyzurka/.b && chown dyzurka:dyzurka /data/dyzurka/.b && chmod 640 /data/dyzurka/.b",
            text=building,
        )
        box.run("mv /data/dyzurka/.b /data/dyzurka/building.toml && systemctl restart dyzurka-exchange && sync")
        box.power_off()
        deeds: list[Callable[[], None]] = [owner.writes, owner.updates, owner.updates]
        for number in range(CUTS - 1):
            deeds[number % len(deeds)]()
        owner.is_whole()
    finally:
        if owner.box is not None and owner.box.on:
            owner.box.pull_the_plug()
        free_disk(owner.card.folder)
