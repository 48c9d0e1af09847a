"""The sounds that ship: complete, equally loud, clean at both ends."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest

from appliance.callflow import numerals, sentences
from appliance.media import dsp
from appliance.media.prompts import read_index, shipped_directory

INDEX = read_index(shipped_directory())
SPOKEN = [(language, text) for language in ("pl", "en") for text in INDEX[language]]
LARGEST_MIB = 6  # in the repository and on each card; CONTRIBUTING says so, too
CONTRIBUTING = Path(__file__).parents[3] / "CONTRIBUTING.md"
EDGE = round(dsp.EDGE_SECONDS * dsp.RATE)


def samples_of(language: str, text: str) -> list[int]:
    return dsp.decode((shipped_directory() / INDEX[language][text]["file"]).read_bytes())


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_sentence_without_a_gap_ships(language: str) -> None:
    fixed = [pair[language == "en"] for key, pair in sentences.built_in().items() if "{" not in "".join(pair)]
    assert len(fixed) > 35
    assert [text for text in fixed if text not in INDEX[language]] == []


@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_digit_ships(language: str) -> None:
    assert set(numerals.digit_words(language)) <= set(INDEX[language])


@pytest.mark.parametrize("language", ["pl", "en"])
def test_places_and_waits_ship(language: str, lipowa: object) -> None:
    said = [sentences.queue_position(ahead, language, lipowa) for ahead in range(11)]
    said += [sentences.queue_wait(minutes, language, lipowa) for minutes in range(1, 61)]
    assert [parts for parts in said if parts[0] not in INDEX[language]] == []


def test_the_index_tells_the_length_of_each_file() -> None:
    entries = [entry for texts in INDEX.values() for entry in texts.values()]
    sizes = {entry["file"]: (shipped_directory() / entry["file"]).stat().st_size for entry in entries}
    assert {entry["file"]: round(entry["seconds"] * dsp.RATE) for entry in entries} == sizes
    assert len(sizes) == len(entries)
    assert sum(sizes.values()) <= LARGEST_MIB * 2**20


@pytest.mark.parametrize(("language", "text"), SPOKEN)
def test_a_clip_is_as_loud_as_the_others_and_quiet_at_both_ends(language: str, text: str) -> None:
    samples = samples_of(language, text)
    assert dsp.active_level(samples) == pytest.approx(dsp.SPEECH_DBM0, abs=1.0)
    assert max(map(abs, samples)) < dsp.CEILING
    assert max(map(abs, samples[:EDGE] + samples[-EDGE:])) <= 8


def test_the_hold_music_is_soft_and_has_no_seam() -> None:
    samples = samples_of("tones", "hold")
    assert 20 <= len(samples) / dsp.RATE <= 60
    level = dsp.dbm0(sum(sample * sample for sample in samples) / len(samples))
    assert level == pytest.approx(-24.0, abs=0.5)
    within = max(abs(after - before) for before, after in pairwise(samples))
    assert abs(samples[0] - samples[-1]) <= within


def test_the_tone_is_one_kilohertz_at_minus_twelve() -> None:
    samples = samples_of("tones", "beep")
    assert len(samples) == 0.3 * dsp.RATE
    steady = samples[400:2000]
    assert dsp.dbm0(sum(sample * sample for sample in steady) / len(steady)) == pytest.approx(-12.0, abs=0.2)
    swings = sum(before < 0 <= after for before, after in pairwise(steady))
    assert swings == pytest.approx(1000 * len(steady) / dsp.RATE, abs=1)


def test_levels_are_those_of_the_standard() -> None:
    sine = [dsp.FULL_SCALE * math.sin(2 * math.pi * 1004 * index / dsp.RATE) for index in range(5 * dsp.RATE)]
    whole = dsp.dbm0(sum(sample * sample for sample in sine) / len(sine))
    assert whole == pytest.approx(3.14, abs=0.01)
    assert dsp.active_level(sine) == pytest.approx(3.14, abs=0.1)
    half_silent = [0.0] * len(sine) + sine
    assert dsp.active_level(half_silent) == pytest.approx(3.14, abs=0.2)


def test_contributing_tells_the_size_that_is_allowed() -> None:
    assert f"below {LARGEST_MIB} MiB" in CONTRIBUTING.read_text("utf-8")
