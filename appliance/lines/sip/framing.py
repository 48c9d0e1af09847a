"""Cuts a stream of bytes into SIP messages by their Content-Length (RFC 3261 §18.3). Bytes in, messages out.

However the bytes are split, the same messages come out. What a message says is `guard`'s question.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.lines.sip.guard import MAX_BYTES, MAX_LINE
from appliance.lines.sip.text import ProtocolError, decimal

LINE_END = b"\r\n"
HEAD_END = b"\r\n\r\n"
PONG = LINE_END  # the answer to a ping (RFC 5626 §4.4.1)
_VERSION = b"SIP/2.0"


@dataclass(frozen=True, slots=True)
class Ping:
    """A double CRLF between messages: a keep-alive that is to be answered with `PONG`."""


class Framer:
    """One direction of one connection. `fault` tells why nothing more is read from it, "" while all is well."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # so far no end of the head: a head that comes byte by byte is not searched again
        self._length: int | None = None  # of the message at the buffer's start, once its head is there
        self.fault = ""

    @property
    def partial(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes | Ping]:
        """The messages and keep-alives that these bytes complete, in order. Once there is a fault: none, for ever."""
        found: list[bytes | Ping] = []
        if self.fault:
            return found
        self._buffer += data
        try:
            while (item := self._next()) is not None:
                found.append(item)
        except ProtocolError as error:
            self.fault = str(error)
            self._buffer.clear()
        return found

    def _next(self) -> bytes | Ping | None:
        """The next item of the buffer, None when more bytes are needed. Raises ProtocolError for what is no SIP."""
        if self._length is None:
            if self._skip_pings():
                return Ping()
            self._length = self._message_length()
        if self._length is None or len(self._buffer) < self._length:
            return None
        message = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._length = None
        return message

    def _skip_pings(self) -> bool:
        """Drop line ends before a message; True after a double one, which is a ping (a single one is a pong)."""
        buffer = self._buffer
        if buffer.startswith(HEAD_END):
            del buffer[: len(HEAD_END)]
            return True
        if buffer.startswith(LINE_END) and len(buffer) > len(LINE_END) and buffer[2:3] != b"\r":
            del buffer[: len(LINE_END)]
        return False

    def _message_length(self) -> int | None:
        """Bytes of the message at the start, None while its head is incomplete. Raises ProtocolError."""
        buffer = self._buffer
        if not buffer or HEAD_END.startswith(buffer):  # half a ping
            return None
        self._check_start()
        end = buffer.find(HEAD_END, self._searched)
        if end < 0:
            if len(buffer) > MAX_BYTES:
                raise ProtocolError("head too long")
            self._searched = max(0, len(buffer) - len(HEAD_END) + 1)
            return None
        self._searched = 0
        length = end + len(HEAD_END) + _content_length(bytes(buffer[:end]))
        if length > MAX_BYTES:
            raise ProtocolError("message too long")
        return length

    def _check_start(self) -> None:
        """Garbage is told by its first byte or its first line, long before it has filled the buffer."""
        buffer = self._buffer
        if not 0x41 <= buffer[0] & 0xDF <= 0x5A:  # an ASCII letter
            raise ProtocolError("no SIP message")
        line_end = buffer.find(LINE_END, 0, MAX_LINE + len(LINE_END))
        if line_end < 0:
            if len(buffer) > MAX_LINE + 1:
                raise ProtocolError("first line too long")
            return
        line = bytes(buffer[:line_end]).upper()
        if not (line.startswith(_VERSION + b" ") or line.rstrip().endswith(b" " + _VERSION)):
            raise ProtocolError("no SIP message")


def _content_length(head: bytes) -> int:
    """What a head says about its body; none said means none there. Raises ProtocolError for contradictions."""
    lengths: set[int] = set()
    for line in head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(LINE_END)[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() in (b"content-length", b"l"):
            length = decimal(value.strip().decode("ascii", "replace"), MAX_BYTES)
            if length is None:
                raise ProtocolError("Content-Length out of range")
            lengths.add(length)
    if len(lengths) > 1:
        raise ProtocolError("two Content-Lengths")
    return lengths.pop() if lengths else 0
