"""A whole line over TCP and TLS: calls both ways on one connection, cut at every moment, and back by itself."""

from __future__ import annotations

import asyncio
import random
import ssl

import pytest

from appliance.building.model import LineConfig
from appliance.clock import SystemClock
from appliance.lines.line import Cause, LineState, NotAnsweredError
from appliance.lines.sip.framing import Framer
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from tests.certificates import Authority

from .peer import SDP, read, request, response
from .sound import QuietMedia

OURS, THEIRS = "+48221234567", "+48501502503"
HOST = "127.0.0.1"
IN_TIME = 5.0


class Line:
    """One connection of the provider's."""

    def __init__(self, reader, writer):
        self._reader, self.writer = reader, writer
        self._framer = Framer()
        self._read = []

    async def hears(self, what):
        """The next message but OPTIONS, which are answered; it must be of this method or status."""
        while True:
            while not self._read:
                data = await asyncio.wait_for(self._reader.read(65536), IN_TIME)
                assert data, f"cut before {what}"
                self._read += self._framer.feed(data)
            message = read(self._read.pop(0), self.writer.get_extra_info("peername"))
            if getattr(message, "method", "") == "OPTIONS":
                self.says(response(message, 200))
                continue
            assert getattr(message, "method", None) == what or getattr(message, "status", None) == what, message
            return message

    def says(self, text):
        self.writer.write(text.encode())

    async def cut(self):
        self.writer.transport.abort()
        await asyncio.sleep(0)


class Provider:
    """A server, and who connects to it."""

    def __init__(self):
        self.lines = asyncio.Queue()
        self._all = []
        self._server = None
        self.port = 0

    async def open(self, secure=None):
        self._server = await asyncio.start_server(self._take, HOST, self.port, ssl=secure)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _take(self, reader, writer):
        if self._server is None:
            writer.transport.abort()
            return
        self._all.append(Line(reader, writer))
        self.lines.put_nowait(self._all[-1])

    async def connection(self):
        """The next connection of the box."""
        return await asyncio.wait_for(self.lines.get(), IN_TIME)

    async def connects(self, port):
        """A connection of ours to the box."""
        self._all.append(Line(*await asyncio.open_connection(HOST, port)))
        return self._all[-1]

    async def close(self):
        if self._server is not None:
            self._server.close()
        self._server = None
        while self._all:
            await self._all.pop().cut()
        while not self.lines.empty():
            self.lines.get_nowait()

    @property
    def contact(self):
        return (f"Contact: <sip:far@{HOST}:{self.port};transport=tcp>",)


class WatchedStack(SipStack):
    """Tells a test that something happened: an event, or the end of a connection."""

    def __init__(self, *words, **settings):
        super().__init__(*words, **settings)
        self._happened = asyncio.Event()

    async def next(self):
        self._happened.clear()
        await asyncio.wait_for(self._happened.wait(), IN_TIME)

    def _dispatch(self, event):
        super()._dispatch(event)
        self._happened.set()

    def _tell(self, what, place):
        super()._tell(what, place)
        self._happened.set()


class Room:
    """A box with one line to a provider."""

    def __init__(self, port, **settings):
        self.media = QuietMedia()
        self.stack = WatchedStack((HOST, 0), media=self.media, clock=SystemClock(), rng=random.Random(1))
        config = LineConfig("provider", "sip", (OURS,), channels=2, server=f"{HOST}:{port}", **settings)
        self.trunk = SipTrunk(config, self.stack)
        self.legs = asyncio.Queue()

    def dials(self):
        return asyncio.create_task(self.trunk.dial(THEIRS, shown=OURS, ring_seconds=5))

    async def becomes(self, state):
        while self.trunk.state().state != state:
            await self.stack.next()


def play(story, secure=None, **settings):
    settings = {"transport": "tcp", **settings}

    async def told():
        provider = Provider()
        await provider.open(secure)
        room = Room(provider.port, **settings)
        await room.stack.start()
        await room.trunk.start(room.legs.put_nowait)
        try:
            await story(room, provider)
        finally:
            await provider.close()
            await room.trunk.stop()
            await room.stack.stop()
            await provider.close()
        assert all(channel.closed for channel in room.media.channels)

    asyncio.run(told())


async def answered(room, provider):
    """A call of ours that the provider answers; the leg, the connection and the INVITE."""
    line = await provider.connection()
    dialling = room.dials()
    invite = await line.hears("INVITE")
    line.says(response(invite, 180))
    line.says(response(invite, 200, body=SDP, extra=provider.contact))
    await line.hears("ACK")
    return await dialling, line, invite


async def offered(room, provider, line):
    """A call of the provider's on a connection, answered by us; the leg and our tag."""
    line.says(request(via=f"SIP/2.0/TCP {HOST}:{provider.port};branch=z9hG4bKin", contact=provider.contact[0][9:]))
    await line.hears(100)
    leg = await asyncio.wait_for(room.legs.get(), IN_TIME)
    leg.answer()
    ok = await line.hears(200)
    tag = ok.recipient.tag
    line.says(request("ACK", via=f"SIP/2.0/TCP {HOST}:{provider.port};branch=z9hG4bKack", to_tag=tag))
    return leg, tag


async def bye_is_answered(line):
    line.says(response(await line.hears("BYE"), 200))


def test_calls_both_ways_go_by_the_one_connection_that_is_kept():
    async def story(room, provider):
        leg, line, invite = await answered(room, provider)
        assert invite.via.transport == "TCP"
        assert invite.contact == f"sip:{OURS}@{HOST}:{room.stack.address[1]};transport=tcp"
        incoming, _ = await offered(room, provider, line)
        assert (incoming.called, incoming.caller) == (OURS, THEIRS)
        leg.hangup()
        await bye_is_answered(line)
        incoming.hangup()
        await bye_is_answered(line)
        assert provider.lines.empty(), "one connection"

    play(story)


def test_a_provider_that_opens_connections_of_its_own_is_taken_too():
    async def story(room, provider):
        line = await provider.connects(room.stack.address[1])
        incoming, tag = await offered(room, provider, line)
        via = f"SIP/2.0/TCP {HOST}:{provider.port};branch=z9hG4bKbye"
        line.says(request("BYE", via=via, to_tag=tag, cseq=2))
        await line.hears(200)
        assert await incoming.gone() is Cause.HANGUP

    play(story)


def test_cut_in_the_middle_of_a_call_the_call_goes_on_and_its_end_takes_a_new_connection():
    async def story(room, provider):
        leg, line, _ = await answered(room, provider)
        await line.cut()
        again = await provider.connection()
        assert leg.up and room.trunk.state() == LineState("up")
        leg.hangup()
        await bye_is_answered(again)

    play(story)


def test_the_provider_ends_a_call_by_another_connection_than_it_came_by():
    async def story(room, provider):
        first = await provider.connects(room.stack.address[1])
        incoming, tag = await offered(room, provider, first)
        await first.cut()
        second = await provider.connects(room.stack.address[1])
        second.says(request("BYE", via=f"SIP/2.0/TCP {HOST}:{provider.port};branch=z9hG4bKbye", to_tag=tag, cseq=2))
        await second.hears(200)
        assert await incoming.gone() is Cause.HANGUP

    play(story)


def test_cut_while_it_rings_the_answer_comes_by_a_connection_to_us():
    async def story(room, provider):
        line = await provider.connection()
        dialling = room.dials()
        invite = await line.hears("INVITE")
        line.says(response(invite, 180))
        await line.cut()
        again = await provider.connection()
        theirs = await provider.connects(room.stack.address[1])
        theirs.says(response(invite, 200, body=SDP, extra=provider.contact))
        await again.hears("ACK")
        leg = await dialling
        assert leg.up
        leg.hangup()
        await bye_is_answered(again)

    play(story)


def test_cut_while_somebody_calls_us_our_answer_finds_its_way():
    async def story(room, provider):
        kept = await provider.connection()
        theirs = await provider.connects(room.stack.address[1])
        via = f"SIP/2.0/TCP {HOST}:{provider.port};branch=z9hG4bKin"
        theirs.says(request(via=via, contact=provider.contact[0][9:]))
        await theirs.hears(100)
        leg = await asyncio.wait_for(room.legs.get(), IN_TIME)
        await theirs.cut()
        await room.stack.next()
        leg.answer()
        ok = await kept.hears(200)
        kept.says(request("ACK", via=f"{via}ack", to_tag=ok.recipient.tag))
        leg.hangup()
        await bye_is_answered(kept)

    play(story)


def test_cut_before_any_answer_the_invite_is_said_again():
    async def story(room, provider):
        line = await provider.connection()
        dialling = room.dials()
        first = await line.hears("INVITE")
        await line.cut()
        again = await provider.connection()
        second = await again.hears("INVITE")
        assert second.via.branch == first.via.branch, "a copy, not a second call"
        again.says(response(second, 486))
        await again.hears("ACK")
        with pytest.raises(NotAnsweredError) as refused:
            await dialling
        assert refused.value.cause is Cause.BUSY

    play(story)


def test_a_server_that_goes_away_is_a_line_down_at_once_and_back_by_itself():
    async def story(room, provider):
        await provider.connection()
        await provider.close()
        await room.becomes("down")
        assert room.trunk.state().fault == "connection refused: check server, its port and transport"
        with pytest.raises(NotAnsweredError) as failed:
            await room.dials()
        assert failed.value.cause is Cause.LINE_DOWN and failed.value.seconds < 1.0
        await provider.open()
        line = await provider.connection()
        hearing = asyncio.create_task(line.hears("INVITE"))
        await room.becomes("up")
        dialling = room.dials()
        invite = await hearing
        line.says(response(invite, 486))
        with pytest.raises(NotAnsweredError):
            await dialling

    play(story)


def secured(file):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(file)
    return made


def test_a_call_over_tls_to_a_server_that_proves_its_name(tmp_path):
    authority = Authority(tmp_path)
    secure = secured(authority.certificate("provider", host=f"IP:{HOST}"))

    async def story(room, provider):
        leg, line, invite = await answered(room, provider)
        assert invite.via.transport == "TLS"
        peer = line.writer.get_extra_info("peername")
        assert invite.contact == f"sip:{OURS}@{HOST}:{peer[1]};transport=tls", "where the server reaches us"
        incoming, _ = await offered(room, provider, line)
        incoming.hangup()
        await bye_is_answered(line)
        leg.hangup()
        await bye_is_answered(line)

    play(story, secure, transport="tls", ca_file=str(authority.ca))


def test_a_server_that_proves_nothing_carries_no_call_and_the_line_says_why(tmp_path):
    secure = secured(Authority(tmp_path).self_signed("provider", host=f"IP:{HOST}"))

    async def story(room, provider):
        await room.becomes("down")
        assert room.trunk.state().fault == (
            f"certificate of {HOST} is not signed by a known authority: put the provider's own in ca_file"
        )
        with pytest.raises(NotAnsweredError) as failed:
            await room.dials()
        assert failed.value.cause is Cause.LINE_DOWN
        assert provider.lines.empty()

    play(story, secure, transport="tls")
