"""RTP headers in and out (RFC 3550 §5.1), and arithmetic on numbers that wrap round. No sockets, no state."""

from __future__ import annotations

import struct

HEADER_BYTES = 12
VERSION_2 = 0x80  # first byte of a header without padding, extension and contributing sources
MARKER = 0x80

Parsed = tuple[int, int, int, int, int, int, int]

HEADER = struct.Struct("!BBHII")  # flags, marker and payload type, sequence, timestamp, SSRC
_LENGTH = struct.Struct("!H")


class RtpError(ValueError):
    """Bytes that are no RTP packet with a payload."""


def parse(data: bytes | bytearray, size: int) -> Parsed:
    """Read the first `size` bytes of `data`.

    Returns (payload type, marker: 0 or `MARKER`, sequence, timestamp, SSRC, start, end): the payload, never
    empty, is `data[start:end]`. Raises RtpError and nothing else, for any bytes.
    """
    if size <= HEADER_BYTES:
        raise RtpError("too short")
    flags, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    start, end = HEADER_BYTES, size
    if flags != VERSION_2:
        start, end = _bounds(data, size, flags)
    return second & 0x7F, second & MARKER, sequence, timestamp, ssrc, start, end


def _bounds(data: bytes | bytearray, size: int, flags: int) -> tuple[int, int]:
    """Where the payload lies in a packet with sources, an extension or padding."""
    if flags & 0xC0 != VERSION_2:
        raise RtpError("not version 2")
    start, end = HEADER_BYTES + 4 * (flags & 0x0F), size
    if flags & 0x10:
        if start + 4 > size:
            raise RtpError("extension past the end")
        start += 4 + 4 * int(_LENGTH.unpack_from(data, start + 2)[0])
    if flags & 0x20:
        padding = data[size - 1]
        if padding == 0:
            raise RtpError("padding of no bytes")
        end -= padding
    if start >= end:
        raise RtpError("no payload")
    return start, end


def packet(payload_type: int, marker: bool, sequence: int, timestamp: int, ssrc: int, payload: bytes) -> bytes:
    """A whole packet; `sequence` and `timestamp` wrap round."""
    second = payload_type | (MARKER if marker else 0)
    return HEADER.pack(VERSION_2, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def ahead16(new: int, old: int) -> int:
    """By how much sequence number `new` is ahead of `old`: −32768…32767."""
    return ((new - old + 0x8000) & 0xFFFF) - 0x8000


def ahead32(new: int, old: int) -> int:
    """By how many samples timestamp `new` is ahead of `old`: −2³¹…2³¹−1."""
    return ((new - old + 0x80000000) & 0xFFFFFFFF) - 0x80000000
