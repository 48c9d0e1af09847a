"""The running media process and a modem's sound port, on a pseudo-terminal."""

from __future__ import annotations

import asyncio
import audioop
import contextlib

from tests.peers import sound

from .modem import Modem, call, modem
from .peer import Peer, clip, noise, plane, telephone
from .peer import call as call_telephone

HIGH, LOW = 1100.0, 440.0
DB = -15.0
WITHIN_DB = 1.0


def tone(hertz: float, seconds: float = 4.0) -> bytes:
    """A-law."""
    return audioop.lin2alaw(sound.tone(hertz, seconds, DB).tobytes(), 2)


@contextlib.asynccontextmanager
async def saying(far: Modem | Peer, alaw: bytes):
    """Meanwhile the far end says this."""
    frames = [alaw[at : at + 160] for at in range(0, len(alaw), 160)]
    task = asyncio.create_task(far.say(alaw) if isinstance(far, Modem) else far.talk(frames))
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


def test_two_modems_hear_each_other():
    async def story():
        async with plane() as media:
            with modem() as resident, modem() as duty:
                one, two = call(media, resident), call(media, duty)
                one.join(two)
                async with saying(resident, tone(HIGH, 6.0)), saying(duty, tone(LOW, 6.0)):
                    await hears(duty, HIGH)
                    await hears(resident, LOW)
                one.close()
                two.close()

    asyncio.run(story())


def test_a_pulled_plug_is_told_once_within_a_second_and_another_port_may_be_given():
    async def story():
        loop = asyncio.get_running_loop()
        async with plane() as media:
            with modem() as far, modem() as again:
                channel = call(media, far)
                lost = asyncio.Queue()
                channel.on_lost = lambda: lost.put_nowait(loop.time())
                await far.hear(160)
                pulled = loop.time()
                far.unplug()
                assert await asyncio.wait_for(lost.get(), 5.0) - pulled < 1.0
                other = media.pcm_channel("other")
                channel.open_port(again.open())
                await again.hear(1600)
                assert lost.empty()
                channel.close()
                other.close()

    asyncio.run(story())
