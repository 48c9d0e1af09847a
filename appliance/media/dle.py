"""The stream of a voice modem: 8-bit samples in which DLE begins an event. Bytes in, sound and events out; pure.

Both ways 0x10 (DLE) shields what follows (ITU-T V.253 §10): DLE DLE is one sample of that value, DLE SUB two of them,
DLE and anything else an event. Pieces may be cut anywhere, also between DLE and its event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

DLE, ETX, SUB = 0x10, 0x03, 0x1A
# Events that a modem tells (V.253 table 17; Conexant CX93010 and USR5637 manuals). Keys are their own characters.
BUSY, DIAL_TONE, RINGBACK, SILENCE, QUIET, RING = "b", "d", "r", "s", "q", "R"
LOOP_BREAK, REVERSAL, UNDERRUN, OVERRUN = "l", "L", "u", "o"
TONE_ON, TONE_OFF, END = "/", "~", "\x03"
KEYS = frozenset("0123456789*#ABCD")

_DLE = bytes((DLE,))
_SHIELDED = _DLE * 2
_TWO = {DLE: _DLE, SUB: _SHIELDED}  # what a pair stands for, where it is sound


class Event(NamedTuple):  # no dataclass: `inspect`, which those bring, is 1 MB of the media process
    """`code`: the character after DLE, in latin-1. `at`: how many samples of the stream came before it."""

    code: str
    at: int


class Decoder:
    """One stream from the modem, from CONNECT on. Any bytes are bearable."""

    def __init__(self) -> None:
        self._shielding = False  # the last byte was a DLE whose other half has not come
        self._heard = 0
        self.ended = False  # DLE ETX has come: what follows is text again

    def feed(self, data: bytes) -> tuple[bytes, list[Event]]:
        """The samples and events in the next piece. After the end of the stream nothing more is taken from it."""
        events: list[Event] = []
        if self.ended:
            return b"", events
        if not self._shielding and _DLE not in data:  # most pieces
            self._heard += len(data)
            return data, events
        sound = bytearray()
        rest: Sequence[bytes] = (_DLE + data if self._shielding else data).split(_DLE)
        self._shielding = False
        sound += rest[0]
        at = 1
        while at < len(rest):
            piece = rest[at]
            at += 1
            if piece:
                self._pair(piece[0], sound, events)
                if self.ended:
                    break
                sound += piece[1:]
            elif at < len(rest):
                sound += _DLE + rest[at]  # DLE DLE, and what follows it
                at += 1
            else:
                self._shielding = True
        self._heard += len(sound)
        return bytes(sound), events

    def _pair(self, code: int, sound: bytearray, events: list[Event]) -> None:
        if code in _TWO:
            sound += _TWO[code]
            return
        events.append(Event(chr(code), self._heard + len(sound)))
        self.ended = code == ETX


def encode(sound: bytes) -> bytes:
    """Samples for the modem: each 0x10 among them is doubled."""
    return sound.replace(_DLE, _SHIELDED)


def command(code: str) -> bytes:
    """What tells the modem something within the stream: "^" or ETX to leave it."""
    return _DLE + code.encode("latin-1")


class Shields:
    """Takes events out of the text of a modem that answers commands: there they stand between lines.

    A ring is told so on hook by some makes, and the last events of a call come after it. What stands between DLE and
    ETX at the end of a stream is sound that nobody wants.
    """

    def __init__(self) -> None:
        self._shielding = False

    def feed(self, data: bytes) -> tuple[bytes, list[str]]:
        """The text without events, and the codes of these."""
        text, codes = bytearray(), []
        for byte in data:
            if self._shielding:
                self._shielding = False
                if byte not in (DLE, SUB):
                    codes.append(chr(byte))
            elif byte == DLE:
                self._shielding = True
            else:
                text.append(byte)
        return bytes(text), codes
