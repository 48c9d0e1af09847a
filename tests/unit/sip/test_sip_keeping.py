"""A trunk's calls in virtual time: silence, slowness, refusals; numbers as providers write them; our own mistakes."""

from __future__ import annotations

import asyncio
import random
import socket
from datetime import UTC, datetime

import pytest

from appliance.building.model import LineConfig
from appliance.lines.line import Cause, LineState, NotAnsweredError
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.transport import Transport
from appliance.lines.sip.trunk import SipTrunk
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually

from .peer import CONTACT, SDP, read, request, response
from .sound import QuietMedia

OURS, THEIRS = "+48221234567", "+48501502503"
HOST = "127.0.0.1"


class Provider:
    """A socket that answers as told: `says(message)` gives packets to send back."""

    def __init__(self):
        self.says = lambda message: []
        self.heard = []
        self.socket = Transport((HOST, 0), self._read)
        self.socket.open()
        self.port = self.socket.address[1]

    def _read(self, data, source):
        message = read(data, source)
        self.heard.append(message)
        for packet in self.says(message):
            self.socket.send(packet.encode(), source)

    def methods(self):
        """What was said, questions for a sign of life left out."""
        said = [getattr(message, "method", None) or message.status for message in self.heard]
        return [each for each in said if each != "OPTIONS"]


class Room:
    """A stack, a trunk and its provider."""

    def __init__(self, loop, server=HOST):
        self.provider = Provider()
        self.media = QuietMedia()
        clock = VirtualClock(loop, datetime(2026, 11, 22, tzinfo=UTC))
        self.stack = SipStack((HOST, 0), media=self.media, clock=clock, rng=random.Random(1))
        self.now = clock.monotonic
        self.calls = []
        config = LineConfig("provider", "sip", (OURS,), channels=2, server=f"{server}:{self.provider.port}")
        self.trunk = SipTrunk(config, self.stack)

    async def dial(self, number=THEIRS, ring_seconds=25.0):
        began = self.now()
        with pytest.raises(NotAnsweredError) as failed:
            await self.trunk.dial(number, shown=OURS, ring_seconds=ring_seconds)
        assert failed.value.seconds == pytest.approx(self.now() - began)
        return failed.value


def live(story, **settings):
    """Play a story in virtual time; everything must be let go of at its end."""
    loop = VirtualLoop()

    async def told():
        room = Room(loop, **settings)
        await room.stack.start()
        assert room.trunk.state() == LineState("starting")
        await room.trunk.start(room.calls.append)
        try:
            await story(room)
        finally:
            await room.trunk.stop()
            await room.stack.stop()
            room.provider.socket.close()
        assert all(channel.closed for channel in room.media.channels)
        assert room.trunk.free_channels() == 2
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_virtually(loop, told())


def only(**answers):
    """Answers by method: a list of statuses each."""
    return lambda message: [
        response(message, status, extra=CONTACT, body=SDP if status == 200 and message.method == "INVITE" else "")
        for status in answers.get(getattr(message, "method", ""), [])
    ]


def test_silence_is_a_line_down_after_three_seconds():
    async def story(room):
        failed = await room.dial()
        assert (failed.cause, failed.seconds) == (Cause.LINE_DOWN, 3.0)
        assert room.trunk.state() == LineState("down", "no response within 3 s")

    live(story)


def test_trying_without_ringing_is_a_line_down_after_fifteen_seconds_and_is_cancelled():
    async def story(room):
        room.provider.says = only(INVITE=[100], CANCEL=[200])
        failed = await room.dial()
        assert (failed.cause, failed.seconds) == (Cause.LINE_DOWN, 15.0)
        assert room.trunk.state() == LineState("up")
        await asyncio.sleep(0.01)
        assert room.provider.methods() == ["INVITE", "CANCEL"]

    live(story)


@pytest.mark.parametrize("says", [[], [100]])
@pytest.mark.parametrize("ring_seconds", [2.0, 5.0])
def test_a_short_ringing_time_without_any_ringing_is_the_next_lines_turn(says, ring_seconds):
    async def story(room):
        room.provider.says = only(INVITE=says, CANCEL=[200])
        failed = await room.dial(ring_seconds=ring_seconds)
        assert (failed.cause, failed.seconds) == (Cause.LINE_DOWN, ring_seconds if says else min(ring_seconds, 3.0))
        assert room.trunk.state().state == ("up" if says or ring_seconds < 3.0 else "down")

    live(story)


def test_a_telephone_rings_its_time_and_is_cancelled():
    async def story(room):
        room.provider.says = only(INVITE=[100, 180], CANCEL=[200])
        failed = await room.dial()
        assert (failed.cause, failed.seconds) == (Cause.NO_ANSWER, 25.0)
        assert room.trunk.state() == LineState("up")

    live(story)


@pytest.mark.parametrize(
    ("statuses", "cause"),
    [
        ([486], Cause.BUSY),
        ([600], Cause.BUSY),
        ([480], Cause.NO_ANSWER),
        ([180, 408], Cause.NO_ANSWER),
        ([100, 408], Cause.LINE_DOWN),
        ([487], Cause.NO_ANSWER),
        ([603], Cause.REFUSED),
        ([403], Cause.REFUSED),
        ([488], Cause.REFUSED),
        ([302], Cause.REFUSED),
        ([404], Cause.WRONG_NUMBER),
        ([410], Cause.WRONG_NUMBER),
        ([484], Cause.WRONG_NUMBER),
        ([604], Cause.WRONG_NUMBER),
        ([500], Cause.LINE_DOWN),
        ([100, 500], Cause.LINE_DOWN),
        ([180, 504], Cause.LINE_DOWN),
        ([100, 503], Cause.LINE_DOWN),
        ([502], Cause.LINE_DOWN),
        ([503], Cause.LINE_DOWN),
        ([504], Cause.LINE_DOWN),
        ([401], Cause.LINE_DOWN),
        ([407], Cause.LINE_DOWN),
    ],
)
def test_what_a_refusal_means(statuses, cause):
    async def story(room):
        room.provider.says = only(INVITE=statuses)
        failed = await room.dial()
        assert failed.cause is cause
        assert str(statuses[-1]) in failed.detail
        assert room.trunk.state().state == ("down" if statuses[-1] in (401, 407, 503) else "up")

    live(story)


def test_an_answer_after_the_line_was_given_up_is_acknowledged_and_hung_up():
    async def story(room):
        invites = []
        room.provider.says = lambda message: invites.append(message) or []
        await room.dial()
        await asyncio.sleep(5.0)
        room.provider.heard.clear()
        room.provider.says = only(BYE=[200])
        late = response(invites[0], 200, body=SDP, extra=(f"Contact: <sip:far@{HOST}:{room.provider.port}>",))
        room.provider.socket.send(late.encode(), room.stack.address)
        await asyncio.sleep(0.01)
        assert room.provider.methods() == ["ACK", "BYE"]

    live(story)


async def up(room, direction="sendrecv"):
    body, contact = SDP.replace("sendrecv", direction), f"Contact: <sip:far@{HOST}:{room.provider.port}>"
    room.provider.says = lambda message: (
        [response(message, 200, body=body, extra=(contact,))] if getattr(message, "method", "") == "INVITE" else []
    )
    return await room.trunk.dial(THEIRS, shown=OURS, ring_seconds=25.0)


def asked(room):
    """How often the far end was asked inside the call."""
    heard = [each for each in room.provider.heard if getattr(each, "method", "") == "OPTIONS"]
    return len({each.cseq for each in heard if each.recipient.tag})


@pytest.mark.parametrize("answer", [200, 405, 500])
def test_who_is_not_heard_but_answers_is_still_there(answer):
    async def story(room):
        leg = await up(room)
        room.provider.says = only(OPTIONS=[answer], BYE=[200])
        leg.channel.on_lost()
        await asyncio.sleep(60.0)
        leg.channel.on_lost()
        await asyncio.sleep(60.0)
        assert leg.up and asked(room) == 2
        leg.hangup()

    live(story)


@pytest.mark.parametrize(("answers", "seconds"), [([481], 0.0), ([408], 0.0), ([], 16.0)])
def test_who_is_not_heard_and_does_not_know_the_call_any_more_is_lost(answers, seconds):
    async def story(room):
        leg = await up(room)
        began = room.now()
        room.provider.says = only(OPTIONS=answers, BYE=[200])
        leg.channel.on_lost()
        assert await leg.gone() is Cause.LOST
        assert room.now() - began == pytest.approx(seconds, abs=0.1)
        await asyncio.sleep(0.01)
        assert room.provider.methods()[-1] == "BYE"

    live(story)


def test_who_only_listens_need_not_be_heard():
    async def story(room):
        leg = await up(room, "recvonly")
        leg.channel.on_lost()
        await asyncio.sleep(120.0)
        assert leg.up and not asked(room)
        leg.hangup()

    live(story)


def test_an_answer_without_usable_sound_is_a_refusal():
    async def story(room):
        unusable = SDP.replace("RTP/AVP 8 0 101", "RTP/AVP 18")
        room.provider.says = lambda message: (
            [response(message, 200, body=unusable, extra=(f"Contact: <sip:far@{HOST}:{room.provider.port}>",))]
            if getattr(message, "method", "") == "INVITE"
            else only(BYE=[200])(message)
        )
        assert (await room.dial()).cause is Cause.REFUSED
        await asyncio.sleep(0.01)
        assert room.provider.methods() == ["INVITE", "ACK", "BYE"]

    live(story)


@pytest.mark.parametrize("server", ["", "a:99999", "a b", "sip:x"])
def test_a_server_that_is_none_is_refused_at_once(server):
    with pytest.raises(ValueError, match="server"):
        SipTrunk(LineConfig("provider", "sip", (OURS,), server=server), None)


@pytest.mark.parametrize("number", ["221234567", "0048221234567", "48221234567", "+48221234567", "+48 22 123-45-67"])
def test_a_provider_may_write_our_number_as_it_likes(number):
    async def story(room):
        uri = f"sip:{number.replace(' ', '%20')}@box"
        packet = request(uri=uri).replace("192.0.2.2:5060", f"{HOST}:{room.provider.port}")
        room.provider.socket.send(packet.encode(), room.stack.address)
        await asyncio.sleep(0.01)
        (leg,) = room.calls
        assert (leg.called, leg.caller) == (OURS, THEIRS)
        assert 100 in room.provider.methods()

    live(story)


@pytest.mark.parametrize(
    ("user", "named"), [("48221234568", "+48221234568"), ("konto-7", "'konto-7'"), ("0" * 200, f"'{'0' * 40}'")]
)
def test_a_call_to_a_number_that_is_not_listed_is_told_with_the_remedy_once_a_minute(user, named, caplog):
    async def story(room):
        for minute in range(2):
            for copy in range(7):
                packet = request(branch=f"{minute}-{copy}", call=f"{minute}-{copy}").replace(OURS, user)
                room.provider.socket.send(packet.encode(), room.stack.address)
            await asyncio.sleep(60.0)
            assert caplog.text.count(f"line provider: a call to {named} was not taken: add it") == minute + 1
        assert room.calls == [] and room.provider.methods() == [], "strangers get no answer"
        room.provider.says = only(OPTIONS=[200])
        await asyncio.sleep(60.0)
        state = room.trunk.state()
        assert state.state == "up" and "`numbers`" in state.fault and named in state.fault

    live(story)


def test_a_provider_that_makes_up_numbers_does_not_fill_log_or_memory(caplog):
    async def story(room):
        for number in range(300):
            packet = request(branch=f"{number}", call=f"{number}").replace(OURS, f"made-up-{number}")
            room.provider.socket.send(packet.encode(), room.stack.address)
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        assert 0 < caplog.text.count("was not taken") <= 50

    live(story)


@pytest.mark.parametrize(
    ("extra", "from_", "caller"),
    [
        (["P-Asserted-Identity: <sip:600700800@p>"], "<sip:x@p>;tag=far", "+48600700800"),
        (["P-Asserted-Identity: <sip:pbx@p>, <tel:+4930123456>"], "<sip:x@p>;tag=far", "+4930123456"),
        (["Privacy: id", "P-Asserted-Identity: <sip:600700800@p>"], "<sip:x@p>;tag=far", None),
        ([], "<sip:front-desk@p>;tag=far", None),
    ],
)
def test_who_calls_is_told_as_e164_or_not_at_all(extra, from_, caller):
    async def story(room):
        room.provider.socket.send(request(extra=extra, from_=from_).encode(), room.stack.address)
        await asyncio.sleep(0.01)
        assert room.calls[0].caller == caller

    live(story)


def test_hold_moves_and_digits_reach_the_sound():
    async def story(room):
        plain = SDP.replace(" 101", "").replace("a=fmtp:101 0-16\r\n", "")
        room.provider.socket.send(request(body=plain).encode(), room.stack.address)
        await asyncio.sleep(0.01)
        (leg,) = room.calls
        leg.answer()
        await asyncio.sleep(0.01)
        tag = room.provider.heard[-1].recipient.tag

        async def say(packet):
            room.provider.socket.send(packet.encode(), room.stack.address)
            await asyncio.sleep(0.01)

        await say(request("ACK", branch="a", to_tag=tag))
        await say(request(branch="h", cseq=2, to_tag=tag, body=plain.replace("sendrecv", "sendonly")))
        assert leg.channel.held
        await say(request("ACK", branch="b", cseq=2, to_tag=tag))
        await say(request(branch="m", cseq=3, to_tag=tag, body=plain.replace("20000", "20008")))
        assert not leg.channel.held and leg.channel.connections[-1] == (("192.0.2.2", 20008), "PCMA", 8, None)
        await say(request("INFO", branch="i", cseq=4, to_tag=tag, body="Signal=1", kind="application/dtmf-relay"))
        assert await leg.digit() == "1"

    live(story)


def test_a_mistake_of_our_own_costs_one_call_and_not_the_line(caplog):
    async def story(room):
        def take(leg):
            room.calls.append(leg)
            if len(room.calls) == 1:
                raise RuntimeError("a mistake")

        room.trunk._on_call = take
        for call in ("one", "two"):
            room.provider.socket.send(request(call=call, branch=call).encode(), room.stack.address)
            await asyncio.sleep(0.01)
        assert room.provider.methods() == [100, 503, 100]
        assert "a mistake" in caplog.text and room.trunk.free_channels() == 1

    live(story)


def test_a_packet_or_timer_that_breaks_the_agent_does_not_make_it_deaf(caplog):
    async def story(room):
        agent = room.stack._agent
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(agent, "receive", lambda *values: 1 / 0)
            room.provider.socket.send(request().encode(), room.stack.address)
            await asyncio.sleep(0.01)
        agent._core.schedule.after(1.0, lambda: 1 / 0)
        room.provider.socket.send(request().encode(), room.stack.address)
        await asyncio.sleep(2.0)
        assert caplog.text.count("ZeroDivisionError") == 2
        assert room.provider.methods() == [100] and len(room.calls) == 1
        room.calls[0].answer()
        await asyncio.sleep(1.0)
        assert room.provider.methods() == [100, 200, 200]

    live(story)


def test_an_address_in_use_is_told_at_the_start():
    async def story():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind((HOST, 0))
            stack = SipStack(taken.getsockname(), media=QuietMedia(), clock=None, rng=random.Random(1))
            with pytest.raises(OSError, match="in use"):
                await stack.start()

    asyncio.run(story())


def test_nothing_sent_anywhere_hurts_the_socket():
    async def story():
        heard = asyncio.Queue()
        transport = Transport((HOST, 0), lambda data, source: heard.put_nowait(data))
        transport.open()
        for place in ((HOST, 9), (HOST, 0), (HOST, 70000), ("not an address", 5060), ("2001:db8::1", 5060)):
            transport.send(b"x", place)
        transport.send(b"x" * 70_000, (HOST, 9))
        transport.send(b"still here", transport.address)
        assert await heard.get() == b"still here"
        transport.close()
        transport.send(b"x", (HOST, 9))

    asyncio.run(asyncio.wait_for(story(), 5))


def test_a_wildcard_socket_names_the_address_that_the_far_end_sees():
    async def story():
        transport = Transport(("0.0.0.0", 0), lambda data, source: None)
        transport.open()
        assert transport.local((HOST, 5060)) == (HOST, transport.address[1])
        assert transport.local(("2001:db8::1", 5060)) == ("0.0.0.0", transport.address[1])
        transport.close()

    asyncio.run(story())
