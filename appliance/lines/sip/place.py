"""Where a packet goes to or came from: a plain (host, port) is UDP, a `Stream` is a connection. Opens nothing."""

from __future__ import annotations

from typing import Literal, NamedTuple

Host = tuple[str, int]  # host, port
StreamTransport = Literal["tcp", "tls"]


class Stream(NamedTuple):
    """The far end of a connection, whoever opened it."""

    host: str
    port: int
    transport: StreamTransport


Place = Host | Stream


def transport_of(place: Place) -> Literal["udp", "tcp", "tls"]:
    """How a place is reached."""
    return place.transport if isinstance(place, Stream) else "udp"


def alike(host: str, port: int, place: Place) -> Place:
    """Another host and port, reached as `place` is."""
    return Stream(host, port, place.transport) if isinstance(place, Stream) else (host, port)
