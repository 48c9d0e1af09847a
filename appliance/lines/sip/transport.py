"""The UDP socket: datagrams in and out, and which of our addresses a far end sees. Understands no SIP."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

from appliance.lines.sip.place import Host, Place

AT_ONCE = 64  # datagrams read before the loop's other work has its turn
BUFFER_BYTES = 65_536
SOCKET_BUFFER_BYTES = 1 << 20  # a burst of a hundred INVITEs waits in the kernel, not nowhere
WILDCARDS = ("0.0.0.0", "::", "")

log = logging.getLogger(__name__)


class Transport:
    """One bound UDP socket, read from the event loop. `on_datagram(data, (host, port))` must not raise."""

    def __init__(self, bind: Host, on_datagram: Callable[[bytes, Host], None]) -> None:
        self._bind = bind
        self._on_datagram = on_datagram
        self._family = socket.AF_INET6 if ":" in bind[0] else socket.AF_INET
        self._socket: socket.socket | None = None
        self.address = bind

    def open(self) -> None:
        """Bind and listen; `address` then tells the real port. Raises OSError (address in use)."""
        opened = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
            opened.bind(self._bind)
        except BaseException:
            opened.close()
            raise
        self._socket = opened
        self.address = opened.getsockname()[:2]
        asyncio.get_running_loop().add_reader(opened, self._read)

    def close(self) -> None:
        """Let go of the socket; may be called again."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def send(self, data: bytes, place: Host) -> None:
        """Send a datagram; what the network refuses is lost, as on any wire, and logged."""
        if self._socket is None:
            return
        try:
            self._socket.sendto(data, place)
        except (OSError, OverflowError, ValueError) as error:
            log.warning("cannot send to %s:%s: %s", place[0], place[1], error)

    def local(self, place: Place) -> Host:
        """Our address as seen from `place`: that of the interface the kernel would send from, and our port."""
        host, port = self.address
        if host not in WILDCARDS:
            return host, port
        with socket.socket(self._family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(place[:2])
                return probe.getsockname()[0], port
            except (OSError, OverflowError, ValueError):
                return host, port  # unreachable: the packet will not leave anyway

    def _read(self) -> None:
        for _ in range(AT_ONCE):
            if self._socket is None:
                return
            try:
                data, source = self._socket.recvfrom(BUFFER_BYTES)
            except BlockingIOError:
                return
            except OSError as error:  # an ICMP error about something sent earlier
                log.info("SIP socket: %s", error)
                continue
            self._on_datagram(data, source[:2])
