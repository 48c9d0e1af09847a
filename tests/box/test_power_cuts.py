"""The plug is pulled at random moments: of a first start, of calls, of writes, of an update. Nothing is lost.

What was said to be on disk is there afterwards, one whole version runs, and both file systems are clean at the end.
Thirty times, or CUTS=, or until MINUTES= are over. A seed that failed is tried again by SEED=. It wants the machine to
itself: of two boxes on two processors neither answers a call in time.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path

import pytest
import tomlkit

from tests.box.machine import Card, Machine, free_disk
from tests.box.test_update import brings, bundle, committed, running, stands
from tests.peers import building
from tests.peers.namespaces import PROVIDER, Network
from tests.peers.provider import PORT, Call, Provider

CUTS = int(os.environ.get("CUTS", "30"))
SEED = int(os.environ.get("SEED", "7"))
MINUTES = float(os.environ.get("MINUTES", "1440"))
MAPPING_SECONDS = 60  # of the router: a box that shares its emulated processor with much else asks seldom
WRITES_SECONDS = 600.0
SETTLES_SECONDS = 1200.0
REGISTERED_SECONDS = 120.0
RESIDENT_HZ, NOWAK_HZ = 1000, 620
SECTOR = 512
CALLS = 4  # of a resident whom nobody answers
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


def small_building() -> tomlkit.TOMLDocument:
    """The sample without most of the texts of its own: to render them keeps an emulated processor busy for minutes."""
    document = building.only_nowak(f"{PROVIDER}:{PORT}")
    document["lines"][0].update(register=True, username="221234567", password="tajne")
    document["buildings"][0]["name"] = "Lipowa"
    for table in ("extensions", "hours", "notify", "queues", "residents", "voicemail"):
        del document[table]
    del document["duty"][0]["escalate_to"]
    document["duty"][0]["rounds"] = 20  # a call whose power is cut is not to be over before
    del document["people"][2:]  # Nowak, and Kowalska who stands in for him
    document["people"][1]["phones"] = [building.KOWALSKA]
    del document["menus"][0], document["scenarios"][:2]
    document["menus"][0]["greeting"] = "{hello}."
    del document["menus"][0]["options"][1:]
    return document


class Owner:
    """Somebody with a box, who remembers all that it has said to be saved."""

    def __init__(self, card: Card, update: Path, rng: random.Random, network: Network, provider: Provider) -> None:
        self.card, self.update, self.rng = card, update, rng
        self.network, self.provider = network, provider
        self.saved: list[str] = []
        self.called: list[str] = []  # callers that the register knew, cut off and not looked for yet
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
        self.provider.registered = ""
        box = self._plug_in().up()
        self.looks()
        return box

    def _plug_in(self) -> Machine:
        self.box = Machine(self.card, within=lambda *words: self.network.command(self.network.box, *words))
        return self.box

    def looks(self) -> None:
        assert self.box is not None
        quick, *saved = self.box.run(PYTHON, 120, text=SAVED.encode()).split("\n")
        assert quick == "ok", self.story
        lost = set(map(datetime.fromisoformat, self.saved)) - set(map(datetime.fromisoformat, filter(None, saved)))
        assert not lost, (self.story, lost)
        identity = self.box.run("cat /etc/machine-id /data/dyzurka/claim.json 2>/dev/null; true")
        assert not self.identity or identity == self.identity, self.story
        self.identity = identity
        log = self.box.run("cat /run/e2fsck.log /run/fsck.vfat.log 2>/dev/null; true")
        assert "UNEXPECTED INCONSISTENCY" not in log, self.story
        self._looks_for_calls()

    def _looks_for_calls(self) -> None:
        """Whoever was cut off is in the register, and somebody is told that they were in need."""
        if not self.called:
            return
        assert self.box is not None
        rows = {row["caller"]: row for row in self.box.register()}
        tickets = {row["caller"]: row for row in json.loads(self.box.run("dyzurka tickets --json"))}
        for caller in self.called:
            assert rows[caller]["outcome"] == "interrupted", (self.story, rows[caller])
            assert tickets[caller]["urgent"], self.story
            assert self.box.asks("ticket_done", who="test", ticket=tickets[caller]["number"]), self.story
        print(f"{len(self.called)} interrupted, with its ticket", flush=True)
        self.called.clear()

    def calls(self) -> None:
        """A resident in need, until the plug is pulled: while Nowak's telephone is at their ear, or the two talk."""
        box = self.starts()
        box.until("it has registered", lambda: self.provider.registered, REGISTERED_SECONDS)
        box.until("nobody is rung any more", lambda: not box.status()["calls"], REGISTERED_SECONDS)
        caller, resident = self._answered()
        resident.voice.press("1")
        nowak = self.provider.is_called(NOWAK_HZ)
        talk = self.rng.random() < 1 / 2
        if talk:
            nowak.voice.press("1")
        box.until(
            "the register knows the call", lambda: caller in [row["caller"] for row in box.register() if row["urgent"]]
        )
        self.called.append(caller)
        self.cut_after(self.rng.uniform(0.0, 8.0), "a talk" if talk else "a call")

    def _answered(self) -> tuple[str, Call]:
        """A resident who is answered; who is not, for an emulated box is slow while it starts, calls again."""
        for attempt in range(CALLS):
            self.provider.forgets()
            caller = f"+4850{attempt + 1}50{len(self.story):04d}"
            with suppress(AssertionError):
                return caller, self.provider.calls(building.NUMBER, caller.removeprefix("+"), RESIDENT_HZ)
        raise AssertionError(f"nobody is answered: {self.story}")

    def first_start(self) -> None:
        """A card that was written a moment ago."""
        self._plug_in()
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
        if not box.run("ls /data/new.raucb", check=False):  # of an update that was cut off
            brings(box, self.update)
        box.run("nohup dyzurka update --older /data/new.raucb > /dev/null 2>&1 &", check=False)
        self.cut_after(self.rng.uniform(1.0, 240.0), "an update")

    def is_whole(self) -> None:
        """At the end: one version runs, and is the one that is started next time; both file systems are clean."""
        box = self.starts()
        box.until("no update goes on", lambda: not (stands(box).get("update") or {}).get("goes_on"), SETTLES_SECONDS)
        assert running(box) == committed(box)
        wrote = any(each.startswith("writes") for each in self.story)
        assert self.saved or not wrote, "nothing was ever said to be saved"
        box.power_off()
        for number, check in ((1, ("fsck.vfat", "-n")), (4, ("e2fsck", "-fn"))):
            part = self.partition(number)
            done = subprocess.run([*check, str(part)], capture_output=True, text=True)
            assert done.returncode == 0, (self.story, done.stdout)

    def ends(self) -> None:
        """Leave nothing running."""
        if self.box is not None and self.box.on:
            self.box.pull_the_plug()

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
    with ExitStack() as stack:
        network = Network(MAPPING_SECONDS)
        stack.callback(network.close)
        provider = Provider(network)
        stack.callback(provider.close)
        card = Card(tmp_path / "card", more_mib=1536)
        stack.callback(free_disk, card.folder)
        card.put("building.toml", tomlkit.dumps(small_building()).encode())
        owner = Owner(card, bundle("90.0.0", NEWS="Quieter ringing"), random.Random(SEED), network, provider)
        stack.callback(owner.ends)
        owner.first_start()
        deeds: list[Callable[[], None]] = [owner.calls, owner.updates, owner.writes, owner.updates]
        began = time.monotonic()
        for number in range(CUTS - 1):
            if time.monotonic() > began + MINUTES * 60:
                break
            deeds[number % len(deeds)]()
        owner.is_whole()
        print(f"{len(owner.story)} cuts, {len(owner.saved)} saved, nothing lost", flush=True)
