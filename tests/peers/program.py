"""Somebody else's program, or ours, as a test sees it: started in a session of its own, read line by line, ended.

Every wait is for a line of its output, or for its end, with a deadline.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

STOP_SECONDS = 5.0
TAIL_LINES = 30
LOOK_SECONDS = 0.2  # between two looks at what announces itself to nobody


class Deadline:
    """So many seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, 0 when it has passed."""
        return max(0.0, self._until - time.monotonic())


def until(what: str, seconds: float, true: Callable[[], bool]) -> None:
    """Wait until something is true that announces itself to nobody: what a growing file holds."""
    deadline = Deadline(seconds)
    while not true():
        assert deadline.left(), f"not within {seconds} s: {what}"
        time.sleep(LOOK_SECONDS)


def installed(command: str) -> str:
    """Where a peer's command lies."""
    path = shutil.which(command)
    assert path, f"{command} is missing: `make test` installs it"
    return path


class Program:
    """A running program. `lines` is all it has printed so far, standard error included."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        self.command = list(command)
        self.lines: list[str] = []
        self._unread: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            self.command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            bufsize=1,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"reads {command[0]}")
        self._reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._unread.put(line)
        self._unread.put(None)

    def type(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait_for(self, pattern: str, seconds: float) -> re.Match[str]:
        """The next line not looked at yet in which the regular expression is found."""
        deadline = Deadline(seconds)
        while True:
            try:
                line = self._unread.get(timeout=deadline.left())
            except queue.Empty:
                raise AssertionError(f"no {pattern!r} within {seconds} s; {self.tail()}") from None
            assert line is not None, f"it ended without {pattern!r}; {self.tail()}"
            if found := re.search(pattern, line):
                return found

    def wait(self, seconds: float) -> int:
        """Its exit status, once it has ended by itself."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s; {self.tail()}") from None

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = STOP_SECONDS) -> int:
        """End it, the hard way if need be; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self._close()

    def _close(self) -> None:
        # Children that outlive it hold the pipe: they are the test's to find, not ours to wait for.
        self._reader.join(STOP_SECONDS)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue

    def tail(self) -> str:
        """The last it said, for a failed test's message."""
        return "\n  ".join([f"{self.command[0]} said last:", *self.lines[-TAIL_LINES:]])
