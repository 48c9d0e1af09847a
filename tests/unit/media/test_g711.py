"""G.711 tables: levels and conversions, against values of the recommendation and audioop as an independent codec."""

from __future__ import annotations

import audioop
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.media.g711 import (
    ALAW_LINEAR,
    ALAW_TO_ULAW,
    SILENCE,
    ULAW_LINEAR,
    ULAW_TO_ALAW,
    VOICE_DBM0,
    is_voice,
)  # fmt: skip

CODES = bytes(range(256))


def sine(dbm0: float) -> bytes:
    """One second of 440 Hz as A-law, made by audioop."""
    peak = 32768 * 10 ** ((dbm0 - 3.14) / 20)
    linear = b"".join(
        round(peak * math.sin(2 * math.pi * 440 * n / 8000)).to_bytes(2, "little", signed=True) for n in range(8000)
    )
    return audioop.lin2alaw(linear, 2)


def test_decoding_agrees_with_an_independent_codec():
    alaw, ulaw = audioop.alaw2lin(CODES, 2), audioop.ulaw2lin(CODES, 2)
    assert list(ALAW_LINEAR) == [int.from_bytes(alaw[2 * n : 2 * n + 2], "little", signed=True) for n in range(256)]
    assert list(ULAW_LINEAR) == [int.from_bytes(ulaw[2 * n : 2 * n + 2], "little", signed=True) for n in range(256)]


def test_conversion_picks_the_nearest_value():
    for code in range(256):
        best = min(abs(ALAW_LINEAR[code] - value) for value in ULAW_LINEAR)
        assert abs(ALAW_LINEAR[code] - ULAW_LINEAR[ALAW_TO_ULAW[code]]) == best
        best = min(abs(ULAW_LINEAR[code] - value) for value in ALAW_LINEAR)
        assert abs(ULAW_LINEAR[code] - ALAW_LINEAR[ULAW_TO_ALAW[code]]) == best


def test_a_sound_keeps_37_db_over_its_error_through_both_laws():
    sound = sine(-10)
    back = sound.translate(ALAW_TO_ULAW).translate(ULAW_TO_ALAW)
    signal = sum(ALAW_LINEAR[code] ** 2 for code in sound)
    error = sum((ALAW_LINEAR[a] - ALAW_LINEAR[b]) ** 2 for a, b in zip(sound, back, strict=True))
    assert error == 0 or 10 * math.log10(signal / error) > 37


def test_voice_begins_at_minus_40_dbm0():
    assert is_voice(sine(VOICE_DBM0 + 0.5))
    assert not is_voice(sine(VOICE_DBM0 - 0.5))


def test_silence_is_no_voice_in_either_law():
    assert not is_voice(bytes((SILENCE,)) * 160)
    assert abs(ULAW_LINEAR[ALAW_TO_ULAW[SILENCE]]) <= 8


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_frame_is_voice_or_not(frame):
    assert is_voice(frame) in (True, False)
