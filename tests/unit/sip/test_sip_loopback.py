"""Two boxes call each other over real sockets on loopback."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager

import pytest

from appliance.building.model import LineConfig
from appliance.clock import SystemClock
from appliance.lines.line import Cause, NotAnsweredError
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from appliance.media.sound import LegGoneError

from .sound import QuietMedia

OURS, THEIRS = "+48221234567", "+48501502503"


class Box:
    """A stack with one trunk to another box, and the legs that came in."""

    def __init__(self, number, seed, **trunk):
        self.media = QuietMedia()
        self.stack = SipStack(("127.0.0.1", 0), media=self.media, clock=SystemClock(), rng=random.Random(seed))
        self.number = number
        self.settings = trunk
        self.legs = asyncio.Queue()

    async def reach(self, port):
        config = LineConfig(
            "provider", "sip", (self.number,), **{"channels": 2, "server": f"127.0.0.1:{port}", **self.settings}
        )
        self.trunk = SipTrunk(config, self.stack)
        await self.trunk.start(self.legs.put_nowait)


@asynccontextmanager
async def two_boxes(**trunk):
    ours, theirs = Box(OURS, 1, **trunk), Box(THEIRS, 2)
    await ours.stack.start()
    await theirs.stack.start()
    await ours.reach(theirs.stack.address[1])
    await theirs.reach(ours.stack.address[1])
    try:
        yield ours, theirs
    finally:
        for box in (ours, theirs):
            await box.trunk.stop()
            await box.stack.stop()
        for box in (ours, theirs):
            assert all(channel.closed for channel in box.media.channels)
            assert box.trunk.free_channels() == 2


def run(story, **trunk):
    async def told():
        async with two_boxes(**trunk) as (ours, theirs):
            await asyncio.wait_for(story(ours, theirs), 10)

    asyncio.run(told())


async def talk(ours, theirs, number=THEIRS):
    """A call from `ours` that `theirs` answers; both legs."""
    dialling = asyncio.create_task(ours.trunk.dial(number, shown=OURS, ring_seconds=5))
    incoming = await theirs.legs.get()
    incoming.ring()
    incoming.answer()
    return await dialling, incoming


@pytest.mark.parametrize("dial_format", ["e164", "national", "00"])
def test_a_call_is_placed_and_taken_and_both_know_who_speaks(dial_format):
    async def story(ours, theirs):
        out, incoming = await talk(ours, theirs)
        assert (incoming.called, incoming.caller) == (THEIRS, OURS)
        assert (out.called, out.caller) == (THEIRS, OURS)
        assert out.up and incoming.up
        assert out.channel.connections == [(incoming.channel.local, "PCMA", 8, 101)]
        assert incoming.channel.connections == [(out.channel.local, "PCMA", 8, 101)]
        assert ours.trunk.free_channels() == 1
        out.hangup()
        assert await incoming.gone() is Cause.HANGUP
        assert await out.gone() is Cause.HANGUP

    run(story, dial_format=dial_format)


def test_the_far_end_hangs_up_and_whoever_waits_for_a_digit_is_told():
    async def story(ours, theirs):
        out, incoming = await talk(ours, theirs)
        waiting = asyncio.create_task(out.digit())
        incoming.hangup()
        with pytest.raises(LegGoneError):
            await waiting
        assert await out.gone() is Cause.HANGUP
        out.hangup()  # once more does nothing

    run(story)


@pytest.mark.parametrize(
    ("refused_with", "told"),
    [
        (Cause.BUSY, Cause.BUSY),
        (Cause.NO_ANSWER, Cause.NO_ANSWER),
        (Cause.REFUSED, Cause.REFUSED),
        (Cause.WRONG_NUMBER, Cause.WRONG_NUMBER),
        (Cause.LINE_DOWN, Cause.LINE_DOWN),
    ],
)
def test_a_refusal_arrives_as_what_was_meant(refused_with, told):
    async def story(ours, theirs):
        dialling = asyncio.create_task(ours.trunk.dial(THEIRS, shown=OURS, ring_seconds=5))
        (await theirs.legs.get()).hangup(refused_with)
        with pytest.raises(NotAnsweredError) as refused:
            await dialling
        assert refused.value.cause is told
        assert ours.trunk.state().state == ("down" if told is Cause.LINE_DOWN else "up")

    run(story)


def test_giving_up_cancels_the_ringing_telephone():
    async def story(ours, theirs):
        dialling = asyncio.create_task(ours.trunk.dial(THEIRS, shown=OURS, ring_seconds=5))
        incoming = await theirs.legs.get()
        incoming.ring()
        dialling.cancel()
        assert await incoming.gone() is Cause.CANCELLED
        incoming.answer()
        assert not incoming.up

    run(story)


def test_it_rings_its_time_and_no_longer():
    async def story(ours, theirs):
        dialling = asyncio.create_task(ours.trunk.dial(THEIRS, shown=OURS, ring_seconds=0.2))
        incoming = await theirs.legs.get()
        incoming.ring()
        with pytest.raises(NotAnsweredError) as missed:
            await dialling
        assert missed.value.cause is Cause.NO_ANSWER
        assert missed.value.seconds >= 0.2
        assert await incoming.gone() is Cause.CANCELLED

    run(story)


def test_two_legs_are_bridged_until_one_of_them_ends():
    async def story(ours, theirs):
        first, far_first = await talk(ours, theirs)
        second, far_second = await talk(ours, theirs)
        bridging = asyncio.create_task(first.bridge(second))
        await asyncio.sleep(0)
        assert first.channel.partner is second.channel
        far_first.hangup()
        await bridging
        assert second.up and second.channel.partner is None
        with pytest.raises(NotAnsweredError):
            await asyncio.gather(*(ours.trunk.dial(THEIRS, shown=OURS, ring_seconds=0.05) for _ in range(2)))
        far_second.hangup()
        await second.gone()

    run(story)


def test_no_free_channel_and_no_free_port_are_the_next_lines_turn():
    async def story(ours, theirs):
        ours.media.free = 0
        with pytest.raises(NotAnsweredError) as refused:
            await ours.trunk.dial(THEIRS, shown=OURS, ring_seconds=5)
        assert refused.value.cause is Cause.LINE_DOWN
        ours.media.free = 9
        await talk(ours, theirs)
        await talk(ours, theirs)
        assert ours.trunk.free_channels() == 0
        with pytest.raises(NotAnsweredError) as refused:
            await ours.trunk.dial(THEIRS, shown=OURS, ring_seconds=5)
        assert (refused.value.cause, refused.value.detail) == (Cause.LINE_DOWN, "no free channel")

    run(story)


def test_a_far_end_that_forgot_the_call_ends_it_as_lost():
    async def story(ours, theirs):
        out, incoming = await talk(ours, theirs)
        for session in list(theirs.stack._agent._sessions.values()):
            theirs.stack._agent._forget(session)
        out.channel.on_lost()
        assert await out.gone() is Cause.LOST
        incoming.hangup()

    run(story)


def test_stopping_says_goodbye_to_every_leg():
    async def story(ours, theirs):
        _, incoming = await talk(ours, theirs)
        _, other = await talk(ours, theirs)
        await ours.trunk.stop()
        await ours.stack.stop()
        assert await incoming.gone() is Cause.HANGUP
        assert await other.gone() is Cause.HANGUP

    run(story)


def test_a_sip_address_is_dialled_as_it_stands():
    async def story(ours, theirs):
        address = f"sip:{THEIRS}@127.0.0.1:{theirs.stack.address[1]}"
        out, _ = await talk(ours, theirs, address)
        assert out.called == address
        out.hangup()

    run(story)


def test_who_is_held_hears_us_and_is_not_heard_until_resumed():
    async def story(ours, theirs):
        leg, far = await talk(ours, theirs)
        for on in (True, False):
            leg.hold() if on else leg.resume()
            for _ in range(1000):  # turns of the loop, until the re-INVITE has gone round
                if far.channel.held is on:
                    break
                await asyncio.sleep(0.001)
            assert far.channel.held is on and not leg.channel.held
        leg.hangup()
        await far.gone()
        leg.hold()  # nothing happens any more
        far.resume()

    run(story)
