"""Whole urgent calls between a landline and SIP: a real exchange and media process, telephones, a voice modem in
software with a line that gives back what is said into it."""

import asyncio
import audioop
import math
from array import array
from contextlib import asynccontextmanager
from pathlib import Path

from appliance.demo.building import NOWAK, RESIDENT
from appliance.demo.tones import DUTY_HERTZ, RESIDENT_HERTZ, SHARE_HEARD, share, tone_of
from appliance.media.sound import Clip
from appliance.register.reports import FILE_NAME, Reports
from tests.hardware.modem.copper import Hybrid, Pair
from tests.hardware.modem.voice import VoiceModem
from tests.hardware.neighbourhood import LOUD, RATE, hears_tone, hears_voice, lives, neighbourhood, they_talk

LANDLINE = "+48221112233"
LINE = f'[[lines]]\nid = "modem"\nkind = "fxo"\nnumber = "{LANDLINE}"\n'
HYBRID_GAIN = 0.25  # −12 dB: a line that suits its modem badly
SOUNDS = Path(__file__).parents[2] / "appliance" / "media" / "sounds" / "pl"
ECHO_DOWN_DB = 25.0
BEEP_HERTZ, BEEP_PIECE = 1000.0, 800  # samples


@asynccontextmanager
async def with_landline(town, outbound, more=""):
    """A neighbourhood with a landline behind a voice modem; `more`: keys of its table."""
    modem = VoiceModem(town.folder, Pair(Hybrid(gain=HYBRID_GAIN)))
    try:
        async with neighbourhood(town, modem, LINE + more, outbound) as around:
            yield around
    finally:
        modem.pair.end()


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


def test_resident_on_the_landline_talks_to_the_person_on_duty_who_does_not_hear_themselves(town):
    async def story():
        async with with_landline(town, ["provider"]) as around:
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
                sound, clip = speech(town.folder)
                saying = asyncio.ensure_future(duty.leg.play(clip))
                await heard_back(duty, 2.0)
                speech_down = loudness(sound) - loudness(await heard_back(duty, 10.0))
                saying.cancel()
                print(f"echo down: tone {tone_down:.1f} dB, speech {speech_down:.1f} dB")
                person.hangs_up()
                await duty.leg.gone()
            (row,) = await around.ended_rows()
        assert (row["line"], row["number"], row["caller"]) == ("modem", LANDLINE, RESIDENT)
        assert (row["outcome"], row["answered_by"], row["urgent"]) == ("answered", "nowak", True)
        assert row["ended_by"] == "tone"
        assert tone_down >= ECHO_DOWN_DB
        assert speech_down >= ECHO_DOWN_DB

    lives(story)


def test_the_person_on_duty_is_rung_over_the_landline_and_counts_when_they_press_1(town):
    async def story():
        async with with_landline(town, ["modem"]) as around:
            around.modem.pair.people[NOWAK.removeprefix("+48")] = "answers"
            resident = await around.phones.call(RESIDENT)
            async with around.phones.in_call("resident", resident) as caller:
                await caller.leg.voice(1.5)
                await caller.press("1")
                person = await around.modem.pair.placed.get()
                await person.answered.wait()
                await hears_voice(person)
                await person.sends("1")
                await they_talk(person, DUTY_HERTZ, caller, RESIDENT_HERTZ)
                person.hangs_up()
                await caller.leg.gone()
            (row,) = await around.ended_rows()
        assert (row["outcome"], row["answered_by"]) == ("answered", "nowak")
        assert row["rung"][-1]["line"] == "modem"

    lives(story)


async def hears_beep(person):
    """Until the resident has heard the tone after which a message begins, 0.3 s of 1 kHz, from now on."""
    mark = len(person.heard)
    while True:
        await asyncio.sleep(0.1)
        while len(person.heard) - mark >= 2 * BEEP_PIECE:
            piece = bytes(person.heard[mark : mark + 2 * BEEP_PIECE])
            mark += 2 * BEEP_PIECE
            if audioop.rms(piece, 2) > LOUD and share(audioop.lin2alaw(piece, 2), BEEP_HERTZ) > SHARE_HEARD:
                return


def test_with_the_landline_alone_a_message_is_taken_duty_is_rung_on_it_and_the_resident_is_told(town):
    async def story():
        async with with_landline(town, ["modem"]) as around:
            pair = around.modem.pair
            pair.people.update(dict.fromkeys((each.removeprefix("+48") for each in (NOWAK, RESIDENT)), "answers"))
            caller = pair.call(RESIDENT)
            await caller.answered.wait()
            await hears_voice(caller)
            await caller.sends("1")
            await hears_beep(caller)
            caller.speech = audioop.alaw2lin(tone_of(RESIDENT_HERTZ, 1.0), 2)
            await asyncio.sleep(3.0)  # of a message
            caller.hangs_up()
            duty = await pair.placed.get()
            await duty.answered.wait()
            await hears_voice(duty)
            await duty.sends("2")
            await hears_tone(duty, RESIDENT_HERTZ)
            await duty.sends("1")
            back = await pair.placed.get()
            assert duty.over.is_set(), "one after the other"
            await back.answered.wait()
            await hears_voice(back)
            back.hangs_up()
            (row,) = await around.ended_rows()
            with Reports(around.exchange.options.data / FILE_NAME) as reports:
                (ticket,) = reports.tickets()
        assert pair.dialled == [each.removeprefix("+48") for each in (NOWAK, RESIDENT)]
        assert (row["line"], row["outcome"], row["urgent"], row["ended_by"]) == ("modem", "callback", True, "tone")
        assert row["recording"] is not None
        assert (ticket["state"], ticket["taken_by"]) == ("in progress", "nowak")

    lives(story)


def test_with_the_landline_alone_its_exchange_joins_resident_and_duty_where_it_can(town):
    async def story():
        async with with_landline(town, ["modem"], 'transfer = "R4"\n') as around:
            pair = around.modem.pair
            pair.people[NOWAK.removeprefix("+48")] = "answers"
            caller = pair.call(RESIDENT)
            await caller.answered.wait()
            await hears_voice(caller)
            await caller.sends("1")
            duty = await pair.placed.get()
            assert pair.held is caller
            await duty.answered.wait()
            await hears_voice(duty)
            await duty.sends("1")
            (row,) = await around.ended_rows()
        assert pair.joined == [(caller, duty)]
        assert (row["outcome"], row["answered_by"], row["ended_by"]) == ("answered", "nowak", "transfer")
        assert row["urgent"] is True

    lives(story)
