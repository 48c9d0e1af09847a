"""Reads sound files: plain WAV and raw A-law by itself, everything else that people bring by `decoder.py`.

For the helper process only: whatever is in a file, it cannot slow a call.
"""

from __future__ import annotations

import os
import stat
import struct
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from appliance.media import dsp
from appliance.media.g711 import ALAW_LINEAR, ULAW_LINEAR

LARGEST_BYTES = 20 * 2**20
LONGEST_SECONDS = 300.0
MAGIC = (b"RIFF", b"ID3", b"OggS", b"fLaC", b"PK", b"FORM", b"\x1aE\xdf\xa3")  # begin files that raw A-law is not
ENDLESS_BYTES = 0x7FFF0000  # what a program that writes into a pipe gives as size
RATES = range(8000, 48001)
CHANNELS = (1, 2)
PCM, ALAW, ULAW, EXTENSIBLE = 1, 6, 7, 0xFFFE  # WAVE format tags (RFC 2361; Microsoft's mmreg.h)


class Recorded(NamedTuple):  # no dataclass: `inspect`, which those bring, is 1 MB of a helper
    """Mono samples in 16-bit steps, `rate` of them a second."""

    samples: Sequence[float]
    rate: int


class _Format(NamedTuple):
    tag: int
    channels: int
    rate: int
    bits: int


def read_sound(path: Path) -> Recorded:
    """The sound in a file, at most `LARGEST_BYTES` and `LONGEST_SECONDS`; any `.al` is raw A-law at 8 kHz.

    What is in it counts, not how its name ends. Raises OSError, and ValueError saying what is wrong with the file.
    """
    content = _content(path)
    if path.suffix.lower() == ".al":
        if content.startswith(MAGIC):
            raise ValueError("it ends with .al and is no raw A-law")
        recorded = Recorded(array("d", map(ALAW_LINEAR.__getitem__, content)), 8000)
    else:
        found = _read_wave(content) if content[:4] == b"RIFF" and content[8:12] == b"WAVE" else None
        recorded = found or _decoded(content)
    if len(recorded.samples) > LONGEST_SECONDS * recorded.rate:
        raise ValueError(f"longer than {LONGEST_SECONDS / 60:g} minutes")
    return recorded


def _content(path: Path) -> bytes:
    """The whole file. What is no file (a pipe, a device) is never waited for."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("not a file")
        if status.st_size > LARGEST_BYTES:
            raise ValueError(f"larger than {LARGEST_BYTES // 2**20} MB")
        return file.read(LARGEST_BYTES)


def _decoded(content: bytes) -> Recorded:
    from appliance.media import decoder  # 40 MB and 0.2 s that a plain WAV does not need

    return Recorded(decoder.decode(content, LONGEST_SECONDS), dsp.RATE)


def _read_wave(content: bytes) -> Recorded | None:
    """None: a WAV file of another kind than those read here."""
    found: _Format | None = None
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        body = content[at + 8 : at + 8 + size]
        if name == b"fmt ":
            found = _read_format(body)
            if found is None:
                return None
        elif name == b"data":
            if found is None:
                raise ValueError("its sound comes before its format")
            if len(body) < size < ENDLESS_BYTES:
                raise ValueError(f"cut off: {len(body)} of {size} bytes are there")
            return Recorded(_mono(_linear(body, found), found.channels), found.rate)
        at += 8 + size + size % 2
    raise ValueError("there is no sound in it")


def _read_format(body: bytes) -> _Format | None:
    if len(body) < 16:
        raise ValueError("its format is cut off")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if (tag, bits) not in {(PCM, 8), (PCM, 16), (ALAW, 8), (ULAW, 8)} or channels not in CHANNELS or rate not in RATES:
        return None
    return _Format(tag, channels, rate, bits)


def _linear(body: bytes, form: _Format) -> array[float]:
    if form.tag == ALAW:
        return array("d", map(ALAW_LINEAR.__getitem__, body))
    if form.tag == ULAW:
        return array("d", map(ULAW_LINEAR.__getitem__, body))
    if form.bits == 8:
        return array("d", ((value - 128) * 256.0 for value in body))
    samples = array("h", body[: len(body) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return array("d", samples)


def _mono(samples: array[float], channels: int) -> array[float]:
    if channels == 1:
        return samples
    return array("d", ((left + right) / 2 for left, right in zip(samples[::2], samples[1::2], strict=False)))
