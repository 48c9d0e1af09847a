"""What every line owes the call flow (`lines/line.py`), tried on each kind of line."""

import asyncio

import pytest

from appliance.lines.line import Cause, Leg, NotAnsweredError
from appliance.media.sound import LegGoneError
from tests.lines.worlds import (
    NOBODY,
    OURS,
    RESIDENT,
    ExtensionsWorld,
    FarEnd,
    FxoWorld,
    GsmWorld,
    HuaweiWorld,
    SimcomWorld,
    SimulatedWorld,
    SipWorld,
    UsrWorld,
    World,
)

DEADLINE_SECONDS = 20.0


WORLDS = {
    "simulated": SimulatedWorld,
    "sip": SipWorld,
    "phones": ExtensionsWorld,
    "gsm": GsmWorld,
    "gsm-simcom": SimcomWorld,
    "gsm-huawei": HuaweiWorld,
    "fxo": FxoWorld,
    "fxo-usr": UsrWorld,
}
# A copper pair has one tone for whatever keeps a call from being answered.
ONE_TONE = {"busy": Cause.BUSY, "wrong": Cause.BUSY, "refuses": Cause.BUSY}
CALLED = tuple(name for name in WORLDS if name != "phones")  # lines on which somebody calls the box
# What lies beyond the modem: with a second make behind the same pair it would be the same proof again, in real time.
BEYOND_THE_MODEM = (
    "test_play_lasts_as_long_as_its_clips",
    "test_a_later_play_replaces_the_one_before",
    "test_recording_ends_by",
    "test_dialled_call_that_is_not_answered_says_why",
    "test_cancelled_bridge_leaves_both_up",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each story in every world; those in which the box is called, only where it can be."""
    if "world" in metafunc.fixturenames:
        story = metafunc.definition.originalname
        worlds = list(WORLDS if "dial" in story else CALLED)
        if story in BEYOND_THE_MODEM:
            worlds.remove("fxo-usr")
        metafunc.parametrize("world", worlds, indirect=True)


@pytest.fixture
def world(request, tmp_path) -> World:
    return WORLDS[request.param](tmp_path)


async def a_call(world: World, caller: str | None = RESIDENT) -> tuple[Leg, FarEnd]:
    """Somebody calls and the box answers."""
    calling = asyncio.ensure_future(world.calls(caller))
    leg = await world.offered.get()
    leg.answer()
    return leg, await calling


async def dialled(world: World, ring_seconds: float = 5.0) -> Leg:
    return await world.line.dial(world.called, shown=OURS, ring_seconds=ring_seconds)


async def begun() -> None:
    """Let the tasks made before run up to their first wait."""
    await asyncio.sleep(0)


async def let_go(leg: Leg, far: FarEnd) -> None:
    leg.hangup()
    await far.is_told_that_it_is_over()


def lives(story):
    """Run a story in its world, within the deadline, and check that the line is empty afterwards."""

    def test(world):
        async def whole():
            async with asyncio.timeout(DEADLINE_SECONDS):
                await story(world)
            assert world.line.free_channels() == world.channels

        world.live(whole())

    test.__name__, test.__doc__ = story.__name__, story.__doc__
    return test


@lives
async def test_incoming_call_is_offered_once_and_answered(world):
    leg, far = await a_call(world)
    await far.is_answered()
    assert (leg.called, leg.caller, leg.line, leg.up) == (OURS, RESIDENT, "provider", True)
    assert world.offered.empty()
    assert world.line.free_channels() == world.channels - 1
    assert world.line.capacity() == world.channels
    await let_go(leg, far)
    assert not leg.up


@lives
async def test_line_is_idle_when_its_last_call_has_ended(world):
    assert world.line.idle()
    leg, far = await a_call(world)
    assert not world.line.idle()
    await let_go(leg, far)
    assert world.line.idle()


@lives
async def test_far_end_hangs_up_and_every_wait_ends(world):
    leg, far = await a_call(world)
    waits = [leg.digit(), leg.play(world.clip(20.0)), leg.voice(5.0)]
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await begun()
    far.hangs_up()
    assert await leg.gone() is Cause.HANGUP
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [LegGoneError] * 3
    leg.hangup()  # once more does nothing
    with pytest.raises(LegGoneError):
        await leg.digit()


@lives
async def test_play_lasts_as_long_as_its_clips(world):
    leg, far = await a_call(world)
    loop = asyncio.get_running_loop()
    start = loop.time()
    await leg.play(world.clip(0.2), world.clip(0.3))
    assert 0.48 <= loop.time() - start < 0.95  # neither one of them nor each of them twice
    await let_go(leg, far)


@lives
async def test_a_later_play_replaces_the_one_before(world):
    leg, far = await a_call(world)
    forever = asyncio.ensure_future(leg.play(world.clip(0.1), loop=True))
    await begun()
    await leg.play(world.clip(0.1))
    await forever
    await let_go(leg, far)


@lives
async def test_digits_come_in_order_and_are_kept_until_asked_for(world):
    leg, far = await a_call(world)
    await far.presses("12#")
    assert [await leg.digit() for _ in range(3)] == ["1", "2", "#"]
    await far.presses("4")
    await far.presses("5")
    assert await leg.digit() == "4"
    await far.speaks()
    await leg.voice(0.1)  # what was said after the digit is heard: the digit is there
    leg.forget_digits()
    await far.presses("6")
    assert await leg.digit() == "6"
    await let_go(leg, far)


@lives
async def test_voice_is_heard(world):
    leg, far = await a_call(world)
    heard = asyncio.ensure_future(leg.voice(0.4))
    await far.presses("1")
    assert await leg.digit() == "1"
    assert not heard.done()
    await far.speaks()
    await heard
    await let_go(leg, far)


@pytest.mark.parametrize("end", ["key", "gone", "silence", "limit"])
def test_recording_ends_by(world, tmp_path, end):
    async def story():
        leg, far = await a_call(world)
        limits = {
            "max_seconds": 0.6 if end == "limit" else 10.0,
            "silence_seconds": 0.5 if end == "silence" else 5.0,
        }
        task = asyncio.ensure_future(leg.record(tmp_path / "message.wav", end_keys="#", **limits))
        if end != "silence":
            await far.speaks()
            await leg.voice(0.4)
        if end == "key":
            await far.presses("#")
        if end == "gone":
            far.hangs_up()
        recording = await task
        assert recording.ended == end
        assert recording.seconds >= 0.3
        assert recording.seconds <= 1.2 or end in ("key", "gone")
        assert (recording.voice_seconds > 0.1) is (end != "silence")
        leg.hangup()
        await leg.gone()

    world.live(story())


@lives
async def test_dialled_call_is_answered(world):
    leg = await dialled(world)
    far = await world.is_rung()
    assert (leg.called, leg.up) == (world.called, True)
    await far.presses("1")
    assert await leg.digit() == "1"
    await let_go(leg, far)


@pytest.mark.parametrize(
    ("deed", "cause"),
    [("busy", Cause.BUSY), ("wrong", Cause.WRONG_NUMBER), ("refuses", Cause.REFUSED), ("rings", Cause.NO_ANSWER)],
)
def test_dialled_call_that_is_not_answered_says_why(world, deed, cause):
    async def story():
        world.will(deed)
        with pytest.raises(NotAnsweredError) as unanswered:
            await dialled(world, ring_seconds=5.0 if world.line.kind == "fxo" and deed in ONE_TONE else 1.0)
        assert unanswered.value.cause is (ONE_TONE.get(deed, cause) if world.line.kind == "fxo" else cause)
        if deed == "rings":
            assert 0.95 <= unanswered.value.seconds <= 2.0
            await (await world.is_rung()).is_told_that_it_is_over()
        assert world.line.free_channels() == world.channels

    world.live(story())


@lives
async def test_cancelled_dial_stops_the_ringing(world):
    world.will("rings")
    dial = asyncio.ensure_future(dialled(world))
    far = await world.is_rung()
    dial.cancel()
    await asyncio.wait({dial})
    assert dial.cancelled()
    await far.is_told_that_it_is_over()


@lives
async def test_full_line_is_down_for_the_next_call(world):
    legs = [await dialled(world) for _ in range(world.channels)]
    fars = [await world.is_rung() for _ in legs]
    assert world.line.free_channels() == 0
    with pytest.raises(NotAnsweredError) as unanswered:
        await dialled(world)
    assert unanswered.value.cause is Cause.LINE_DOWN
    for leg, far in zip(legs, fars, strict=True):
        await let_go(leg, far)


@lives
async def test_bridge_ends_with_the_first_and_leaves_the_other_up(world):
    resident, resident_far = await a_call(world)
    person = await world.beside.dial(world.called, shown=OURS, ring_seconds=5.0)
    person_far = await world.is_rung()
    bridge = asyncio.ensure_future(resident.bridge(person))
    await begun()
    person_far.hangs_up()
    await bridge
    assert resident.up
    assert not person.up
    await resident.play(world.clip(0.1))
    await let_go(resident, resident_far)


@lives
async def test_cancelled_bridge_leaves_both_up(world):
    resident, resident_far = await a_call(world)
    person = await world.beside.dial(world.called, shown=OURS, ring_seconds=5.0)
    person_far = await world.is_rung()
    bridge = asyncio.ensure_future(resident.bridge(person))
    await begun()
    bridge.cancel()
    await asyncio.wait({bridge})
    assert resident.up
    assert person.up
    await let_go(resident, resident_far)
    await let_go(person, person_far)


@lives
async def test_line_that_stops_ends_its_legs(world):
    leg, far = await a_call(world)
    await world.line.stop()
    await far.is_told_that_it_is_over()
    await leg.gone()


def test_number_that_nobody_has_is_wrong_on_a_simulated_network(tmp_path):
    world = SimulatedWorld(tmp_path)

    async def story():
        with pytest.raises(NotAnsweredError) as unanswered:
            await world.line.dial(NOBODY, shown=OURS, ring_seconds=5.0)
        assert unanswered.value.cause is Cause.WRONG_NUMBER

    world.live(story())
