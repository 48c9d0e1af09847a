"""The running media process, over loopback: what a caller hears and what is understood of them."""

from __future__ import annotations

import asyncio

from appliance.media.g711 import ALAW_TO_ULAW

from .peer import PRESS, SILENCE, call, clip, noise, plane, telephone


def test_a_clip_arrives_bit_exact_and_in_time(tmp_path):
    async def story():
        sound = noise(20)
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                playing = asyncio.create_task(channel.play(clip(tmp_path, b"".join(sound) + b"\x11" * 100)))
                heard = await caller.hear_until(b"\x11" * 100 + b"\xd5" * 60)
                await playing
                after = await caller.hear()
                channel.close()
        assert [each.payload for each in heard[-21:-1]] == sound
        assert all(each.payload == SILENCE for each in heard[:-21])
        assert after.payload == SILENCE
        first = heard[0]
        assert first.marker and not any(each.marker for each in heard[1:])
        for index, each in enumerate(heard):
            assert each.payload_type == 8
            assert each.ssrc == first.ssrc
            assert each.sequence == (first.sequence + index) & 0xFFFF
            assert each.timestamp == (first.timestamp + 160 * index) & 0xFFFFFFFF

    asyncio.run(story())


def test_a_mu_law_telephone_hears_the_same_sound(tmp_path):
    async def story():
        sound = noise(5)
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller, "PCMU")
                await channel.play(clip(tmp_path, b"".join(sound)))
                heard = await caller.hear_until(sound[-1].translate(ALAW_TO_ULAW))
                channel.close()
        assert [each.payload for each in heard[-5:]] == [frame.translate(ALAW_TO_ULAW) for frame in sound]
        assert {each.payload_type for each in heard} == {0}

    asyncio.run(story())


def test_a_digit_is_understood_once_and_interrupts_a_prompt(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                playing = asyncio.create_task(channel.play(clip(tmp_path, b"".join(noise(5))), loop=True))
                caller.say()
                caller.press(7, PRESS, lost=frozenset({0, 3}))
                caller.press(11, PRESS, lost=frozenset({4, 5, 6}))
                assert [await channel.digit(), await channel.digit()] == ["7", "#"]
                playing.cancel()
                await caller.hear_until(SILENCE)
                caller.press(1, PRESS)
                assert await channel.digit() == "1"
                channel.close()

    asyncio.run(story())
