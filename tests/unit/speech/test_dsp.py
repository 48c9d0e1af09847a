"""The telephone's band, whatever the engine's sample rate."""

from __future__ import annotations

import math
import random

import pytest

from appliance.media import dsp

RATES = [8000, 11025, 16000, 22050, 24000, 44100, 48000]


def sine(hertz: float, rate: int, seconds: float = 0.5) -> list[float]:
    return [8000 * math.sin(2 * math.pi * hertz * index / rate) for index in range(round(seconds * rate))]


def level_through(hertz: float, rate: int) -> float:
    """How many dB of a tone are left, measured away from the ends."""
    out = dsp.high_pass(dsp.resample(sine(hertz, rate), rate))[800:-800]
    return dsp.dbm0(sum(sample * sample for sample in out) / len(out)) - dsp.dbm0(8000**2 / 2)


@pytest.mark.parametrize("rate", RATES)
def test_the_voice_passes_and_hum_does_not(rate: int) -> None:
    assert level_through(1000, rate) == pytest.approx(0, abs=0.3)
    assert level_through(50, rate) < -20


@pytest.mark.parametrize("rate", [rate for rate in RATES if rate > 11025])
def test_nothing_folds_back_into_the_band(rate: int) -> None:
    assert level_through(4050, rate) < -55
    assert level_through(5000, rate) < -55


def test_silence_is_no_speech() -> None:
    with pytest.raises(ValueError, match="no sound"):
        dsp.for_telephone([0.0] * 8000, 8000)


def test_a_lower_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        dsp.resample([0.0], 6000)


def test_a_shout_among_whispers_is_not_clipped() -> None:
    speech = [sample / 400 for sample in sine(500, 8000, 3.0)]
    speech[12000:12080] = [30000 * math.sin(index) for index in range(80)]
    sound = dsp.decode(dsp.for_telephone(speech, 8000))
    assert max(map(abs, sound)) <= dsp.CEILING + 512


@pytest.mark.parametrize("seed", range(40))
def test_passing_over_thresholds_does_not_change_the_level(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    sound = [rng.gauss(0, 5) for _ in range(rng.choice([1, 80, 4000]))]
    for _ in range(rng.randrange(4)):
        loud, first = 10 ** rng.uniform(0, 4), rng.randrange(len(sound))
        sound[first : first + 700] = [rng.gauss(0, loud) for _ in sound[first : first + 700]]
    level = dsp.active_level(sound)
    monkeypatch.setattr(dsp, "_first_threshold", lambda *_: 0)
    assert dsp.active_level(sound) == level
