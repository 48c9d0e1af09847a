"""The playout buffer: sound comes by one clock and leaves by another, 160 samples at a time. No sockets, no clock.

It starts when enough lies ready, bears bursts and late sound, and keeps its latency whatever the two clocks drift: at
200 ppm one frame in 100 s is left out or added, in a pause where there is one, else blended into its neighbours.
"""

from __future__ import annotations

from appliance.media.g711 import ALAW_LINEAR, SILENCE, encode, is_voice
from appliance.media.track import FRAME_SAMPLES

START_SAMPLES = 6 * FRAME_SAMPLES  # 120 ms lie ready before the first frame leaves, and again after it ran dry
LEAST_SAMPLES = 3 * FRAME_SAMPLES  # less than this in a window's worst moment: one frame is added
ENOUGH_SAMPLES = 7 * FRAME_SAMPLES  # more than this in it: what lies there for nothing is left out
MOST_SAMPLES = 25 * FRAME_SAMPLES  # 500 ms; then older sound is thrown away at once
WINDOW_FRAMES = 250  # 5 s: the worst moment of so long tells what jitter needs
PATIENCE_FRAMES = 150  # how long a pause is waited for before sound is blended
APART_FRAMES = 10  # and how long from one blend to the next


class Playout:
    """One direction. Counts frames: `dropped` and `added` for the drift, `missing` while it ran dry, `thrown` away."""

    def __init__(self) -> None:
        self.dropped = self.added = self.missing = self.thrown = 0
        self._pending = bytearray()
        self._running = False
        self._last = b""  # the frame that left last
        self._lowest, self._frames = MOST_SAMPLES, 0  # of this window
        self._wanted, self._patience = 0, 0  # frames to leave out (or, below 0, to add)

    @property
    def level(self) -> int:
        """How many samples lie ready."""
        return len(self._pending)

    def put(self, sound: bytes) -> None:
        """Append A-law of any length. What is too much is thrown away from the beginning."""
        self._pending += sound
        if len(self._pending) <= MOST_SAMPLES:
            return
        frames = -(-(len(self._pending) - START_SAMPLES) // FRAME_SAMPLES)
        del self._pending[: frames * FRAME_SAMPLES]
        self.thrown += frames
        self._measure_anew()

    def put_before(self, samples: int, sound: bytes) -> None:
        """Late sound: in its place, so many samples before the end, if that has not left yet."""
        at = len(self._pending) - samples
        if at >= 0:
            sound = sound[:samples]
            self._pending[at : at + len(sound)] = sound

    def frame(self) -> bytes | None:
        """The next `FRAME_SAMPLES`; None when there is nothing to say."""
        level = len(self._pending)
        if not self._running:
            if level < START_SAMPLES:
                return None
            self._running = True
            self._measure_anew()
        if level < FRAME_SAMPLES:
            self._running = False
            self.missing += 1
            return None
        self._measure(level)
        frame = self._next() if self._wanted else None
        if frame is None:
            frame = bytes(self._pending[:FRAME_SAMPLES])
            del self._pending[:FRAME_SAMPLES]
        self._last = frame
        return frame

    def _measure(self, level: int) -> None:
        self._lowest = min(self._lowest, level)
        self._frames += 1
        if self._frames < WINDOW_FRAMES:
            return
        lowest = self._lowest
        self._measure_anew()
        if lowest > ENOUGH_SAMPLES:
            self._wanted = 1 + (lowest - ENOUGH_SAMPLES) // FRAME_SAMPLES
        elif lowest < LEAST_SAMPLES:
            self._wanted = -1

    def _measure_anew(self) -> None:
        self._lowest, self._frames, self._wanted, self._patience = MOST_SAMPLES, 0, 0, PATIENCE_FRAMES

    def _next(self) -> bytes | None:
        """The frame in whose place one is left out or added; None when it is better done later."""
        first, second = (bytes(self._pending[at : at + FRAME_SAMPLES]) for at in (0, FRAME_SAMPLES))
        around = first + (second if self._wanted > 0 else self._last)
        self._patience -= 1
        if len(around) < 2 * FRAME_SAMPLES or (is_voice(around) and self._patience > 0):
            return None
        self._lowest, self._frames, self._patience = MOST_SAMPLES, 0, APART_FRAMES  # what was measured is not true now
        if self._wanted < 0:
            self._wanted += 1
            self.added += 1
            return blend(first, self._last)  # it goes on as the one before and leads back to the one after
        self._wanted -= 1
        self.dropped += 1
        del self._pending[: 2 * FRAME_SAMPLES]
        return blend(first, second)


def blend(first: bytes, second: bytes) -> bytes:
    """A frame that begins as `first` and ends as `second`, both of one length."""
    steps = len(first)
    pairs = zip(first, second, strict=True)
    return encode(
        ALAW_LINEAR[one] + (ALAW_LINEAR[two] - ALAW_LINEAR[one]) * (index + 0.5) / steps
        for index, (one, two) in enumerate(pairs)
    )


def silence(samples: int) -> bytes:
    """So much of it."""
    return bytes((SILENCE,)) * samples
