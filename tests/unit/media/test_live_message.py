"""Messages and keys through the running media process: how a recording ends, and digits pressed by the box."""

from __future__ import annotations

import asyncio
import random

import pytest

from appliance.media import wav
from appliance.media.ports import bind_pair
from appliance.media.rtp_channel import RtpChannel
from appliance.media.sound import Sound

from .peer import HOST, PRESS, SILENCE, call, noise, plane, telephone


def test_a_message_ends_with_the_key_and_other_keys_are_kept(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller, "PCMU")
                path = tmp_path / "message.wav"
                recording = asyncio.create_task(channel.record(path, max_seconds=60, silence_seconds=30, end_keys="#*"))
                await caller.talk([SILENCE] * 3 + noise(10))
                caller.press(5, PRESS)
                caller.press(11, PRESS)
                caller.press(1, PRESS)
                done = await recording
                assert (done.path, done.ended, done.voice_seconds >= 0.2) == (path, "key", True)
                assert done.seconds == len(wav.read(path)) / 8000
                assert [await channel.digit(), await channel.digit()] == ["5", "1"]
                channel.close()

    asyncio.run(story())


@pytest.mark.parametrize("limit, silence, ended", [(0.3, 9.0, "limit"), (9.0, 0.3, "silence")])
def test_a_message_ends_by_itself(tmp_path, limit, silence, ended):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                path = tmp_path / "message.wav"
                talking = asyncio.create_task(caller.talk([SILENCE] * 1000))
                done = await channel.record(path, max_seconds=limit, silence_seconds=silence, end_keys="#")
                talking.cancel()
                assert done.ended == ended
                assert done.voice_seconds == 0
                assert 0.2 < done.seconds < 2
                channel.close()

    asyncio.run(story())


def test_a_message_that_cannot_be_kept_is_told(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                with pytest.raises(FileNotFoundError):
                    await channel.record(tmp_path / "nowhere" / "a.wav", max_seconds=9, silence_seconds=9, end_keys="")
                channel.close()

    asyncio.run(story())


def test_a_cancelled_message_is_kept(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                path, sound = tmp_path / "message.wav", noise(10)
                recording = asyncio.create_task(channel.record(path, max_seconds=60, silence_seconds=30, end_keys="#"))
                heard = asyncio.create_task(channel.voice(0.2))
                await caller.talk([SILENCE] * 3 + sound)
                await heard
                recording.cancel()
                channel.close()
                await channel.released()
                assert wav.read(path).endswith(b"".join(sound))

    asyncio.run(story())


def test_digits_of_the_box_reach_the_far_end():
    async def story():
        async with plane() as media:
            with telephone() as door:
                channel = call(media, door, event_type=96)
                sound: Sound = channel
                pressing = asyncio.create_task(sound.press("4#"))
                heard = await door.hear_until(b"\x0b\x8a\x03\x20")
                await pressing
                events = [each for each in heard if each.payload_type == 96]
                assert [each.payload[0] for each in events if each.marker] == [4, 11]
                first, second = (each.timestamp for each in events if each.marker)
                assert (second - first) & 0xFFFFFFFF == 1600  # 100 ms of tone, 100 ms apart
                assert {each.payload for each in heard if each.payload_type == 8} == {SILENCE}
                with pytest.raises(ValueError):
                    await sound.press("4x")
                channel.close()

    asyncio.run(story())


class Silent:
    """A courier whose media process is away."""

    def send(self, kind, *values):
        return False

    def monotonic(self):
        return 0.0

    def forget(self, channel):
        pass


def test_32_digits_pressed_ahead_are_kept_and_can_be_forgotten():
    async def story():
        channel = RtpChannel(1, "leg", *bind_pair(HOST, (20_000, 29_999), random.Random()), Silent(), 60.0)
        for digit in range(40):
            channel.on_digit(str(digit % 10))
        assert [await channel.digit() for _ in range(32)] == [str(digit % 10) for digit in range(32)]
        channel.on_digit("*")
        channel.forget_digits()
        channel.on_digit("#")
        assert await channel.digit() == "#"
        channel.close()

    asyncio.run(story())
