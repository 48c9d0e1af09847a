"""One TCP or TLS connection: bytes in, whole messages to its owner. Whom it may be with, `streams` decides."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Protocol

from appliance.lines.sip.framing import PONG, Framer, Ping
from appliance.lines.sip.place import Stream

IDLE_SECONDS = 3600.0  # without a whole message, after which a connection that nobody keeps is closed
PROBE_SECONDS = 60  # of silence, after which the network is asked whether the far end is still there
UNREAD_BYTES = 1 << 20  # waiting for a far end that does not read: it is given up
LOST_MS = 10_000  # sent and not acknowledged by the network for so long: the way is gone (RFC 5482)

log = logging.getLogger(__name__)


class Owner(Protocol):
    """What a connection asks of `streams`."""

    def made(self, connection: Connection) -> bool:
        """It is up; False when it is not wanted."""
        ...

    def message(self, data: bytes, connection: Connection) -> None:
        """A whole message came."""
        ...

    def ended(self, connection: Connection) -> None:
        """It is gone, whoever ended it."""
        ...


class Connection(asyncio.Protocol):
    """With `place` if we open it; one that we take learns its far end when it is up. `kept` ones have no idle limit."""

    def __init__(self, owner: Owner, place: Stream | None = None, *, kept: bool = False) -> None:
        self.ours = place is not None
        self.kept = kept
        self.place = place or Stream("", 0, "tcp")
        self.local = ("", 0)
        self._owner = owner
        self._framer = Framer()
        self._wire: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._wanted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's: it is up."""
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        if not self.ours:
            host, port = transport.get_extra_info("peername")[:2]
            self.place = Stream(host, port, "tcp")
        self.local = transport.get_extra_info("sockname")[:2]
        opened = transport.get_extra_info("socket")
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LOST_MS)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_SECONDS)
        self._wanted = self._owner.made(self)
        if not self._wanted:
            transport.abort()
            return
        self._rest()

    def data_received(self, data: bytes) -> None:
        """asyncio's: bytes came."""
        for item in self._framer.feed(data):
            self._rest()
            if isinstance(item, Ping):
                self.send(PONG)
            else:
                self._owner.message(item, self)
        if self._framer.fault and self._wire is not None and not self._wire.is_closing():
            log.warning("connection with %s closed: %s", self.place.host, self._framer.fault)
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio's: it is gone."""
        self._wire = None
        if self._idle is not None:
            self._idle.cancel()
        if self._wanted:
            if exc is not None:
                log.info("connection with %s:%s lost: %s", self.place.host, self.place.port, exc)
            self._owner.ended(self)

    def send(self, data: bytes) -> None:
        """Send bytes in their order; what a connection that ends does not carry is lost."""
        if self._wire is None or self._wire.is_closing():
            return
        self._wire.write(data)
        if self._wire.get_write_buffer_size() > UNREAD_BYTES:
            log.warning("connection with %s closed: it does not read", self.place.host)
            self._wire.abort()

    def close(self) -> None:
        """Let go of it, after what is still to be sent."""
        if self._wire is not None and not self._wire.is_closing():  # a second close of asyncio's TLS breaks its abort
            self._wire.close()

    def abort(self) -> None:
        """Let go of it at once."""
        if self._wire is not None:
            self._wire.abort()

    def _rest(self) -> None:
        """Somebody spoke: the idle time begins anew."""
        if self._idle is not None:
            self._idle.cancel()
        if not self.kept:
            self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.close)
