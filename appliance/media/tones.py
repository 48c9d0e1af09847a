"""Digits as tones (ITU-T Q.23) in A-law, for far ends that take no RFC 4733 events. It hears none: see spandsp.py."""

from __future__ import annotations

import math

from appliance.media.g711 import FULL_SCALE, OVERLOAD_DBM0, encode
from appliance.media.track import FRAME_SAMPLES

LOW_HERTZ = (697, 770, 852, 941)
HIGH_HERTZ = (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")  # rows are low, columns high
LOW_DBM0, HIGH_DBM0 = -10.0, -8.0  # the high one is stronger, since lines weaken it more (Q.24, ES 201 235-2)

PITCHES = {KEYS[row][column]: (LOW_HERTZ[row], HIGH_HERTZ[column]) for row in range(4) for column in range(4)}


def frame(digit: str, number: int, low: float = LOW_DBM0, high: float = HIGH_DBM0) -> bytes:
    """Frame `number` (from 0) of this digit's tone: `FRAME_SAMPLES` of A-law; frames in a row join without a seam.

    `low` and `high` are the levels of the two pitches in dBm0.
    """
    parts = [
        (FULL_SCALE * 10 ** ((level - OVERLOAD_DBM0) / 20), 2 * math.pi * hertz / 8000)
        for level, hertz in zip((low, high), PITCHES[digit], strict=True)
    ]
    first = number * FRAME_SAMPLES
    return encode(
        sum(peak * math.sin(step * index) for peak, step in parts) for index in range(first, first + FRAME_SAMPLES)
    )
