"""Meddles with the system calls of a running exchange by strace: they take long, fail, or kill who makes them."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from tests.peers.exchange import Exchange
from tests.peers.program import Program, installed, until

ATTACH_SECONDS = 10.0
WRITES = "pwrite64,ftruncate,fallocate,fsync,fdatasync"
SYNCS = "fsync,fdatasync"


class Meddler:
    """Begins when made, ends with `close`. It changes what the kernel answers, not the exchange."""

    def __init__(
        self, box: Exchange, calls: str, how: str, *, only: str = "", media: bool = True, path: Path | None = None
    ) -> None:
        """`calls` are names with commas between, `how` as strace's --inject has it; `path`: only about this file.

        Those are looked at; `only` these are meddled with, where some are named.
        """
        pids = [box.program.pid, *([box.media_process()] if media else [])]
        self._log = box.data.parent / "strace.log"
        command = [installed("strace"), "-f", "-s", "0", "-o", str(self._log)]
        command += ["-e", f"trace={calls}", "-e", f"inject={only or calls}:{how}"]
        command += ["-P", str(path)] if path is not None else []
        for pid in pids:
            command += ["-p", str(pid)]
        self._program = Program(command, box.data.parent)
        for pid in pids:
            until(f"strace holds {pid}", ATTACH_SECONDS, lambda pid=pid: self._holds(pid))

    def _holds(self, pid: int) -> bool:
        assert self._program.process.poll() is None, f"strace cannot attach: {self._program.tail()}"
        threads = list(Path(f"/proc/{pid}/task").glob("*/status"))
        return all(re.search(r"^TracerPid:\t[1-9]", each.read_text(), re.MULTILINE) for each in threads)

    def injected(self) -> list[str]:
        """The system calls that were meddled with so far."""
        return [line for line in self._log.read_text().splitlines() if "(INJECTED)" in line or "(DELAYED)" in line]

    def calls(self) -> list[str]:
        """All that were looked at, oldest first."""
        return self._log.read_text().splitlines()

    def close(self) -> None:
        """Let go: everything is as it should be again."""
        self._program.stop(signal.SIGTERM)
