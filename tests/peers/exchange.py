"""The real exchange: `dyzurka run` on a data directory of its own, and what `dyzurka register` and `tickets` tell."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit import TOMLDocument

from tests.peers.ports import HOST, free_range, is_free
from tests.peers.program import LOOK_SECONDS, Deadline, Program

COMMAND = str(Path(sys.executable).with_name("dyzurka"))
READY_SECONDS = 40.0  # a busy machine renders what is missing meanwhile
STOP_SECONDS = 5.0  # CONTRACT: SIGTERM ends calls politely within 5 s
ROW_SECONDS = 10.0
RTP_PORTS = 40


class Exchange:
    """One exchange; `start` again after `kill` begins anew on the same data."""

    def __init__(
        self,
        folder: Path,
        building: TOMLDocument,
        prompts: Path,
        options: tuple[str, ...] = (),
        command: Sequence[str] = (COMMAND,),
        env: Mapping[str, str] | None = None,
        before: Callable[[Path], object] | None = None,
    ) -> None:
        """`prompts` is a folder of sentences rendered before, for a start costs half a minute without; `options` are
        more ones of `dyzurka run`; `command` runs in place of `dyzurka`; `env` is added to its environment;
        `before` puts into the data directory what is there before the first start.
        """
        self._env = env
        self.data = folder / "data"
        self.data.mkdir(parents=True)
        (self.data / "prompts").symlink_to(prompts)
        self._folder, self._options, self._command = folder, options, command
        self.building_file = folder / "building.toml"
        self.configure(tomlkit.dumps(building))
        self._rtp = free_range(RTP_PORTS)
        self.port = self._web = 0
        if before is not None:
            before(self.data)
        self.start()

    def start(self) -> None:
        """Start it and wait until it is ready. Once it had its ports it takes the same again."""
        command = [*self._command, "run", "--data", str(self.data), "--building", str(self.building_file)]
        command += ["--sip", f"{HOST}:{self.port}", "--rtp-ports", f"{self._rtp}-{self._rtp + RTP_PORTS - 1}"]
        self.program = Program([*command, "--web", f"{HOST}:{self._web}", *self._options], self._folder, self._env)
        try:
            found = self.program.wait_for(rf"^ready: sip {HOST}:(\d+) web http://{HOST}:(\d+)$", READY_SECONDS)
        except BaseException:
            self.program.stop()
            raise
        self.running = True
        self.port, self._web = int(found[1]), int(found[2])

    def configure(self, text: str) -> None:
        """Write another building file; it is noticed within seconds, at once after `reload`."""
        fresh = self.building_file.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.building_file)

    def reload(self) -> None:
        """SIGHUP to the exchange itself."""
        os.kill(self.program.pid, signal.SIGHUP)

    @property
    def sound_ports(self) -> range:
        """The ports that its calls may use for RTP and RTCP."""
        return range(self._rtp, self._rtp + RTP_PORTS)

    @property
    def web_place(self) -> tuple[str, int]:
        """Where its page is."""
        return HOST, self._web

    @property
    def address(self) -> str:
        """HOST:PORT of its SIP socket."""
        return f"{HOST}:{self.port}"

    def stop(self) -> None:
        """SIGTERM: it ends within 5 s with status 0, and nothing of it is left."""
        status = self.program.stop(signal.SIGTERM, STOP_SECONDS)
        self.running = False
        assert status == 0, f"exit status {status}; {self.program.tail()}"
        self.leaves_nothing()

    def kill(self) -> None:
        """SIGKILL, as if the power went: of all its processes."""
        os.killpg(self.program.pid, signal.SIGKILL)
        self.program.stop()

    def leaves_nothing(self) -> None:
        """No process of it runs any more and its ports are free."""
        assert not self.processes(), f"left running: {self.processes()}"
        assert is_free(self.port, socket.SOCK_DGRAM), f"still taken: UDP port {self.port}"
        assert is_free(self._web, socket.SOCK_STREAM), f"still taken: TCP port {self._web}"

    def media_process(self) -> int:
        """The process id of its media process."""
        found = [pid for pid in self.processes() if b"appliance.media.process" in _command_line(pid)]
        assert len(found) == 1, f"media processes: {found}"
        return found[0]

    def processes(self) -> dict[int, str]:
        """Process id and name of all that runs in its session."""
        found = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = status.read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            name, _, fields = text.partition("(")[2].rpartition(")")
            state, _parent, _group, session = fields.split()[:4]
            if int(session) == self.program.pid and state != "Z":
                found[int(status.parent.name)] = name
        return found

    @property
    def web(self) -> str:
        """Where its page is."""
        return f"http://{HOST}:{self._web}"

    def says(self, *words: str) -> list[str]:
        """The lines of what a command of dyzurka tells people about this data directory."""
        command = [COMMAND, words[0], "--data", str(self.data), *words[1:]]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
        return done.stdout.splitlines()

    def asked(self, *words: str) -> Any:
        """What a command of dyzurka answers in JSON about this data directory."""
        command = [COMMAND, words[0], "--data", str(self.data), "--json", *words[1:]]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout)

    def calls(self) -> list[dict[str, Any]]:
        """All rows of the register, oldest first."""
        return self.asked("register")

    def line(self, name: str = "provider") -> dict[str, Any]:
        """How a line stands."""
        return next(each for each in self.asked("status")["lines"] if each["id"] == name)

    def tickets(self) -> list[dict[str, Any]]:
        """All tickets, oldest first."""
        return self.asked("tickets")

    def last_call(self) -> dict[str, Any]:
        """The newest row, once it is closed: peers are gone a moment before the register knows it."""
        deadline = Deadline(ROW_SECONDS)
        while True:
            rows = self.calls()
            if rows and rows[-1]["ended"]:
                return rows[-1]
            time.sleep(LOOK_SECONDS)
            assert deadline.left(), f"the last row is not closed: {rows[-1:]}; {self.program.tail()}"


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
