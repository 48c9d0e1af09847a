"""The running media process and a modem's sound port, on a pseudo-terminal."""

from __future__ import annotations

import asyncio
import audioop
import contextlib
import logging
import os
import re
import signal
from pathlib import Path

import pytest

from appliance.media import wav
from appliance.media.pcm_channel import PcmChannel
from appliance.media.sound import LegGoneError
from appliance.media.spandsp import Spandsp
from tests.peers import sound

from .modem import FRAME_BYTES, Modem, call, modem
from .peer import PRESS, SILENCE, Peer, clip, noise, plane, telephone
from .peer import call as call_telephone
from .test_tones import press, understood

HIGH, LOW = 1100.0, 440.0
DB = -15.0
WITHIN_DB = 1.0


def tone(hertz: float, seconds: float = 4.0) -> bytes:
    """A-law."""
    return audioop.lin2alaw(sound.tone(hertz, seconds, DB).tobytes(), 2)


@contextlib.asynccontextmanager
async def saying(far: Modem | Peer, alaw: bytes, piece: int = 320):
    """Meanwhile the far end says this; a modem in pieces of so many bytes."""
    frames = [alaw[at : at + 160] for at in range(0, len(alaw), 160)]
    task = asyncio.create_task(far.say(alaw, piece) if isinstance(far, Modem) else far.talk(frames))
    try:
        yield
    finally:
        task.cancel()


async def hears(far: Modem | Peer, hertz: float) -> None:
    """Wait until the far end hears nothing but this tone, at the level it was said with, for 200 ms."""
    heard = b""
    while not is_tone(heard[-1600:], hertz):
        heard += await far.hear(160) if isinstance(far, Modem) else (await far.hear()).payload
        assert len(heard) < 100_000, "no such tone"


def is_tone(alaw: bytes, hertz: float) -> bool:
    samples = sound.from_alaw(alaw)
    if len(samples) < 1600:
        return False
    return abs(sound.goertzel_db(samples, hertz) - DB) < WITHIN_DB and abs(sound.level_db(samples) - DB) < WITHIN_DB


def test_a_prompt_is_heard_at_the_far_end_bit_exact(tmp_path):
    async def story():
        async with plane() as media:
            with modem() as far:
                channel = call(media, far)
                sentence = b"".join(noise(50))
                playing = asyncio.create_task(channel.play(clip(tmp_path, sentence)))
                await far.hear_until(sentence)
                await playing
                channel.close()
                await channel.released()

    asyncio.run(story())


def test_a_resident_on_sip_and_duty_on_gsm_hear_each_other():
    async def story():
        async with plane() as media:
            with modem() as duty, telephone() as resident:
                one, two = call(media, duty), call_telephone(media, resident, "PCMU", None)
                one.join(two)
                ulaw = audioop.lin2ulaw(sound.tone(LOW, 6.0, DB).tobytes(), 2)
                async with saying(duty, tone(HIGH, 6.0)), saying(resident, ulaw):
                    await hears(duty, LOW)
                    heard = b""
                    while not is_tone(heard[-1600:], HIGH):
                        law = (await resident.hear()).payload
                        heard += audioop.lin2alaw(audioop.ulaw2lin(law, 2), 2)
                one.close()
                two.close()

    asyncio.run(story())


def test_two_modems_hear_each_other_one_in_bursts_of_50_ms_that_end_in_half_a_sample():
    async def story():
        async with plane() as media:
            with modem() as resident, modem() as duty:
                one, two = call(media, resident), call(media, duty)
                one.join(two)
                async with saying(resident, tone(HIGH, 6.0), 801), saying(duty, tone(LOW, 6.0)):
                    await hears(duty, HIGH)
                    await hears(resident, LOW)
                one.close()
                two.close()

    asyncio.run(story())


def test_keys_that_a_resident_presses_as_events_are_not_sent_to_a_modem_as_noise():
    async def story():
        async with plane() as media:
            with modem() as duty, telephone() as resident:
                one, two = call(media, duty), call_telephone(media, resident)
                one.join(two)
                before, after = noise(2)
                await resident.talk([SILENCE] * 10 + [before] * 3)
                resident.press(5, PRESS)
                await resident.talk([after] * 3 + [SILENCE] * 10)
                heard = await duty.hear_until(after * 3)
                assert heard.replace(before, b"").replace(after, b"").strip(b"\xd5") == b""
                assert await two.digit() == "5"
                one.close()
                two.close()

    asyncio.run(story())


def test_a_pulled_plug_is_told_once_within_a_second_and_another_port_may_be_given(tmp_path):
    async def story():
        loop = asyncio.get_running_loop()
        async with plane() as media:
            with modem() as far, modem() as again:
                channel = call(media, far)
                lost = asyncio.Queue()
                channel.on_lost = lambda: lost.put_nowait(loop.time())
                playing = asyncio.create_task(channel.play(clip(tmp_path, b"".join(noise(25))), loop=True))
                await far.hear_until(noise(1)[0])
                pulled = loop.time()
                far.unplug()
                assert await asyncio.wait_for(lost.get(), 5.0) - pulled < 1.0
                channel.open_port(again.open())
                await again.hear_until(noise(1)[0])
                assert lost.empty()
                playing.cancel()
                channel.close()

    asyncio.run(story())


def test_a_plug_pulled_while_the_media_process_is_away_is_told_as_well():
    async def story():
        away = asyncio.Event()
        async with plane(on_fault=lambda _: away.set()) as media:
            with modem() as far:
                channel = call(media, far)
                lost = asyncio.Event()
                channel.on_lost = lost.set
                await far.hear(160)
                os.kill(media.health().pid, signal.SIGKILL)
                await away.wait()
                far.unplug()
                await asyncio.wait_for(lost.wait(), 10.0)
                channel.close()

    asyncio.run(story())


def test_what_is_played_before_the_port_is_there_waits_for_it(tmp_path):
    async def story():
        async with plane() as media:
            with modem() as far:
                channel = media.pcm_channel("gsm")
                sentence = b"".join(noise(20))
                playing = asyncio.create_task(channel.play(clip(tmp_path, sentence)))
                done, _ = await asyncio.wait({playing}, timeout=1.0)
                assert not done
                channel.open_port(far.open())
                await far.hear(8000)  # silence, while the modem refuses to carry sound
                assert not playing.done()
                far.give(bytes(2 * FRAME_BYTES))
                await far.hear_until(sentence)
                await playing
                channel.close_port()
                await channel.play(clip(tmp_path, sentence))  # to nobody, in its own time
                channel.open_port(far.open())
                await channel.play(clip(tmp_path, sentence))
                await far.hear_until(sentence)
                channel.close()

    asyncio.run(story())


def test_a_port_that_is_held_is_not_written_to_and_is_heard_all_the_same():
    async def story():
        async with plane() as media:
            with modem() as far:
                channel = call(media, far)
                await far.hear(160)
                channel.hold(True)
                voice = asyncio.create_task(channel.voice(0.5))
                await far.say(b"".join(noise(10)))
                far.heard.clear()
                await far.say(b"".join(noise(25)))
                assert not far.heard
                await voice
                channel.hold(False)
                await far.hear(160)
                channel.close()

    asyncio.run(story())


def test_a_message_from_a_modem_is_kept_bit_exact_however_its_bytes_come(tmp_path):
    async def story():
        said = b"".join(noise(60))
        async with plane() as media:
            with modem() as far:
                channel, path = call(media, far), tmp_path / "message.wav"
                recording = asyncio.create_task(channel.record(path, max_seconds=60, silence_seconds=30, end_keys="#"))
                await far.hear(160)
                await far.say(said[:4800], piece=37)
                await far.say(said[4800:] + SILENCE * 3, piece=801)
                channel.on_digit("#")  # that the modem reported
                kept = await recording
                channel.close()
        assert kept.ended == "key"
        assert said in wav.read(path)

    asyncio.run(story())


def test_both_sides_of_a_conversation_are_recorded_each_on_its_own_side(tmp_path):
    async def story():
        path = tmp_path / "talk.wav"
        async with plane() as media:
            with modem() as duty, telephone() as resident:
                one, two = call(media, duty), call_telephone(media, resident)
                one.join(two, path)
                async with saying(duty, tone(HIGH, 6.0)), saying(resident, tone(LOW, 6.0)):
                    await hears(duty, LOW)
                    await duty.hear(8000)
                one.close()
                two.close()
                await one.released()
        left, right = (both := wav.read(path, 2))[::2], both[1::2]
        assert len(left) == len(right) >= 8000
        for side, hertz in ((left, HIGH), (right, LOW)):
            assert any(is_tone(side[at : at + 1600], hertz) for at in range(0, len(side) - 1600, 800))

    asyncio.run(story())


async def ready(far: Modem, channel: PcmChannel) -> None:
    """The receiver of tones is loaded: a first key is understood."""
    while True:
        await far.say(b"".join(press("0")))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                assert await channel.digit() == "0"
                channel.forget_digits()
                return


def test_keys_are_understood_in_the_sound_and_one_that_is_reported_too_is_one_press():
    async def story():
        async with plane() as media:
            with modem() as far:
                channel = call(media, far)
                await ready(far, channel)
                await far.say(b"".join(press("7", on=30, off=3)))
                channel.on_digit("7")  # reported at the end of a long press
                await far.say(b"".join([SILENCE] * 30))
                channel.on_digit("8")  # reported first
                await far.say(b"".join(press("8", off=30)))
                channel.on_digit("9")  # heard by nobody but the modem
                await far.say(b"".join(press("66")))
                assert [await channel.digit() for _ in range(5)] == list("78966")
                channel.close()

    asyncio.run(story())


def test_keys_that_we_press_are_tones():
    async def story():
        async with plane() as media:
            with modem() as far:
                channel = call(media, far)
                await channel.press("159D*0#")
                heard = await far.hear(len(far.heard) // 2)
                channel.close()
        frames = [heard[at : at + 160] for at in range(0, len(heard), 160)]
        assert understood(Spandsp(), frames) == "159D*0#"

    asyncio.run(story())


def test_after_a_crash_a_modem_hears_and_is_heard_again(tmp_path):
    """Even if the process that died had read half a sample."""

    async def story():
        async with plane([]) as media:
            with modem() as duty, telephone() as resident:
                one, two = call(media, duty), call_telephone(media, resident)
                one.join(two)
                duty.give(b"\x55")
                await duty.hear(800)
                os.kill(media.health().pid, signal.SIGKILL)
                duty.give(b"\x55")  # the other half
                async with saying(duty, tone(HIGH, 12.0)), saying(resident, tone(LOW, 12.0)):
                    await hears(resident, HIGH)
                    await hears(duty, LOW)
                two.close()
                playing = asyncio.create_task(one.play(clip(tmp_path, b"".join(noise(7))), loop=True))
                await duty.hear_until(noise(1)[0])
                os.kill(media.health().pid, signal.SIGKILL)
                while media.health().restarts < 2:
                    await duty.hear(160)
                await duty.hear_until(noise(1)[0])
                playing.cancel()
                one.close()

    asyncio.run(story())


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_nothing_is_left_of_a_closed_channel_and_every_wait_says_so(tmp_path):
    async def story():
        async with plane() as media:
            with modem() as far:
                call(media, far).close()
                first = call(media, far)
                first.close()
                await first.released()
                pid = media.health().pid
                before = descriptors(os.getpid()), descriptors(pid)
                for _ in range(5):
                    one, two = call(media, far), media.pcm_channel("never given a port")
                    one.join(two)
                    one.open_port(far.open())  # in place of the first
                    waits = [asyncio.create_task(each) for each in (one.digit(), one.voice(9.0), two.press("12"))]
                    await far.hear(160)
                    one.close()
                    two.close()
                    with pytest.raises(LegGoneError):
                        one.open_port(far.open())
                    results = await asyncio.gather(*waits, return_exceptions=True)
                    assert [type(each) for each in results] == [LegGoneError] * 3
                    await one.released()
                    await two.released()
                assert (descriptors(os.getpid()), descriptors(pid)) == before

    asyncio.run(story())


def test_counters_and_levels_are_told_every_second_and_the_loudest_at_the_end(tmp_path, caplog):
    caplog.set_level(logging.INFO)

    async def story():
        async with plane() as media:
            with modem() as far:
                channel = media.pcm_channel("gsm")
                channel.open_port(far.open(), heard_db=-3.0)
                playing = asyncio.create_task(channel.play(clip(tmp_path, tone(LOW, 1.0)), loop=True))
                async with saying(far, tone(HIGH, 6.0)):
                    while (levels := channel.levels()).heard is None or levels.said is None:
                        await far.hear(160)
                    while channel.stats().received < 50:
                        await far.hear(160)
                stats = channel.stats()
                assert abs(levels.said - levels.heard - 3.0) < 1.0
                assert stats.sent >= 40
                assert stats.refused == 0
                playing.cancel()
                channel.close()
                told = re.search(r"gsm: loudest second: far end (-\d+) dBm0, box (-\d+) dBm0", caplog.text)
                assert abs(float(told[1]) - levels.heard) < 1.0
                assert abs(float(told[2]) - levels.said) < 1.0

    asyncio.run(story())
