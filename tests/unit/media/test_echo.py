"""Our own voice comes back from a two-wire line, late and loud: it is taken out, and the near end is heard."""

from __future__ import annotations

import audioop
import ctypes
import math
import os
from collections.abc import Iterator

import pytest

from appliance.media.echo import SAME_SAMPLES, Delay, EchoCanceller, Filter

from .talking import RATE, shipped

FRAME_BYTES = 320
SECOND = 2 * RATE  # bytes
SETTLED_SECONDS = 5  # of our speech
WELL_DB, SHORT_DB = 25.0, 18.0  # down; and where it comes back sooner than the filter begins
AGAIN_SECONDS = 12  # after the line has changed
NEAR_DB = 15.0  # the near end stands out so far above what is left of us
SPEECH = audioop.alaw2lin(shipped(), 2)


@pytest.fixture
def canceller() -> Iterator[EchoCanceller]:
    """The library prints two lines for each sample: they go nowhere, and standard output is as it was afterwards."""
    stdout = os.dup(1)
    try:
        yield EchoCanceller(Filter())
    finally:
        ctypes.CDLL(None).fflush(None)
        os.dup2(stdout, 1)
        os.close(stdout)


def speech(begin: int, end: int) -> bytes:
    """So many seconds of it."""
    return SPEECH[SECOND * begin : SECOND * end]


def given_back(said: bytes, db: float, delay: int) -> bytes:
    """What a line makes of it: so loud, `delay` samples later."""
    return audioop.mul((bytes(2 * delay) + said)[: len(said)], 2, 10 ** (db / 20))


def cleaned(canceller: EchoCanceller, said: bytes, heard: bytes) -> bytes:
    out = bytearray()
    for at in range(0, len(said) - FRAME_BYTES + 1, FRAME_BYTES):
        canceller.said(said[at : at + FRAME_BYTES])
        out += canceller.clean(heard[at : at + FRAME_BYTES])
    return bytes(out)


def above(one: bytes, other: bytes) -> float:
    """By how many dB the one is louder."""
    return 20 * math.log10(max(1, audioop.rms(one, 2)) / max(1, audioop.rms(other, 2)))


def each_second(heard: bytes, left: bytes) -> list[float]:
    """By how many dB less is left than was heard."""
    return [above(heard[at : at + SECOND], left[at : at + SECOND]) for at in range(0, len(left), SECOND)]


@pytest.mark.parametrize(
    ("db", "delay"), [(-3.0, 800), (-6.0, 1600), (-12.0, 4000), (-20.0, 1600), (-3.0, 7900), (-20.0, 7900), (-12.0, 40)]
)
def test_our_voice_is_gone_whenever_and_however_loud_it_comes_back(
    canceller: EchoCanceller, db: float, delay: int
) -> None:
    said = speech(0, 12)
    heard = given_back(said, db, delay)
    left = cleaned(canceller, said, heard)
    assert canceller.delay.samples is not None
    assert abs(canceller.delay.samples - delay) <= SAME_SAMPLES
    settled = SECOND * SETTLED_SECONDS
    assert above(heard[settled:], left[settled:]) >= (WELL_DB if delay >= 800 else SHORT_DB)


@pytest.mark.parametrize("db", [-6.0, -12.0])
def test_while_both_speak_the_near_end_is_heard_and_the_filter_does_not_learn_it(
    canceller: EchoCanceller, db: float
) -> None:
    said, talk = speech(0, 30), slice(SECOND * 10, SECOND * 20)
    near = bytes(SECOND * 10) + speech(60, 70) + bytes(SECOND * 10)
    heard = audioop.add(given_back(said, db, 1600), near, 2)
    left = cleaned(canceller, said, heard)
    ours = audioop.add(left[talk], audioop.mul(near[talk], 2, -1), 2)
    without = audioop.add(heard[talk], audioop.mul(near[talk], 2, -1), 2)
    assert above(near[talk], ours) >= NEAR_DB
    assert above(without, ours) >= 6.0, "no better than nothing"
    assert min(each_second(heard, left)[20:]) >= WELL_DB, "and afterwards we are gone as before"


def test_the_near_end_alone_is_left_as_it_is(canceller: EchoCanceller) -> None:
    near = speech(60, 70)
    assert cleaned(canceller, bytes(len(near)), near) == near


def test_the_near_end_who_begins_after_us_is_heard_at_once(canceller: EchoCanceller) -> None:
    said = speech(0, 10) + bytes(SECOND * 10)
    near = bytes(SECOND * 10) + bytes(FRAME_BYTES * 25) + speech(60, 70)
    near = near[: len(said)]
    left = cleaned(canceller, said, audioop.add(given_back(said, -6.0, 1600), near, 2))
    quiet = SECOND * 10 + FRAME_BYTES * 25
    assert abs(above(left[quiet:], near[quiet:])) <= 0.5


def test_silence_stays_silence(canceller: EchoCanceller) -> None:
    quiet = bytes(SECOND * 5)
    assert cleaned(canceller, quiet, quiet) == quiet
    assert canceller.delay.samples is None


CHANGES = {
    "later": ((-6.0, 1600), (-6.0, 2400)),
    "softer": ((-6.0, 1600), (-12.0, 1600)),
    "louder and later": ((-6.0, 1600), (-3.0, 1640)),
}


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=list(CHANGES))
def test_a_line_that_changes_makes_nothing_louder_and_is_learnt_again(
    canceller: EchoCanceller, before: tuple[float, int], after: tuple[float, int]
) -> None:
    """What the filter has learnt is wrong from then on: it may take nothing out for a while, but puts nothing in."""
    said, change = speech(0, 32), 15
    heard = given_back(said, *before)[: SECOND * change] + given_back(said, *after)[SECOND * change :]
    seconds = each_second(heard, cleaned(canceller, said, heard))
    assert min(seconds[SETTLED_SECONDS:change]) >= WELL_DB
    assert min(seconds[change : change + AGAIN_SECONDS]) >= -1.0
    assert min(seconds[change + AGAIN_SECONDS :]) >= WELL_DB


def test_a_line_that_turns_round_is_learnt_again(canceller: EchoCanceller) -> None:
    """The worst there is for a filter: what it takes out adds to what is there."""
    said, change = speech(0, 32), 15
    upright = given_back(said, -6.0, 1600)
    heard = upright[: SECOND * change] + audioop.mul(upright[SECOND * change :], 2, -1)
    seconds = each_second(heard, cleaned(canceller, said, heard))
    assert min(seconds[change:]) >= -1.0
    assert min(seconds[change + AGAIN_SECONDS :]) >= WELL_DB


def looked(said: bytes, heard: bytes) -> int | None:
    delay = Delay()
    for at in range(0, len(said) - FRAME_BYTES + 1, FRAME_BYTES):
        delay.said(said[at : at + FRAME_BYTES])
        delay.heard(heard[at : at + FRAME_BYTES])
    return delay.samples


def test_no_delay_is_found_where_nothing_of_ours_comes_back() -> None:
    said = speech(0, 20)
    assert looked(said, bytes(len(said))) is None
    assert looked(said, speech(60, 80)) is None
    assert looked(said, given_back(said, -6.0, 9000)) is None, "more than the longest"


def test_a_tone_which_fits_everywhere_tells_of_no_delay() -> None:
    hum = bytes(audioop.mul(b"".join(_hum(at) for at in range(RATE * 10)), 2, 0.5))
    assert looked(hum, given_back(hum, -6.0, 1600)) is None


def _hum(at: int) -> bytes:
    return round(12000 * math.sin(2 * math.pi * 440 * at / RATE)).to_bytes(2, "little", signed=True)
