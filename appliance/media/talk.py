"""Records a conversation: what both ends of a bridge say, side by side in one stereo file, true in time.

Both tracks follow one clock and are written together once a second, so that a crash or a power cut costs the last
second of both. The tick never touches the disk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from appliance.media import wav
from appliance.media.g711 import SILENCE
from appliance.media.recorder import FLUSH_SAMPLES, SoundFile, Worker, all_of
from appliance.media.track import REORDER_SAMPLES, Track

CHANNELS = 2  # the left one is the caller's


class Side:
    """One end of the conversation, as the leg that hears it sees its recorder (`recorder.Keeper`)."""

    end_keys = ""  # no key ends it

    def __init__(self, talk: TalkRecorder) -> None:
        self.track = Track()
        self._talk = talk

    def take(self, timestamp: int, payload: bytes, newest: bool, _voice: bool, now: float) -> None:
        """Put A-law sound where its timestamp says."""
        self.track.put(timestamp, payload, newest, self._talk.clock(now))

    def tick(self, now: float) -> str | None:
        """To be called every 20 ms; why the recording is over, or None."""
        return self._talk.tick(now)

    def end(self, _why: str) -> None:
        """The leg has gone, or the two were parted: the recording is over for both."""
        self._talk.end()

    def forget_last(self, _samples: int) -> None:
        """A key that was heard belongs to the conversation."""


class TalkRecorder:
    """One conversation, `left` and `right`. Times are monotonic seconds.

    `on_error(OSError)` is called once by the worker's `collect` when the file could not be made or written.
    """

    def __init__(
        self,
        path: str,
        worker: Worker,
        now: float,
        *,
        seconds: float,
        append: bool,
        on_error: Callable[[OSError], None],
    ) -> None:
        """`append`: go on in a file that has been written; `seconds` is how long the conversation has lasted."""
        self.left, self.right = Side(self), Side(self)
        self._worker, self._began, self._on_error = worker, now, on_error
        self._file: SoundFile | None = None
        self._failed: OSError | None = None
        self._over = False
        self._pending: deque[bytes] = deque()
        worker.ask(lambda: self._open(path, append, round(seconds * wav.RATE)))

    def clock(self, now: float) -> int:
        """The position of now."""
        return round((now - self._began) * wav.RATE)

    def tick(self, now: float) -> str | None:
        """Hand a full second of both sides to the worker; "limit" when it cannot go on."""
        if self.clock(now) - self.left.track.start >= FLUSH_SAMPLES + REORDER_SAMPLES:
            self._flush(FLUSH_SAMPLES)
        return "limit" if self._failed else None

    def end(self) -> None:
        """Write what is left. May be called again."""
        if self._over:
            return
        self._over = True
        self._flush(max(each.track.end - each.track.start for each in (self.left, self.right)))
        self._worker.ask(self._finish)

    def _flush(self, count: int) -> None:
        both = bytearray(CHANNELS * count)
        for offset, track in enumerate((self.left.track, self.right.track)):
            track.fill(track.start + count)
            both[offset::CHANNELS] = track.cut(count)
        self._pending.append(bytes(both))
        self._worker.ask(self._write)

    # In the worker's thread:

    def _open(self, path: str, append: bool, expected: int) -> None:
        try:
            self._file = SoundFile(path, append, CHANNELS)
            if self._file.samples:  # what was said while nobody recorded it stays a gap of its own length
                self._file.write(bytes((SILENCE,)) * (CHANNELS * max(expected - self._file.samples, 0)))
        except wav.WavError as error:
            self._failed = OSError(22, str(error))
        except OSError as error:
            self._failed = error

    def _write(self) -> None:
        both = all_of(self._pending)
        if self._file is None or self._failed or not both:
            return
        try:
            self._file.write(both)
        except OSError as error:
            self._failed = error

    def _finish(self) -> Callable[[], None] | None:
        if self._file is not None:
            self._file.close()
        failed = self._failed
        return None if failed is None else lambda: self._on_error(failed)
