"""WAV files of A-law sound, 8 kHz, mono or stereo: the header, a reader, and the repair of a file cut short.

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
_CHANNELS = struct.Struct("<22xH")  # where a header says mono or stereo
MOST_CHANNELS = 2


class WavError(ValueError):
    """Not a WAV file of this layout."""


def header(samples: int, channels: int = 1) -> bytes:
    """The first `HEADER_BYTES` of a file with so many samples in each channel (an even number of bytes in all)."""
    size = samples * channels
    riff = HEADER_BYTES - _BEFORE_SIZES + size
    form = (b"fmt ", 18, ALAW_TAG, channels, RATE, RATE * channels, channels, 8, 0)
    return _HEADER.pack(b"RIFF", riff, b"WAVE", *form, b"fact", 4, samples, b"data", size)


def read(path: str | Path, channels: int = 1) -> bytes:
    """The A-law samples of a file with so many channels, left and right in turn. Raises WavError, OSError."""
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib would cost the media process 1 MB
        data = file.read()
    if len(data) < HEADER_BYTES:
        raise WavError(f"{path}: shorter than a header")
    size = _HEADER.unpack_from(data)[-1]
    if data[:HEADER_BYTES] != header(size // channels, channels):
        raise WavError(f"{path}: not an A-law file of ours")
    if len(data) < HEADER_BYTES + size:
        raise WavError(f"{path}: {size} bytes of sound promised, {len(data) - HEADER_BYTES} there")
    return data[HEADER_BYTES : HEADER_BYTES + size]


def repair(path: str | Path, channels: int | None = None) -> float:
    """Make the header true after a power cut; the seconds of sound in the file. Raises WavError, OSError.

    `channels` None: as many as the header says, one where it says nothing. A file whose header never reached the
    disk becomes an empty recording; sound is never thrown away except for the odd last byte.
    """
    with open(path, "r+b") as file:  # noqa: PTH123
        first = file.read(HEADER_BYTES)
        size = file.seek(0, 2)
        if size >= HEADER_BYTES and first.strip(b"\0") and (first[:4], first[8:12]) != (b"RIFF", b"WAVE"):
            raise WavError(f"{path}: not a WAV file")
        if channels is None:
            said = _CHANNELS.unpack_from(first)[0] if len(first) == HEADER_BYTES else 1
            channels = said if 1 <= said <= MOST_CHANNELS else 1
        samples = max(size - HEADER_BYTES, 0) // 2 * 2 // channels
        wanted = header(samples, channels)
        if first != wanted or size != HEADER_BYTES + samples * channels:
            file.seek(0)
            file.write(wanted)
            file.truncate(HEADER_BYTES + samples * channels)
    return samples / RATE
