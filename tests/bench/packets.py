"""`python -m tests.bench.packets`: what one packet costs the media process, beside what the kernel takes of it.

Two legs with real sockets on loopback: CPU time of this process, the best of several rounds; warm, and when somebody
else has used the processor's caches. In life each packet that comes alone is cold, and somebody is woken for it.
"""

from __future__ import annotations

import os
import random
import select
import socket
import time
from collections.abc import Callable

from appliance.media.clips import Playlist
from appliance.media.rtp import packet
from appliance.media.rtp_leg import BUFFER_BYTES, RtpLeg

PACKETS = 1_000
ROUNDS = 9
CACHES = bytearray(8 * 2**20)  # as much as another program may use between two packets
COLD_PACKETS = 50
WAKINGS = 500
WAKING_SECONDS = 0.002
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


def cost(
    work: Callable[[], object], before: Callable[[], None], after: Callable[[], None], packets: int = PACKETS
) -> float:
    """Microseconds of CPU of one `work`, without what goes before and after it."""
    best = float("inf")
    for _ in range(ROUNDS):
        spent = 0.0
        for _ in range(packets):
            before()
            began = time.thread_time()
            work()
            spent += time.thread_time() - began
            after()
        best = min(best, spent / packets)
    return best * 1e6


def waking() -> float:
    """Microseconds of CPU to be woken by a packet of another process, and to read it."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    child = os.fork()
    if not child:
        for _ in range(WAKINGS):
            time.sleep(WAKING_SECONDS)
            there.send(b".")
        os._exit(0)
    epoll = select.epoll()
    epoll.register(here, select.EPOLLIN)
    began = time.process_time()
    for _ in range(WAKINGS):
        epoll.poll()
        here.recv(1)
    spent = time.process_time() - began
    os.waitpid(child, 0)
    return spent / WAKINGS * 1e6


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

    def send_and_forget() -> None:
        one.send()
        bytes(CACHES)

    frame = bytes(172)
    nothing = cost(lambda: None, lambda: None, lambda: None)
    floor = cost(kernel, one.send, one.read) - nothing
    one.leg.playlist = Playlist(1, [bytes(8000 * 60)], True)
    prompt = cost(beat, one.send, one.read) - nothing
    one.leg.playlist = None
    one.leg.join(other.leg)
    other.leg.join(one.leg)
    bridge = cost(lambda: one.leg.receive(0.02), one.send, other.read) - nothing
    cold = cost(lambda: one.leg.receive(0.02), send_and_forget, other.read, COLD_PACKETS) - nothing
    print(f"kernel alone, in and out: {floor:.1f} us")
    print(f"a leg's tick, one packet in, one of a prompt out: {prompt:.1f} us")
    print(f"a packet through a bridge: {bridge:.1f} us, with cold caches: {cold:.1f} us")
    print(f"being woken: {waking():.1f} us")


if __name__ == "__main__":
    main()
