"""Sound made fit for the telephone: band, sample rate, level, silence at both ends, A-law.

For the short-lived helper process and the tools only: the exchange never imports it. Plain Python, well under a tenth
of a second for each second of sound. Samples are floats in 16-bit steps.
"""

from __future__ import annotations

import audioop
import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from operator import mul

from appliance.media.g711 import ALAW_LINEAR, FULL_SCALE, OVERLOAD_DBM0, SILENCE

RATE = 8000  # samples a second inside the box
SPEECH_DBM0 = -18.0  # active speech level of every clip
EDGE_SECONDS = 0.15  # silence at both ends of a clip
HIGH_PASS_HZ = 200.0
LOW_PASS_HZ = 3400.0
CEILING = 32000  # largest sample a clip may have; A-law's largest value is 32256
TRIM_BELOW_DB = 45.0  # what is so far below the active level at the ends is cut before the silence is put there
SOFTEST_DBM0 = -60.0  # an active level below it is silence with the noise of its line
WORD_MARGIN_SECONDS = 0.2  # left of a pause beside a word: soft sounds begin and end one
WINDOW_SAMPLES = 160
LIMIT_STEP_SAMPLES = 8  # peaks are lowered by steps of a millisecond …
LIMIT_STEPS = 5  # … from so many steps before them until so many after
LEVEL_PASSES = 3  # what is limited becomes softer, and is raised again
# The low-pass filter, a sinc in a Kaiser window: half as loud at 3.4 kHz, 60 dB down from 3.9 kHz on.
FILTER_SECONDS = 0.0018  # to each side
KAISER_BETA = 5.65

# ITU-T P.56, method B: the level while somebody speaks.
ENVELOPE_SECONDS = 0.03  # time constant of the envelope's two stages
HANGOVER_SECONDS = 0.2
THRESHOLDS = 91  # 1 dB apart, from 0 dB (one 16-bit step) on
MARGIN_DB = 15.9  # between the active level and the threshold that defines "active"
STEP_SAMPLES = 8  # the envelope is looked at once a millisecond, P.56 asks for at least 694 times a second


def dbm0(mean_square: float) -> float:
    """The level of a mean square in 16-bit steps, in dBm0 (G.711: a full-scale sine is +3.14); -inf for silence."""
    if mean_square <= 0:
        return -math.inf
    return 10 * math.log10(mean_square / (FULL_SCALE**2 / 2)) + OVERLOAD_DBM0


def active_level(samples: Sequence[float]) -> float:
    """Active speech level in dBm0 after ITU-T P.56 method B, of samples at 8 kHz; -inf for silence.

    Simplified: the envelope is looked at each millisecond instead of at every sample; thresholds lie 1 dB apart and
    the crossing is interpolated.
    """
    square = sum(map(mul, samples, samples))
    if not square:
        return -math.inf
    envelope = _envelope(samples)
    hangover = int(HANGOVER_SECONDS * RATE / STEP_SAMPLES)
    before: tuple[float, float] | None = None
    for decibel in range(_first_threshold(square, envelope, hangover), THRESHOLDS):
        threshold = 10 ** (decibel / 20)
        active = _active_steps(envelope, threshold, hangover) * STEP_SAMPLES
        if not active:
            break
        level = dbm0(square / active)
        margin = level - dbm0(threshold**2)
        if margin <= MARGIN_DB:
            if before is None or before[1] == margin:
                return level
            share = (before[1] - MARGIN_DB) / (before[1] - margin)
            return before[0] + share * (level - before[0])
        before = (level, margin)
    return dbm0(square / len(samples)) if before is None else before[0]


def _first_threshold(square: float, envelope: list[float], hangover: int) -> int:
    """The threshold in dB before the first that can be the one: below it the margin is too large at any activity."""
    least = dbm0(square / (len(envelope) * STEP_SAMPLES))
    first = 0
    while first < THRESHOLDS - 1 and least - dbm0(10 ** ((first + 1) / 10)) > MARGIN_DB:
        first += 1
    return first if _active_steps(envelope, 10 ** (first / 20), hangover) else 0


def _envelope(samples: Sequence[float]) -> list[float]:
    keep = math.exp(-1 / (ENVELOPE_SECONDS * RATE))
    add = 1 - keep
    first = second = 0.0
    envelope = []
    for index, sample in enumerate(samples):
        first = keep * first + add * abs(sample)
        second = keep * second + add * first
        if index % STEP_SAMPLES == 0:
            envelope.append(second)
    return envelope


def _active_steps(envelope: list[float], threshold: float, hangover: int) -> int:
    active = 0
    since = hangover
    for value in envelope:
        since = 0 if value >= threshold else since + 1
        active += since < hangover
    return active


def resample(samples: Sequence[float], rate: int) -> array[float]:
    """Samples at `rate` (8,000 a second or more) as samples at 8 kHz, nothing above 3.9 kHz left.

    A windowed-sinc filter (Kaiser), one set of taps for each phase that occurs. Raises ValueError: lower rate.
    """
    if rate < RATE:
        raise ValueError(f"{rate} samples a second are too few")
    common = math.gcd(rate, RATE)
    phases, step = RATE // common, rate // common
    half = round(FILTER_SECONDS * rate)
    bank = [_taps(half, LOW_PASS_HZ / rate, phase / phases) for phase in range(phases)]
    padded = array("d", bytes(8 * half))
    padded.extend(samples)
    padded.frombytes(bytes(8 * (half + 1)))
    wanted = len(samples) * phases // step
    out = array("d")
    for index in range(wanted):
        at, phase = divmod(index * step, phases)
        out.append(sum(map(mul, bank[phase], padded[at : at + 2 * half + 1])))
    return out


def _taps(half: int, cutoff: float, offset: float) -> list[float]:
    """Filter taps around the moment `offset` (0-1 samples) after the middle one; `cutoff` in cycles a sample."""
    taps = []
    for position in range(-half, half + 1):
        x = position - offset
        sinc = 2 * cutoff if not x else math.sin(2 * math.pi * cutoff * x) / (math.pi * x)
        taps.append(sinc * _bessel(KAISER_BETA * math.sqrt(max(1 - (x / (half + 1)) ** 2, 0.0))))
    total = sum(taps)
    return [tap / total for tap in taps]


def _bessel(x: float) -> float:
    """The modified Bessel function of the first kind and order zero, by its power series; for x up to 10."""
    total = term = 1.0
    step = 0
    while term > total * 1e-9:
        step += 1
        term *= (x / (2 * step)) ** 2
        total += term
    return total


def high_pass(samples: Sequence[float]) -> array[float]:
    """Samples at 8 kHz without what lies below 200 Hz: a Butterworth filter of second order."""
    warped = math.tan(math.pi * HIGH_PASS_HZ / RATE)
    scale = 1 / (1 + math.sqrt(2) * warped + warped * warped)
    back1 = 2 * (warped * warped - 1) * scale
    back2 = (1 - math.sqrt(2) * warped + warped * warped) * scale
    in1 = in2 = out1 = out2 = 0.0
    out = array("d")
    for sample in samples:
        value = scale * (sample - 2 * in1 + in2) - back1 * out1 - back2 * out2
        in2, in1, out2, out1 = in1, sample, out1, value
        out.append(value)
    return out


def for_telephone(samples: Sequence[float], rate: int, level: float = SPEECH_DBM0, *, pauses: bool = True) -> bytes:
    """Speech at `rate` as raw A-law at 8 kHz at the active `level` (dBm0), 150 ms of silence at both ends.

    Peaks that would not fit are limited, so that a click does not make the words soft; nothing is clipped.
    Without `pauses` the noise of a room before the first word and after the last one is cut off too. Raises
    ValueError: nothing but silence, or too low a rate.
    """
    voice = high_pass(samples if rate == RATE else resample(samples, rate))
    found = active_level(voice)
    if found < SOFTEST_DBM0:
        raise ValueError("there is no sound in it")
    voice = _trim(voice, found) if pauses else _words(voice, found)
    quiet = array("d", bytes(8 * round(EDGE_SECONDS * RATE)))
    for _ in range(LEVEL_PASSES):
        gain = 10 ** ((level - active_level(quiet + voice + quiet)) / 20)  # as it will be: short words hang over
        peak = max(map(abs, voice))
        if peak * gain <= CEILING:
            break
        voice = _limit(voice, CEILING / gain)
    gain = min(gain, CEILING / max(map(abs, voice)))
    return with_edges(encode(sample * gain for sample in voice))


def _words(samples: array[float], level: float) -> array[float]:
    """From a little before the first word until a little after the last one, also in the noise of a room."""
    loud = [
        at
        for at in range(0, len(samples), WINDOW_SAMPLES)
        if dbm0(_mean_square(samples[at : at + WINDOW_SAMPLES])) > level - MARGIN_DB
    ]
    margin = round(WORD_MARGIN_SECONDS * RATE)
    return samples[max(loud[0] - margin, 0) : loud[-1] + WINDOW_SAMPLES + margin]


def _mean_square(samples: Sequence[float]) -> float:
    return float(sum(map(mul, samples, samples))) / len(samples)


def _limit(samples: array[float], ceiling: float) -> array[float]:
    """Samples without peaks above the ceiling: lowered smoothly around them, untouched elsewhere."""
    step = LIMIT_STEP_SAMPLES
    wanted = [min(1.0, ceiling / max(1.0, *map(abs, samples[at : at + step]))) for at in range(0, len(samples), step)]
    lowest = [min(wanted[max(i - LIMIT_STEPS, 0) : i + LIMIT_STEPS + 1]) for i in range(len(wanted))]
    out = array("d")
    for index in range(len(lowest)):
        around = lowest[max(index - LIMIT_STEPS, 0) : index + LIMIT_STEPS + 1]
        gain = sum(around) / len(around)
        out.extend(sample * gain for sample in samples[index * step : (index + 1) * step])
    return out


def _trim(samples: array[float], level: float) -> array[float]:
    """Without the quiet beginning and end."""
    floor = FULL_SCALE / math.sqrt(2) * 10 ** ((level - OVERLOAD_DBM0 - TRIM_BELOW_DB) / 20)
    first = next(index for index, sample in enumerate(samples) if abs(sample) > floor)
    last = next(index for index in range(len(samples) - 1, -1, -1) if abs(samples[index]) > floor)
    return samples[first : last + 1]


def encode(samples: Iterable[float]) -> bytes:
    """Samples as raw A-law; they must lie within 16 bits."""
    linear = array("h", (round(sample) for sample in samples)).tobytes()
    if sys.byteorder == "big":
        linear = audioop.byteswap(linear, 2)
    return audioop.lin2alaw(linear, 2)


def decode(sound: bytes) -> list[int]:
    """Raw A-law as samples in 16-bit steps."""
    return [ALAW_LINEAR[code] for code in sound]


def with_edges(sound: bytes) -> bytes:
    """Raw A-law with the silence of `EDGE_SECONDS` before and after it."""
    edge = bytes([SILENCE]) * round(EDGE_SECONDS * RATE)
    return edge + sound + edge
