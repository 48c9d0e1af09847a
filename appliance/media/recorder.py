"""Records what one leg says: packets are put in place by timestamp, a thread writes them once a second.

The tick never touches the disk. The header on disk is true after every write, so that a crash or a power cut
costs the last second at most.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

from appliance.media import wav
from appliance.media.g711 import voice_samples
from appliance.media.track import REORDER_SAMPLES, Track

FLUSH_SAMPLES = 8000  # written once a second
LAG_SAMPLES = 8000  # a far end silent on the wire: the file follows the clock from here on


class Keeper(Protocol):
    """What a leg owes to whatever records it: its sound, the time, and the end."""

    end_keys: str

    def take(self, timestamp: int, payload: bytes, newest: bool, voice: bool, now: float) -> None:
        """A-law sound with its timestamp; `newest`: no later packet has come before it."""

    def tick(self, now: float) -> str | None:
        """Every 20 ms; why the recording is over, or None."""

    def end(self, why: str) -> None:
        """It is over."""

    def forget_last(self, samples: int) -> None:
        """What came last is no part of the recording: the tone of the key that ends it."""


class Worker:
    """One thread for slow work with files. Results are collected by the tick, never waited for."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Callable[[], Callable[[], None] | None] | None] = SimpleQueue()
        self._done: deque[Callable[[], None]] = deque()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def ask(self, job: Callable[[], Callable[[], None] | None]) -> None:
        """Run `job` in the thread; what it returns is run by `collect`. A job handles its own errors."""
        self._jobs.put(job)

    def collect(self) -> None:
        """Run the results of finished jobs, here."""
        while self._done:
            self._done.popleft()()

    def finish(self, seconds: float) -> None:
        """Let the thread do what it was asked, for at most so long."""
        self._jobs.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            result = job()
            if result is not None:
                self._done.append(result)


def all_of(pending: deque[bytes]) -> bytes:
    """What waits to be written, in one piece: a disk that is slow waits once for it, not once for every second."""
    pieces = []
    while pending:
        pieces.append(pending.popleft())
    return b"".join(pieces)


class SoundFile:
    """The file of one recording; every method is called in the worker's thread."""

    def __init__(self, path: str, append: bool, channels: int = 1) -> None:
        """Raises OSError, WavError. With `append` an existing file is repaired and goes on."""
        self.voice_samples = 0
        self.samples = 0  # in each channel
        self._channels = channels
        if append and os.path.exists(path):  # noqa: PTH110
            self.samples = round(wav.repair(path, channels) * wav.RATE)
            if channels == 1:
                self.voice_samples = voice_samples(wav.read(path))
            self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        else:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
            os.pwrite(self._file, wav.header(0, channels), 0)

    def write(self, sound: bytes | bytearray) -> None:
        """Append, make the header true, wait for the disk. Raises OSError."""
        if os.pwrite(self._file, sound, wav.HEADER_BYTES + self.samples * self._channels) != len(sound):
            raise OSError(28, "no space left")
        self.samples += len(sound) // self._channels
        os.pwrite(self._file, wav.header(self.samples, self._channels), 0)
        os.fdatasync(self._file)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


class Recorder:
    """One recording. Positions are samples since it began; times are monotonic seconds.

    `on_over()` is called at its end, in the tick. `on_end(seconds, voice_seconds, ended)` is called once when the file
    is complete, `on_error(OSError)` instead when it could not be made or written, both by the worker's `collect`.
    """

    def __init__(
        self,
        path: str,
        worker: Worker,
        now: float,
        *,
        max_seconds: float,
        silence_seconds: float,
        end_keys: str,
        append: bool,
        on_over: Callable[[], None] = lambda: None,
        on_end: Callable[[float, float, str], None],
        on_error: Callable[[OSError], None],
    ) -> None:
        self.end_keys = end_keys
        self._worker, self._on_over, self._on_end, self._on_error = worker, on_over, on_end, on_error
        self._began = self._voice_at = now
        self._max_seconds, self._silence_seconds = max_seconds, silence_seconds
        self._track = Track()
        self._voice_samples = 0
        self._file: SoundFile | None = None
        self._failed: OSError | None = None
        self._pending: deque[bytes] = deque()
        worker.ask(lambda: self._open(path, append))

    def take(self, timestamp: int, payload: bytes, newest: bool, voice: bool, now: float) -> None:
        """Put A-law sound where its timestamp says; `newest`: no later packet has come before it."""
        if self._track.put(timestamp, payload, newest, self._clock(now)) and voice:
            self._voice_samples += len(payload)
            self._voice_at = now

    def tick(self, now: float) -> str | None:
        """To be called every 20 ms: hands a full second to the worker; why the recording is over, or None."""
        track = self._track
        waiting = track.end - track.start
        if waiting >= FLUSH_SAMPLES + REORDER_SAMPLES:
            self._flush(waiting - REORDER_SAMPLES)
        if now - self._began >= self._max_seconds:
            return "limit"
        if now - self._voice_at >= self._silence_seconds:
            return "silence"
        clock = self._clock(now)
        if clock - track.end > LAG_SAMPLES:
            track.fill(clock - LAG_SAMPLES // 2)
        return "limit" if self._failed else None

    def forget_last(self, samples: int) -> None:
        """Leave out the tone of the key that ends it, as far as it is not on its way to the disk."""
        self._track.shorten(self._track.end - samples)

    def end(self, why: str) -> None:
        """Write what is left, cut at the limit; then the callback comes."""
        track = self._track
        track.shorten(round(self._max_seconds * wav.RATE))
        if (track.end - track.start) % 2:
            track.fill(track.end + 1)
        self._flush(track.end - track.start)
        self._worker.ask(lambda: self._finish(why))
        self._on_over()

    def _clock(self, now: float) -> int:
        return int((now - self._began) * wav.RATE)

    def _flush(self, count: int) -> None:
        count -= count % 2
        if count <= 0:
            return
        self._pending.append(self._track.cut(count))
        self._worker.ask(self._write)

    # In the worker's thread:

    def _open(self, path: str, append: bool) -> None:
        try:
            self._file = SoundFile(path, append)
        except wav.WavError as error:
            self._failed = OSError(22, str(error))
        except OSError as error:
            self._failed = error

    def _write(self) -> None:
        sound = all_of(self._pending)
        if self._file is None or self._failed or not sound:
            return
        try:
            self._file.write(sound)
        except OSError as error:
            self._failed = error

    def _finish(self, why: str) -> Callable[[], None]:
        failed, seconds, voice = self._failed, 0.0, self._voice_samples / wav.RATE
        if self._file is not None:
            seconds = self._file.samples / wav.RATE
            voice += self._file.voice_samples / wav.RATE
            self._file.close()
        if failed is not None:
            return lambda: self._on_error(failed)
        return lambda: self._on_end(seconds, voice, why)
