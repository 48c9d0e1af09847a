"""The tones of a Polish exchange in the sound of an analogue path: dial tone, busy and congestion, ringing.

Frames of A-law in, verdicts out. It decides nothing about the call, reads no clock and has no socket; digits are
`spandsp.py`'s. Sources: ITU-T E.180 Supplement 2 (Poland: all tones 425 Hz; dial continuous, busy and congestion 0.5 s
on and 0.5 s off, ringing 1 s on and 4 s off), ETSI ES 201 970 for levels.

A tone is known by what speech and music do not have for long: all its energy within a few hertz of 425, its level
and pitch the same in each beat, beats as long as an exchange's clock makes them, and quiet between them.
"""

from __future__ import annotations

import audioop
import math
from array import array
from enum import Enum
from typing import NamedTuple

from appliance.media.g711 import SQUARE_AT_0_DBM0

FRAME_SAMPLES = 160  # 20 ms of A-law
FRAME_SECONDS = 0.02
RATE = 8000
TONE_HZ = 425.0
# E.180 allows ±15 Hz, but exchanges and gateways take their pitch from a crystal; so the notes on both sides, G sharp
# (415.3 Hz) and A (440 Hz), are left outside: no tuned melody has a tone of ours.
TOLERANCE_HZ = 8.0
SOFTEST_DBM0 = -38.0  # weaker tones are not heard as such
PURITY = 0.72  # of a frame's energy within the pass band; 425 ± 15 Hz alone give 0.74 and more, with edges less
TONED = 0.35  # with so much of it, a frame holds the edge of a beat
QUIET_BELOW_DB = 12.0  # a pause is so far below the beat before it
BEAT_SPREAD_DB, BEAT_SPREAD_HZ = 2.5, 6.0  # two beats of one tone are not further apart
STEADY_SPREAD_DB, STEADY_SPREAD_HZ = 2.0, 4.0  # nor two frames of a dial tone
BUSY_BEAT = (0.40, 0.60)  # seconds, shortest and longest
BUSY_PAUSE = (0.38, 0.62)
BUSY_BEATS = 3  # whole ones in a row, which take 2.5 s; the first that is heard may be cut
RINGING_BEAT = (0.80, 1.25)
RINGING_PAUSE = 1.5  # seconds of quiet after it: busy would have come back
DIAL_SECONDS = 3.0  # of one tone without a pause
BEAT_HOLE_FRAMES = 1  # a beat goes on over so many spoilt frames: a lost packet
EDGE_FRAMES = 2  # so many may be half tone, half pause, or the burst with which a mobile codec begins

_TURN = 2 * math.pi * TONE_HZ / RATE
_FULL = 16384


def _wave(phase: float) -> bytes:
    return array("h", (round(_FULL * math.cos(_TURN * at + phase)) for at in range(FRAME_SAMPLES))).tobytes()


# audioop.findfactor(sound, wave) projects one onto the other in C, in a tenth of the time that Python takes.
_COSINE, _SINE = _wave(0.0), _wave(-math.pi / 2)
_PHASE_OF_FRAME = _TURN * FRAME_SAMPLES


class Tone(Enum):
    """What the exchange says."""

    DIAL = "dial tone"  # nobody is there; a new call may be dialled
    BUSY = "busy"  # busy or congestion, or, during a call, that the far end has hung up
    RINGING = "ringing"  # it rings at the far end: nobody has answered


class _Beat(NamedTuple):  # no dataclass: `inspect`, which those bring, is 1 MB of the media process
    """A stretch of tone: seconds, mean level in dBm0, mean pitch in hertz away from 425."""

    seconds: float
    level: float
    offset: float

    def like(self, other: _Beat) -> bool:
        return abs(self.level - other.level) <= BEAT_SPREAD_DB and abs(self.offset - other.offset) <= BEAT_SPREAD_HZ


class ToneSupervisor:
    """Hears one far end. Each verdict is told once, and again only after the sound was something else meanwhile."""

    __slots__ = (
        *("_beats", "_frames", "_hole", "_last", "_levels", "_loudest", "_noisy", "_offsets", "_phase", "_quiet"),
        *("_rest", "_softest", "_steady", "purity"),
    )

    _frames: int  # of this beat, with its holes
    _hole: int  # frames that were none, since the last one of it
    _steady: int  # frames whose levels are added up
    _noisy: int  # loud frames in the pause
    _levels: float
    _softest: float
    _loudest: float

    def __init__(self) -> None:
        self._rest = b""
        self.purity = 0.0  # of the last frame: which share of it, if it was loud, was the tone
        self._last: Tone | None = None
        self._beats: list[_Beat] = []  # whole ones of the same tone, with pauses of busy between them
        self._phase: float | None = None  # of the last frame's tone
        self._quiet = 0  # frames since the last beat
        self._reset_beat()

    def hear(self, sound: bytes) -> Tone | None:
        """A-law of any length (what does not fill 160 bytes waits for the next); the verdict it brings, as a rule none.

        At most one verdict a call: give it a packet at a time.
        """
        verdict = None
        sound = self._rest + sound
        whole = len(sound) - len(sound) % FRAME_SAMPLES
        for at in range(0, whole, FRAME_SAMPLES):
            verdict = self._frame(sound[at : at + FRAME_SAMPLES]) or verdict
        self._rest = sound[whole:]
        return verdict

    def _frame(self, frame: bytes) -> Tone | None:
        level, purity, offset = self._measure(frame)
        self.purity = purity
        if purity >= PURITY and level >= SOFTEST_DBM0 and (offset is None or abs(offset) <= TOLERANCE_HZ):
            return self._tone(level, offset)
        return self._other(level)

    def _measure(self, frame: bytes) -> tuple[float, float, float | None]:
        """Level in dBm0, the share of it that is the tone, and its pitch in hertz away from 425 (None: not known)."""
        linear = audioop.alaw2lin(frame, 2)
        square = audioop.rms(linear, 2) ** 2
        level = 10 * math.log10(square / SQUARE_AT_0_DBM0) if square else -math.inf
        if level < SOFTEST_DBM0:
            self._phase = None
            return level, 0.0, None
        real, imaginary = audioop.findfactor(linear, _COSINE), audioop.findfactor(linear, _SINE)
        purity = (real * real + imaginary * imaginary) * _FULL * _FULL / 2 / square
        if purity < PURITY:
            self._phase = None
            return level, purity, None
        phase, before = math.atan2(imaginary, real), self._phase
        self._phase = phase
        if before is None:
            return level, purity, None
        # The sine wave is a quarter of a turn late, so that the phase of a higher pitch falls behind.
        moved = math.remainder(before - phase - _PHASE_OF_FRAME, 2 * math.pi)
        return level, purity, moved / (2 * math.pi * FRAME_SECONDS)

    # What a frame means

    def _tone(self, level: float, offset: float | None) -> Tone | None:
        if self._frames == 0 and self._quiet:
            self._end_pause()
        self._frames += 1 + self._hole
        self._hole = 0
        self._quiet = 0
        self._levels += level
        self._steady += 1
        if self._steady > 1:  # the first frame holds the edge of the beat
            self._softest, self._loudest = min(self._softest, level), max(self._loudest, level)
        if offset is not None:
            self._offsets.append(offset)
        seconds = self._frames * FRAME_SECONDS
        if seconds > max(BUSY_BEAT[1], RINGING_BEAT[1]):
            self._beats.clear()
        if seconds >= DIAL_SECONDS:
            steady = self._loudest - self._softest <= STEADY_SPREAD_DB
            steady = steady and max(self._offsets) - min(self._offsets) <= STEADY_SPREAD_HZ
            if not steady:
                self._start_over()
                return None
            return self._told(Tone.DIAL)
        return None

    def _other(self, level: float) -> Tone | None:
        if self._frames:
            if self._hole < BEAT_HOLE_FRAMES:
                self._hole += 1
                return None
            return self._end_beat(level)
        self._quiet += 1
        if not self._beats:
            return None
        if level <= self._beats[-1].level - QUIET_BELOW_DB:
            self._noisy = 0
            return self._pausing()
        self._noisy += 1
        if self._noisy > EDGE_FRAMES:
            self._start_over()  # somebody speaks, music plays: no exchange
        return None

    def _end_beat(self, level: float) -> Tone | None:
        """A stretch of tone is over; the verdict where it is the last beat needed."""
        middle = self._levels / self._steady
        offsets = self._offsets or [0.0]
        beat = _Beat(self._frames * FRAME_SECONDS, middle, sum(offsets) / len(offsets))
        quiet = self._hole + 1
        self._reset_beat()
        self._quiet = quiet
        if level > beat.level - QUIET_BELOW_DB:
            self._start_over()
            return None
        if RINGING_BEAT[0] <= beat.seconds <= RINGING_BEAT[1]:
            self._beats = [beat]
            return None
        if not BUSY_BEAT[0] <= beat.seconds <= BUSY_BEAT[1]:
            self._beats = []
            return None
        if self._beats and not beat.like(self._beats[-1]):
            self._beats = []
        self._beats.append(beat)
        return self._told(Tone.BUSY) if len(self._beats) >= BUSY_BEATS else None

    def _end_pause(self) -> None:
        """Tone again: was the pause one of busy?"""
        seconds = self._quiet * FRAME_SECONDS
        if not BUSY_PAUSE[0] <= seconds <= BUSY_PAUSE[1]:
            self._beats.clear()

    def _pausing(self) -> Tone | None:
        seconds = self._quiet * FRAME_SECONDS
        if seconds < RINGING_PAUSE:
            return None
        ringing = RINGING_BEAT[0] <= self._beats[-1].seconds <= RINGING_BEAT[1]
        self._beats.clear()
        return self._told(Tone.RINGING) if ringing else None

    def _told(self, tone: Tone) -> Tone | None:
        if tone is self._last:
            return None
        self._last = tone
        return tone

    def _start_over(self) -> None:
        """Neither tone nor quiet."""
        self._reset_beat()
        self._beats.clear()
        self._last = None
        self._quiet = 0

    def _reset_beat(self) -> None:
        self._frames = self._hole = self._steady = self._noisy = 0
        self._levels, self._softest, self._loudest = 0.0, math.inf, -math.inf
        self._offsets: list[float] = []


SILENCE = "silence"


class Supervision:
    """What is watched of one analogue path: tones always, and silence while its far end is joined to another one.

    A caller who waits listens for many minutes, so silence counts only while two people should talk.
    """

    __slots__ = ("_joined", "_silence_samples", "_silent", "_tones")

    def __init__(self, silence_seconds: float) -> None:
        """`silence_seconds`: after so long without voice it is told, again each time; 0: never."""
        self._silence_samples = round(silence_seconds * RATE)
        self._tones = ToneSupervisor()
        self._joined, self._silent = False, 0

    def joined(self, on: bool) -> None:
        """It is connected to somebody from now on, or no more."""
        self._joined, self._silent = on, 0

    @property
    def toned(self) -> bool:
        """Whether the last packet was the exchange's, a tone or the edge of one, and not somebody's voice."""
        return self._tones.purity >= TONED

    def hear(self, sound: bytes, voice: bool) -> list[str]:
        """What this A-law packet brings: values of `Tone`, or `SILENCE`; as a rule nothing."""
        tone = self._tones.hear(sound)
        said = [] if tone is None else [tone.value]
        if voice or not self._joined:
            self._silent = 0
            return said
        self._silent += len(sound)
        if self._silence_samples and self._silent >= self._silence_samples:
            self._silent = 0
            said.append(SILENCE)
        return said
