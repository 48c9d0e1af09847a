"""One direction of a bridge whose source is RTP.

To another RTP leg (`Forward`) the header of each packet is rewritten into the other leg's stream, and it is sent on at
once: sound is not decoded, only between A-law and μ-law are bytes translated, and nothing waits for the tick. To a
leg without packets (`Relay`) the sound goes into that leg's playout buffer.
"""

from __future__ import annotations

from typing import Protocol

from appliance.media.g711 import ALAW_TO_ULAW, ULAW_TO_ALAW
from appliance.media.playout import Playout, silence
from appliance.media.rtp import HEADER, HEADER_BYTES, MARKER, VERSION_2, ahead32

JUMP_SAMPLES = 5 * 8000  # the source began a new count without saying so
GAP_SAMPLES = 1600  # 200 ms: more than this between two packets is a pause, not loss


class Onward(Protocol):
    """Where the packets of a source go."""

    def packet(
        self, view: memoryview, start: int, end: int, event: bool, marker: int, sequence: int, timestamp: int, ssrc: int
    ) -> None:
        """Pass on the payload `view[start:end]`; the bytes in front of it may be overwritten."""


class Heard(Protocol):
    """What a relay needs of the leg whose packets it passes on."""

    heard_ulaw: bool


class Stream(Protocol):
    """What a bridge needs of a leg: its outgoing stream and how to send into it (see `leg.py`)."""

    ssrc: int
    sequence: int
    timestamp: int
    payload_type: int
    event_type: int | None
    ulaw: bool
    heard_ulaw: bool
    own_frames: int

    @property
    def busy(self) -> bool:
        """Nothing may be sent into it now."""

    def timestamp_now(self) -> int:
        """The timestamp of a frame that would be sent now."""

    def send_on(self, packet: memoryview, sequence: int, timestamp: int, samples: int) -> None:
        """Send a packet whose header is written."""


class Forward:
    """From the far end of `source` to the far end of `sink`.

    Sequence numbers and timestamps keep their distances, so that the listener sees loss and order as they are;
    only where the stream changes hands is the distance set anew, with the marker bit.
    """

    __slots__ = ("_own_frames", "_sequence_offset", "_sink", "_source", "_ssrc", "_timestamp_offset")

    def __init__(self, source: Stream, sink: Stream) -> None:
        self._source, self._sink = source, sink
        self._ssrc: int | None = None
        self._own_frames = -1
        self._sequence_offset = self._timestamp_offset = 0

    def packet(
        self, view: memoryview, start: int, end: int, event: bool, marker: int, sequence: int, timestamp: int, ssrc: int
    ) -> None:
        """Send on the payload `view[start:end]`; the bytes in front of it are overwritten."""
        sink = self._sink
        if sink.busy:
            return
        if event and sink.event_type is None:
            self._sequence_offset -= 1
            return
        out_timestamp = (timestamp + self._timestamp_offset) & 0xFFFFFFFF
        if (
            self._own_frames != sink.own_frames
            or self._ssrc != ssrc
            or (out_timestamp - sink.timestamp + JUMP_SAMPLES) & 0xFFFFFFFF > 2 * JUMP_SAMPLES
        ):
            self._ssrc, self._own_frames = ssrc, sink.own_frames
            out_timestamp = sink.timestamp_now()
            self._sequence_offset = sink.sequence - sequence
            self._timestamp_offset = out_timestamp - timestamp
            marker = MARKER
        if event:
            payload_type = sink.event_type or 0
        else:
            payload_type = sink.payload_type
            if sink.ulaw is not self._source.heard_ulaw:
                table = ALAW_TO_ULAW if sink.ulaw else ULAW_TO_ALAW
                view[start:end] = bytes(view[start:end]).translate(table)
        out_sequence = (sequence + self._sequence_offset) & 0xFFFF
        first = start - HEADER_BYTES
        HEADER.pack_into(view, first, VERSION_2, marker | payload_type, out_sequence, out_timestamp, sink.ssrc)
        sink.send_on(view[first:end], out_sequence, out_timestamp, 0 if event else end - start)


class Relay:
    """From an RTP leg into a playout buffer: sound in order, silence for what was lost, late sound in its place.

    Digits that come as events are not passed on: the far end of a sound port knows none.
    """

    __slots__ = ("_expected", "_feed", "_source", "_ssrc")

    def __init__(self, source: Heard, feed: Playout) -> None:
        self._source, self._feed = source, feed
        self._ssrc: int | None = None
        self._expected = 0  # the timestamp after the last sample of the feed

    def packet(
        self, view: memoryview, start: int, end: int, event: bool, _marker: int, _seq: int, timestamp: int, ssrc: int
    ) -> None:
        """See `Onward`."""
        if event:
            return
        sound, feed = bytes(view[start:end]), self._feed
        if self._source.heard_ulaw:
            sound = sound.translate(ULAW_TO_ALAW)
        ahead = ahead32(timestamp, self._expected)
        if self._ssrc == ssrc and feed.level and -GAP_SAMPLES < ahead < 0:
            feed.put_before(-ahead, sound)
            return
        if self._ssrc == ssrc and feed.level and 0 < ahead <= GAP_SAMPLES:
            feed.put(silence(ahead))
        feed.put(sound)
        self._ssrc, self._expected = ssrc, (timestamp + len(sound)) & 0xFFFFFFFF
