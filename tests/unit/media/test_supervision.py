"""The exchange's tones: busy ends a call within 4 s, and two hours of speech and music end none."""

from __future__ import annotations

import audioop
import math
import random
import time
from array import array

import pytest

from appliance.media import music
from appliance.media.ear import Ear
from appliance.media.g711 import SILENCE, SQUARE_AT_0_DBM0
from appliance.media.supervision import FRAME_SAMPLES, Supervision, Tone, ToneSupervisor
from appliance.media.supervision import SILENCE as SILENT

from .mobile import amr, gsm_full_rate
from .talking import RATE, said, shipped, speech

HOURS_SECONDS = 2 * 3600
END_SECONDS = 4.0  # from the first tone to the hang-up
FRAME_MICROSECONDS = 200.0  # of 20,000; about 20 are measured, the rest is for a busy machine
QUIET = bytes((SILENCE,))


def sounding(*parts: tuple[float, float], db: float = -15.0, noise: float | None = None) -> array[int]:
    """(hertz, seconds) one after another as samples; 0 Hz is a pause. `noise`: dBm0 of it over all."""
    rng, out = random.Random(3), array("h")
    peak = math.sqrt(2 * SQUARE_AT_0_DBM0) * 10 ** (db / 20)
    width = 0.0 if noise is None else math.sqrt(SQUARE_AT_0_DBM0) * 10 ** (noise / 20)
    for hertz, seconds in parts:
        step = 2 * math.pi * hertz / RATE
        for at in range(round(seconds * RATE)):
            value = (peak * math.sin(step * at) if hertz else 0.0) + rng.gauss(0.0, width)
            out.append(max(-32768, min(32767, round(value))))
    return out


def law(samples: array[int]) -> bytes:
    return audioop.lin2alaw(samples.tobytes(), 2)


def heard(sound: bytes, size: int = FRAME_SAMPLES) -> list[tuple[float, Tone]]:
    """Each verdict, and after how many seconds of sound."""
    supervisor, found = ToneSupervisor(), []
    for at in range(0, len(sound), size):
        verdict = supervisor.hear(sound[at : at + size])
        if verdict is not None:
            found.append(((at + size) / RATE, verdict))
    return found


def busy(on: float = 0.5, off: float = 0.5, hertz: float = 425.0) -> list[tuple[float, float]]:
    return [(hertz, on), (0.0, off)] * 6


@pytest.mark.parametrize("db", [-3, -15, -34])
@pytest.mark.parametrize("hertz", [419, 425, 431])
@pytest.mark.parametrize(("on", "off"), [(0.5, 0.5), (0.45, 0.55), (0.55, 0.45)])
def test_busy_is_told_within_four_seconds_wherever_one_begins_to_listen(db, hertz, on, off):
    sound = law(sounding(*busy(on, off, hertz), db=db, noise=db - 16))
    for late in (0, 33, 80, 560, 2000, 3920, 4800, 7920):
        (told,) = heard(sound[late:])
        assert told[1] is Tone.BUSY
        assert told[0] <= END_SECONDS


@pytest.mark.parametrize("codec", [amr(4750), amr(12200), gsm_full_rate], ids=["amr 4.75", "amr 12.2", "gsm"])
def test_busy_is_told_through_a_mobile_codec(codec):
    (told,) = heard(law(codec(sounding(*busy(), noise=-50))))
    assert told[1] is Tone.BUSY
    assert told[0] <= END_SECONDS


def test_busy_is_told_after_speech_and_over_a_lost_packet():
    talk = next(speech(1))
    talk = talk[: len(talk) // 160 * 160]
    tone = law(sounding(*busy()))
    torn = tone[:1600] + QUIET * 160 + tone[1760:]
    for sound in (tone, torn):
        (told,) = heard(talk + sound)
        assert told[1] is Tone.BUSY
        assert told[0] - len(talk) / RATE <= END_SECONDS


@pytest.mark.parametrize("size", [80, 160, 240, 1000])
def test_packets_of_any_length_say_the_same(size):
    assert [tone for _, tone in heard(law(sounding(*busy())), size)] == [Tone.BUSY]


def test_a_dial_tone_and_ringing_are_told_once():
    assert [tone for _, tone in heard(law(sounding((425, 8), noise=-40)))] == [Tone.DIAL]
    assert [tone for _, tone in heard(law(sounding(*[(425, 1.0), (0, 4.0)] * 3, noise=-45)))] == [Tone.RINGING]


def test_ringing_that_becomes_busy_is_told_as_both():
    sound = law(sounding((425, 1.0), (0, 4.0), (425, 1.0), (0, 2.0), *busy()))
    assert [tone for _, tone in heard(sound)] == [Tone.RINGING, Tone.BUSY]


@pytest.mark.parametrize("hertz", [400, 415.3, 440, 450, 480])
def test_other_pitches_in_the_same_beat_are_no_busy_tone(hertz):
    assert heard(law(sounding(*busy(hertz=hertz)))) == []


@pytest.mark.parametrize(("on", "off"), [(0.3, 0.3), (0.5, 0.25), (0.7, 0.7), (0.5, 1.0)])
def test_other_beats_are_no_busy_tone(on, off):
    assert heard(law(sounding(*busy(on, off)))) == []


def test_a_minute_of_silence_is_no_verdict_nor_is_noise():
    assert heard(QUIET * 60 * RATE) == []
    assert heard(law(sounding((0, 60), noise=-20))) == []


def test_melodies_of_pure_tones_are_no_verdict():
    rng = random.Random(5)
    notes = [440 * 2 ** (step / 12) for step in range(-12, 13)]
    melody = [(rng.choice((0.0, *notes)), rng.choice((0.25, 0.5, 0.5, 1.0))) for _ in range(400)]
    metronome = [part for note in notes for part in busy(hertz=note)]
    assert heard(law(sounding(*melody, *metronome))) == []


def test_two_hours_of_speech_and_music_bring_no_verdict():
    """The shipped sentences, half an hour of hold music, and speech in seven voices for the rest."""
    supervisor, seconds, hold = ToneSupervisor(), 0.0, music.hold_music()
    loops = round(1800 * RATE / len(hold))
    pieces = [shipped(), *[hold] * loops]
    for piece in (*pieces, *speech(HOURS_SECONDS - sum(map(len, pieces)) / RATE)):
        seconds += len(piece) / RATE
        for at in range(0, len(piece), FRAME_SAMPLES):
            assert supervisor.hear(piece[at : at + FRAME_SAMPLES]) is None, f"after {seconds:.0f} s"
    assert seconds >= HOURS_SECONDS


def test_a_call_costs_little():
    sound = law(sounding(*busy() * 5))
    begun = time.process_time()
    heard(sound)
    frames = len(sound) / FRAME_SAMPLES
    assert (time.process_time() - begun) / frames * 1e6 < FRAME_MICROSECONDS


def test_silence_counts_only_while_two_are_joined_and_voice_begins_it_anew():
    watched, quiet = Supervision(60.0), QUIET * 160
    assert not any(watched.hear(quiet, False) for _ in range(10 * 60 * 50)), "who waits listens for long"
    watched.joined(True)
    assert not any(watched.hear(quiet, False) for _ in range(59 * 50))
    watched.hear(quiet, True)
    assert not any(watched.hear(quiet, False) for _ in range(60 * 50 - 1))
    assert watched.hear(quiet, False) == [SILENT]


def test_silence_is_never_told_where_it_is_not_to_be():
    watched = Supervision(0.0)
    watched.joined(True)
    assert not any(watched.hear(QUIET * 160, False) for _ in range(3600 * 50))


class Bench:
    """Notes what an ear reports."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def receive_tones(self, ulaw: bool, take: object) -> None:
        """There is no receiver."""

    def report(self, kind: str, *values: object) -> None:
        self.told.append(kind)


def voiced(sound: bytes, supervised: bool = True) -> bool:
    """Whether 0.3 s of a voice are heard in this."""
    bench = Bench()
    ear = Ear(1, bench)
    ear.supervision = Supervision(0.0) if supervised else None
    ear.voices[1] = round(0.3 * RATE)
    for at in range(0, len(sound), FRAME_SAMPLES):
        ear.hear(sound[at : at + FRAME_SAMPLES], False, at, 1, 0.0, False)
    return "voiced" in bench.told


@pytest.mark.parametrize("db", [-6.0, -15.0, -34.0])
@pytest.mark.parametrize("beats", [[(425.0, 1.0), (0.0, 4.0)] * 7, busy()], ids=["ringing", "busy"])
def test_the_tones_of_a_supervised_line_are_nobodys_voice(beats, db):
    ringing = law(sounding((0.0, 0.013), *beats, db=db))  # no beat begins with a frame
    assert not voiced(ringing)
    assert voiced(ringing, supervised=False)


def test_a_hallo_after_the_ringing_is_a_voice():
    hallo = said("pl", 150, "Halo?")
    ringing = law(sounding(*[(425.0, 1.0), (0.0, 4.0)] * 4))
    assert voiced(ringing + hallo)
