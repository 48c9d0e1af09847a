"""Digits as RTP events (RFC 4733 §2.3, §2.5): a receiver and a sender without sockets or clocks.

Also: which of two tellings of a digit are one press. Tones are `spandsp.py`'s and `tones.py`'s.
"""

from __future__ import annotations

import math
import struct

from appliance.media.rtp import ahead32

EVENTS = "0123456789*#ABCD"  # event code → digit (RFC 4733 §3.2)
TICK_SAMPLES = 160  # 20 ms at 8,000 samples a second
TONE_TICKS = 5  # 100 ms of tone
GAP_TICKS = 5  # 100 ms apart
END_PACKETS = 3  # the last packet of an event is sent three times (RFC 4733 §2.5.1.4)
LONGEST = 0xFFFF  # samples; a longer event goes on in a new segment (RFC 4733 §2.5.1.3)
LATE_SAMPLES = 5 * 8000  # an older timestamp is a late copy; one much older, a count that began anew
VOLUME = 10  # −10 dBm0
SAME_PRESS_SECONDS = 0.2  # a digit told in another way so soon is the same press
_END = 0x80

_PAYLOAD = struct.Struct("!BBH")  # event, end flag and volume, duration
PAYLOAD_BYTES = _PAYLOAD.size


class DigitReceiver:
    """Tells each pressed digit once, at its first packet, whatever copies and losses follow."""

    def __init__(self) -> None:
        self._timestamp: int | None = None
        self._event = -1
        self._ended = False

    def receive(self, payload: bytes | bytearray | memoryview, timestamp: int, marker: bool) -> str | None:
        """A digit of `EVENTS` if this packet begins one, else None. Any bytes are bearable.

        An event is known by its timestamp: repeated ends, lost starts and lost ends change nothing; older
        timestamps are late copies. A segment that goes on where a full one stopped is the same press.
        """
        if len(payload) < PAYLOAD_BYTES:
            return None
        event, flags, _ = _PAYLOAD.unpack_from(payload)
        previous = self._timestamp
        if previous is not None:
            gone_by = ahead32(timestamp, previous)
            if -LATE_SAMPLES < gone_by < 0:
                return None
            if gone_by == 0:
                self._ended = self._ended or bool(flags & _END)
                return None
            if gone_by == LONGEST and event == self._event and not self._ended and not marker:
                self._timestamp, self._ended = timestamp, bool(flags & _END)
                return None
        self._timestamp, self._event, self._ended = timestamp, event, bool(flags & _END)
        return EVENTS[event] if event < len(EVENTS) else None


class PressFilter:
    """Some far ends tell a press in two ways: as an event and as a tone, or in a SIP message as well."""

    __slots__ = ("_digit", "_until", "_way")

    def __init__(self) -> None:
        self._digit = self._way = ""
        self._until = 0.0  # monotonic seconds

    def pressed(self, digit: str, way: str, now: float, *, held: bool = False) -> bool:
        """Whether this is a press of its own. `held`: it goes on until `released`."""
        if digit == self._digit and way != self._way and now < self._until:
            return False
        self._digit, self._way = digit, way
        self._until = math.inf if held else now + SAME_PRESS_SECONDS
        return True

    def released(self, now: float) -> None:
        """What was held has ended."""
        if self._until == math.inf:
            self._until = now + SAME_PRESS_SECONDS


class DigitSender:
    """Presses digits, one step every 20 ms."""

    def __init__(self, digits: str) -> None:
        """Raises ValueError for a character that is no digit."""
        self._events = [EVENTS.index(digit) for digit in digits]
        self._step = 0
        self._started_at = 0
        self.tone: tuple[str, int] | None = None  # of the last step: digit and frame, where events are not taken

    @property
    def done(self) -> bool:
        """Whether the last digit and the gap after it are over."""
        return not self._events

    def step(self, timestamp: int) -> tuple[bytes, bool, int] | None:
        """What to send in the tick whose sound would carry `timestamp`.

        (payload, marker, timestamp of the event), or None where sound goes on as usual.
        """
        self.tone = None
        if not self._events:
            return None
        step, event = self._step, self._events[0]
        if step < TONE_TICKS:
            self.tone = EVENTS[event], step
        self._step += 1
        if self._step == TONE_TICKS + GAP_TICKS:
            self._step = 0
            del self._events[0]
        if step == 0:
            self._started_at = timestamp
        if step >= TONE_TICKS + END_PACKETS - 1:
            return None
        duration = min(step + 1, TONE_TICKS) * TICK_SAMPLES
        end = _END if step >= TONE_TICKS - 1 else 0
        return _PAYLOAD.pack(event, end | VOLUME, duration), step == 0, self._started_at
