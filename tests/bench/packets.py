"""`python -m tests.bench.packets`: what one packet costs the media process, beside what the kernel takes of it.

Two legs with real sockets on loopback, no other process and no waiting: CPU time of this process, the best of several
rounds. What `make bench` measures above it is waking up, which costs more the less there is to do.
"""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Callable

from appliance.media.clips import Playlist
from appliance.media.rtp import packet
from appliance.media.rtp_leg import BUFFER_BYTES, RtpLeg

PACKETS = 2_000
ROUNDS = 9
PCMA = 8


class Bench:
    """A media process without a loop: implements `leg.Bench`."""

    def __init__(self) -> None:
        self.buffer = bytearray(BUFFER_BYTES)
        self.view = memoryview(self.buffer)
        self.tick = 0

    def report(self, kind: str, *values: object) -> None:
        """Nobody listens."""

    def receive_tones(self, ulaw: bool, take: object) -> None:
        """Keys come as events."""

    def wall(self) -> float:
        """Any moment."""
        return 0.0

    def disconnect(self, descriptor: int) -> None:
        """The socket is new."""


class FarEnd:
    """A telephone: sends numbered packets, reads what comes."""

    def __init__(self, bench: Bench, number: int) -> None:
        self._rtp, own, control = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3))
        for each in (self._rtp, own, control):
            each.bind(("127.0.0.1", 0))
            each.setblocking(False)
        self._rtp.connect(own.getsockname())
        self.leg = RtpLeg(number, own, control, bench, random.Random(number), 1e9)
        self.leg.connect(self._rtp.getsockname(), False, PCMA, 101, 0.0)
        self._buffer = bytearray(BUFFER_BYTES)
        self._sent = 0

    def send(self) -> None:
        """The next packet."""
        self._sent += 1
        self._rtp.send(packet(PCMA, False, self._sent, 160 * self._sent, 1, bytes(160)))

    def read(self) -> None:
        """One packet."""
        self._rtp.recv_into(self._buffer)


def cost(work: Callable[[], None], before: Callable[[], None], after: Callable[[], None]) -> float:
    """Microseconds of CPU of one `work`, without what goes before and after it."""
    best = float("inf")
    for _ in range(ROUNDS):
        spent = 0.0
        for _ in range(PACKETS):
            before()
            began = time.thread_time()
            work()
            spent += time.thread_time() - began
            after()
        best = min(best, spent / PACKETS)
    return best * 1e6


def main() -> None:
    """Measure and tell."""
    bench = Bench()
    one, other = FarEnd(bench, 1), FarEnd(bench, 2)
    for far in (one, other):  # each locks onto its peer
        for _ in range(3):
            far.send()
            far.leg.drain(0.0)
            far.leg.drain(0.0)

    def beat() -> None:
        bench.tick += 1
        one.leg.beat(0.02 * bench.tick)

    def kernel() -> None:
        one.leg.rtp.recv_into(bench.buffer)
        one.leg.rtp.send(frame)

    frame = bytes(172)
    nothing = cost(lambda: None, lambda: None, lambda: None)
    floor = cost(kernel, one.send, one.read) - nothing
    one.leg.playlist = Playlist(1, [bytes(8000 * 60)], True)
    prompt = cost(beat, one.send, one.read) - nothing
    one.leg.playlist = None
    one.leg.join(other.leg)
    other.leg.join(one.leg)
    bridge = cost(lambda: one.leg.receive(0.02), one.send, other.read) - nothing
    print(f"kernel alone, in and out: {floor:.1f} us")
    print(f"a leg's tick, one packet in, one of a prompt out: {prompt:.1f} us")
    print(f"a packet through a bridge: {bridge:.1f} us")


if __name__ == "__main__":
    main()
