"""The box's TCP and TLS connections: to servers, kept open and made again, and from them. Understands no SIP.

A connection carries both ways (RFC 3261 §18): answers go back on it, the server's own requests come by it. TLS is
spoken as a client only. A request over 1300 bytes that was to go by UDP stays there (§18.1.1 would have it by TCP):
providers that cut such packets up are given `transport = "tcp"`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.lines.sip.connection import Connection
from appliance.lines.sip.place import Host, Place, Stream
from appliance.lines.sip.tls import Security, context, why

CONNECT_SECONDS = 2.5  # within the 3 s after which a silent line is down
FIRST_AGAIN_SECONDS = 0.5
LONGEST_AGAIN_SECONDS = 8.0  # a server that is back is noticed within 10 s
MAX_ACCEPTED = 100
MAX_OF_ONE_HOST = 50
MAX_WAITING = 100  # packets that wait for one connection to be made
BACKLOG = 50
WILDCARDS = ("0.0.0.0", "::", "")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Kept:
    """A server whose connection is made again whenever it ends."""

    security: Security
    fault: str = ""
    again: float = FIRST_AGAIN_SECONDS
    timer: asyncio.TimerHandle | None = None


@dataclass(frozen=True, slots=True)
class Reports:
    """Whom `Streams` tells; none of these may raise. `hears(host)`: whether connections from there are taken.

    `on_up` and `on_lost` come once a connection; `on_failed` each time that one could not be made.
    """

    hears: Callable[[str], bool]
    on_message: Callable[[bytes, Place], None]
    on_up: Callable[[Stream], None]
    on_lost: Callable[[Stream], None]
    on_failed: Callable[[Stream], None]


@dataclass(slots=True)
class _Attempt:
    """A connection on its way, and what waits for it."""

    task: asyncio.Task[None]
    packets: list[bytes] = field(default_factory=list)


class Streams:
    """All connections of one SIP address."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._server: asyncio.Server | None = None
        self._bind: Host = ("", 0)
        self._connections: dict[Stream, Connection] = {}
        self._attempts: dict[Stream, _Attempt] = {}
        self._kept: dict[Stream, _Kept] = {}
        self._accepted: Counter[str] = Counter()
        self._closing = False

    # -- life --------------------------------------------------------------------------------------------------

    async def open(self, bind: Host) -> None:
        """Take connections at this address. Raises OSError (address in use)."""
        self._bind = bind
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), bind[0] or None, bind[1], backlog=BACKLOG)

    async def close(self) -> None:
        """End every connection and take no more; may be called again."""
        self._closing = True
        for kept in self._kept.values():
            if kept.timer is not None:
                kept.timer.cancel()
        tasks = [attempt.task for attempt in self._attempts.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._connections.values()):
            connection.abort()
        await asyncio.sleep(0)  # asyncio tells of the ends in its next round

    # -- for the stack -----------------------------------------------------------------------------------------

    def keep(self, place: Stream, security: Security) -> None:
        """Connect to a server and stay connected, whatever happens. May be repeated."""
        if place not in self._kept or self._kept[place].security != security:
            self._kept[place] = _Kept(security)
        if place in self._connections:
            self._connections[place].kept = True
        elif place not in self._attempts:
            self._connect(place)

    def let_go(self, place: Stream) -> None:
        """The server is not ours any more; its connection ends."""
        kept = self._kept.pop(place, None)
        if kept is not None and kept.timer is not None:
            kept.timer.cancel()
        if place in self._attempts:
            self._attempts[place].task.cancel()
        if place in self._connections:
            self._connections[place].close()

    def fault(self, place: Stream) -> str:
        """Why a kept server cannot be reached now; "" while it can, or is being tried for the first time."""
        return self._kept[place].fault if place in self._kept else ""

    def local(self, place: Stream) -> Host | None:
        """Our own end of the connection with `place`, None while there is none."""
        connection = self._connections.get(place)
        return connection.local if connection is not None else None

    def send(self, data: bytes, place: Stream) -> None:
        """Send a message; a connection is made where there is none."""
        if self._closing:
            return
        if place in self._connections:
            self._connections[place].send(data)
            return
        attempt = self._attempts.get(place) or self._connect(place)
        if len(attempt.packets) < MAX_WAITING:
            attempt.packets.append(data)

    # -- what connections tell ---------------------------------------------------------------------------------

    def made(self, connection: Connection) -> bool:
        """See `connection.Owner`."""
        host = connection.place.host
        if self._closing:
            return False
        if not connection.ours:
            full = self._accepted.total() >= MAX_ACCEPTED or self._accepted[host] >= MAX_OF_ONE_HOST
            if full or not self._reports.hears(host):
                log.info("connection from %s not taken%s", host, ": there are too many" if full else "")
                return False
            self._accepted[host] += 1
        self._connections[connection.place] = connection
        return True

    def message(self, data: bytes, connection: Connection) -> None:
        """See `connection.Owner`."""
        self._reports.on_message(data, connection.place)

    def ended(self, connection: Connection) -> None:
        """See `connection.Owner`."""
        place = connection.place
        if not connection.ours:
            self._accepted[place.host] -= 1
            self._accepted += Counter()  # drops the zeros
        if self._connections.get(place) is connection:
            del self._connections[place]
            if self._closing:
                return
            if place in self._kept:
                self._connect(place)
            self._reports.on_lost(place)

    # -- making them -------------------------------------------------------------------------------------------

    def _connect(self, place: Stream) -> _Attempt:
        kept = self._kept.get(place)
        if kept is not None and kept.timer is not None:
            kept.timer.cancel()
            kept.timer = None
        task = asyncio.get_running_loop().create_task(self._try(place), name=f"connect {place.host}:{place.port}")
        attempt = self._attempts[place] = _Attempt(task)
        return attempt

    async def _try(self, place: Stream) -> None:
        """One attempt, to its good or bad end."""
        kept = self._kept.get(place)
        security = kept.security if kept is not None else self._security(place)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._open(place, security, kept=kept is not None)
        except OSError as error:  # TimeoutError and ssl.SSLError are some
            self._failed(place, why(error, security))
            return
        except asyncio.CancelledError:
            self._attempts.pop(place, None)
            raise
        attempt = self._attempts.pop(place)
        if kept is not None:
            if kept.fault:
                log.info("%s:%s is reached again over %s", place.host, place.port, place.transport)
            kept.fault, kept.again = "", FIRST_AGAIN_SECONDS
        for data in attempt.packets:
            self.send(data, place)
        self._reports.on_up(place)

    async def _open(self, place: Stream, security: Security, *, kept: bool) -> None:
        loop = asyncio.get_running_loop()
        secure = context(security) if place.transport == "tls" else None
        await loop.create_connection(
            lambda: Connection(self, place, kept=kept),
            place.host,
            place.port,
            ssl=secure,
            server_hostname=security.name if secure is not None else None,
            local_addr=None if self._bind[0] in WILDCARDS else (self._bind[0], 0),
        )

    def _security(self, place: Stream) -> Security:
        """A kept server's other port proves the same as the kept one."""
        for other, kept in self._kept.items():
            if other.host == place.host:
                return kept.security
        return Security(place.host)

    def _failed(self, place: Stream, reason: str) -> None:
        del self._attempts[place]
        kept = self._kept.get(place)
        if kept is not None:
            if kept.fault != reason:
                log.warning("%s:%s over %s: %s", place.host, place.port, place.transport, reason)
            kept.fault = reason
            kept.timer = asyncio.get_running_loop().call_later(kept.again, self._again, place)
            kept.again = min(2 * kept.again, LONGEST_AGAIN_SECONDS)
        self._reports.on_failed(place)

    def _again(self, place: Stream) -> None:
        if place in self._kept and place not in self._attempts and place not in self._connections:
            self._connect(place)
