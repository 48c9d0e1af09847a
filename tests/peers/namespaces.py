"""A box behind a home router, all in network namespaces of this machine: no address is seen outside of them.

    box 192.168.77.2 ── 192.168.77.1 router 203.0.113.1 ── 203.0.113.2 provider

The router is Linux: nftables masquerades, conntrack forgets silent UDP after `MAPPING_SECONDS`. The provider knows no
way to 192.168.77.0/24. Needs root, iproute2 and nftables; where they are missing the test fails and says so.
"""

from __future__ import annotations

import ctypes
import os
import random
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from tests.peers.program import installed

T = TypeVar("T")

INSIDE, ROUTER_INSIDE = "192.168.77.2", "192.168.77.1"
ROUTER, PROVIDER = "203.0.113.1", "203.0.113.2"
MAPPING_SECONDS = 12  # real routers: 30 and more
CLONE_NEWNET = 0x40000000
COMMAND_SECONDS = 10.0

MASQUERADE = """\
table ip home {
  chain out {
    type nat hook postrouting priority srcnat;
    oifname "wan" masquerade
  }
}
"""


class Network:
    """Three namespaces and the wires between them; `close` leaves nothing of them."""

    def __init__(self, mapping_seconds: int = MAPPING_SECONDS) -> None:
        self._mapping_seconds = mapping_seconds
        mark = f"dz{os.getpid():x}{random.getrandbits(16):04x}"
        self.box, self.router, self.provider = (f"{mark}-{who}" for who in ("box", "router", "out"))
        self._stack = ExitStack()
        try:
            for name in (self.box, self.router, self.provider):
                run("ip", "netns", "add", name)
                self._stack.callback(run, "ip", "netns", "del", name)
            self._wire(self.box, "lan", f"{INSIDE}/24", self.router, "lan", f"{ROUTER_INSIDE}/24")
            self._wire(self.router, "wan", f"{ROUTER}/24", self.provider, "net", f"{PROVIDER}/24")
            self.within(self.box, "ip", "route", "add", "default", "via", ROUTER_INSIDE)
            self._be_a_router()
        except BaseException:
            self.close()
            raise

    def within(self, namespace: str, *command: str, text: str = "") -> None:
        """Run a command in a namespace; it must succeed."""
        run(*self.command(namespace, *command), text=text)

    def command(self, namespace: str, *command: str) -> list[str]:
        """A command line that runs in a namespace."""
        return [installed("ip"), "netns", "exec", namespace, *command]

    def socket(self, namespace: str, host: str, port: int = 0) -> socket.socket:
        """A UDP socket of a namespace, bound."""

        def made() -> socket.socket:
            opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            opened.bind((host, port))
            return opened

        return inside(namespace, made)

    def gets_a_new_address(self, address: str) -> None:
        """The router's provider gives it another address: every way through it is forgotten."""
        self.within(self.router, "ip", "address", "del", f"{ROUTER}/24", "dev", "wan")
        self.within(self.router, "ip", "address", "add", f"{address}/24", "dev", "wan")

    def close(self) -> None:
        """Take it all down."""
        self._stack.close()

    def _wire(self, left: str, left_end: str, left_host: str, right: str, right_end: str, right_host: str) -> None:
        run("ip", "link", "add", left_end, "netns", left, "type", "veth", "peer", "name", right_end, "netns", right)
        for name, end, host in ((left, left_end, left_host), (right, right_end, right_host)):
            self.within(name, "ip", "address", "add", host, "dev", end)
            self.within(name, "ip", "link", "set", end, "up")
            self.within(name, "ip", "link", "set", "lo", "up")

    def _be_a_router(self) -> None:
        self.within(self.router, "nft", "-f", "-", text=MASQUERADE)
        for path, value in (
            ("ipv4/ip_forward", 1),
            ("netfilter/nf_conntrack_udp_timeout", self._mapping_seconds),
            ("netfilter/nf_conntrack_udp_timeout_stream", self._mapping_seconds),
        ):
            inside(self.router, lambda path=path, value=value: Path(f"/proc/sys/net/{path}").write_text(str(value)))


def enter(namespace: str) -> None:
    """The thread that calls this is in that namespace from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{namespace}").open() as door:
        if libc.setns(door.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the network namespace {namespace}")


def inside(namespace: str, make: Callable[[], T]) -> T:
    """What `make` gives when it runs in a namespace: in a thread, for only that may move there and be forgotten."""
    made: list[T] = []
    faults: list[BaseException] = []

    def there() -> None:
        try:
            enter(namespace)
            made.append(make())
        except BaseException as error:
            faults.append(error)

    thread = threading.Thread(target=there, name=f"in {namespace}")
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    return made[0]


def run(*command: str, text: str = "") -> None:
    """Run a command; it must succeed."""
    done = subprocess.run(
        [installed(command[0]), *command[1:]],
        input=text,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert done.returncode == 0, (
        f"this test makes network namespaces, which needs root and a kernel that has them; "
        f"`{' '.join(command)}` said: {done.stderr.strip()}"
    )
