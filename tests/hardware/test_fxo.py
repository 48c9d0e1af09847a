"""A copper pair behind a voice modem in software: rings, answers, dials, ends, fails, and comes back."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from appliance.building.model import LineConfig
from appliance.clock import SystemClock
from appliance.lines.channel_leg import ChannelLeg
from appliance.lines.line import Cause, NotAnsweredError
from appliance.media.sound import Clip, LegGoneError
from hardware.fxo import pulse
from hardware.fxo.glance import glance
from hardware.fxo.line import FxoLine
from hardware.modem.attached import Place
from tests.hardware.modem.copper import Hybrid, Pair, noise
from tests.hardware.modem.voice import Knobs, VoiceModem
from tests.lines.worlds import OURS, RESIDENT, THEIRS, a_clip, a_media_process, hears_tones

NATIONAL = THEIRS.removeprefix("+48")
DEADLINE_SECONDS = 60.0
SILENCE_SECONDS, LONGEST_SECONDS = 3.0, 4.0
SOUNDS = Path(__file__).parents[2] / "appliance" / "media" / "sounds" / "pl"


def a_sentence(tmp_path):
    """A clip of speech: the box's own sentences, one after the other."""
    sound = b"".join(path.read_bytes() for path in sorted(SOUNDS.glob("*.al"))[:12])
    path = tmp_path / "speech.al"
    path.write_bytes(sound)
    return Clip("speech", len(sound) / 8000, path)


class Elsewhere(ChannelLeg):
    """Somebody who is joined to the line, and says nothing."""


class Home:
    """The line, its modem and its pair."""

    def __init__(self, line, modem, offered, media):
        self.line, self.modem, self.offered, self.media = line, modem, offered, media
        self.pair = modem.pair

    async def is_called(self, number=RESIDENT):
        person = self.pair.call(number)
        return person, await self.offered.get()

    async def talks(self, number=RESIDENT):
        person, leg = await self.is_called(number)
        leg.answer()
        await person.answered.wait()
        while not person.heard:  # noqa: ASYNC110 - bytes at a port
            await asyncio.sleep(0.02)
        return person, leg

    async def stands(self, state, within=15.0):
        async with asyncio.timeout(within):
            while self.line.state().state != state:  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.05)

    async def on_hook(self):
        while self.pair.off_hook or self.modem.streams:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.02)


@asynccontextmanager
async def home(tmp_path, *, knobs=None, hybrid=None, keys=False, plugged=True, **config):
    modem = VoiceModem(tmp_path, Pair(hybrid), knobs or Knobs())
    offered = asyncio.Queue()
    async with AsyncExitStack() as parts:
        media = await a_media_process(parts, (31000, 31099))
        if keys:
            await hears_tones(media)
        if plugged:
            modem.plug()
        parts.callback(modem.unplug)
        parts.callback(modem.pair.end)
        line = FxoLine(
            LineConfig("copper", "fxo", numbers=(OURS,), **config),
            media,
            clock=SystemClock(),
            language=lambda: "en",
            place=Place("", modem.sys, modem.dev),
        )
        await line.start(offered.put_nowait)
        parts.push_async_callback(line.stop)
        at_home = Home(line, modem, offered, media)
        if plugged and not (modem.knobs.mute or modem.knobs.no_voice):
            await at_home.stands("up")
        yield at_home


def lives(tmp_path, story, **options):
    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS), home(tmp_path, **options) as at_home:
            await story(at_home)

    asyncio.run(whole())


@pytest.mark.parametrize(
    "knobs",
    [Knobs(), Knobs(names=True), Knobs(whole_message=True), Knobs(rings_by_event=True), Knobs(piece_bytes=1)],
    ids=["words", "names", "message", "event", "bytewise"],
)
def test_who_calls_is_told_before_the_second_ring(tmp_path, knobs):
    async def story(home):
        _, leg = await home.is_called()
        assert (leg.caller, leg.called) == (RESIDENT, OURS)

    lives(tmp_path, story, knobs=knobs)


@pytest.mark.parametrize("knobs", [Knobs(), Knobs(deaf_to_callers=True)], ids=["withheld", "untold"])
def test_who_is_not_told_is_nobody(tmp_path, knobs):
    async def story(home):
        _, leg = await home.is_called("")
        assert leg.caller is None

    lives(tmp_path, story, knobs=knobs)


def test_a_caller_who_gives_up_is_gone_and_the_next_one_is_offered(tmp_path):
    async def story(home):
        person, leg = await home.is_called()
        person.hangs_up()
        assert await leg.gone() is Cause.CANCELLED
        await person.over.wait()
        _, second = await home.is_called("+48600700800")
        assert second.caller == "+48600700800"

    lives(tmp_path, story)


def test_whoever_is_not_answered_rings_on_and_is_offered_once(tmp_path):
    async def story(home):
        person, leg = await home.is_called()
        leg.hangup(Cause.BUSY)
        await asyncio.wait({asyncio.ensure_future(person.over.wait())}, timeout=6.0)
        assert home.offered.empty()
        assert not home.pair.off_hook
        assert home.line.free_channels() == 0, "it still rings"

    lives(tmp_path, story)


def test_the_far_end_that_hangs_up_is_known_within_four_seconds(tmp_path):
    async def story(home):
        person, leg = await home.talks()
        person.hangs_up()
        async with asyncio.timeout(4.0):
            assert await leg.gone() is Cause.HANGUP
        assert leg.ended_by == "tone"
        await home.on_hook()

    lives(tmp_path, story)


def test_two_who_talk_are_parted_when_the_line_is_silent_for_so_long_and_not_before(tmp_path):
    async def story(home):
        person, leg = await home.talks()
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):  # who waits is not cut off
            async with asyncio.timeout(1.5 * SILENCE_SECONDS):
                await leg.gone()
        person.speech = noise(50)
        talk = asyncio.ensure_future(leg.bridge(Elsewhere(home.media.pcm_channel("elsewhere"))))
        with pytest.raises(TimeoutError):  # nor who speaks
            async with asyncio.timeout(1.5 * SILENCE_SECONDS):
                await leg.gone()
        person.speech, quiet = b"", loop.time()
        await talk
        assert SILENCE_SECONDS - 0.1 <= loop.time() - quiet < SILENCE_SECONDS + 1.0
        assert (leg.up, leg.ended_by) == (False, "silence")
        await home.on_hook()

    lives(tmp_path, story, silence_minutes=SILENCE_SECONDS / 60)


def test_a_call_that_nobody_ends_is_ended_after_the_longest_time(tmp_path):
    async def story(home):
        person, leg = await home.talks()
        person.speech = noise(50)
        async with asyncio.timeout(LONGEST_SECONDS + 1.0):
            await leg.gone()
        assert leg.ended_by == "longest"
        await home.on_hook()

    lives(tmp_path, story, longest_minutes=LONGEST_SECONDS / 60)


@pytest.mark.parametrize("code", ["l", "L", "\x03"], ids=["loop drop", "reversal", "end of the stream"])
def test_what_the_modem_tells_of_the_end_ends_the_call_at_once(tmp_path, code):
    async def story(home):
        _, leg = await home.talks()
        home.modem.tells(code)
        async with asyncio.timeout(1.0):
            assert await leg.gone() is Cause.HANGUP
        await home.on_hook()

    lives(tmp_path, story)


@pytest.mark.parametrize("code", ["b", "d", "s", "q", "u", "o"])
def test_what_a_modem_merely_believes_ends_no_call(tmp_path, code):
    async def story(home):
        person, leg = await home.talks()
        home.modem.tells(code)
        person.speech = noise(50)
        await leg.voice(0.5)
        assert leg.up

    lives(tmp_path, story)


def test_the_number_is_dialled_after_the_dial_tone_and_sound_goes_both_ways(tmp_path):
    async def story(home):
        home.pair.people[NATIONAL] = "answers"
        leg = await home.line.dial(THEIRS, shown=OURS, ring_seconds=25.0)
        assert home.pair.dialled == [NATIONAL]
        person = await home.pair.placed.get()
        person.speech = noise(50)
        await leg.voice(0.3)
        mark = len(person.heard)
        await leg.play(a_clip(tmp_path, 0.5))
        assert max(person.heard[mark:]) > 0
        leg.hangup()
        await person.over.wait()

    lives(tmp_path, story)


def test_a_line_without_a_dial_tone_is_down_says_so_and_is_up_again_after_a_ring(tmp_path):
    async def story(home):
        home.pair.dead = True
        with pytest.raises(NotAnsweredError) as failure:
            await home.line.dial(THEIRS, shown=OURS, ring_seconds=25.0)
        assert failure.value.cause is Cause.LINE_DOWN
        stands = home.line.state()
        assert stands.state == "down"
        assert "no dial tone" in stands.fault
        await home.on_hook()
        home.pair.dead = False
        await home.is_called()
        assert home.line.state().state == "up"

    lives(tmp_path, story)


LOOK_SECONDS = 2.0


def looks(home):
    """How often the modem has taken the line."""
    return home.modem.received.count("AT+VLS=1")


@pytest.fixture
def soon_again(monkeypatch):
    monkeypatch.setattr(pulse, "AGAIN_SECONDS", 0.5)


@pytest.mark.usefixtures("soon_again")
def test_an_idle_line_that_dies_is_known_without_a_call_and_so_is_one_that_lives_again(tmp_path):
    async def story(home):
        while not looks(home):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.05)
        await home.on_hook()
        assert home.line.state().state == "up"
        home.pair.dead = True
        await home.stands("down", within=30.0)
        assert "no dial tone" in home.line.state().fault
        home.pair.dead = False
        await home.stands("up", within=15.0)
        assert home.pair.dialled == []
        assert home.offered.empty()

    lives(tmp_path, story, look_minutes=LOOK_SECONDS / 60)


@pytest.mark.usefixtures("soon_again")
def test_a_modem_that_does_not_take_its_line_is_down_with_words_of_its_own_and_up_when_it_does(tmp_path):
    async def story(home):
        await home.stands("down", within=30.0)
        assert looks(home) == 2
        assert "does not go off hook" in home.line.state().fault
        assert "dial tone" not in home.line.state().fault
        home.modem.knobs.stays_on_hook = False
        await home.stands("up", within=15.0)
        await home.on_hook()

    lives(tmp_path, story, knobs=Knobs(stays_on_hook=True), look_minutes=LOOK_SECONDS / 60)


def test_a_call_of_ours_does_not_wait_for_a_look(tmp_path):
    async def story(home):
        home.pair.dead = True  # so that the look goes on for its longest time
        while not home.pair.off_hook:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.02)
        home.pair.dead, home.pair.people[NATIONAL] = False, "answers"
        assert (home.line.idle(), home.line.free_channels()) == (True, 1)
        leg = await home.line.dial(THEIRS, shown=OURS, ring_seconds=25.0)
        assert looks(home) == 2, "one to look, one to call"
        leg.hangup()
        await home.on_hook()

    lives(tmp_path, story, look_minutes=LOOK_SECONDS / 60)


def test_a_line_that_is_used_is_not_looked_at(tmp_path):
    async def story(home):
        person, leg = await home.talks()
        taken = looks(home)
        person.speech = noise(50)
        await leg.voice(2 * LOOK_SECONDS)
        assert looks(home) == taken == 1
        leg.hangup()
        await home.on_hook()

    lives(tmp_path, story, look_minutes=LOOK_SECONDS / 60)


def test_a_caller_who_comes_just_when_the_line_is_looked_at_is_taken(tmp_path):
    async def story(home):
        while not home.modem.received or home.modem.received[-1] != "AT+VSM=1,8000,0,0" or home.line._looking is None:  # noqa: ASYNC110
            await asyncio.sleep(0)
        person = home.pair.call(RESIDENT)
        leg = await home.offered.get()
        leg.answer()
        person.speech = noise(50)
        await leg.voice(0.3)
        leg.hangup()
        await person.over.wait()
        await home.on_hook()

    lives(tmp_path, story, look_minutes=LOOK_SECONDS / 60)


@pytest.mark.usefixtures("soon_again")
def test_who_talks_on_a_telephone_beside_the_modem_is_no_dead_line(tmp_path):
    async def story(home):
        home.pair.beside = noise(50)
        while looks(home) < 3:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.05)
        assert home.line.state().state == "up"
        assert home.offered.empty(), "it is not our call"

    lives(tmp_path, story, look_minutes=LOOK_SECONDS / 60)


def test_a_call_that_comes_while_one_is_placed_is_taken(tmp_path):
    """Glare: the box goes off hook for a call of its own, and meets a caller."""

    async def story(home):
        dialling = asyncio.ensure_future(home.line.dial(THEIRS, shown=OURS, ring_seconds=25.0))
        while home.line.idle():  # noqa: ASYNC110 - it begins
            await asyncio.sleep(0)
        person = home.pair.call(RESIDENT)
        leg = await home.offered.get()
        with pytest.raises(NotAnsweredError) as failure:
            await dialling
        assert failure.value.cause is Cause.LINE_DOWN
        leg.answer()
        person.speech = noise(50)
        await leg.voice(0.3)
        assert home.pair.dialled == [], "no keys in the caller's ear"
        leg.hangup()
        await person.over.wait()
        await home.on_hook()

    lives(tmp_path, story)


def test_keys_are_heard_while_the_box_speaks_and_its_own_voice_is_none(tmp_path):
    """The line gives back half of what is said into it."""

    async def story(home):
        person, leg = await home.talks()
        speaking = asyncio.ensure_future(leg.play(a_sentence(tmp_path), loop=True))
        await asyncio.sleep(4.0)  # sound passes
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await leg.digit()
        await person.sends("1590*#")
        assert [await leg.digit() for _ in range(6)] == list("1590*#")
        assert not speaking.done()
        leg.hangup()
        await asyncio.wait({speaking})

    lives(tmp_path, story, hybrid=Hybrid(gain=0.3), keys=True)


def test_keys_that_the_box_presses_are_not_heard_as_the_far_ends(tmp_path):
    async def story(home):
        person, leg = await home.talks()
        await leg.press("147")
        await leg.play(a_clip(tmp_path, 1.0))
        await person.sends("8")
        assert await leg.digit() == "8"

    lives(tmp_path, story, hybrid=Hybrid(gain=0.4), keys=True)


def test_a_key_that_the_modem_keeps_to_itself_counts_and_is_one_press_with_its_tone(tmp_path):
    async def story(home):
        person, leg = await home.talks()
        home.modem.tells("5")
        assert await leg.digit() == "5"
        await asyncio.gather(person.sends("7"), told(home.modem, "7"))
        await person.sends("9")
        assert [await leg.digit() for _ in range(2)] == ["7", "9"]

    async def told(modem, digit):
        await asyncio.sleep(0.06)  # a modem needs some of the tone
        modem.tells(digit)

    lives(tmp_path, story, keys=True)


def test_a_modem_that_is_pulled_out_in_a_call_ends_it_and_carries_the_next_when_it_is_back(tmp_path):
    async def story(home):
        person, leg = await home.talks()
        home.modem.unplug()
        async with asyncio.timeout(3.0):
            assert await leg.gone() is Cause.LOST
        assert person.over.is_set()
        await home.stands("down")
        assert "no modem" in home.line.state().fault
        home.modem.plug()
        await home.stands("up")
        _, again = await home.talks()
        again.hangup()

    lives(tmp_path, story)


def test_a_modem_that_comes_later_is_found(tmp_path):
    async def story(home):
        assert home.line.free_channels() == 0
        home.modem.plug()
        await home.stands("up")
        assert home.line.free_channels() == 1
        assert "CX93010" in home.line.state().about

    lives(tmp_path, story, plugged=False)


@pytest.mark.usefixtures("soon_given_up")
@pytest.mark.parametrize(
    ("knobs", "words"), [(Knobs(mute=True), "does not answer"), (Knobs(no_voice=True), "no voice")], ids=["mute", "fax"]
)
def test_a_modem_that_cannot_be_used_says_why(tmp_path, knobs, words):
    async def story(home):
        await home.stands("down", within=30.0)
        assert words in home.line.state().fault

    lives(tmp_path, story, knobs=knobs)


@pytest.mark.usefixtures("soon_given_up")
def test_a_modem_that_does_not_come_back_from_a_call_is_in_trouble_and_then_brought_back(tmp_path):
    async def story(home):
        _, leg = await home.talks()
        home.modem.knobs.wedged = True
        leg.hangup()
        await home.stands("down", within=30.0)
        assert "does not answer" in home.line.state().fault
        home.modem.knobs.wedged = False
        await home.stands("up", within=30.0)
        await home.on_hook()
        _, again = await home.talks()
        again.hangup()

    lives(tmp_path, story)


def test_the_wrong_way_out_is_not_the_only_one_that_is_tried(tmp_path):
    async def story(home):
        person, leg = await home.talks()
        leg.hangup()
        await person.over.wait()
        await home.on_hook()

    lives(tmp_path, story, knobs=Knobs(leaves_by=b"\x03"))


def test_gains_are_of_their_own_way(tmp_path):
    async def story(home):
        person, leg = await home.talks()
        person.speech = noise(50)
        await leg.play(a_clip(tmp_path, 2.5))
        levels = leg.channel.levels()
        # The clip has −12 dBm0, the far end −13.4; a modem's eight bits and the line's echo change little of that.
        assert levels.said == pytest.approx(-12.0 - 6.0, abs=1.0)
        assert levels.heard == pytest.approx(-13.4 + 3.0, abs=1.0)

    lives(tmp_path, story, louder_in=3.0, louder_out=-6.0)


def test_the_doctor_sees_what_is_plugged_in_without_taking_the_line(tmp_path):
    async def story():
        modem = VoiceModem(tmp_path)
        modem.plug()
        try:
            place = Place("", modem.sys, modem.dev)
            config = LineConfig("copper", "fxo")
            assert await glance(config, SystemClock(), "en", place) == ("StarTech USB56KEMH2 (Conexant CX93010)", "")
            assert "AT+VLS=1" not in modem.received
        finally:
            modem.unplug()
        assert await glance(config, SystemClock(), "en", place) == ("", "")

    asyncio.run(story())


# -- two calls on one pair, by the exchange's recall -----------------------------------------------------------------


@pytest.mark.parametrize("transfer", ["hang-up", "R4"])
def test_the_caller_is_held_duty_is_rung_beside_and_the_exchange_joins_them(tmp_path, transfer):
    async def story(home):
        home.pair.people[NATIONAL] = "answers"
        caller, leg = await home.talks()
        assert home.line.holds(leg)
        second = await home.line.dial_beside(leg, THEIRS, shown=OURS, ring_seconds=25.0)
        duty = home.pair.placed.get_nowait()
        assert (home.pair.held, home.line.holds(leg)) == (caller, False)
        mark = len(duty.heard)
        await second.play(a_clip(tmp_path, 0.5))
        assert max(duty.heard[mark:]) > 0
        await duty.sends("1")
        assert await second.digit() == "1"
        assert await home.line.join(leg, second)
        await leg.bridge(second)
        assert (leg.up, second.up, leg.ended_by) == (False, False, "transfer")
        await home.on_hook()
        assert home.pair.joined == [(caller, duty)]
        assert home.line.free_channels() == 1

    lives(tmp_path, story, keys=True, transfer=transfer)


def test_two_whom_the_exchange_does_not_join_are_lost_and_nobody_takes_them_for_joined(tmp_path):
    async def story(home):
        home.pair.people[NATIONAL] = "answers"
        _, leg = await home.talks()
        second = await home.line.dial_beside(leg, THEIRS, shown=OURS, ring_seconds=25.0)
        home.modem.knobs.flashes = False
        with pytest.raises(LegGoneError):
            await home.line.join(leg, second)
        assert [await each.gone() for each in (leg, second)] == [Cause.LOST, Cause.LOST]
        assert leg.ended_by == second.ended_by == ""
        await home.on_hook()
        assert home.line.free_channels() == 1

    lives(tmp_path, story, transfer="R4")


@pytest.mark.parametrize(("transfer", "deed"), [("R4", "busy"), ("R4", "rings"), ("hang-up", "busy")])
def test_a_caller_on_hold_is_back_when_the_second_call_comes_to_nothing(tmp_path, transfer, deed):
    async def story(home):
        home.pair.people[NATIONAL], home.pair.asks = deed, transfer == "R4"
        caller, leg = await home.talks()
        with pytest.raises(NotAnsweredError) as failure:
            await home.line.dial_beside(leg, THEIRS, shown=OURS, ring_seconds=3.0)
        assert failure.value.cause is {"busy": Cause.BUSY, "rings": Cause.NO_ANSWER}[deed]
        await home.line.back(leg)
        await they_hear_each_other(tmp_path, caller, leg)
        assert home.line.holds(leg), "and may be held again"
        caller.hangs_up()
        await leg.gone()
        await home.on_hook()

    lives(tmp_path, story, transfer=transfer)


@pytest.mark.parametrize("who", ["they", "we"])
def test_a_caller_on_hold_is_back_when_the_second_call_ends_whoever_ends_it(tmp_path, who):
    async def story(home):
        home.pair.people[NATIONAL] = "answers"
        caller, leg = await home.talks()
        second = await home.line.dial_beside(leg, THEIRS, shown=OURS, ring_seconds=25.0)
        duty = home.pair.placed.get_nowait()
        (duty.hangs_up if who == "they" else second.hangup)()
        await second.gone()
        assert not home.line.holds(leg), "it takes a moment"
        await home.line.back(leg)
        assert home.line.holds(leg)
        await they_hear_each_other(tmp_path, caller, leg)

    lives(tmp_path, story, transfer="R4")


def test_an_exchange_that_knows_no_recall_leaves_the_caller_where_they_are(tmp_path):
    async def story(home):
        home.pair.recalls = False
        caller, leg = await home.talks()
        with pytest.raises(NotAnsweredError) as failure:
            await home.line.dial_beside(leg, THEIRS, shown=OURS, ring_seconds=25.0)
        assert failure.value.cause is Cause.LINE_DOWN
        await home.line.back(leg)
        await they_hear_each_other(tmp_path, caller, leg)
        assert home.line.state().state == "up", "the line is not dead"
        assert not home.line.holds(leg), "and it is not tried again"

    lives(tmp_path, story, transfer="hang-up")


def test_a_caller_who_is_let_go_while_on_hold_leaves_the_line_to_nobody(tmp_path):
    async def story(home):
        home.pair.people[NATIONAL] = "answers"
        _, leg = await home.talks()
        second = await home.line.dial_beside(leg, THEIRS, shown=OURS, ring_seconds=25.0)
        leg.hangup()
        second.hangup()
        await home.on_hook()
        assert home.line.free_channels() == 1
        _, again = await home.talks()
        again.hangup()

    lives(tmp_path, story, transfer="R4")


def test_nobody_is_held_where_the_building_file_does_not_say_so_and_never_who_was_rung(tmp_path):
    async def story(home):
        _, leg = await home.talks()
        assert not home.line.holds(leg)

    async def rung(home):
        home.pair.people[NATIONAL] = "answers"
        leg = await home.line.dial(THEIRS, shown=OURS, ring_seconds=25.0)
        assert not home.line.holds(leg)

    lives(tmp_path, story)
    lives(tmp_path / "again", rung, transfer="R4")


async def they_hear_each_other(tmp_path, person, leg):
    person.speech = noise(50)
    await leg.voice(0.5)
    mark = len(person.heard)
    await leg.play(a_clip(tmp_path, 0.5))
    assert max(person.heard[mark:]) > 0
