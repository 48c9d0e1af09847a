"""Two far ends hear each other through the running media process."""

from __future__ import annotations

import asyncio
import statistics
from contextlib import ExitStack
from itertools import pairwise

import pytest

from appliance.media.g711 import ALAW_TO_ULAW, ULAW_TO_ALAW
from appliance.media.process import GATHER_SOCKETS
from appliance.media.sound import LegGoneError

from .peer import PRESS, SILENCE, call, clip, noise, plane, telephone

DELAY_SECONDS = 0.005  # in the median, on a busy machine; a bridge through the tick would have 10 ms


async def settled(*telephones) -> None:
    """Each has spoken and heard, so that each leg believes its peer."""
    for each in telephones:
        each.say()
        await each.hear()


def test_each_hears_the_other_bit_exact_without_waiting_for_the_tick():
    async def story():
        there, back, delays = noise(30, 1), noise(30, 2), []
        async with plane() as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident), call(media, duty)
                await settled(resident, duty)
                one.join(two)
                heard = {resident: [], duty: []}
                for frame, answer in zip(there, back, strict=True):
                    for speaker, listener, sound in ((resident, duty, frame), (duty, resident, answer)):
                        said = asyncio.get_running_loop().time()
                        speaker.say(sound)
                        heard[listener].append((await listener.hear_until(sound))[-1])
                        delays.append(heard[listener][-1].at - said)
                one.close()
                two.close()
        for listener in (resident, duty):
            packets = heard[listener]
            pairs = [(a, b) for a, b in pairwise(packets) if not b.marker]
            assert {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in pairs} == {160}
            assert len(pairs) > 20
            assert len({each.ssrc for each in packets}) == 1
        assert statistics.median(delays) < DELAY_SECONDS

    asyncio.run(story())


def test_many_pairs_at_once_hear_each_other_and_so_does_the_one_that_is_left():
    async def story():
        pairs = GATHER_SOCKETS // 2 + 1
        async with plane() as media:
            with ExitStack() as people:
                far = [people.enter_context(telephone()) for _ in range(2 * pairs)]
                channels = [call(media, each) for each in far]
                await settled(*far)
                for one, two in batched(channels):
                    one.join(two)
                said = noise(len(far))
                delays = []

                async def tell(speaker, listener, sound):
                    at = asyncio.get_running_loop().time()
                    speaker.say(sound)
                    delays.append((await listener.hear_until(sound))[-1].at - at)

                for (one, two), (there, back) in zip(batched(far), batched(said), strict=True):
                    await tell(one, two, there)
                    await tell(two, one, back)
                for each in channels[2:]:
                    each.close()
                await tell(far[0], far[1], noise(1)[0])
                for each in channels[:2]:
                    each.close()
        assert statistics.median(delays) < DELAY_SECONDS

    asyncio.run(story())


def batched(items):
    """Two by two."""
    return list(zip(items[::2], items[1::2], strict=True))


def test_loss_stays_visible_to_the_listener():
    async def story():
        async with plane() as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident), call(media, duty)
                await settled(resident, duty)
                one.join(two)
                frames = noise(3)
                resident.say(frames[0])
                resident.say(frames[1])
                resident.say(frames[2], skip=2)
                heard = await duty.hear_until(frames[2])
                first, second, third = (each for each in heard if each.payload in frames)
                assert (second.sequence - first.sequence) & 0xFFFF == 1
                assert (third.sequence - second.sequence) & 0xFFFF == 3
                assert (third.timestamp - second.timestamp) & 0xFFFFFFFF == 480
                one.close()
                two.close()

    asyncio.run(story())


def test_between_the_laws_bytes_are_translated_and_events_keep_each_sides_number():
    async def story():
        async with plane() as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident, "PCMA", 101), call(media, duty, "PCMU", 96)
                await settled(resident, duty)
                one.join(two)
                frame = noise(1)[0]
                resident.say(frame)
                translated = (await duty.hear_until(frame.translate(ALAW_TO_ULAW)))[-1]
                assert translated.payload_type == 0
                duty.say(frame)
                assert (await resident.hear_until(frame.translate(ULAW_TO_ALAW)))[-1].payload_type == 8
                duty.press(5, PRESS)
                heard = [each for each in await resident.hear_until(b"\x05\x80\x03\x20") if len(each.payload) == 4]
                assert {each.payload_type for each in heard} == {101}
                assert len({each.timestamp for each in heard}) == 1
                assert await two.digit() == "5"
                one.close()
                two.close()

    asyncio.run(story())


def test_each_packet_is_translated_from_its_own_law():
    async def story():
        async with plane() as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident), call(media, duty)
                await settled(resident, duty)
                one.join(two)
                alaw, ulaw = noise(2)
                for resident.payload_type, said, heard in ((8, alaw, alaw), (0, ulaw, ulaw.translate(ULAW_TO_ALAW))):
                    resident.say(said)
                    assert (await duty.hear_until(heard))[-1].payload_type == 8
                one.close()
                two.close()

    asyncio.run(story())


def test_events_are_dropped_for_a_far_end_that_knows_none():
    async def story():
        async with plane() as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident), call(media, duty, event_type=None)
                await settled(resident, duty)
                one.join(two)
                before, after = noise(2)
                resident.say(before)
                resident.press(5, PRESS)
                resident.say(after)
                heard = [each for each in await duty.hear_until(after) if each.payload != SILENCE]
                assert [each.payload for each in heard] == [before, after]
                assert (heard[1].sequence - heard[0].sequence) & 0xFFFF == 1
                assert await one.digit() == "5"
                one.close()
                two.close()

    asyncio.run(story())


def test_a_silent_partner_is_replaced_by_silence_and_parting_too():
    async def story():
        async with plane() as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident), call(media, duty)
                await settled(resident, duty)
                one.join(two)
                frame = noise(1)[0]
                resident.say(frame)
                await duty.hear_until(frame)
                heard = [await duty.hear() for _ in range(5)]
                two.part()
                resident.say(frame)
                heard += [await duty.hear() for _ in range(5)]
                assert {each.payload for each in heard} == {SILENCE}
                steps = {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(heard)}
                assert steps == {1}
                one.close()
                two.close()

    asyncio.run(story())


def test_joining_ends_what_played_and_closing_one_leaves_the_other(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as resident, telephone() as duty:
                one, two = call(media, resident), call(media, duty)
                playing = asyncio.create_task(one.play(clip(tmp_path, noise(1)[0]), loop=True))
                waiting = asyncio.create_task(one.digit())
                await resident.hear_until(noise(1)[0])
                await settled(resident, duty)
                one.join(two)
                await playing
                one.close()
                with pytest.raises(LegGoneError):
                    await waiting
                await two.play(clip(tmp_path, noise(1)[0], "bye"))
                await duty.hear_until(noise(1)[0])
                with pytest.raises(LegGoneError):
                    two.join(one)
                two.close()

    asyncio.run(story())
