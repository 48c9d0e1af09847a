"""A recording as browsers play it: the box's A-law files as 16-bit WAV, the whole or the part that is asked for.

Nothing is converted beforehand or kept: each sample of A-law is two bytes of a table (ITU-T G.711).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from flask import Response, abort, request

ALAW_TAG, PCM_TAG = 6, 1
RATE = 8000  # samples a second
ALAW_HEADER_BYTES = 58  # appliance/media/wav.py writes no other
CHUNK_SAMPLES = 32 * 1024
_FORM = struct.Struct("<4sI4s4sIHHIIHH")


def _sample(code: int) -> int:
    """One A-law byte as a 16-bit sample."""
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return size if code & 0x80 else -size


_LOW = bytes(_sample(code) & 0xFF for code in range(256))
_HIGH = bytes(_sample(code) >> 8 & 0xFF for code in range(256))


def played(data: Path, recording: str, name: str, download: bool) -> Response:
    """The sound at the path `recording` below the data directory; 404 where there is none, 206 for a part of it."""
    file = data / recording
    if file.resolve().parent != (data / "recordings").resolve() or not file.is_file():
        abort(404)
    with file.open("rb") as opened:
        first = opened.read(ALAW_HEADER_BYTES)
    if len(first) < ALAW_HEADER_BYTES or _FORM.unpack_from(first)[5] != ALAW_TAG:
        abort(404)
    channels = _FORM.unpack_from(first)[6]
    samples = file.stat().st_size - ALAW_HEADER_BYTES  # of all channels
    head = _header(samples, channels)
    total = len(head) + 2 * samples
    wanted = request.range.range_for_length(total) if request.range and len(request.range.ranges) == 1 else None
    if request.range and wanted is None:
        return Response(status=416, headers={"Content-Range": f"bytes */{total}"})
    begin, end = wanted or (0, total)
    response = Response(_part(file, head, begin, end), 206 if wanted else 200, mimetype="audio/wav")
    response.content_length = end - begin
    response.headers["Accept-Ranges"] = "bytes"
    if wanted:
        response.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{total}"
    response.headers["Content-Disposition"] = f'{"attachment" if download else "inline"}; filename="{name}.wav"'
    return response


def _header(samples: int, channels: int) -> bytes:
    size = 2 * samples
    form = (b"fmt ", 16, PCM_TAG, channels, RATE, RATE * channels * 2, channels * 2, 16)
    return _FORM.pack(b"RIFF", 36 + size, b"WAVE", *form) + struct.pack("<4sI", b"data", size)


def _part(file: Path, head: bytes, begin: int, end: int) -> Iterator[bytes]:
    """Bytes `begin` to before `end` of the converted file."""
    if begin < len(head):
        yield head[begin:end]
    at = max(begin - len(head), 0)  # in the converted sound
    stop = end - len(head)
    with file.open("rb") as opened:
        opened.seek(ALAW_HEADER_BYTES + at // 2)
        skipped = at % 2
        while at < stop and (codes := opened.read(CHUNK_SAMPLES)):
            sound = bytearray(2 * len(codes))
            sound[0::2], sound[1::2] = codes.translate(_LOW), codes.translate(_HIGH)
            part = bytes(sound[skipped : skipped + stop - at])
            at, skipped = at + len(part), 0
            yield part
