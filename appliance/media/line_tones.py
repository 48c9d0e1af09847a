"""What is listened for while a call is placed on a copper pair: dial tone, each ring, a voice. No clock, no port.

Sooner than `supervision.py`, which decides when a call has ended and may not err: here a wrong guess costs one attempt.
"""

from __future__ import annotations

import audioop
import math
from array import array
from operator import mul

from appliance.media.g711 import SQUARE_AT_0_DBM0
from appliance.media.track import FRAME_SAMPLES

HERTZ = 425.0
DIAL, RINGING, VOICE = "dial", "ringing", "voice"
SOFTEST_RMS = math.sqrt(SQUARE_AT_0_DBM0 * 10 ** (-38 / 10))  # softer tones are crosstalk
PURE = 0.75  # of a frame's power lies in the tone: ±10 Hz, and −25 dB of noise
EDGE = 0.35  # less than this is none; between the two, the frame holds an edge, and goes on as it was
DIAL_FRAMES = 75  # 1.5 s without a pause; ringing ends after 1 s
RING_FRAMES = 38  # 0.76 s: longer than busy
VOICE_FRAMES = 15  # 0.3 s of sound that is no tone
VOICE_RMS = math.sqrt(SQUARE_AT_0_DBM0 * 10 ** (-35 / 10))

_STEP = 2 * math.pi * HERTZ / 8000
_COSINE = tuple(math.cos(_STEP * at) for at in range(FRAME_SAMPLES))
_SINE = tuple(math.sin(_STEP * at) for at in range(FRAME_SAMPLES))


def purity(linear: bytes) -> float:
    """Which share of the power of 160 16-bit samples lies at 425 Hz, 0 to 1; 0 for a frame that is soft."""
    rms = audioop.rms(linear, 2)
    if rms < SOFTEST_RMS:
        return 0.0
    samples = array("h", linear)
    real, imaginary = sum(map(mul, samples, _COSINE)), sum(map(mul, samples, _SINE))
    power: float = 2 * (real * real + imaginary * imaginary) / FRAME_SAMPLES
    return min(1.0, power / (FRAME_SAMPLES * rms * rms))


class LineTones:
    """One line's."""

    def __init__(self) -> None:
        self._on = False
        self._frames = 0  # since it is as it is
        self._voiced = 0  # frames of this pause in which somebody spoke, or something played

    def hear(self, linear: bytes) -> str | None:
        """What this frame completes, or None: `DIAL` once for each tone, `VOICE` every 0.3 s of sound.

        `RINGING` for each ring, and for a dial tone before it is known for one.
        """
        share = purity(linear)
        on = share > (EDGE if self._on else PURE)
        if on is not self._on:
            self._on, self._frames, self._voiced = on, 1, 0
            return None
        self._frames += 1
        if on:
            return {RING_FRAMES: RINGING, DIAL_FRAMES: DIAL}.get(self._frames)
        if share == 0.0 and audioop.rms(linear, 2) < VOICE_RMS:
            return None
        self._voiced += 1
        return VOICE if self._voiced % VOICE_FRAMES == 0 else None
