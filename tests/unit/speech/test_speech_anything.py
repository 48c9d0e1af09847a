"""Any file that somebody uploads is sound, or a sentence about what is wrong with it."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import HealthCheck, given, settings

from appliance.media import wav
from appliance.media.render_worker import convert_file
from appliance.media.soundfile import LONGEST_SECONDS, read_sound
from appliance.media.speech import RenderError
from tests.anything import in_time, spoilt

from .recordings import KINDS, encoded, syllables

FILE_SECONDS = 10.0  # five minutes of sound may be in a file
SHORT = syllables(0.4, 8000)
PLAIN = [
    encoded(SHORT, "wav", "pcm_s16le", 8000),
    wav.header(1600) + b"\xd5" * 1600,
    b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\xfe\xff\2\0\x80\xbb\0\0\0\0\0\0\4\0\x10\0data\x08\0\0\0" + bytes(8),
]
# rate is what the header says; the sound may sound odd by it
OTHERS = [encoded(SHORT, container, codec, rate) for container, codec, _, rate in KINDS]
SPICE = [
    b"RIFF",
    b"WAVE",
    b"data",
    b"fmt ",
    b"\xff\xff\xff\x7f",
    b"\xff\xff\xff\xff",
    b"OggS",
    b"fLaC",
    b"ftyp",
    b"moov",
]
in_one_folder = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


def read(path, data):
    path.write_bytes(data)
    with in_time(FILE_SECONDS), suppress(ValueError):
        sound = read_sound(path)
        assert len(sound.samples) <= LONGEST_SECONDS * sound.rate


@settings(max_examples=120, **in_one_folder)
@given(spoilt(PLAIN, SPICE))
def test_any_wav_is_sound_or_a_fault(tmp_path, data):
    read(tmp_path / "a.wav", data)
    read(tmp_path / "a.al", data)


@settings(max_examples=80, **in_one_folder)
@given(spoilt(OTHERS, SPICE))
def test_anything_for_the_decoder_is_sound_or_a_fault(tmp_path, data):
    read(tmp_path / "a.mp3", data)


@settings(max_examples=60, **in_one_folder)
@given(spoilt([*PLAIN, *OTHERS], SPICE))
def test_what_is_sound_becomes_a_law_or_a_fault(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    with in_time(FILE_SECONDS), suppress(RenderError):
        assert isinstance(convert_file(tmp_path / "a", tmp_path), bytes)
