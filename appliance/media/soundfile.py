"""Reads the sound files that people bring: WAV with PCM or G.711, or raw A-law. Any other format is refused.

For the helper process only: a file may be as large as it likes without slowing a call.
"""

from __future__ import annotations

import struct
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path

from appliance.media.g711 import ALAW_LINEAR, ULAW_LINEAR

LARGEST_BYTES = 64 * 2**20  # ten minutes of the largest kind accepted, and a bound for the machine's memory
RATES = range(8000, 48001)
CHANNELS = (1, 2)
PCM, ALAW, ULAW, EXTENSIBLE = 1, 6, 7, 0xFFFE  # WAVE format tags (RFC 2361; Microsoft's mmreg.h)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Mono samples in 16-bit steps, `rate` of them a second."""

    samples: list[float]
    rate: int


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    channels: int
    rate: int
    bits: int


def read_sound(path: Path) -> Recorded:
    """A .wav of 8-48 kHz, one or two channels, 8- or 16-bit PCM, A-law or μ-law; any `.al` is raw A-law.

    Raises OSError, and ValueError saying what is wrong with the file.
    """
    if path.stat().st_size > LARGEST_BYTES:
        raise ValueError(f"larger than {LARGEST_BYTES // 2**20} MB")
    content = path.read_bytes()
    if path.suffix.lower() == ".al":
        return Recorded([float(ALAW_LINEAR[code]) for code in content], 8000)
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError("neither a WAV file nor raw A-law with the ending .al")
    return _read_wave(content)


def _read_wave(content: bytes) -> Recorded:
    found: _Format | None = None
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        body = content[at + 8 : at + 8 + size]  # a size that a broken writer left too large ends with the file
        if name == b"fmt ":
            found = _read_format(body)
        elif name == b"data":
            if found is None:
                raise ValueError("its sound comes before its format")
            return Recorded(_mono(_linear(body, found), found.channels), found.rate)
        at += 8 + size + size % 2
    raise ValueError("there is no sound in it")


def _read_format(body: bytes) -> _Format:
    if len(body) < 16:
        raise ValueError("its format is cut off")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if (tag, bits) not in {(PCM, 8), (PCM, 16), (ALAW, 8), (ULAW, 8)}:
        raise ValueError(f"format {tag} with {bits} bits; 8- or 16-bit PCM, A-law or μ-law is needed")
    if channels not in CHANNELS or rate not in RATES:
        raise ValueError(f"{channels} channels at {rate} Hz; one or two at 8,000 to 48,000 Hz are needed")
    return _Format(tag, channels, rate, bits)


def _linear(body: bytes, form: _Format) -> list[float]:
    if form.tag == ALAW:
        return [float(ALAW_LINEAR[code]) for code in body]
    if form.tag == ULAW:
        return [float(ULAW_LINEAR[code]) for code in body]
    if form.bits == 8:
        return [(value - 128) * 256.0 for value in body]
    samples = array("h", body[: len(body) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return [float(sample) for sample in samples]


def _mono(samples: list[float], channels: int) -> list[float]:
    if channels == 1:
        return samples
    return [(left + right) / 2 for left, right in zip(samples[::2], samples[1::2], strict=False)]
