"""The contract of lines whose network carries two calls on one channel, for each kind that does."""

import asyncio

import pytest

from appliance.lines.joining import Joining
from appliance.lines.line import Cause, NotAnsweredError
from tests.lines.worlds import OURS, GsmWorld, SimulatedWorld

DEADLINE_SECONDS = 60.0


@pytest.fixture(params=[SimulatedWorld, GsmWorld], ids=["simulated", "gsm"])
def world(request, tmp_path):
    return request.param(tmp_path)


def lives(world, story):
    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            if isinstance(world, SimulatedWorld):
                world.line.channels, world.line.pairs = 1, "joins"
            assert isinstance(world.line, Joining) and world.line.capacity() == 1
            caller = asyncio.ensure_future(world.calls())
            leg = await world.offered.get()
            leg.answer()
            await caller
            while not world.line.holds(leg):  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.02)
            await story(leg)
            leg.hangup()
            while not world.line.idle():  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.02)

    world.live(whole())


async def beside(world, leg, seconds=10.0):
    return await world.line.dial_beside(leg, world.called, shown=OURS, ring_seconds=seconds)


def test_somebody_is_called_beside_a_held_leg_and_the_two_are_joined_and_bridged(world):
    async def story(leg):
        person = await beside(world, leg)
        assert not world.line.holds(leg) and not world.line.holds(person)
        assert await world.line.join(leg, person)
        bridge = asyncio.ensure_future(leg.bridge(person))
        await asyncio.sleep(0.1)
        (await world.is_rung()).hangs_up()
        await bridge
        assert leg.up and not person.up

    lives(world, story)


@pytest.mark.parametrize(("deed", "cause"), [("busy", Cause.BUSY), ("refuses", Cause.REFUSED)])
def test_a_leg_is_back_when_nobody_answers_beside_it_and_may_be_held_again(world, deed, cause):
    async def story(leg):
        world.will(deed)
        with pytest.raises(NotAnsweredError) as unanswered:
            await beside(world, leg)
        assert unanswered.value.cause is cause
        await world.line.back(leg)
        assert leg.up and world.line.holds(leg)

    lives(world, story)


def test_a_third_call_is_a_line_that_is_down(world):
    async def story(leg):
        person = await beside(world, leg)
        for each in (leg, person):
            with pytest.raises(NotAnsweredError) as unanswered:
                await beside(world, each)
            assert unanswered.value.cause is Cause.LINE_DOWN
        person.hangup()
        await world.line.back(leg)
        assert leg.up

    lives(world, story)
