"""TCP and TLS connections over loopback: kept, used both ways, limited, refused with a reason, back by themselves."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager

import pytest

from appliance.lines.sip import connection as connection_module
from appliance.lines.sip import streams as streams_module
from appliance.lines.sip.place import Stream
from appliance.lines.sip.streams import Reports, Streams
from appliance.lines.sip.tls import Security
from tests.certificates import Authority

from .peer import request

HOST = "127.0.0.1"
MESSAGE = request("OPTIONS").encode()
IN_TIME = 5.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


class Room:
    """`Streams` and what it told."""

    def __init__(self, hears=lambda host: True):
        self.told = asyncio.Queue()
        self.streams = Streams(
            Reports(
                hears=hears,
                on_message=lambda data, place: self.told.put_nowait(("message", data, place)),
                on_up=lambda place: self.told.put_nowait(("up", place)),
                on_lost=lambda place: self.told.put_nowait(("lost", place)),
                on_failed=lambda place: self.told.put_nowait(("failed", place)),
            )
        )

    async def next(self, kind):
        """The next thing told; it must be of this kind."""
        told = await asyncio.wait_for(self.told.get(), IN_TIME)
        assert told[0] == kind, told
        return told[1:]

    def quiet(self):
        return self.told.empty()


class Far:
    """A server: what it took, by connection."""

    def __init__(self):
        self.taken = asyncio.Queue()
        self.closed = False

    async def open(self, port=0, secure=None):
        self.server = await asyncio.start_server(self._take, HOST, port, ssl=secure)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    def _take(self, reader, writer):
        if self.closed:
            let_go(writer)
        else:
            self.taken.put_nowait((reader, writer))

    async def connection(self):
        return await asyncio.wait_for(self.taken.get(), IN_TIME)

    async def close(self):
        self.closed = True
        self.server.close()
        while not self.taken.empty():
            let_go(self.taken.get_nowait()[1])


def let_go(writer):
    """At once; a secured connection that is only aborted counts as left open."""
    writer.transport.abort()
    writer.close()


def play(story, **settings):
    async def told():
        room = Room(**settings)
        await room.streams.open((HOST, 0))
        try:
            await story(room)
        finally:
            await room.streams.close()
            await room.streams.close()

    asyncio.run(told())


def port_of(room):
    return room.streams._server.sockets[0].getsockname()[1]


@asynccontextmanager
async def caller(room):
    """Somebody who connects to us."""
    reader, writer = await asyncio.open_connection(HOST, port_of(room))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)


@asynccontextmanager
async def far_end(port=0, secure=None):
    far = await Far().open(port, secure)
    try:
        yield far
    finally:
        await far.close()
        await asyncio.sleep(0)


async def read(reader, size):
    return await asyncio.wait_for(reader.readexactly(size), IN_TIME)


def test_one_connection_carries_both_ways():
    async def story(room):
        async with far_end() as far:
            place = Stream(HOST, far.port, "tcp")
            room.streams.keep(place, Security(HOST))
            room.streams.send(MESSAGE, place)
            reader, writer = await far.connection()
            assert await read(reader, len(MESSAGE)) == MESSAGE
            assert await room.next("up") == (place,)
            assert room.streams.local(place) == writer.get_extra_info("peername")
            writer.write(MESSAGE[:100])
            writer.write(MESSAGE[100:] + MESSAGE)
            assert await room.next("message") == (MESSAGE, place)
            assert await room.next("message") == (MESSAGE, place)
            room.streams.send(b"again", place)
            assert await read(reader, 5) == b"again"
            assert far.taken.empty(), "one connection"
            writer.close()

    play(story)


def test_who_connects_is_answered_on_that_connection():
    async def story(room):
        async with caller(room) as (reader, writer):
            writer.write(MESSAGE)
            data, place = await room.next("message")
            assert data == MESSAGE
            assert place == Stream(*writer.get_extra_info("sockname"), "tcp")
            room.streams.send(b"answer", place)
            assert await read(reader, 6) == b"answer"
            writer.close()
            assert await room.next("lost") == (place,)

    play(story)


def test_a_ping_gets_its_pong():
    async def story(room):
        async with caller(room) as (reader, writer):
            writer.write(b"\r\n\r\n")
            assert await read(reader, 2) == b"\r\n"

    play(story)


def test_a_stranger_is_not_taken():
    async def story(room):
        async with caller(room) as (reader, writer):
            writer.write(MESSAGE)
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await read(reader, 1)
        assert room.quiet()

    play(story, hears=lambda host: False)


def test_garbage_ends_the_connection():
    async def story(room):
        async with caller(room) as (reader, writer):
            writer.write(MESSAGE + b"GET / HTTP/1.1\r\n\r\n")
            await room.next("message")
            assert await asyncio.wait_for(reader.read(), IN_TIME) == b""
            await room.next("lost")

    play(story)


def test_too_many_connections_of_one_host_are_not_taken(monkeypatch):
    monkeypatch.setattr(streams_module, "MAX_OF_ONE_HOST", 1)

    async def story(room):
        async with caller(room) as (_, first), caller(room) as (reader, _second):
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await read(reader, 1)
            first.write(MESSAGE)
            await room.next("message")
            first.close()
            await room.next("lost")
            async with caller(room) as (_, third):
                third.write(MESSAGE)
                await room.next("message")
                third.close()
                await room.next("lost")

    play(story)


def test_who_says_nothing_for_long_is_let_go(monkeypatch):
    monkeypatch.setattr(connection_module, "IDLE_SECONDS", 0.05)

    async def story(room):
        async with caller(room) as (reader, _):
            assert await asyncio.wait_for(reader.read(), IN_TIME) == b""
            await room.next("lost")

    play(story)


def test_a_kept_connection_that_is_cut_is_back_at_once():
    async def story(room):
        async with far_end() as far:
            place = Stream(HOST, far.port, "tcp")
            room.streams.keep(place, Security(HOST))
            _, writer = await far.connection()
            await room.next("up")
            writer.transport.abort()
            assert await room.next("lost") == (place,)
            assert await room.next("up") == (place,)
            assert room.streams.fault(place) == ""
            (await far.connection())[1].close()

    play(story)


def test_a_server_that_is_gone_is_a_fault_and_tried_again_until_it_is_back():
    async def story(room):
        async with far_end() as far:
            place = Stream(HOST, far.port, "tcp")
        room.streams.keep(place, Security(HOST))
        room.streams.send(MESSAGE, place)
        assert await room.next("failed") == (place,)
        assert room.streams.fault(place) == "connection refused: check server, its port and transport"
        async with far_end(place.port) as back:
            assert await room.next("up") == (place,)
            assert room.streams.fault(place) == ""
            _, writer = await back.connection()
            writer.close()

    play(story)


def test_a_server_that_never_finishes_the_handshake_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(streams_module, "CONNECT_SECONDS", 0.1)

    async def story(room):
        async with far_end() as far:
            place = Stream(HOST, far.port, "tls")
            room.streams.keep(place, Security(HOST))
            room.streams.send(MESSAGE, place)
            assert await room.next("failed") == (place,)
            assert room.streams.fault(place) == "no connection: the server does not answer"

    play(story)


def test_a_server_that_is_let_go_stays_gone():
    async def story(room):
        async with far_end() as far:
            place = Stream(HOST, far.port, "tcp")
            room.streams.keep(place, Security(HOST))
            reader, writer = await far.connection()
            await room.next("up")
            room.streams.let_go(place)
            assert await asyncio.wait_for(reader.read(), IN_TIME) == b""
            writer.close()
            await room.next("lost")
            assert room.streams.local(place) is None and far.taken.empty()

    play(story)


def server_context(file):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(file)
    return made


def test_a_server_with_a_good_certificate_is_spoken_to(authority):
    secure = server_context(authority.certificate("good", host="DNS:sip.provider.example"))

    async def story(room):
        async with far_end(secure=secure) as far:
            place = Stream(HOST, far.port, "tls")
            room.streams.keep(place, Security("sip.provider.example", str(authority.ca)))
            room.streams.send(MESSAGE, place)
            reader, writer = await far.connection()
            assert await read(reader, len(MESSAGE)) == MESSAGE
            await room.next("up")
            writer.write(MESSAGE)
            assert await room.next("message") == (MESSAGE, place)
            writer.transport.abort()

    play(story)


def test_a_providers_self_signed_certificate_may_be_its_own_authority(authority):
    file = authority.self_signed("own", host=f"IP:{HOST}")

    async def story(room):
        async with far_end(secure=server_context(file)) as far:
            place = Stream(HOST, far.port, "tls")
            room.streams.keep(place, Security(HOST, str(file.with_suffix(".crt"))))
            await room.next("up")
            let_go((await far.connection())[1])

    play(story)


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (
            lambda ca: (ca.certificate("old", host=f"IP:{HOST}", expired=True), str(ca.ca)),
            f"certificate of {HOST} has expired: the provider must renew it; check the box's clock too",
        ),
        (
            lambda ca: (ca.certificate("other", host="DNS:elsewhere.example"), str(ca.ca)),
            f"certificate is not for {HOST}: write in server the name that the provider gives",
        ),
        (
            lambda ca: (ca.self_signed("alone", host=f"IP:{HOST}"), ""),
            f"certificate of {HOST} is not signed by a known authority: put the provider's own in ca_file",
        ),
        (
            lambda ca: (ca.certificate("unknown", host=f"IP:{HOST}"), ""),
            f"certificate of {HOST} is not signed by a known authority: put the provider's own in ca_file",
        ),
        (lambda ca: (ca.certificate("x", host=f"IP:{HOST}"), "/nowhere.pem"), "ca_file /nowhere.pem cannot be read"),
        (lambda ca: (None, ""), "no TLS there"),
    ],
    ids=["expired", "wrong name", "self-signed", "unknown authority", "no ca_file", "no TLS"],
)
def test_a_certificate_that_proves_nothing_is_refused_with_the_remedy(authority, made, fault):
    file, ca_file = made(authority)

    async def story(room):
        async with far_end(secure=file and server_context(file)) as far:
            place = Stream(HOST, far.port, "tls")
            room.streams.keep(place, Security(HOST, ca_file))
            room.streams.send(MESSAGE, place)
            if file is None:
                _, writer = await far.connection()
                writer.write(b"SIP/2.0 400 Bad Request\r\n\r\n")
                writer.close()
            assert await room.next("failed") == (place,)
            assert room.streams.fault(place).startswith(fault)
            assert far.taken.empty()

    play(story)
