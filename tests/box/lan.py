"""What a house's network has beside its router: a time server, and neighbours that ask for a name (mDNS, RFC 6762)."""

from __future__ import annotations

import socket
import struct
import threading
import time
from types import TracebackType

from tests.peers.namespaces import Network, inside
from tests.peers.ports import HOST

NTP_PORT, NTP_EPOCH = 123, 2208988800  # RFC 5905: seconds from 1900 to 1970
STRATUM = 2
MDNS_PORT, MDNS_GROUP = 5353, "ff02::fb"
AAAA, IN = 28, 1
ANSWER_SECONDS = 2.0
CABLE = "lan9"


class TimeServer:
    """NTP (RFC 5905 §7.3) on the emulator's own host, which the box sees as 10.0.2.2. It tells the true time."""

    def __init__(self, network: Network) -> None:
        def bound() -> socket.socket:
            opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            opened.bind((HOST, NTP_PORT))
            return opened

        self._socket = inside(network.box, bound)
        self._thread = threading.Thread(target=self._serve, name="time server")
        self._open = True

    def __enter__(self) -> TimeServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._open = False
        self._socket.sendto(b"", (HOST, NTP_PORT))  # it listens no longer
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while self._open:
            asked, who = self._socket.recvfrom(512)
            if len(asked) < 48:
                continue
            now = time.time() + NTP_EPOCH
            stamp = struct.pack("!II", int(now), int(now % 1 * (1 << 32)))
            head = struct.pack("!BBbb", 0x24, STRATUM, 6, -20) + struct.pack("!II", 0x10, 0x10) + b"LOCL"
            self._socket.sendto(head + stamp + asked[40:48] + stamp + stamp, who)


def cable(network: Network) -> tuple[str, ...]:
    """A second network card for the emulator, on a wire of its own in the box's namespace."""
    network.within(network.box, "ip", "tuntap", "add", CABLE, "mode", "tap")
    network.within(network.box, "ip", "link", "set", CABLE, "up")
    return ("-netdev", f"tap,id=lan,ifname={CABLE},script=no,downscript=no", "-device", "virtio-net-device,netdev=lan")


def who_is(network: Network, name: str) -> list[str]:
    """The IPv6 addresses that a host of this name answers with on that wire; [] where nobody answers."""

    def asked() -> list[str]:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as line:
            scope = socket.if_nametoindex(CABLE)
            line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, scope)
            line.settimeout(ANSWER_SECONDS)
            labels = b"".join(bytes([len(each)]) + each.encode() for each in name.split("."))
            question = struct.pack("!6H", 9, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", AAAA, IN)
            line.sendto(question, (MDNS_GROUP, MDNS_PORT, 0, scope))
            try:
                told = line.recv(2048)
            except TimeoutError:
                return []
        return addresses(told, name)

    return inside(network.box, asked)


def addresses(told: bytes, name: str) -> list[str]:
    """Those of the AAAA records in an answer that begins with the question (RFC 1035 §4.1) or with none."""
    record = struct.pack("!2H", AAAA, IN)
    found, at = [], 12
    while (at := told.find(record, at)) >= 0:
        (length,) = struct.unpack_from("!H", told, at + 8) if at + 10 <= len(told) else (0,)
        if length == 16:
            found.append(socket.inet_ntop(socket.AF_INET6, told[at + 10 : at + 26]))
        at += 4
    assert name.split(".")[0].encode() in told.lower()
    return found
