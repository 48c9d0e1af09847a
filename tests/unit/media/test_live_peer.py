"""Whom the running media process believes, and what cannot make it deaf."""

from __future__ import annotations

import asyncio

import pytest

from appliance.media import rtcp
from appliance.media.rtp import packet

from .peer import HOST, PRESS, SILENCE, Peer, call, clip, noise, plane, telephone


def test_a_stranger_is_not_heard_and_cannot_press_keys():
    async def story():
        async with plane() as media:
            with telephone() as caller, telephone() as stranger:
                channel = call(media, caller)
                stranger.to = channel.local
                caller.say()
                caller.press(1, PRESS)
                assert await channel.digit() == "1"
                for _ in range(20):
                    stranger.say()
                stranger.press(9, PRESS)
                caller.press(2, PRESS)
                assert await channel.digit() == "2"
                channel.close()
                await channel.released()
                assert channel.stats().received == 1 + 2 * len(PRESS)

    asyncio.run(story())


def test_a_telephone_behind_nat_is_answered_where_it_speaks_from():
    async def story():
        async with plane() as media:
            with telephone() as caller, telephone() as told:
                channel = call(media, caller)
                channel.connect(told.address, "PCMA", 8, 101)  # what its SDP says; it speaks from elsewhere
                await told.hear()
                for _ in range(5):
                    caller.say()
                assert (await caller.hear()).payload == SILENCE
                caller.press(3, PRESS)
                assert await channel.digit() == "3"
                channel.close()

    asyncio.run(story())


def test_a_reinvite_moves_the_sound_to_another_address():
    async def story():
        async with plane() as media:
            with telephone() as first, telephone() as second:
                channel = call(media, first)
                first.press(1, PRESS)
                assert await channel.digit() == "1"
                second.to, second.payload_type = channel.local, 0
                channel.connect(second.address, "PCMU", 0, 96)
                assert (await second.hear()).payload_type == 0
                second.say()
                first.press(2, PRESS)
                second.event_type = 96
                second.press(3, PRESS)
                assert await channel.digit() == "3"
                channel.close()

    asyncio.run(story())


def test_sound_and_digits_are_heard_by_the_packets_own_types():
    """A far end may send any type that was offered, whichever the answer puts first (RFC 3264 §6.1)."""

    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                channel.connect(caller.address, "PCMU", 0, 96)
                assert (await caller.hear()).payload_type == 0
                for caller.payload_type, loud in ((0, b"\x00"), (8, b"\xaa")):
                    heard = asyncio.create_task(channel.voice(0.1))
                    await asyncio.sleep(0)
                    speaking = asyncio.create_task(caller.talk([loud * 80 + bytes((loud[0] ^ 0x80,)) * 80] * 50))
                    async with asyncio.timeout(5):
                        await heard
                    speaking.cancel()
                for caller.event_type, event in ((96, 1), (101, 2)):
                    caller.press(event, PRESS)
                    assert await channel.digit() == str(event)
                await channel.press("7")
                pressed = await caller.hear()
                while len(pressed.payload) != 4:
                    pressed = await caller.hear()
                assert pressed.payload_type == 96
                channel.close()
                await channel.released()
                assert channel.stats().refused == 0

    asyncio.run(story())


@pytest.mark.parametrize("host", ["sound.provider.example", "2001:db8::2"])
def test_a_far_end_whose_address_is_no_use_is_met_where_it_speaks_from(host):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                channel.connect((host, 20000), "PCMA", 8, 101)
                for _ in range(5):
                    caller.say()
                assert (await caller.hear()).payload == SILENCE
                channel.close()

    asyncio.run(story())


def test_nothing_that_looks_like_sound_makes_it_deaf():
    async def story():
        good = packet(8, False, 1, 160, 7, SILENCE)
        nasty = [
            b"",
            b"\x80",
            good[:12],
            b"\x9f" + good[1:],
            b"\xbf" + good[1:],
            b"\xa0" + good[1:-1] + b"\xff",
            b"\xa0" + good[1:-1] + b"\x00",
            b"\x90" + good[1:12] + b"\x00\x00\xff\xff",
            b"\x00" + good[1:],
            packet(77, False, 1, 160, 7, SILENCE),
            packet(101, False, 1, 160, 7, b"\x01"),
            packet(101, True, 1, 160, 7, b"\xff\xff\xff\xff"),
            packet(8, False, 1, 160, 7, bytes(5000)),
            bytes(60_000),
            b"INVITE sip:100@192.0.2.1 SIP/2.0\r\n\r\n",
        ]
        async with plane() as media:
            with telephone() as caller, telephone() as stranger:
                channel = call(media, caller)
                stranger.to = channel.local
                for sender in (stranger, caller):
                    for data in nasty:
                        sender.send(data)
                for data in nasty:
                    caller.rtcp.sendto(data, (HOST, channel.local[1] + 1))
                caller.timestamp = 8000
                caller.press(4, PRESS)
                assert await channel.digit() == "4"
                channel.close()
                await channel.released()
                assert channel.stats().refused >= 2 * len(nasty) - 4

    asyncio.run(story())


def test_a_dead_telephone_does_not_stop_the_others(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                dead = Peer()
                gone = call(media, dead)
                dead.press(1, PRESS)
                assert await gone.digit() == "1"
                dead.close()  # from now on the kernel answers each packet with ECONNREFUSED
                channel = call(media, caller)
                sound = noise(5)
                await asyncio.gather(
                    channel.play(clip(tmp_path, b"".join(sound))), gone.play(clip(tmp_path, b"".join(sound)))
                )
                assert [each.payload for each in (await caller.hear_until(sound[-1]))[-5:]] == sound
                gone.close()
                channel.close()

    asyncio.run(story())


def test_a_far_end_that_vanishes_is_told():
    async def story():
        async with plane(lost_seconds=0.5) as media:
            with telephone() as caller:
                lost = asyncio.Event()
                channel = call(media, caller)
                channel.on_lost = lost.set
                caller.say()
                for _ in range(2):  # and again while it lasts
                    async with asyncio.timeout(5):
                        await lost.wait()
                    lost.clear()
                channel.close()

    asyncio.run(story())


def test_reports_are_exchanged_and_a_bye_ends_them():
    async def story():
        loop = asyncio.get_running_loop()
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                for _ in range(4):
                    caller.say(skip=1)
                await caller.hear()
                caller.press(1, PRESS)
                await channel.digit()
                channel.close()
                async with asyncio.timeout(5):
                    items = rtcp.parse(await loop.sock_recv(caller.rtcp, 2048))
                await channel.released()
        report, description, goodbye = items
        assert isinstance(report, rtcp.Report) and report.sender is not None
        assert report.blocks[0].lost == channel.stats().lost == 3
        assert report.blocks[0].ssrc == caller.ssrc
        assert isinstance(description, rtcp.Description) and description.ssrc == report.ssrc
        assert goodbye == rtcp.Goodbye((report.ssrc,))

    asyncio.run(story())


def test_on_hold_nothing_is_sent_and_a_prompt_ends_all_the_same(tmp_path):
    async def story():
        async with plane() as media:
            with telephone() as caller:
                channel = call(media, caller)
                await caller.hear()
                channel.hold(True)
                await channel.play(clip(tmp_path, b"".join(noise(10))))
                channel.hold(False)
                await channel.play(clip(tmp_path, b"\x11" * 160, "other"))
                heard = await caller.hear_until(b"\x11" * 160)
                assert not {each.payload for each in heard} & set(noise(10))
                channel.close()

    asyncio.run(story())
