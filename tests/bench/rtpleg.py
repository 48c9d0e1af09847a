"""One RTP stream each way, as a telephone sends it: 20 ms packets by its own clock, arrival times by the kernel's.

Its packets carry their number and the time they were sent, so that whoever receives them knows their delay.
"""

from __future__ import annotations

import random
import socket
import struct
import time
from array import array
from contextlib import suppress

from tests.bench.sipwire import EVENT_TYPE, HOST, PCMA

FRAME_NS = 20_000_000
FRAME_SAMPLES = 160
PERIOD_SPREAD = 0.005  # two clocks never agree: each leg's phase wanders through the far end's tick during a run
RTCP_SECONDS = 5.0
DIGITS = "0123456789*#ABCD"
TURNS = 3  # packets while a key is down, and again of its end
SO_TIMESTAMPNS = 35  # Linux; Python names it from 3.14 on
MARKER = 0x80

_HEADER = struct.Struct("!BBHII")
_STAMP = struct.Struct("!4sHIQ")  # behind the header: mark, leg, number, nanoseconds since 1970
_EVENT = struct.Struct("!BBH")
_ARRIVAL = struct.Struct("qq")
_MARK = b"DyzB"
_PACKET_BYTES = _HEADER.size + FRAME_SAMPLES
HUSH_CODES = 4  # different A-law codes in a packet: so few are nobody speaking


def bind_pair(rng: random.Random, host: str = HOST) -> tuple[socket.socket, socket.socket]:
    """An even port for RTP and the next for RTCP. Raises OSError when none is found."""
    for _ in range(200):
        port = rng.randrange(30000, 60000, 2)
        rtp, rtcp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        try:
            rtp.bind((host, port))
            rtcp.bind((host, port + 1))
        except OSError:
            rtp.close()
            rtcp.close()
            continue
        rtp.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        rtp.setblocking(False)
        rtcp.setblocking(False)
        return rtp, rtcp
    raise OSError("no free pair of ports")


class RtpLeg:
    """Figures lie in its attributes; `measuring` says whether delays and losses count now."""

    measuring = False

    def __init__(self, index: int, rng: random.Random, host: str = HOST) -> None:
        self.index = index
        self.host = host
        self.rtp, self.rtcp = bind_pair(rng, host)
        self.port: int = self.rtp.getsockname()[1]
        self.period = 0.020 * rng.uniform(1 - PERIOD_SPREAD, 1 + PERIOD_SPREAD)
        self.first_beat = rng.uniform(0.0, 0.020)
        self.deviations = array("q")  # ns
        self.delays = array("q")  # ns
        self.received = self.events = self.reports = 0
        self.first_at = self.last_at = 0  # ns, of sound
        self.spoken_at = 0  # ns: the first packet that is no silence
        self.worst_gap = 0  # ns, between any two packets of sound
        self.bridged = False
        self.kept: bytearray | None = None  # what was heard, for who wants to know it
        self._numbers = array("L")  # of the packets whose delay was measured
        self._last_sequence = -1
        self._ssrc, self._sequence, self._timestamp = (rng.getrandbits(31), rng.getrandbits(15), rng.getrandbits(31))
        self._number = 0
        self._packet = bytearray(_HEADER.size) + rng.randbytes(FRAME_SAMPLES)
        self._marker = MARKER
        self._keys: list[bytes] = []  # payloads of events still to be sent
        self._event_timestamp = 0
        self._next_report = 0.0
        self._remote: tuple[str, int] | None = None

    def connect(self, remote: tuple[str, int], now: float) -> None:
        """Send there from now on, and hear only that."""
        self.rtp.connect(remote)
        self._remote = remote
        self._next_report = now + RTCP_SECONDS / 4

    def press(self, key: str) -> None:
        """Send one digit by RFC 4733: three packets while it is down, three of its end."""
        code = DIGITS.index(key)
        down = [_EVENT.pack(code, 10, FRAME_SAMPLES * turn) for turn in range(1, TURNS + 1)]
        self._keys = [*down, *[_EVENT.pack(code, MARKER | 10, FRAME_SAMPLES * (TURNS + 1))] * TURNS]

    def beat(self, now: float) -> None:
        """One packet out, and whatever has come in."""
        self.drain()
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        packet = self._key_packet() if self._keys else self._sound_packet()
        with suppress(OSError):  # the far end's port may be closed already
            self.rtp.send(packet)
        if now >= self._next_report:
            self._report(now)

    def _sound_packet(self) -> bytearray:
        packet = self._packet
        self._number += 1
        _HEADER.pack_into(packet, 0, 0x80, self._marker | PCMA, self._sequence, self._timestamp, self._ssrc)
        self._marker = 0
        _STAMP.pack_into(packet, _HEADER.size, _MARK, self.index, self._number, time.time_ns())
        return packet

    def _key_packet(self) -> bytes:
        first = len(self._keys) == 2 * TURNS
        if first:
            self._event_timestamp = self._timestamp
        kind = EVENT_TYPE | (MARKER if first else 0)
        return _HEADER.pack(0x80, kind, self._sequence, self._event_timestamp, self._ssrc) + self._keys.pop(0)

    def drain(self) -> None:
        """Take in what has arrived; the kernel has noted when."""
        receive = self.rtp.recvmsg
        while True:
            try:
                data, notes, _, _ = receive(2048, 64)
            except OSError:
                return
            if len(data) < _HEADER.size or not notes:
                continue
            seconds, nanoseconds = _ARRIVAL.unpack(notes[0][2])
            self._arrived(data, seconds * 1_000_000_000 + nanoseconds)

    def _arrived(self, data: bytes, at: int) -> None:
        _, kind, sequence, _, _ = _HEADER.unpack_from(data)
        if kind & 0x7F != PCMA:
            self.events += 1
            return
        self.received += 1
        if not self.first_at:
            self.first_at = at
        elif at - self.last_at > self.worst_gap:
            self.worst_gap = at - self.last_at
        if not self.spoken_at and len(set(data[_HEADER.size :])) > HUSH_CODES:
            self.spoken_at = at
        if self.kept is not None:
            self.kept += data[_HEADER.size :]
        if data[12:16] == _MARK and len(data) == _PACKET_BYTES:
            _, index, number, sent = _STAMP.unpack_from(data, _HEADER.size)
            self.bridged = index != self.index
            if self.measuring:
                self.delays.append(at - sent)
                self._numbers.append(number)
        elif sequence == (self._last_sequence + 1) & 0xFFFF and not kind & MARKER:
            # Not across a loss, nor from one talkspurt to the next: those pauses are meant.
            self.deviations.append(abs(at - self.last_at - FRAME_NS))
        self._last_sequence, self.last_at = sequence, at

    def lost(self) -> int:
        """Packets missing between the first and the last whose delay was measured."""
        return max(self._numbers) - min(self._numbers) + 1 - len(set(self._numbers)) if self._numbers else 0

    def packets_per_second(self) -> float:
        """Of sound, from the first to the last that came; 0 where none came."""
        span = self.last_at - self.first_at
        return (self.received - 1) * 1e9 / span if span > 0 else 0.0

    def _report(self, now: float) -> None:
        """Send a sender report and count those that came (RFC 3550 §6)."""
        self._next_report = now + RTCP_SECONDS
        with suppress(OSError):
            while self.rtcp.recv(2048):
                self.reports += 1
        if self._remote is None:
            return
        wall = time.time_ns()
        ntp = ((wall // 1_000_000_000 + 2_208_988_800) << 32) | ((wall % 1_000_000_000 << 32) // 1_000_000_000)
        sender = struct.pack(
            "!BBHIQIII", 0x80, 200, 6, self._ssrc, ntp, self._timestamp, self._number, self._number * FRAME_SAMPLES
        )
        name = struct.pack("!BBHIBB", 0x81, 202, 3, self._ssrc, 1, 5) + b"bench" + b"\0"
        with suppress(OSError):
            self.rtcp.sendto(sender + name, (self._remote[0], self._remote[1] + 1))

    def close(self) -> None:
        """Count what is left and let the ports go."""
        self.drain()
        with suppress(OSError):
            while self.rtcp.recv(2048):
                self.reports += 1
        self.rtp.close()
        self.rtcp.close()
