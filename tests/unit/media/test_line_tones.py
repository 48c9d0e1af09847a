"""What is heard of a Polish line: its tones within their time, and nothing in what people say, or in silence."""

import audioop
import math
import random
from array import array
from pathlib import Path

import pytest

from appliance.media.line_tones import DIAL, RINGING, VOICE, LineTones

SOUNDS = Path(__file__).parents[3] / "appliance" / "media" / "sounds"
RATE, FRAME = 8000, 160


def tone(seconds: float, hertz: float = 425.0, dbm0: float = -10.0, noise: float = 0.0) -> array:
    peak = 32768 * 10 ** ((dbm0 - 3.14) / 20)
    rng = random.Random(7)
    return array(
        "h",
        [
            round(peak * math.sin(2 * math.pi * hertz * at / RATE) + rng.gauss(0.0, noise))
            for at in range(round(seconds * RATE))
        ],
    )


def pause(seconds: float) -> array:
    return array("h", bytes(2 * round(seconds * RATE)))


def heard(sound: array) -> list[tuple[float, str]]:
    """When and what."""
    tones, told = LineTones(), []
    for start in range(0, len(sound) - FRAME + 1, FRAME):
        if sign := tones.hear(sound[start : start + FRAME].tobytes()):
            told.append(((start + FRAME) / RATE, sign))
    return told


@pytest.mark.parametrize("hertz", [415.0, 425.0, 435.0])
@pytest.mark.parametrize("dbm0", [-35.0, -10.0, 0.0])
def test_a_ring_is_known_while_it_lasts_and_busy_is_none(hertz, dbm0):
    told = heard(pause(0.3) + tone(1.0, hertz, dbm0, noise=5.0) + pause(1.0))
    assert [sign for _, sign in told] == [RINGING]
    assert told[0][0] < 1.3
    assert heard((pause(0.5) + tone(0.5, hertz, dbm0, noise=5.0)) * 6) == []


def test_a_dial_tone_is_known_within_two_seconds_and_told_once():
    told = heard(pause(0.2) + tone(6.0))
    assert [sign for _, sign in told] == [RINGING, DIAL]
    assert told[1][0] < 2.0


def test_each_ring_is_told():
    told = heard((tone(1.0) + pause(4.0)) * 3)
    assert [sign for _, sign in told] == [RINGING] * 3


def shipped() -> array:
    sound = b"".join(path.read_bytes() for path in sorted(SOUNDS.rglob("*.al")))
    return array("h", audioop.alaw2lin(sound, 2))


def test_no_sentence_and_no_music_of_the_box_is_a_tone():
    """All that the box itself can say in both languages, and its music."""
    sound = shipped()
    signs = {sign for _, sign in heard(sound)}
    assert len(sound) > 10 * 60 * RATE
    assert signs == {VOICE}


def test_a_minute_of_silence_and_of_hiss_is_nothing():
    rng = random.Random(3)
    hiss = array("h", [round(rng.gauss(0.0, 60.0)) for _ in range(60 * RATE)])
    assert heard(pause(60.0)) == heard(hiss) == []
