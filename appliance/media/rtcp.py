"""RTCP: compound packets in and out, and reception statistics (RFC 3550 §6, §A.3, §A.8). No sockets, no clocks."""

from __future__ import annotations

import struct
from typing import NamedTuple

SR, RR, SDES, BYE = 200, 201, 202, 203
CNAME = 1
INTERVAL_SECONDS = 5.0
INTERVAL_SPREAD = (0.5, 1.5)  # of it, at random (RFC 3550 §6.2)
NTP_EPOCH_SECONDS = 2_208_988_800  # from 1900 to 1970
CLOCK_HZ = 8000
MOST_LOST = 0x7FFFFF  # the field is signed, 24 bits

_HEAD = struct.Struct("!BBH")
_SSRC = struct.Struct("!I")
_SENDER = struct.Struct("!IIIII")
_BLOCK = struct.Struct("!IIIIII")


class RtcpError(ValueError):
    """Bytes that are no RTCP compound packet."""


class Block(NamedTuple):
    """One report block: `fraction` in 1/256, `lost` packets since the start, `jitter` in samples."""

    ssrc: int
    fraction: int
    lost: int
    highest: int
    jitter: int
    last_sr: int = 0
    delay: int = 0  # since that SR, in 1/65536 s


class SenderInfo(NamedTuple):
    """What a sender says of its stream; `unix_seconds` is the wall clock of `timestamp`."""

    unix_seconds: float
    timestamp: int
    packets: int
    octets: int


class Report(NamedTuple):
    """An SR (with `sender`) or an RR."""

    ssrc: int
    sender: SenderInfo | None
    blocks: tuple[Block, ...]
    ntp_middle: int = 0  # the middle 32 bits of an SR's NTP time, to be echoed as `last_sr`


class Goodbye(NamedTuple):
    """A BYE of these sources."""

    ssrcs: tuple[int, ...]


class Description(NamedTuple):
    """The canonical name of a source."""

    ssrc: int
    cname: str


Item = Report | Goodbye | Description


def report(ssrc: int, sender: SenderInfo | None, block: Block | None, cname: str, *, bye: bool = False) -> bytes:
    """A compound packet: SR (RR where nothing was sent), SDES with CNAME, and BYE at the end of a call."""
    body = _SSRC.pack(ssrc)
    if sender is not None:
        seconds = int(sender.unix_seconds)
        fraction = int((sender.unix_seconds - seconds) * 2**32)
        ntp = (seconds + NTP_EPOCH_SECONDS) & 0xFFFFFFFF
        octets, packets = sender.octets & 0xFFFFFFFF, sender.packets & 0xFFFFFFFF
        body += _SENDER.pack(ntp, fraction, sender.timestamp, packets, octets)
    if block is not None:
        lost = min(max(block.lost, -MOST_LOST), MOST_LOST) & 0xFFFFFF
        word = block.fraction << 24 | lost
        body += _BLOCK.pack(block.ssrc, word, block.highest, block.jitter, block.last_sr, block.delay)
    data = _part(SR if sender is not None else RR, int(block is not None), body)
    name = cname.encode()[:255]
    chunk = _SSRC.pack(ssrc) + bytes((CNAME, len(name))) + name
    data += _part(SDES, 1, chunk + bytes(4 - len(chunk) % 4))
    return data + _part(BYE, 1, _SSRC.pack(ssrc)) if bye else data


def _part(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def parse(data: bytes) -> list[Item]:
    """The parts of a compound packet that we know; others are passed over. Raises RtcpError and nothing else."""
    items: list[Item] = []
    try:
        at = 0
        while at < len(data):
            first, kind, words = _HEAD.unpack_from(data, at)
            end = at + 4 + 4 * words
            if first & 0xC0 != 0x80 or end > len(data) or not 192 <= kind <= 223:
                raise RtcpError("not RTCP")
            _take(items, kind, first & 0x1F, data[at + 4 : end])
            at = end
    except (struct.error, IndexError):
        raise RtcpError("cut short") from None
    if not data:
        raise RtcpError("empty")
    return items


def _take(items: list[Item], kind: int, count: int, body: bytes) -> None:
    if kind in (SR, RR):
        items.append(_report(body, count, kind == SR))
    elif kind == BYE:
        items.append(Goodbye(tuple(_SSRC.unpack_from(body, 4 * i)[0] for i in range(count))))
    elif kind == SDES and count:
        (ssrc,) = _SSRC.unpack_from(body)
        if body[4] == CNAME:
            items.append(Description(ssrc, body[6 : 6 + body[5]].decode("utf-8", "replace")))


def _report(body: bytes, count: int, is_sender: bool) -> Report:
    (ssrc,) = _SSRC.unpack_from(body)
    sender, at, middle = None, 4, 0
    if is_sender:
        ntp, fraction, timestamp, packets, octets = _SENDER.unpack_from(body, at)
        seconds = (ntp - NTP_EPOCH_SECONDS) % 2**32 + fraction / 2**32
        sender = SenderInfo(seconds, timestamp, packets, octets)
        at += _SENDER.size
        middle = (ntp & 0xFFFF) << 16 | fraction >> 16
    blocks = []
    for index in range(count):
        source, word, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, at + index * _BLOCK.size)
        lost = word & 0xFFFFFF
        lost -= (lost & 0x800000) << 1
        blocks.append(Block(source, word >> 24, lost, highest, jitter, last_sr, delay))
    return Report(ssrc, sender, tuple(blocks), middle)


class Reception:
    """Counts one source: packets, loss, jitter (RFC 3550 §A.3, §A.8)."""

    __slots__ = ("_base", "_expected_before", "_highest", "_jitter", "_received_before", "_transit", "received", "ssrc")

    def __init__(self, ssrc: int, sequence: int) -> None:
        self.ssrc = ssrc
        self.received = 0
        self._base = self._highest = sequence
        self._transit: float | None = None
        self._jitter = 0.0
        self._expected_before = self._received_before = 0

    def receive(self, sequence: int, timestamp: int, now: float) -> int:
        """Count a packet that arrived at `now` (monotonic seconds); by how much it is ahead of the highest before."""
        self.received += 1
        gain = ((sequence - self._highest + 0x8000) & 0xFFFF) - 0x8000  # `rtp.ahead16`, without the call
        if gain > 0:
            self._highest += gain
        transit = now * CLOCK_HZ - timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < CLOCK_HZ:  # a jump of the timestamps is no jitter
                self._jitter += (change - self._jitter) / 16
        self._transit = transit
        return gain

    @property
    def lost(self) -> int:
        """Packets that should have come and did not."""
        return self._highest - self._base + 1 - self.received

    @property
    def jitter_seconds(self) -> float:
        """The smoothed difference of spacing."""
        return self._jitter / CLOCK_HZ

    def block(self, last_sr: int = 0, delay: int = 0) -> Block:
        """The report block since the last call of this method."""
        expected = self._highest - self._base + 1
        expected_now, received_now = expected - self._expected_before, self.received - self._received_before
        self._expected_before, self._received_before = expected, self.received
        missing = expected_now - received_now
        fraction = min(255, 256 * missing // expected_now) if expected_now > 0 and missing > 0 else 0
        highest = self._highest & 0xFFFFFFFF
        return Block(self.ssrc, fraction, self.lost, highest, int(self._jitter), last_sr, delay)
