"""A bad wire between a box and the town, each in a network namespace of its own: what netem does, and on any kernel.

    box 192.168.78.2 ── wire ── 192.168.78.1 and .3: two providers of the town

Both ends are TUN devices; a thread carries the packets across, loses, delays, reorders and doubles them as it is told,
in both directions alike, whatever is in them. Needs root. It judges nothing.
"""

from __future__ import annotations

import fcntl
import heapq
import itertools
import os
import random
import select
import socket
import struct
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from tests.peers.namespaces import inside, run
from tests.peers.program import installed

BOX, TOWN, OTHER = "192.168.78.2", "192.168.78.1", "192.168.78.3"
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
PACKET_BYTES = 2048
SOURCE, DESTINATION = slice(12, 16), slice(16, 20)  # of an IPv4 header (RFC 791)
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Weather:
    """Shares of all packets, one by one and in each direction; seconds one way, the spread on top of the delay."""

    loss: float = 0.0
    doubled: float = 0.0
    delay: float = 0.0
    spread: float = 0.0  # beyond what lies between two packets it puts them out of order


class Wire:
    """`weather` may be set at any time; who stands in `gone` is neither heard nor reached. `close` takes it down."""

    def __init__(self, seed: int) -> None:
        self.weather = Weather()
        self.gone: frozenset[str] = frozenset()
        self.carried = self.lost = self.doubled = self.overtaken = 0
        mark = f"dz{os.getpid():x}{random.getrandbits(16):04x}"
        self.box, self.town = f"{mark}-box", f"{mark}-town"
        self._rng = random.Random(seed)
        self._stack = ExitStack()
        try:
            self._ends = [self._end(self.box, BOX), self._end(self.town, TOWN, OTHER)]
        except BaseException:
            self._stack.close()
            raise
        self._due: list[tuple[float, int, int, bytes]] = []
        self._order = itertools.count()
        self._last = [0, 0]  # the number of the packet that left last, by its end
        self._closing = False
        self._thread = threading.Thread(target=self._carry, name="wire", daemon=True)
        self._thread.start()

    def command(self, *words: str) -> list[str]:
        """A command line that runs where the box is."""
        return [installed("ip"), "netns", "exec", self.box, *words]

    def close(self) -> None:
        """Take it down; nothing of it is left."""
        self._closing = True
        self._thread.join()
        self._stack.close()

    def _end(self, namespace: str, *hosts: str) -> int:
        run("ip", "netns", "add", namespace)
        self._stack.callback(run, "ip", "netns", "del", namespace)
        device = inside(namespace, _tun)
        self._stack.callback(os.close, device)
        for host in hosts:
            run("ip", "-n", namespace, "address", "add", f"{host}/24", "dev", "wire")
        for name in ("wire", "lo"):
            run("ip", "-n", namespace, "link", "set", name, "up")
        return device

    def _carry(self) -> None:
        while not self._closing:
            wait = min(max(self._due[0][0] - time.monotonic(), 0.0), LOOK_SECONDS) if self._due else LOOK_SECONDS
            for device in select.select(self._ends, [], [], wait)[0]:
                with suppress(BlockingIOError):
                    while True:
                        self._take(self._ends.index(device), os.read(device, PACKET_BYTES))
            while self._due and self._due[0][0] <= time.monotonic():
                _, number, end, packet = heapq.heappop(self._due)
                self.overtaken += number < self._last[end]
                self._last[end] = max(number, self._last[end])
                with suppress(OSError):
                    os.write(self._ends[end], packet)

    def _take(self, end: int, packet: bytes) -> None:
        """A packet has come out of one end: it leaves from the other, or does not."""
        if packet[0] >> 4 != 4:
            return  # IPv6 looks for its neighbours
        weather, rng = self.weather, self._rng
        hosts = {socket.inet_ntoa(packet[SOURCE]), socket.inet_ntoa(packet[DESTINATION])}
        if self.gone & hosts or rng.random() < weather.loss:
            self.lost += 1
            return
        copies = 1 + (rng.random() < weather.doubled)
        self.carried += 1
        self.doubled += copies - 1
        for _ in range(copies):
            due = time.monotonic() + weather.delay + rng.random() * weather.spread
            heapq.heappush(self._due, (due, next(self._order), 1 - end, packet))


def _tun() -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"wire", IFF_TUN | IFF_NO_PI))
    return device
