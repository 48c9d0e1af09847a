"""Whole urgent calls between a landline and SIP: a real exchange and media process, telephones, a voice modem in
software with a line that gives back what is said into it."""

import asyncio
import audioop
import math
import random
from array import array
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.building.file import read
from appliance.clock import SystemClock
from appliance.demo.building import NOWAK, RESIDENT, urgent_building
from appliance.demo.telephones import Telephones
from appliance.demo.tones import DUTY_HERTZ, RESIDENT_HERTZ, SHARE_HEARD, share, tone_of
from appliance.exchange import Exchange
from appliance.media.sound import Clip
from appliance.options import Options
from appliance.register.reports import FILE_NAME, Reports
from hardware import discovery
from tests.hardware.modem.copper import Hybrid, Pair
from tests.hardware.modem.voice import VoiceModem

DEADLINE_SECONDS = 100.0
LANDLINE = "+48221112233"
LINE = f'[[lines]]\nid = "copper"\nkind = "fxo"\nnumber = "{LANDLINE}"\n\n[outbound]\n'
RATE = 8000
HYBRID_GAIN = 0.25  # −12 dB: a line that suits its modem badly
SOUNDS = Path(__file__).parents[2] / "appliance" / "media" / "sounds" / "pl"
ECHO_DOWN_DB = 25.0


class Neighbourhood:
    """A running exchange with a landline and a trunk, and everybody around it."""

    def __init__(self, exchange, modem, phones, data):
        self.exchange, self.modem, self.phones, self.data = exchange, modem, phones, data

    async def ended_rows(self):
        """The register, once it says how every call ended."""
        while True:
            with Reports(self.data / FILE_NAME) as reports:
                rows = list(reports.calls())
            if rows and all(row["outcome"] is not None for row in rows):
                return rows
            await asyncio.sleep(0.1)


@asynccontextmanager
async def neighbourhood(tmp_path, monkeypatch, outbound):
    modem = VoiceModem(tmp_path, Pair(Hybrid(gain=HYBRID_GAIN)))
    monkeypatch.setattr(discovery, "SYS", modem.sys)
    monkeypatch.setattr(discovery, "DEV", modem.dev)
    data = tmp_path / "box"
    data.mkdir()
    phones = Telephones(SystemClock(), random.Random(), data, lambda text: None)
    building = urgent_building(await phones.start()).replace("[outbound]\n", LINE)
    path = data / "building.toml"
    path.write_text(building.replace('lines = ["provider"]', f"lines = {outbound}"), encoding="utf-8")
    options = Options(data, path, ("127.0.0.1", 0), (12000, 12999), ("127.0.0.1", 0))
    exchange = Exchange(options, read(path), SystemClock(), random.Random())
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    running = asyncio.ensure_future(exchange.run(stop, ready.set_result))
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        modem.plug()  # after the start: it is found all the same
        async with phones.connected((await ready).sip, office=False):
            while exchange.fleet.lines["copper"].state().state != "up":  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.05)
            yield Neighbourhood(exchange, modem, phones, data)
    finally:
        stop.set()
        await asyncio.wait({running})
        modem.unplug()
        modem.pair.end()
        await phones.stop()


def lives(story):
    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            await story()

    asyncio.run(whole())


async def hears_voice(person, seconds=1.5):
    """Until the resident has heard so much of a voice."""
    heard, mark = 0.0, len(person.heard)
    while heard < seconds:
        await asyncio.sleep(0.1)
        while len(person.heard) - mark >= 320:
            heard += 0.02 * (audioop.rms(bytes(person.heard[mark : mark + 320]), 2) > 500)
            mark += 320


async def hears_tone(person, hertz):
    """Until the resident has heard a second of this tone from now on."""
    mark = len(person.heard)
    while True:
        await asyncio.sleep(0.1)
        if len(person.heard) - mark >= 2 * RATE:
            if share(audioop.lin2alaw(bytes(person.heard[mark : mark + 2 * RATE]), 2), hertz) > SHARE_HEARD:
                return
            mark += RATE


def level(sound, hertz):
    """In dB: how loud a tone is in A-law."""
    linear = array("h", audioop.alaw2lin(sound, 2))
    step = 2 * math.pi * hertz / RATE
    real = sum(each * math.cos(step * at) for at, each in enumerate(linear))
    imaginary = sum(each * math.sin(step * at) for at, each in enumerate(linear))
    return 20 * math.log10(max(1.0, math.hypot(real, imaginary) / len(linear) * 2))


def loudness(sound):
    """In dB: how loud A-law is."""
    return 20 * math.log10(max(1.0, audioop.rms(audioop.alaw2lin(sound, 2), 2)))


async def heard_back(party, seconds):
    """What a telephone hears in the next seconds."""
    mark = len(party._sound())
    while len(party._sound()) - mark < seconds * RATE:  # noqa: ASYNC110 - a file grows
        await asyncio.sleep(0.1)
    return party._sound()[mark:]


def speech(tmp_path):
    path = tmp_path / "speech.al"
    sound = b"".join(each.read_bytes() for each in sorted(SOUNDS.glob("*.al"))[20:40])
    path.write_bytes(sound)
    return sound, Clip("speech", len(sound) / RATE, path)


def test_resident_on_the_landline_talks_to_the_person_on_duty_who_does_not_hear_themselves(tmp_path, monkeypatch):
    async def story():
        async with neighbourhood(tmp_path, monkeypatch, ["provider"]) as around:
            rung = asyncio.ensure_future(around.phones.picked_up(NOWAK, "Jan Nowak"))
            person = around.modem.pair.call(RESIDENT)
            await person.answered.wait()
            await hears_voice(person)
            await person.sends("1")  # while the box goes on speaking
            async with around.phones.in_call("person on duty", await rung) as duty:
                await duty.leg.voice(1.0)
                await duty.press("1")
                person.speech = audioop.alaw2lin(tone_of(RESIDENT_HERTZ, 1.0), 2)
                async with duty.speaking(DUTY_HERTZ):
                    await asyncio.gather(duty.hears_tone(RESIDENT_HERTZ), hears_tone(person, DUTY_HERTZ))
                    person.speech = b""
                    await heard_back(duty, 0.6)
                    tone_back = level(await heard_back(duty, 1.0), DUTY_HERTZ)
                tone_down = level(tone_of(DUTY_HERTZ, 1.0), DUTY_HERTZ) - tone_back
                sound, clip = speech(tmp_path)
                saying = asyncio.ensure_future(duty.leg.play(clip))
                await heard_back(duty, 2.0)
                speech_down = loudness(sound) - loudness(await heard_back(duty, 10.0))
                saying.cancel()
                print(f"echo down: tone {tone_down:.1f} dB, speech {speech_down:.1f} dB")
                person.hangs_up()
                await duty.leg.gone()
            (row,) = await around.ended_rows()
        assert (row["line"], row["number"], row["caller"]) == ("copper", LANDLINE, RESIDENT)
        assert (row["outcome"], row["answered_by"], row["urgent"]) == ("answered", "nowak", True)
        assert row["ended_by"] == "tone"
        assert tone_down >= ECHO_DOWN_DB
        assert speech_down >= ECHO_DOWN_DB

    lives(story)


def test_the_person_on_duty_is_rung_over_the_landline_and_counts_when_they_press_1(tmp_path, monkeypatch):
    async def story():
        async with neighbourhood(tmp_path, monkeypatch, ["copper"]) as around:
            around.modem.pair.people[NOWAK.removeprefix("+48")] = "answers"
            resident = await around.phones.call(RESIDENT)
            async with around.phones.in_call("resident", resident) as caller:
                await caller.leg.voice(1.5)
                await caller.press("1")
                person = await around.modem.pair.placed.get()
                await person.answered.wait()
                await hears_voice(person)
                await person.sends("1")
                person.speech = audioop.alaw2lin(tone_of(DUTY_HERTZ, 1.0), 2)
                async with caller.speaking(RESIDENT_HERTZ):
                    await asyncio.gather(caller.hears_tone(DUTY_HERTZ), hears_tone(person, RESIDENT_HERTZ))
                person.hangs_up()
                await caller.leg.gone()
            (row,) = await around.ended_rows()
        assert (row["outcome"], row["answered_by"]) == ("answered", "nowak")
        assert row["rung"][-1]["line"] == "copper"

    lives(story)
