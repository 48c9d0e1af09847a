"""The media process dies, hangs, or loses its exchange: what callers notice, and what is left."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from itertools import pairwise
from pathlib import Path

from appliance.media import wav
from appliance.media.plane import SILENT_SECONDS
from appliance.media.sound import LegGoneError

from .peer import HOST, PRESS, SILENCE, call, clip, noise, plane, telephone

BACK_SECONDS = 2.0  # "about one" on an idle machine


def kill(media, number=signal.SIGKILL) -> None:
    os.kill(media.health().pid, number)


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_after_a_crash_calls_that_are_up_hear_their_sound_again(tmp_path):
    async def story():
        loop, faults = asyncio.get_running_loop(), []
        async with plane(faults) as media:
            with telephone() as caller, telephone() as listener:
                waiting, listening = call(media, caller), call(media, listener)
                music, sentence = noise(7, 1), noise(50, 2)
                looping = asyncio.create_task(waiting.play(clip(tmp_path, b"".join(music), "music"), loop=True))
                spoken = asyncio.create_task(listening.play(clip(tmp_path, b"".join(sentence), "sentence")))
                pressed = asyncio.create_task(waiting.digit())
                await caller.hear_until(music[-1])
                await listener.hear_until(sentence[5])
                kill(media)
                died = loop.time()
                await caller.hear_until(music[0])
                await caller.hear_until(music[0])
                assert loop.time() - died < BACK_SECONDS
                heard = await listener.hear_until(sentence[-1])
                assert [each.payload for each in heard[-50:]] == sentence  # from its beginning
                await spoken
                caller.press(6, PRESS)
                assert await pressed == "6"
                looping.cancel()
                waiting.close()
                listening.close()
        assert faults == ["media process: ended by signal 9"]

    asyncio.run(story())


def test_after_a_crash_a_bridge_carries_sound_again():
    async def story():
        async with plane([]) as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident), call(media, duty)
                for each in (resident, duty):
                    each.say()
                    await each.hear()
                one.join(two)
                kill(media)
                frames = noise(1)
                talking = asyncio.create_task(resident.talk(frames * 1000))
                await duty.hear_until(frames[0])
                await duty.hear_until(frames[0])
                talking.cancel()
                one.close()
                two.close()

    asyncio.run(story())


def test_after_a_crash_a_recording_goes_on_in_the_same_file(tmp_path):
    async def story():
        before, after = noise(120, 1), noise(20, 2)
        async with plane([]) as media:
            with telephone() as caller:
                channel = call(media, caller)
                path = tmp_path / "message.wav"
                recording = asyncio.create_task(channel.record(path, max_seconds=60, silence_seconds=30, end_keys="#"))
                await caller.hear()
                await caller.talk(before)
                kill(media)
                while media.health().restarts == 0:
                    await caller.hear()
                await caller.talk(after)
                caller.press(11, PRESS)
                done = await recording
                channel.close()
        assert done.ended == "key"
        sound = wav.read(path)
        assert len(sound) == round(done.seconds * 8000)
        kept = sound.find(b"".join(after))
        assert kept >= 160 * len(before) - 8000 - 4 * 160
        assert b"".join(before[:60]) in sound

    asyncio.run(story())


def test_a_process_that_begins_slowly_is_waited_for(tmp_path, monkeypatch):
    """As on a Pi that has just been switched on, whose card is read for everything at once."""
    slow = tmp_path / "python"
    slow.write_text(f'#!/bin/sh\nsleep {SILENT_SECONDS + 1:.0f}\nexec {sys.executable} "$@"\n')
    slow.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(slow))

    async def story():
        faults = []
        async with plane(faults) as media:
            assert media.health().restarts == 0
        assert faults == []

    asyncio.run(story())


def test_a_hanging_process_is_replaced():
    async def story():
        faults = []
        async with plane(faults) as media:
            with telephone() as caller:
                channel = call(media, caller)
                pid = media.health().pid
                kill(media, signal.SIGSTOP)
                while media.health().pid == pid:
                    caller.forget()
                    await caller.hear()
                caller.press(2, PRESS)
                assert await channel.digit() == "2"
                channel.close()
        assert faults == ["media process: silent for 3 s"]

    asyncio.run(story())


def test_a_process_that_was_held_up_goes_on_without_a_burst(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                sound = noise(40)
                playing = asyncio.create_task(channel.play(clip(tmp_path, b"".join(sound))))
                before = await caller.hear_until(sound[5])
                kill(media, signal.SIGSTOP)
                await caller.talk(noise(20))  # 400 ms
                kill(media, signal.SIGCONT)
                after = await caller.hear_until(sound[-1])
                await playing
                packets = before[-6:] + after
                assert [each.payload for each in packets] == sound
                gaps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in pairwise(packets)]
                assert sorted(gaps)[:-1] == [160] * (len(gaps) - 1)
                assert max(gaps) >= 160 * 15
                assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(packets)} == {1}
                channel.close()

    asyncio.run(story())


def test_a_channel_opened_while_the_process_is_away_is_served_when_it_is_back():
    async def story():
        told = asyncio.Event()
        async with plane(on_fault=lambda _: told.set()) as media:
            with telephone() as caller:
                kill(media)
                await told.wait()
                channel = call(media, caller)
                assert (await caller.hear()).payload == SILENCE
                channel.close()
                await channel.released()

    asyncio.run(story())


def test_the_sound_of_a_caller_who_hangs_up_is_kept(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                path, sound = tmp_path / "message.wav", noise(10)
                recording = asyncio.create_task(channel.record(path, max_seconds=60, silence_seconds=30, end_keys="#"))
                heard = asyncio.create_task(channel.voice(0.2))
                await caller.hear()
                await caller.talk([SILENCE] * 5 + sound)
                await heard
                channel.close()
                done = await recording
                assert (done.ended, done.voice_seconds) == ("gone", 0.2)
                assert wav.read(path).endswith(b"".join(sound))
                assert done.seconds == len(wav.read(path)) / 8000

    asyncio.run(story())


def test_after_the_end_every_wait_says_so(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                sound = clip(tmp_path, b"".join(noise(500)))
                waits = [channel.play(sound), channel.digit(), channel.voice(1.0), channel.press("12")]
                tasks = [asyncio.create_task(each) for each in waits]
                await caller.hear()
                channel.close()
                channel.close()
                results = await asyncio.gather(*tasks, return_exceptions=True)
                assert [type(each) for each in results] == [LegGoneError] * 4
                kept = await channel.record(tmp_path / "a.wav", max_seconds=1, silence_seconds=1, end_keys="")
                assert (kept.ended, kept.seconds) == ("gone", 0.0)

    asyncio.run(story())


def test_nothing_is_left_of_closed_channels(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                first = call(media, caller)
                first.close()
                await first.released()
                pid = media.health().pid
                before = descriptors(os.getpid()), descriptors(pid)
                for number in range(5):
                    one, two = call(media, caller), call(media, caller)
                    recording = asyncio.create_task(
                        one.record(tmp_path / f"{number}.wav", max_seconds=9, silence_seconds=9, end_keys="")
                    )
                    one.join(two)
                    await caller.hear()
                    one.close()
                    two.close()
                    await recording
                    await one.released()
                    await two.released()
                assert (descriptors(os.getpid()), descriptors(pid)) == before

    asyncio.run(story())


def test_when_all_ports_are_taken_it_says_so():
    async def story():
        async with plane() as media:
            channels = []
            try:
                while True:
                    channels.append(media.channel("leg", HOST))
            except OSError as error:
                assert "no free pair of ports" in str(error)
            assert len({each.local[1] for each in channels}) == len(channels) > 50
            assert all(each.local[1] % 2 == 0 for each in channels)
            for each in channels:
                each.close()
                await each.released()
            media.channel("leg", HOST).close()

    asyncio.run(story())


EXCHANGE = """
import asyncio, random
from appliance.clock import SystemClock
from appliance.media.plane import MediaPlane

async def main():
    media = MediaPlane((20000, 29998), clock=SystemClock(), rng=random.Random(), on_fault=print)
    await media.start()
    print(media.health().pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_the_process_ends_when_the_exchange_is_killed():
    async def story():
        exchange = await asyncio.create_subprocess_exec(
            sys.executable, "-c", EXCHANGE, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
        )
        assert exchange.stdout is not None
        watched = os.pidfd_open(int(await exchange.stdout.readline()))
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(watched, ended.set)
        exchange.kill()
        await exchange.wait()
        async with asyncio.timeout(5):
            await ended.wait()
        asyncio.get_running_loop().remove_reader(watched)
        os.close(watched)

    asyncio.run(story())
