"""The hold music: a short melody of our own in soft tones, made by rule, without a seam where it begins again.

For `make voices` only; the box plays what was made. Each tone is a sum of three partials that swells and fades, and
what still sounds at the end of the piece is laid over its beginning.
"""

from __future__ import annotations

import math

from appliance.media import dsp
from appliance.media.g711 import FULL_SCALE, OVERLOAD_DBM0

MUSIC_DBM0 = -24.0
BEAT_SECONDS = 0.75
RELEASE_SECONDS = 1.5  # how long a tone lingers
ATTACK_SECONDS = 0.06
A4_HZ = 440.0

# Semitones from A4 and length in beats: eight bars of four beats in D major, walking down and back up.
MELODY = (
    ((5, 2), (2, 1), (0, 1), (-3, 3), (None, 1)),
    ((-2, 2), (0, 1), (2, 1), (0, 3), (None, 1)),
    ((5, 1), (7, 1), (9, 2), (7, 1), (5, 1), (2, 2)),
    ((0, 2), (2, 1), (4, 1), (5, 3), (None, 1)),
)
BASS = ((-19, -12), (-14, -10), (-15, -8), (-12, -8), (-14, -7), (-17, -10), (-12, -5), (-19, -12))
PARTIALS = ((1, 1.0), (2, 0.28), (3, 0.08))
BASS_SHARE = 0.45


def hold_music() -> bytes:
    """The loop as raw A-law at 8 kHz, 24 s long, at −24 dBm0."""
    beats = sum(length for bar in MELODY for _, length in bar)
    samples = [0.0] * round(beats * BEAT_SECONDS * dsp.RATE)
    at = 0.0
    for bar in MELODY:
        for semitone, length in bar:
            if semitone is not None:
                _add(samples, at, semitone, length * BEAT_SECONDS, 1.0)
            at += length * BEAT_SECONDS
    step = len(samples) / dsp.RATE / len(BASS)
    for index, pair in enumerate(BASS):
        for half, semitone in enumerate(pair):
            _add(samples, (index + half / 2) * step, semitone, step / 2, BASS_SHARE)
    mean = sum(sample * sample for sample in samples) / len(samples)
    gain = 10 ** ((MUSIC_DBM0 - dsp.dbm0(mean)) / 20)
    return dsp.encode(sample * gain for sample in samples)


def _add(samples: list[float], at: float, semitone: int, seconds: float, share: float) -> None:
    """Lay a tone over the samples, round the end where it lingers beyond it."""
    pitch = A4_HZ * 2 ** (semitone / 12)
    start = round(at * dsp.RATE)
    for index in range(round((seconds + RELEASE_SECONDS) * dsp.RATE)):
        moment = index / dsp.RATE
        swell = min(1.0, moment / ATTACK_SECONDS)
        fade = math.exp(-1.2 * moment) * min(1.0, (seconds + RELEASE_SECONDS - moment) / RELEASE_SECONDS)
        value = sum(weight * math.sin(2 * math.pi * pitch * order * moment) for order, weight in PARTIALS)
        samples[(start + index) % len(samples)] += share * swell * fade * value


def tone(hertz: float, seconds: float, level: float) -> bytes:
    """A pure tone as raw A-law at `level` dBm0; its ends are faded over 5 ms so that they do not click."""
    count = round(seconds * dsp.RATE)
    peak = FULL_SCALE * 10 ** ((level - OVERLOAD_DBM0) / 20)
    fade = round(0.005 * dsp.RATE)
    return dsp.encode(
        peak * min(1.0, index / fade, (count - index) / fade) * math.sin(2 * math.pi * hertz * index / dsp.RATE)
        for index in range(count)
    )
