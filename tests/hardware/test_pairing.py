"""Two people on one SIM card: held, called beside, joined; and every way in which a network does not do it."""

import asyncio
import json

import pytest

from appliance.lines.joining import Joining
from appliance.lines.line import Cause, NotAnsweredError
from tests.hardware.modem.firmware import Knobs
from tests.lines.worlds import RESIDENT, THEIRS, GsmWorld, HuaweiWorld, SimcomWorld

DEADLINE_SECONDS = 60.0
MAKES = {"quectel": GsmWorld, "simcom": SimcomWorld, "huawei": HuaweiWorld}


def lives(tmp_path, story, make=GsmWorld, config=None, **knobs):
    """Run a story with one SIM."""
    world = make(tmp_path)
    world.knobs, world.config = Knobs(**knobs), config or {}

    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            await story(world)

    world.live(whole())


async def until(condition):
    while not condition():  # noqa: ASYNC110 - states that nobody announces
        await asyncio.sleep(0.02)


async def a_caller(world):
    """A resident on the card, answered and heard."""
    far = world.stick.network.call(RESIDENT)
    leg = await world.offered.get()
    leg.answer()
    await until(lambda: leg.channel.has_port)
    await until(lambda: world.line.holds(leg))
    return leg, far


async def beside(world, leg, seconds=20.0):
    return await world.line.dial_beside(leg, THEIRS, shown="", ring_seconds=seconds)


def commands(world):
    return [each for each in world.stick.firmware.received if "CHLD" in each or each in ("ATH", "AT+CHUP")]


def noted(tmp_path):
    path = tmp_path / "provider" / "gsm-conference.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


@pytest.mark.parametrize("make", MAKES)
def test_caller_is_held_duty_is_called_beside_and_the_two_are_joined(tmp_path, make):
    async def story(world):
        assert isinstance(world.line, Joining)
        leg, far = await a_caller(world)
        duty = await beside(world, leg)
        second = await world.stick.network.placed.get()
        assert (far.state, second.state) == ("held", "active")
        assert duty.channel.has_port and not leg.channel.has_port
        assert not world.line.holds(leg), "no third person"
        assert await world.line.join(leg, duty)
        assert far.joined and second.joined
        talk = asyncio.ensure_future(leg.bridge(duty))
        await asyncio.sleep(0.5)
        assert not talk.done()
        second.hangs_up()
        await talk
        assert leg.up and not duty.up
        leg.hangup()
        await far.over.wait()
        assert "ATH" not in commands(world)[:3]

    lives(tmp_path, story, MAKES[make])
    assert not noted(tmp_path)


@pytest.mark.parametrize("ends", ["caller", "box"])
def test_a_conference_ends_for_both(tmp_path, ends):
    async def story(world):
        leg, far = await a_caller(world)
        duty = await beside(world, leg)
        second = await world.stick.network.placed.get()
        assert await world.line.join(leg, duty)
        if ends == "caller":
            far.hangs_up()
            assert await leg.gone() is Cause.HANGUP
        else:
            leg.hangup()
        duty.hangup()
        await second.over.wait()
        await far.over.wait()
        await until(world.line.idle)

    lives(tmp_path, story)


@pytest.mark.parametrize(("deed", "cause"), [("busy", Cause.BUSY), ("refuses", Cause.REFUSED)])
def test_who_does_not_answer_leaves_the_caller_as_they_were_and_the_next_one_can_be_rung(tmp_path, deed, cause):
    async def story(world):
        leg, far = await a_caller(world)
        world.will(deed)
        with pytest.raises(NotAnsweredError) as unanswered:
            await beside(world, leg)
        assert unanswered.value.cause is cause
        await world.line.back(leg)
        assert far.state == "active"
        await until(lambda: leg.channel.has_port)
        world.will("answers")
        duty = await beside(world, leg)
        assert duty.up and far.state == "held"

    lives(tmp_path, story)


def test_who_rings_their_time_is_hung_up_without_ending_the_caller(tmp_path):
    async def story(world):
        leg, far = await a_caller(world)
        world.will("rings")
        with pytest.raises(NotAnsweredError) as unanswered:
            await beside(world, leg, 3.0)
        assert unanswered.value.cause is Cause.NO_ANSWER
        second = await world.stick.network.placed.get()
        await second.over.wait()
        await until(lambda: far.state == "active")
        await until(lambda: leg.channel.has_port)
        assert leg.up and not {"ATH", "AT+CHUP"} & set(commands(world))

    lives(tmp_path, story)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3, 1.5])
def test_a_dial_that_is_cancelled_at_any_moment_brings_the_caller_back(tmp_path, seconds):
    async def story(world):
        leg, far = await a_caller(world)
        world.will("rings")
        dial = asyncio.ensure_future(beside(world, leg))
        await asyncio.sleep(seconds)
        dial.cancel()
        await asyncio.wait({dial})
        await asyncio.sleep(1.0)
        await until(lambda: far.state == "active" and world.line.pairing.held is None)
        assert leg.up
        await until(lambda: world.line.holds(leg) and leg.channel.has_port)
        assert world.stick.network.calls == [far]

    lives(tmp_path, story)


def test_caller_who_hangs_up_on_hold_leaves_the_other_one_up(tmp_path):
    async def story(world):
        leg, far = await a_caller(world)
        duty = await beside(world, leg)
        far.hangs_up()
        assert await leg.gone() is Cause.HANGUP
        assert duty.up and duty.channel.has_port and world.line.holds(duty)

    lives(tmp_path, story)


@pytest.mark.parametrize("how", ["refused", "pretends"])
def test_a_network_that_does_not_hold_is_found_out_once(tmp_path, how):
    async def story(world):
        leg, far = await a_caller(world)
        with pytest.raises(NotAnsweredError) as unanswered:
            await beside(world, leg)
        assert unanswered.value.cause is Cause.LINE_DOWN
        assert leg.up and far.state == "active" and leg.channel.has_port
        assert not world.line.holds(leg)
        assert world.stick.network.placed.empty()

    lives(tmp_path, story, holds=how)
    assert len(noted(tmp_path)) == 1


@pytest.mark.parametrize("how", ["refused", "pretends"])
def test_a_network_that_does_not_join_leaves_the_caller_held_until_the_other_is_let_go(tmp_path, how):
    async def story(world):
        leg, far = await a_caller(world)
        duty = await beside(world, leg)
        assert not await world.line.join(leg, duty)
        assert duty.up and duty.channel.has_port
        duty.hangup()
        await world.line.back(leg)
        assert far.state == "active"
        await until(lambda: leg.channel.has_port)
        assert not world.line.holds(leg)

    lives(tmp_path, story, joins=how)
    assert len(noted(tmp_path)) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_caller_who_leaves_in_the_moment_of_joining_does_not_put_the_network_under_suspicion(tmp_path, when):
    async def story(world):
        leg, _ = await a_caller(world)
        duty = await beside(world, leg)
        await world.line.join(leg, duty)
        assert await leg.gone() is Cause.HANGUP
        assert duty.up and duty.channel.has_port
        assert world.line.holds(duty), "the next caller may be held again"

    lives(tmp_path, story, leaves=when)
    assert not noted(tmp_path)


def test_what_does_not_work_is_remembered_after_a_restart_by_card_and_is_tried_again_after_a_month(tmp_path):
    async def refused(world):
        leg, _ = await a_caller(world)
        with pytest.raises(NotAnsweredError):
            await beside(world, leg)

    async def again(world):
        await refused(world)
        assert "AT+CHLD=2" not in commands(world)

    async def later(world):
        leg, _ = await a_caller(world)
        assert (await beside(world, leg)).up

    lives(tmp_path, refused, holds="refused")
    (card,) = noted(tmp_path)
    lives(tmp_path, again)
    (tmp_path / "provider" / "gsm-conference.json").write_text(json.dumps({card: "2020-01-01T00:00:00+00:00"}))
    lives(tmp_path, later)


def test_a_building_that_does_not_want_it_has_nobody_put_on_hold(tmp_path):
    async def story(world):
        far = world.stick.network.call(RESIDENT)
        leg = await world.offered.get()
        leg.answer()
        await far.answered.wait()
        await until(lambda: leg.channel.has_port)
        await asyncio.sleep(1.0)
        assert not world.line.holds(leg)

    lives(tmp_path, story, config={"conference": "never"})


def test_while_somebody_else_waits_on_the_line_nobody_is_put_on_hold(tmp_path):
    async def story(world):
        leg, far = await a_caller(world)
        world.stick.network.call("+48511222333")
        await until(lambda: not world.line.holds(leg))
        with pytest.raises(NotAnsweredError):
            await beside(world, leg)
        assert far.state == "active"

    lives(tmp_path, story)


def test_modem_that_is_pulled_out_ends_both(tmp_path):
    async def story(world):
        leg, _ = await a_caller(world)
        duty = await beside(world, leg)
        world.stick.unplug()
        assert await leg.gone() is Cause.LOST and await duty.gone() is Cause.LOST
        assert world.line.pairing.held is None

    lives(tmp_path, story)
