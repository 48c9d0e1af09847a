"""Takes our own sound out of what a copper line gives back, by the canceller of libspandsp2 through ctypes.

A two-wire line returns a part of what is said into it, and a modem's buffers delay that by any time up to a second.
So three things stand in a row: `Delay` finds by how much (counted in samples of both streams, whatever the clock
does), spandsp's adaptive filter takes out what comes back around there, and what it leaves is made soft while nobody
speaks at the far end. Keys and voice of the far end pass while we speak.

Of libspandsp2 0.0.6 not everything can be used (docs/decisions/0026): its own suppressor silences the far end too,
filters of 512 samples and more never settle, and it writes a line to standard output for each sample.
"""

from __future__ import annotations

import audioop
import ctypes
import os
from array import array
from operator import add

from appliance.media.spandsp import LIBRARY
from appliance.media.track import FRAME_SAMPLES

MISSING = "libspandsp2 is missing: what is said into a landline is heard back from it"
SAMPLE_BYTES = 2
FRAME_BYTES = SAMPLE_BYTES * FRAME_SAMPLES
TAPS = 256  # 32 ms
HEADROOM = 2  # spandsp takes what comes back at half the loudness for the far end; poor lines give back more
EARLY_SAMPLES = 48  # the filter begins so long before the delay that was found
LONGEST_DELAY = 8000  # samples: 1 s
LOUD_RMS = 400.0  # of 16-bit samples: what we say can be heard back
DECIMATION = 4
MATCH_SAMPLES = 2000  # 250 ms of what comes back are looked for in what was said
LOOK_FRAMES = 15  # 300 ms between two looks, until the delay is known
CHECK_FRAMES = 150  # 3 s, when it is
SAME_SAMPLES = 16  # two looks agree within 2 ms
UNLIKE = 0.65  # what comes back is our own sound where less than this differs, in amplitude
CLEARLY = 0.7  # no other place fits so well: speech is like itself a pitch period away, but not as like
WORTH_RMS = 100.0  # below is not looked at: silence is like any silence
SETTLED_FRAMES = 50  # 1 s of our sound, before what is left can be taken for the far end
DOUBLE_TALK_FRAMES = 500  # 10 s at most the filter is kept as it is: speech pauses; then the line may have changed
WORSE = 1.2  # more than what is heard is left: the filter has gone astray
WORSE_FRAMES = 15
NEAR_SHARE = 0.5  # more than this of the echo is left: the far end speaks, the filter must not learn from it
LEFT_SHARE = 0.35  # less than this is left: it is echo alone
SOFT_RMS = 100.0
SOFT_GAIN = 0.05  # −26 dB
_ADAPT, _KEEP = 1, 0  # ECHO_CAN_USE_ADAPTION (spandsp/echo.h)


class Filter:
    """The adaptive filter. Raises OSError where the library is not installed."""

    def __init__(self) -> None:
        library = ctypes.PyDLL(LIBRARY)
        pointer, number, sample = ctypes.c_void_p, ctypes.c_int, ctypes.c_int16
        for name, result, arguments in (
            ("echo_can_init", pointer, (number, number)),
            ("echo_can_update", sample, (pointer, sample, sample)),
            ("echo_can_adaption_mode", None, (pointer, number)),
            ("echo_can_flush", None, (pointer,)),
            ("echo_can_free", number, (pointer,)),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        _keep_quiet()
        self._library = library
        self._state = library.echo_can_init(TAPS, _ADAPT)
        self._adapts = True

    def clean(self, said: bytes, heard: bytes) -> bytes:
        """What is heard without what was said: 16-bit samples, as many of one as of the other."""
        update, state = self._library.echo_can_update, self._state
        pairs = zip(array("h", said), array("h", audioop.mul(heard, SAMPLE_BYTES, 1 / HEADROOM)), strict=True)
        left = array("h", [update(state, ours, theirs) for ours, theirs in pairs])
        return audioop.mul(left, SAMPLE_BYTES, HEADROOM)

    def learn(self, on: bool) -> None:
        """Go on adapting, or stay as it is."""
        if on is not self._adapts:
            self._adapts = on
            self._library.echo_can_adaption_mode(self._state, _ADAPT if on else _KEEP)

    def forget(self) -> None:
        """Begin anew."""
        self._library.echo_can_flush(self._state)

    def __del__(self) -> None:
        library = getattr(self, "_library", None)
        if library is not None:
            library.echo_can_free(self._state)


def _keep_quiet() -> None:
    """The library prints two lines for each sample: this process's standard output goes nowhere from now on."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


class Delay:
    """How many samples of the one stream pass before what was said in the other comes back. `samples` is None at first.

    Both streams are kept at 2 kHz; where what comes back is mostly something that was said, that is the delay, once
    two looks agree.
    """

    def __init__(self) -> None:
        self.samples: int | None = None
        self._said, self._heard = bytearray(), bytearray()
        self._said_from = self._heard_from = 0  # the places of their first bytes in the slower streams
        self._frames = 0
        self._seen: int | None = None

    def said(self, linear: bytes) -> None:
        """One frame."""
        self._said += _slower(linear)

    def heard(self, linear: bytes) -> bool:
        """One frame; whether the delay is another one now."""
        self._heard += _slower(linear)
        surplus = len(self._heard) - SAMPLE_BYTES * MATCH_SAMPLES // DECIMATION
        if surplus > 0:
            del self._heard[:surplus]
            self._heard_from += surplus
        oldest = self._heard_from - SAMPLE_BYTES * LONGEST_DELAY // DECIMATION - self._said_from
        if oldest > 0:
            del self._said[:oldest]
            self._said_from += oldest
        self._frames += 1
        if surplus < 0 or self._frames < (LOOK_FRAMES if self.samples is None else CHECK_FRAMES):
            return False
        self._frames = 0
        return self._look()

    def _look(self) -> bool:
        at_once = self._heard_from - self._said_from  # where in `said` it would be without a delay
        place = _found(bytes(self._said[: at_once + len(self._heard)]), bytes(self._heard))
        if place is None:
            return False
        delay = (at_once // SAMPLE_BYTES - place) * DECIMATION
        agreed = self._seen is not None and abs(delay - self._seen) <= SAME_SAMPLES
        self._seen = delay
        if self.samples is not None and abs(delay - self.samples) <= SAME_SAMPLES:
            return False
        if not agreed:
            self._frames = CHECK_FRAMES - LOOK_FRAMES if self.samples is not None else 0  # looked for again soon
            return False
        self.samples = delay
        return True


def _found(window: bytes, sound: bytes) -> int | None:
    """Where in `window` this sound is, in samples; None where it is nowhere, or in several places (a tone is)."""
    if len(window) < len(sound) or audioop.rms(sound, SAMPLE_BYTES) < WORTH_RMS:
        return None
    place, unlike = _best(window, sound)
    if unlike > UNLIKE:
        return None
    apart = SAMPLE_BYTES * SAME_SAMPLES // DECIMATION
    elsewhere = (window[: max(0, SAMPLE_BYTES * place - apart) + len(sound)], window[SAMPLE_BYTES * place + apart :])
    for part in elsewhere[0 if SAMPLE_BYTES * place > apart else 1 :]:
        if len(part) >= len(sound) and _best(part, sound)[1] < 1 - (1 - unlike) * CLEARLY:
            return None
    return place


def _best(window: bytes, sound: bytes) -> tuple[int, float]:
    """Where the sound fits best, and which share of what stands there is something else, 0 to 1."""
    place, share = audioop.findfit(window, sound)
    part = window[SAMPLE_BYTES * place : SAMPLE_BYTES * place + len(sound)]
    loudness = audioop.rms(part, SAMPLE_BYTES)
    if loudness < LOUD_RMS:
        return int(place), 1.0
    left = audioop.rms(audioop.add(part, audioop.mul(sound, SAMPLE_BYTES, -share), SAMPLE_BYTES), SAMPLE_BYTES)
    return int(place), left / loudness


def _slower(linear: bytes) -> bytes:
    """Every four samples as their mean."""
    samples = array("h", linear)
    halves = list(map(add, samples[0::2], samples[1::2]))
    return array(
        "h", [(one + two) // DECIMATION for one, two in zip(halves[0::2], halves[1::2], strict=True)]
    ).tobytes()


class EchoCanceller:
    """One line's. Frames are `FRAME_SAMPLES` of 16-bit samples in this machine's order."""

    def __init__(self, adaptive: Filter) -> None:
        self._filter = adaptive
        self.delay = Delay()
        self._said = bytearray()
        self._first = 0  # the number of its first sample in the stream
        self._heard = 0  # samples
        self._loudest = [0.0, 0.0, 0.0]  # of the last frames that were said when this one was heard
        self._settled = self._talk = self._worse = 0  # frames
        self._gain = 1.0

    def said(self, linear: bytes) -> None:
        """A frame that was given to the modem."""
        self._said += linear
        self.delay.said(linear)

    def clean(self, linear: bytes) -> bytes:
        """A frame that came from it, without what it has of ours."""
        if self.delay.heard(linear):
            self._filter.forget()
            self._settled = self._talk = 0
        said = self._then()
        self._heard += FRAME_SAMPLES
        if said is None:
            return linear
        left = self._filter.clean(said, linear)
        return self._soften(said, linear, left)

    def _then(self) -> bytes | None:
        """What was said when this frame was heard; None while the delay is unknown."""
        oldest = SAMPLE_BYTES * (self._heard - LONGEST_DELAY - FRAME_SAMPLES - self._first)
        if oldest > 0:
            del self._said[:oldest]
            self._first += oldest // SAMPLE_BYTES
        if self.delay.samples is None:
            return None
        start = SAMPLE_BYTES * (self._heard - self.delay.samples + EARLY_SAMPLES - self._first)
        said = bytes(self._said[max(start, 0) : max(start + FRAME_BYTES, 0)])
        return said.rjust(FRAME_BYTES, b"\0") if start < 0 else said.ljust(FRAME_BYTES, b"\0")

    def _soften(self, said: bytes, heard: bytes, left: bytes) -> bytes:
        """Learn from it or not, and make it soft where it is echo alone."""
        echo = audioop.rms(audioop.add(heard, audioop.mul(left, SAMPLE_BYTES, -1), SAMPLE_BYTES), SAMPLE_BYTES)
        rest = audioop.rms(left, SAMPLE_BYTES)
        raw = audioop.rms(heard, SAMPLE_BYTES)
        if rest > max(raw, SOFT_RMS):
            self._worse = self._worse + 1 if rest > WORSE * raw else 0
            if self._worse >= WORSE_FRAMES:
                self._filter.forget()
                self._settled = self._talk = self._worse = 0
            left, rest = heard, raw
        else:
            self._worse = 0
        self._loudest = [*self._loudest[1:], float(audioop.rms(said, SAMPLE_BYTES))]
        loud = max(self._loudest) > LOUD_RMS
        if self._settled >= SETTLED_FRAMES and rest > max(NEAR_SHARE * echo, 3 * SOFT_RMS):
            self._talk += 1
        else:
            self._talk = 0
            self._settled += loud
        self._filter.learn(not 0 < self._talk < DOUBLE_TALK_FRAMES)
        wanted = SOFT_GAIN if loud and rest < LEFT_SHARE * echo + SOFT_RMS else 1.0
        self._gain = wanted if wanted > self._gain else (self._gain + wanted) / 2
        return left if self._gain == 1.0 else audioop.mul(left, SAMPLE_BYTES, self._gain)
