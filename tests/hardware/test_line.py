"""A SIM line with modems that misbehave: each trap of the project's facts, and the plug pulled at every moment."""

import asyncio
import audioop
import math
import struct

import pytest

from appliance.callflow.waiting import beside
from appliance.demo.tones import tone_of
from appliance.lines.line import Cause, NotAnsweredError
from appliance.media.sound import Clip, LegGoneError
from hardware.gsm import line as gsm_line
from hardware.gsm import modem as driver
from hardware.gsm import voice
from hardware.gsm.profiles import SIMCOM
from tests.hardware.modem.firmware import Knobs
from tests.lines.worlds import OURS, RESIDENT, THEIRS, GsmWorld, HuaweiWorld, SimcomWorld

DEADLINE_SECONDS = 60.0
MAKES = {"quectel": GsmWorld, "simcom": SimcomWorld, "huawei": HuaweiWorld}
FAULT_SECONDS, BACK_SECONDS = 3.0, 30.0
HERTZ, QUARTER_BYTES = 440.0, 4000


def lives(tmp_path, story, make=GsmWorld, **knobs):
    """Run a story with one SIM (and a second one beside it)."""
    world = make(tmp_path)
    world.knobs = Knobs(**knobs)

    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            await story(world)

    world.live(whole())


async def until(condition):
    while not condition():  # noqa: ASYNC110 - states that nobody announces
        await asyncio.sleep(0.01)


async def offered(world, number=RESIDENT, kind=145):
    far = world.stick.network.call(number, kind)
    return await world.offered.get(), far


async def answered(world, **caller):
    leg, far = await offered(world, **caller)
    leg.answer()
    await far.answered.wait()
    return leg, far


@pytest.mark.parametrize(
    ("number", "kind", "caller"),
    [
        ("+48501502503", 145, "+48501502503"),
        ("48501502503", 145, "+48501502503"),
        ("501502503", 129, "+48501502503"),
        ("501502503", 161, "+48501502503"),
        ("221234567", 129, "+48221234567"),
        ("+4930123456", 145, "+4930123456"),
        ("", 128, None),
    ],
)
def test_number_of_a_caller_is_read_in_every_form(tmp_path, number, kind, caller):
    async def story(world):
        leg, _ = await offered(world, number, kind)
        assert leg.caller == caller

    lives(tmp_path, story)


@pytest.mark.parametrize("seconds", [0.05, 0.5, None])
@pytest.mark.parametrize("make", MAKES)
def test_number_that_comes_late_or_by_the_list_only_is_known_when_the_call_is_offered(tmp_path, make, seconds):
    async def story(world):
        leg, _ = await offered(world)
        assert leg.caller == RESIDENT

    lives(tmp_path, story, MAKES[make], clip_seconds=seconds)


def test_caller_whose_number_never_comes_is_offered_all_the_same(tmp_path):
    async def story(world):
        leg, far = await answered(world, number="", kind=128)
        assert leg.caller is None
        far.hangs_up()
        assert await leg.gone() is Cause.HANGUP

    lives(tmp_path, story, clip_seconds=None)


@pytest.mark.parametrize("make", MAKES)
def test_same_caller_who_rings_again_at_once_is_a_new_call(tmp_path, make):
    async def story(world):
        first, far = await offered(world)
        far.hangs_up()
        second, again = await offered(world)
        assert await first.gone() is Cause.CANCELLED
        second.answer()
        await again.answered.wait()
        assert second.up

    lives(tmp_path, story, MAKES[make])


@pytest.mark.parametrize(
    "knobs",
    [
        {"ring_in_answers": True},
        {"junk": b"\r\n\xff\x00\xfe\r\n"},
        {"piece_bytes": 1},
        {"piece_bytes": 8, "piece_seconds": 0.05},
        {"data_call": True},
        {"refused": frozenset({"AT+CLIP", "AT+CRC", "AT+QTONEDET", "AT^DSCI", "AT+CEER"})},
        {"text_calls": False},
    ],
    ids=["ring in answers", "junk", "bytes", "50 ms", "data call", "refuses much", "says no end"],
)
def test_call_comes_in_and_goes_out_through_a_modem_that(tmp_path, knobs):
    async def story(world):
        leg, far = await answered(world)
        assert leg.caller == RESIDENT
        far.hangs_up()
        assert await leg.gone() is Cause.HANGUP
        person = await world.line.dial(THEIRS, shown=OURS, ring_seconds=10.0)
        assert world.stick.network.dialled == [THEIRS]
        person.hangup()
        await (await world.stick.network.placed.get()).over.wait()

    lives(tmp_path, story, **knobs)


@pytest.mark.parametrize("make", MAKES)
def test_box_refuses_and_the_caller_is_told(tmp_path, make):
    async def story(world):
        leg, far = await offered(world)
        leg.hangup(Cause.BUSY)
        await far.over.wait()
        assert not far.answered.is_set()
        assert world.line.idle()

    lives(tmp_path, story, MAKES[make])


def test_second_caller_waits_and_is_offered_when_the_first_call_is_over(tmp_path):
    async def story(world):
        leg, far = await answered(world)
        waiting = world.stick.network.call("+48601601601")
        await asyncio.sleep(1.2)  # a look at the list of calls
        assert world.offered.empty()
        leg.hangup()
        await far.over.wait()
        second = await world.offered.get()
        assert second.caller == "+48601601601"
        second.answer()
        await waiting.answered.wait()

    lives(tmp_path, story)


@pytest.mark.parametrize("make", MAKES)
def test_second_caller_who_gives_up_does_not_end_the_first_call(tmp_path, make):
    async def story(world):
        leg, far = await answered(world)
        waiting = world.stick.network.call("+48601601601")
        await until(lambda: len(world.line.watch.table.calls) == 2)
        waiting.hangs_up()
        await until(lambda: len(world.line.watch.table.calls) == 1)
        await leg.play(world.clip(0.2))
        assert leg.up
        far.hangs_up()
        assert await leg.gone() is Cause.HANGUP

    lives(tmp_path, story, MAKES[make])


def test_call_that_the_modem_refuses_leaves_the_line_free(tmp_path):
    async def story(world):
        world.will("answers")
        world.stick.network.reached = False
        with pytest.raises(NotAnsweredError) as unanswered:
            await world.line.dial(THEIRS, shown=OURS, ring_seconds=10.0)
        assert unanswered.value.cause is Cause.LINE_DOWN
        world.stick.network.reached = True
        leg = await world.line.dial(THEIRS, shown=OURS, ring_seconds=10.0)
        assert leg.up

    lives(tmp_path, story)


def test_emergency_call_is_placed_although_a_call_is_on_the_card(tmp_path):
    async def story(world):
        world.stick.network.people["112"] = "answers"
        leg, far = await answered(world)
        assert world.line.free_channels() == 0
        call = await world.line.dial("112", shown=OURS, ring_seconds=10.0)
        assert call.up
        await far.over.wait()
        assert world.stick.network.dialled == ["112"]
        assert await leg.gone() is Cause.LOST

    lives(tmp_path, story)


@pytest.mark.parametrize(
    ("deed", "cause"), [("no service", Cause.LINE_DOWN), ("silent", Cause.LINE_DOWN), ("busy", Cause.BUSY)]
)
@pytest.mark.parametrize("make", MAKES)
def test_line_that_fails_is_told_from_a_person_who_does_not_answer(tmp_path, monkeypatch, make, deed, cause):
    monkeypatch.setattr("hardware.gsm.placing.RINGING_SECONDS", 1.0)

    async def story(world):
        world.will(deed)
        with pytest.raises(NotAnsweredError) as unanswered:
            await world.line.dial(THEIRS, shown=OURS, ring_seconds=10.0)
        assert unanswered.value.cause is cause
        await (await world.stick.network.placed.get()).over.wait()

    lives(tmp_path, story, MAKES[make])


@pytest.mark.parametrize("make", ["quectel", "simcom"])
def test_keys_of_the_box_are_sent_by_the_modem(tmp_path, make):
    async def story(world):
        leg, far = await answered(world)
        await leg.press("1#7")
        assert far.keys == "1#7"
        far.hangs_up()
        await leg.gone()
        with pytest.raises(LegGoneError):
            await leg.press("1")

    lives(tmp_path, story, MAKES[make])


@pytest.mark.parametrize("make", MAKES)
def test_what_the_box_plays_is_heard_at_the_far_end(tmp_path, make):
    async def story(world):
        leg, far = await answered(world)
        await leg.play(world.clip(1.0))
        samples = struct.unpack(f"<{len(far.heard) // 2}h", far.heard[: len(far.heard) // 2 * 2])
        assert sum(abs(each) > 4000 for each in samples) > 6400

    lives(tmp_path, story, MAKES[make])


def test_sound_that_the_modem_refuses_at_first_is_tried_again(tmp_path):
    async def story(world):
        leg, far = await answered(world)
        playing = asyncio.ensure_future(leg.play(world.clip(0.4), loop=True))
        await until(lambda: any(far.heard))
        playing.cancel()
        tried = world.stick.firmware.received.count("AT+CPCMREG=1")
        assert tried >= 3

    lives(tmp_path, story, SimcomWorld, sound_after=1.5)


def test_modem_whose_sound_spoils_is_restarted_after_a_call_and_is_well_in_the_next(tmp_path):
    async def story(world):
        for _ in range(2):
            leg, far = await answered(world)
            far.speech = struct.pack("<2h", 8000, -8000) * 4000
            await leg.voice(0.5)
            leg.hangup()
            await far.over.wait()
            assert world.line.state().state == "up"
            await until(lambda: world.line.free_channels() == 0)
            await until(lambda: world.line.free_channels() == 1)
            assert world.line.state().fault is None

    lives(tmp_path, story, SimcomWorld, degrades=True)


def test_modem_that_restarts_of_its_own_will_is_no_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(gsm_line, "CALM_SECONDS", 0.0)

    async def story(world):
        leg, far = await answered(world)
        await until(lambda: far.heard)
        leg.hangup()
        await far.over.wait()
        seen = set()
        await until(lambda: world.line.state().state == "starting")
        while world.line.state().state != "up":
            seen.add(world.line.state())
            await asyncio.sleep(0.005)
        assert {(each.state, each.fault) for each in seen} == {("starting", None)}

    lives(tmp_path, story, SimcomWorld)


def test_call_in_which_the_modem_never_carries_sound_ends_and_leaves_the_line_free(tmp_path, monkeypatch):
    """Nobody is left in silence; whoever calls again may have more luck."""
    monkeypatch.setattr(voice, "SOUND_SECONDS", 1.2)

    async def story(world):
        leg, far = await answered(world)
        with pytest.raises(LegGoneError):
            await leg.play(world.clip(20.0))
        assert await leg.gone() is Cause.LOST
        await far.over.wait()
        assert world.stick.firmware.received.count("AT+CPCMREG=1") >= 2
        await until(lambda: world.line.free_channels() == 1)

    lives(tmp_path, story, SimcomWorld, sound_after=1000.0)


def test_sound_of_a_simcom_is_tried_for_twelve_seconds():
    """As long as the project's facts say that it may take; less would end calls that had become good."""
    assert (voice.SOUND_SECONDS, SIMCOM.in_call, SIMCOM.sound_after) == (12.0, ("AT+CPCMREG=1",), 0.1)


def test_full_buffer_of_the_modem_stops_the_sound_for_a_moment(tmp_path, monkeypatch):
    async def story(world):
        leg, far = await answered(world)
        await until(lambda: far.heard)
        monkeypatch.setattr(voice, "RESUME_SECONDS", 1.0)
        world.stick.firmware.pauses()
        while True:
            before = len(far.heard)
            await asyncio.sleep(0.5)
            if len(far.heard) == before:
                break
        await until(lambda: len(far.heard) > before)
        assert leg.up

    lives(tmp_path, story)


def test_two_lists_without_a_call_end_it(tmp_path):
    async def story(world):
        leg, far = await answered(world)
        world.stick.network.calls.remove(far)  # the modem forgets it and says nothing
        assert await leg.gone() is Cause.HANGUP

    lives(tmp_path, story)


def test_call_of_an_earlier_life_is_ended(tmp_path):
    async def story(world):
        _, far = await answered(world)
        await world.line.modem.stop()  # as by a killed exchange: nobody hangs up
        assert not far.over.is_set()
        world.line.modem.start()
        await far.over.wait()

    lives(tmp_path, story)


@pytest.mark.parametrize("make", MAKES)
def test_pulled_out_while_idle_it_is_a_fault_in_words_and_back_in_service_when_put_back(tmp_path, make):
    async def story(world):
        await pulled_and_put_back(world)
        leg, far = await answered(world)
        assert leg.caller == RESIDENT
        leg.hangup()
        await far.over.wait()

    lives(tmp_path, story, MAKES[make])


@pytest.mark.parametrize("make", MAKES)
def test_pulled_out_while_it_rings_the_call_is_over_and_the_same_caller_is_answered_later(tmp_path, make):
    async def story(world):
        leg, _ = await offered(world)
        await pulled_and_put_back(world)
        assert await leg.gone() is Cause.CANCELLED
        again, far = await answered(world)
        assert (again.caller, again.up) == (RESIDENT, True)
        assert far.answered.is_set()

    lives(tmp_path, story, MAKES[make])


@pytest.mark.parametrize("make", MAKES)
def test_pulled_out_in_a_call_every_wait_ends_and_the_same_caller_is_answered_later(tmp_path, make):
    async def story(world):
        leg, far = await answered(world)
        await until(lambda: far.heard)
        waits = [asyncio.ensure_future(each) for each in (leg.digit(), leg.play(world.clip(20.0)), leg.press("1" * 50))]
        await asyncio.sleep(0)
        await pulled_and_put_back(world)
        assert await leg.gone() is Cause.LOST
        results = await asyncio.gather(*waits, return_exceptions=True)
        assert [type(each) for each in results] == [LegGoneError] * 3
        again, second = await answered(world)
        assert again.caller == RESIDENT
        await again.play(world.clip(0.3))
        assert any(second.heard)

    lives(tmp_path, story, MAKES[make])


def test_pulled_out_while_somebody_is_rung_the_line_is_down_for_that_call(tmp_path):
    async def story(world):
        world.will("rings")
        dial = asyncio.ensure_future(world.line.dial(THEIRS, shown=OURS, ring_seconds=30.0))
        await world.stick.network.placed.get()
        world.stick.unplug()
        with pytest.raises(NotAnsweredError) as unanswered:
            await dial
        assert unanswered.value.cause is Cause.LINE_DOWN
        assert unanswered.value.seconds < FAULT_SECONDS

    lives(tmp_path, story)


async def pulled_and_put_back(world):
    loop = asyncio.get_running_loop()
    began = loop.time()
    world.stick.unplug()
    await until(lambda: world.line.state().state == "down")
    assert loop.time() - began < FAULT_SECONDS
    assert "plug it into a USB socket" in world.line.state().fault
    assert "signal" not in world.line.state().about
    assert world.line.free_channels() == 0
    began = loop.time()
    world.stick.plug()
    await until(lambda: world.line.state().state == "up")
    assert loop.time() - began < BACK_SECONDS
    assert world.line.state().fault is None


def test_state_says_what_the_modem_is_in_words(tmp_path):
    async def story(world):
        about = world.line.state().about
        assert about == "Quectel EC25/EG25, voice: yes, 4G, Orange PL, signal very good (-71 dBm), SIM card ready"
        told = world.line.state().modem
        assert told == {
            "model": "Quectel EC25/EG25",
            "operator": "Orange PL",
            "technology": "4G",
            "signal": "very good",
            "dbm": -71,
            "sim": "ready",
            "voice": True,
            "roaming": False,
            "fault": None,
        }

    lives(tmp_path, story)


def test_roaming_is_told_and_stops_no_call(tmp_path, monkeypatch):
    monkeypatch.setattr(driver, "WATCH_SECONDS", 0.2)

    async def story(world):
        world.stick.firmware.radio.registration = 5
        await until(lambda: world.line.state().fault is not None)
        assert "roaming" in world.line.state().fault
        assert (world.line.state().state, world.line.free_channels()) == ("up", 1)

    lives(tmp_path, story)


def level(sound):
    """Of the last quarter of a second of PCM, dB below full scale."""
    return 20 * math.log10(max(audioop.rms(bytes(sound[-QUARTER_BYTES:]), 2), 1) / 32768)


def test_modem_that_is_too_quiet_or_too_loud_is_put_right_by_the_building(tmp_path):
    tone = audioop.lin2alaw(audioop.mul(audioop.alaw2lin(tone_of(HERTZ, 1.0), 2), 2, 0.3), 2)
    said = level(audioop.alaw2lin(tone, 2))

    async def story(world):
        leg, far = await answered(world)
        far.speech = audioop.alaw2lin(tone, 2)
        sound = tmp_path / "tone.alaw"
        sound.write_bytes(tone)
        async with beside(leg.play(Clip("tone", 1.0, sound), loop=True)):
            await until(lambda: level(far.heard) == pytest.approx(said - 12.0, abs=1.0))
            await until(lambda: leg.channel.levels().heard is not None)
        heard = leg.channel.levels().heard
        world.heard.append(heard)

    measured = []
    for louder in (0.0, 6.0):
        world = GsmWorld(tmp_path / f"{louder}")
        world.config, world.heard = {"louder_in": louder, "louder_out": -12.0}, measured
        world.live(story(world))
    assert measured[1] - measured[0] == pytest.approx(6.0, abs=1.0)
