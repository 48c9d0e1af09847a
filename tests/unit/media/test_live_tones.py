"""The running media process and a telephone that takes no telephone-event: keys are tones in its sound."""

from __future__ import annotations

import asyncio

import pytest

from appliance.media import wav
from appliance.media.spandsp import MISSING

from .peer import PRESS, SILENCE, call, noise, plane, telephone
from .test_tones import press


async def ready(media, peer, channel) -> None:
    """The library is loaded: a first key is understood."""
    while True:
        talking = asyncio.create_task(peer.talk(press("0")))
        try:
            async with asyncio.timeout(0.6):
                assert await channel.digit() == "0"
        except TimeoutError:
            continue
        finally:
            await talking
        channel.forget_digits()
        return


@pytest.mark.parametrize("codec", ["PCMA", "PCMU"])
def test_keys_are_understood_and_pressed_as_tones(codec):
    async def story():
        async with plane() as media:
            with telephone() as old, telephone() as other:
                channel, listener = call(media, old, codec, None), call(media, other, codec, None)

                # Their lines are tied together: what the box presses on one it hears on the other.
                async def carry(source, target):
                    while True:
                        data, _ = await source.receive()
                        target.send(data)

                ties = [asyncio.create_task(carry(old, other)), asyncio.create_task(carry(other, old))]
                heard = ""
                while heard != "5":  # until the library is loaded
                    await channel.press("5")
                    listener_task = asyncio.create_task(listener.digit())
                    done, _ = await asyncio.wait({listener_task}, timeout=0.3)
                    heard = listener_task.result() if done else ""
                    listener_task.cancel()
                listener.forget_digits()
                await channel.press("160#*D")
                assert [await listener.digit() for _ in range(6)] == list("160#*D")
                await listener.press("9")
                assert await channel.digit() == "9"
                for each in ties:
                    each.cancel()
                channel.close()
                listener.close()

    asyncio.run(story())


def test_a_far_end_that_sends_all_three_ways_presses_once():
    async def story():
        async with plane() as media:
            with telephone() as old:
                channel = call(media, old, event_type=None)
                await ready(media, old, channel)
                old.press(1, PRESS)  # an event that its SDP did not announce
                assert await channel.digit() == "1"
                channel.on_digit("1")  # the same press in a SIP INFO
                await old.talk(press("1"))  # and as a tone
                await old.talk(press("7", on=30, off=0))
                channel.on_digit("7")  # told at the end of a long press
                await old.talk(press("8", off=4))
                channel.on_digit("8")  # just after it
                await old.talk(press("9"))
                assert [await channel.digit() for _ in range(3)] == ["7", "8", "9"]
                channel.close()

    asyncio.run(story())


def test_a_key_as_a_tone_ends_a_message_and_is_not_in_it(tmp_path):
    async def story():
        path = tmp_path / "message.wav"
        async with plane() as media:
            with telephone() as old:
                channel = call(media, old, event_type=None)
                await ready(media, old, channel)
                limits = {"max_seconds": 60.0, "silence_seconds": 30.0, "end_keys": "#"}
                recording = asyncio.create_task(channel.record(path, **limits))
                await old.talk([*noise(5), *[SILENCE] * 10, *press("#")])
                kept = await recording
                channel.close()
        assert kept.ended == "key"
        assert set(wav.read(path)[-480:]) == {0xD5}

    asyncio.run(story())


def test_without_the_library_calls_go_on_and_it_is_said_once(tmp_path, monkeypatch):
    async def story():
        faults = []
        # An empty file of that name is found first, as if the package were not there.
        (tmp_path / "libspandsp.so.2").touch()
        monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
        async with plane(faults) as media:
            with telephone() as old, telephone() as other:
                one, two = call(media, old, event_type=None), call(media, other, event_type=None)
                for each in (old, other):
                    each.say()
                    await each.hear()
                while not faults:
                    await old.hear()
                one.join(two)
                frame = noise(1)[0]
                old.say(frame)
                await other.hear_until(frame)
                old.press(3, PRESS)
                assert await one.digit() == "3"
                one.close()
                two.close()
        assert faults == [f"media process: {MISSING}"]

    asyncio.run(story())
