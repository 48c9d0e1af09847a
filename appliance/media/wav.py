"""WAV files of A-law sound, 8 kHz, mono: the header, a reader, and the repair of a file cut short.

The layout is fixed: RIFF, an 18-byte `fmt ` chunk of format tag 6, a `fact` chunk, then `data` to the end
(Microsoft Multimedia Standards Update, 1994).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ALAW_TAG = 6
RATE = 8000

_HEADER = struct.Struct("<4sI4s 4sIHHIIHHH 4sII 4sI")
HEADER_BYTES = _HEADER.size
_BEFORE_SIZES = 8  # "RIFF" and its size are not counted in that size


class WavError(ValueError):
    """Not a WAV file of this layout."""


def header(samples: int) -> bytes:
    """The first `HEADER_BYTES` of a file with so many samples (an even number)."""
    riff = HEADER_BYTES - _BEFORE_SIZES + samples
    form = (b"fmt ", 18, ALAW_TAG, 1, RATE, RATE, 1, 8, 0)
    return _HEADER.pack(b"RIFF", riff, b"WAVE", *form, b"fact", 4, samples, b"data", samples)


def read(path: str | Path) -> bytes:
    """The A-law samples of a file. Raises WavError, OSError."""
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib would cost the media process 1 MB
        data = file.read()
    if len(data) < HEADER_BYTES:
        raise WavError(f"{path}: shorter than a header")
    fields = _HEADER.unpack_from(data)
    samples = fields[-1]
    if data[:HEADER_BYTES] != header(samples):
        raise WavError(f"{path}: not an A-law file of ours")
    if len(data) < HEADER_BYTES + samples:
        raise WavError(f"{path}: {samples} samples promised, {len(data) - HEADER_BYTES} there")
    return data[HEADER_BYTES : HEADER_BYTES + samples]


def repair(path: str | Path) -> float:
    """Make the header true after a power cut; the seconds of sound in the file. Raises WavError, OSError.

    A file whose header never reached the disk becomes an empty recording; sound is never thrown away except
    for the odd last byte.
    """
    with open(path, "r+b") as file:  # noqa: PTH123
        first = file.read(HEADER_BYTES)
        size = file.seek(0, 2)
        if size >= HEADER_BYTES and first.strip(b"\0") and (first[:4], first[8:12]) != (b"RIFF", b"WAVE"):
            raise WavError(f"{path}: not a WAV file")
        samples = max(size - HEADER_BYTES, 0) // 2 * 2
        wanted = header(samples)
        if first != wanted or size != HEADER_BYTES + samples:
            file.seek(0)
            file.write(wanted)
            file.truncate(HEADER_BYTES + samples)
    return samples / RATE
