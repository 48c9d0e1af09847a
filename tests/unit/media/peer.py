"""A far end on loopback: an RTP socket, an RTCP socket, and what a telephone does with them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.clock import SystemClock
from appliance.media.plane import MediaPlane
from appliance.media.rtp import packet, parse
from appliance.media.rtp_channel import Codec, RtpChannel
from appliance.media.sound import Clip

HOST = "127.0.0.1"
SILENCE = b"\xd5" * 160
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Heard:
    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    at: float


class Peer:
    """One telephone's sound. `rtp` and `rtcp` are bound to neighbouring ports on loopback."""

    def __init__(self) -> None:
        self.rtp, self.rtcp = _pair()
        self.address: tuple[str, int] = self.rtp.getsockname()
        self.ssrc = random.getrandbits(32)
        self.sequence = 65_530  # soon wraps round
        self.timestamp = 2**32 - 800
        self.payload_type, self.event_type = 8, 101
        self.to: tuple[str, int] | None = None

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()

    def say(self, payload: bytes = SILENCE, *, marker: bool = False, skip: int = 0) -> None:
        """One packet; `skip` so many frames are lost on the way before it."""
        self.sequence += skip
        self.timestamp += 160 * skip
        self.send(packet(self.payload_type, marker, self.sequence, self.timestamp, self.ssrc, payload))
        self.sequence += 1
        self.timestamp += len(payload)

    def press(self, event: int, durations: list[tuple[int, bool]], *, lost: frozenset[int] = frozenset()) -> None:
        """An RFC 4733 press: packets of (duration, end); those whose index is in `lost` never arrive."""
        for index, (duration, end) in enumerate(durations):
            payload = bytes((event, 0x80 if end else 10)) + duration.to_bytes(2, "big")
            if index not in lost:
                data = packet(self.event_type, index == 0, self.sequence, self.timestamp, self.ssrc, payload)
                self.send(data)
            self.sequence += 1
        self.timestamp += 1600

    def send(self, data: bytes) -> None:
        assert self.to is not None
        self.rtp.sendto(data, self.to)

    async def receive(self) -> tuple[bytes, float]:
        """The next datagram and when it came."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)  # what waits already does not let other tasks run by itself
        async with asyncio.timeout(PATIENCE_SECONDS):
            data = await loop.sock_recv(self.rtp, 4096)
        return data, loop.time()

    async def hear(self) -> Heard:
        """The next RTP packet."""
        data, at = await self.receive()
        payload_type, marker, sequence, timestamp, ssrc, start, end = parse(data, len(data))
        return Heard(payload_type, bool(marker), sequence, timestamp, ssrc, data[start:end], at)

    async def hear_until(self, payload: bytes) -> list[Heard]:
        """All packets up to the first one with this payload."""
        heard = [await self.hear()]
        while heard[-1].payload != payload:
            heard.append(await self.hear())
        return heard

    async def talk(self, frames: list[bytes] | None = None) -> None:
        """Say these frames, or silence for ever, one each 20 ms as a telephone does."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        for frame in frames if frames is not None else iter(lambda: SILENCE, b""):
            self.say(frame)
            due += 0.02
            await asyncio.sleep(max(due - loop.time(), 0))

    def forget(self) -> None:
        """Throw away what has come so far."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.rtp.recv(4096)


def _pair() -> tuple[socket.socket, socket.socket]:
    while True:
        first = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        first.bind((HOST, 0))
        second = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            second.bind((HOST, first.getsockname()[1] + 1))
        except (OSError, OverflowError):
            first.close()
            second.close()
            continue
        first.setblocking(False)
        second.setblocking(False)
        return first, second


@contextlib.asynccontextmanager
async def plane(
    faults: list[str] | None = None, *, on_fault: Callable[[str], None] | None = None, lost_seconds: float = 60.0
) -> AsyncIterator[MediaPlane]:
    """A running media plane, with ports of its own; a fault that no list was given for fails the test."""
    told = faults if faults is not None else []
    low = random.randrange(20_000, 29_000, 2)
    made = MediaPlane(
        (low, low + 199),
        clock=SystemClock(),
        rng=random.Random(),
        on_fault=on_fault or told.append,
        lost_seconds=lost_seconds,
    )
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
    assert faults is not None or told == []


@contextlib.contextmanager
def telephone():
    peer = Peer()
    try:
        yield peer
    finally:
        peer.close()


def call(media: MediaPlane, peer: Peer, codec: Codec = "PCMA", event_type: int | None = 101) -> RtpChannel:
    """A channel connected to this telephone."""
    channel = media.channel("leg", HOST)
    peer.to = channel.local
    peer.payload_type = 0 if codec == "PCMU" else 8
    peer.event_type = event_type or 101
    channel.connect(peer.address, codec, peer.payload_type, event_type)
    return channel


def clip(folder: Path, sound: bytes, name: str = "clip.alaw") -> Clip:
    path = folder / name
    path.write_bytes(sound)
    return Clip(name, len(sound) / 8000, path)


def noise(frames: int, seed: int = 1) -> list[bytes]:
    """Loud frames, all different, none of them silence."""
    rng = random.Random(seed)
    return [rng.randbytes(160) for _ in range(frames)]


PRESS = [(160, False), (320, False), (480, False), (640, False), (800, True), (800, True), (800, True)]
