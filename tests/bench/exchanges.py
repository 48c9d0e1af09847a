"""What is measured: an exchange that can be started, kept busy, told apart by process, and asked what it heard."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from appliance.building import file
from appliance.callflow.sentences import queue_position
from appliance.media.prompts import Prompts
from tests.bench import figures, houses, visitor

START_SECONDS = 40.0
STOP_SECONDS = 10.0
RENDERING_SECONDS = 90.0
PAGE_SECONDS = 0.5  # between two requests of the page
CHANGE_SECONDS = 3.0  # into a run, the building file changes and has a new text to render
ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("appliance", "hardware", "webui")


class NotStartedError(Exception):
    """The exchange did not come up; the message says where its log is."""


class Exchange(Protocol):
    """One that is running. `address` is its SIP address; numbers and keys are what the driver dials and presses."""

    name: str
    address: tuple[str, int]
    numbers: dict[str, str]  # of "answering", "bridging", "short"
    keys: dict[str, str]  # of "answering", "bridging"
    duty_key: str  # what somebody on duty presses to accept; "" where answering is enough
    pid: int

    def role(self, command: str) -> str:
        """What a process with this command line is to it."""

    def busy(self) -> AbstractContextManager[Counter[str]]:
        """A context in which it has other work too; counts what was done."""

    def understood(self, prefix: str, key: str) -> int:
        """How many calls of callers whose number begins so have this key in the register."""

    def places(self, count: int) -> tuple[str, ...]:
        """The sound files of what so many callers of a queue hear about their place."""

    def stop(self) -> None:
        """End it and everything it started."""


def free_port() -> int:
    """A UDP port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def compile_once() -> None:
    """Bring the byte code up to date, as it is on a box: else each process compiles all of it whenever it starts.

    Where PYTHONDONTWRITEBYTECODE is set, or after a file has changed, that is measured as if it were the exchange's.
    """
    for command in (["compileall", "-q", *PACKAGES], ["webui.compiling"]):
        subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=True)


def line_of(process: subprocess.Popen[str], beginning: str, seconds: float) -> str | None:
    """The first line of its output that begins so; None when it ends or says nothing in time."""
    assert process.stdout is not None
    until = time.monotonic() + seconds
    line = b""
    while (left := until - time.monotonic()) > 0:
        if select.select([process.stdout], [], [], left)[0]:
            byte = os.read(process.stdout.fileno(), 1)  # not by lines: `select` knows nothing of what is read ahead
            if not byte:
                return None
            line += byte
            if byte == b"\n":
                if line.startswith(beginning.encode()):
                    return line.decode()
                line = b""
    return None


def end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Politely, then not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Dyzurka:
    """`dyzurka run` on a data directory of its own, with the page and one trunk to the driver.

    `patient`: wait until every text is rendered. Raises NotStartedError.
    """

    name = "Dyżurka"
    numbers = {  # noqa: RUF012
        "answering": houses.ANSWERING,
        "bridging": houses.BRIDGING,
        "short": houses.SHORT,
        "storm": houses.ANSWERING,
        "queue": houses.QUEUE,
    }
    keys = {  # noqa: RUF012
        "answering": houses.ANSWERING_KEY,
        "bridging": houses.BRIDGING_KEY,
        "storm": houses.ANSWERING_KEY,
        "queue": houses.QUEUE_KEY,
    }
    duty_key = houses.ACCEPT_KEY

    def __init__(self, directory: Path, driver_port: int, people: int, *, patient: bool = True) -> None:
        self._data = directory / "data"
        self._data.mkdir(parents=True, exist_ok=True)
        self._file = directory / "building.toml"
        self._log = directory / "dyzurka.log"
        self._port, self._people = driver_port, people
        self._command = str(Path(sys.executable).with_name("dyzurka"))
        self._revision = 0
        self._write_file()
        visitor.known_to(self._data)
        compile_once()
        options = ["--data", self._data, "--building", self._file, "--sip", "127.0.0.1:0", "--web", "127.0.0.1:0"]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [self._command, "run", *map(str, options), "--rtp-ports", "20000-29999"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
            )
        ready = line_of(self._process, "ready:", START_SECONDS)
        if ready is None:
            end(self._process)
            raise NotStartedError(f"{self.name} did not start: {self._log}")
        words = ready.split()
        host, _, port = words[2].rpartition(":")
        self.address, self._web, self.pid = (host, int(port)), words[4], self._process.pid
        if patient:
            self._await_prompts()

    def _await_prompts(self) -> None:
        """Texts that were not ready in time for the first call are rendered beside the calls; not in a measurement."""
        quiet = 0
        for _ in range(round(RENDERING_SECONDS / 0.1)):
            helpers = [each for each in figures.tree(self.pid).values() if self.role(each) == "helper"]
            quiet = 0 if helpers else quiet + 1
            if quiet * 0.1 > 1.0:
                return
            time.sleep(0.1)

    def role(self, command: str) -> str:
        """Exchange, media, page, or a helper for sound and speech."""
        if "appliance.media.process" in command:
            return "media"
        if "webui.serve" in command:
            return "page"
        return "exchange" if "dyzurka" in command and " run " in command else "helper"

    @contextmanager
    def busy(self) -> Iterator[Counter[str]]:
        """Page requests, and a changed building file, whose new text must be rendered."""
        done: Counter[str] = Counter()
        stop = Event()
        threads = [Thread(target=work, args=(done, stop)) for work in (self._look_at_page, self._change_file)]
        for thread in threads:
            thread.start()
        try:
            yield done
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _look_at_page(self, done: Counter[str], stop: Event) -> None:
        somebody = visitor.Visitor(self._web)
        while not stop.wait(PAGE_SECONDS):
            try:
                done["pages"] += somebody.look() > 0
            except OSError:
                done["pages failed"] += 1

    def _change_file(self, done: Counter[str], stop: Event) -> None:
        if not stop.wait(CHANGE_SECONDS):
            self._revision += 1
            self._write_file()
            done["texts rendered"] += 1

    def _write_file(self) -> None:
        fresh = self._file.with_suffix(".new")
        # Nobody has heard this text before: the number of the process is in it, too.
        revision = self._revision and os.getpid() * 1000 + self._revision
        fresh.write_text(houses.building_file(self._port, self._people, revision))
        fresh.replace(self._file)

    def understood(self, prefix: str, key: str) -> int:
        """As `dyzurka register --json` tells it."""
        command = [self._command, "register", "--json", "--data", str(self._data)]
        rows = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
        return sum(1 for row in rows if (row["caller"] or "").startswith(prefix) and row["choices"] == [key])

    def places(self, count: int) -> tuple[str, ...]:
        """What `callflow/sentences.py` says for each place, as it was rendered; waits until it is."""
        building = file.read(self._file)
        phrases = [queue_position(ahead, "pl", building) for ahead in range(count)]
        until = time.monotonic() + RENDERING_SECONDS
        while time.monotonic() < until:
            prompts = Prompts(self._data / "prompts", engines=())
            clips = [prompts.clip("pl", text) for (text,) in phrases]
            if all(clip.path is not None for clip in clips):
                break
            time.sleep(0.5)
        return tuple(str(clip.path) for clip in clips if clip.path is not None)

    def stop(self) -> None:
        end(self._process)
        with suppress(OSError):
            if self._process.stdout is not None:
                self._process.stdout.close()
