"""Tones that the demo's telephones play, and whether one is heard in a recording. Pure."""

from __future__ import annotations

import math

from appliance.media.g711 import ALAW_LINEAR
from appliance.media.music import tone
from appliance.media.wav import RATE

RESIDENT_HERTZ, NEIGHBOUR_HERTZ, DUTY_HERTZ = 620.0, 740.0, 940.0
TONE_DBM0 = -12.0
SHARE_HEARD = 0.5  # of the recording's power at that frequency: far more than speech or noise ever has


def tone_of(hertz: float, seconds: float) -> bytes:
    """A tone as A-law."""
    return tone(hertz, seconds, TONE_DBM0)


def share(sound: bytes, hertz: float) -> float:
    """How much of the power of an A-law recording lies at a frequency, 0 to 1 (Goertzel's algorithm)."""
    samples = [ALAW_LINEAR[code] for code in sound]
    power = sum(sample * sample for sample in samples)
    if not power:
        return 0.0
    weight = 2 * math.cos(2 * math.pi * hertz / RATE)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + weight * last - before
    found = before * before + last * last - weight * before * last
    return min(1.0, 2 * found / (len(samples) * power))
