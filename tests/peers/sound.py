"""Sound for tests: tones made, tones and speech recognised again, all 16-bit mono at 8 kHz in arrays of samples."""

from __future__ import annotations

import audioop
import math
import wave
from array import array
from pathlib import Path

RATE = 8000
LATELY = 4 * RATE  # samples: the last seconds of what was heard
WINDOW = 800  # samples measured at once: 100 ms, so that the measure is 10 Hz wide
HEADER_BYTES = 44  # of a WAV file
FULL_SCALE = 32768.0
ALAW_CODING = 6  # WAVE_FORMAT_ALAW
SILENT_DB = -50.0  # of full scale: below is silence

Samples = array  # of "h"


def tone(frequency: float, seconds: float, db: float = -15.0) -> Samples:
    """A sine of so many Hz whose level is `db` of full scale (0 dB: its peaks touch full scale)."""
    peak = (FULL_SCALE - 1) * 10 ** (db / 20)
    step = 2 * math.pi * frequency / RATE
    return array("h", (round(peak * math.sin(step * n)) for n in range(int(seconds * RATE))))


def write_wav(path: Path, samples: Samples) -> Path:
    """Keep the samples as a 16-bit WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


def read_wav(path: Path) -> Samples:
    """The samples of a WAV file, 16-bit PCM or A-law, mono, 8 kHz."""
    data = path.read_bytes()
    form = data.index(b"fmt ") + 8
    coding = int.from_bytes(data[form : form + 2], "little")
    channels = int.from_bytes(data[form + 2 : form + 4], "little")
    rate = int.from_bytes(data[form + 4 : form + 8], "little")
    assert (channels, rate) == (1, RATE), f"{path} has {channels} channels at {rate} Hz"
    body = data[data.index(b"data") + 8 :]
    if coding == ALAW_CODING:
        return from_alaw(body)
    return array("h", body[: len(body) // 2 * 2])


def read_growing_wav(path: Path) -> Samples:
    """The samples of a 16-bit WAV file at 8 kHz whose header is written only at its end."""
    if not path.exists():
        return array("h")
    body = path.read_bytes()[HEADER_BYTES:]
    return array("h", body[: len(body) // 2 * 2])


def from_alaw(payload: bytes) -> Samples:
    """A-law bytes as samples."""
    return array("h", audioop.alaw2lin(payload, 2))


def goertzel_db(window: Samples, frequency: float) -> float:
    """The level of one frequency in the window, in dB of full scale as `tone` counts them."""
    factor = 2 * math.cos(2 * math.pi * frequency / RATE)
    before, last = 0.0, 0.0
    for sample in window:
        before, last = last, sample + factor * last - before
    power = last * last + before * before - factor * last * before
    return 20 * math.log10(max(1.0, 2 * math.sqrt(max(0.0, power)) / len(window)) / FULL_SCALE)


def level_db(window: Samples) -> float:
    """The loudness of the window as that of a sine: dB of full scale."""
    return 20 * math.log10(max(1.0, audioop.rms(window.tobytes(), 2) * math.sqrt(2)) / FULL_SCALE)


def windows(samples: Samples) -> list[Samples]:
    """The samples in pieces of 100 ms."""
    return [samples[at : at + WINDOW] for at in range(0, len(samples) - WINDOW + 1, WINDOW)]


def seconds_of_tone(samples: Samples, frequency: float, db: float = -15.0, within: float = 1.5) -> float:
    """For how many seconds this tone sounds alone, at this level give or take `within` dB."""
    heard = [
        window
        for window in windows(samples)
        if abs(goertzel_db(window, frequency) - db) <= within and abs(level_db(window) - db) <= within
    ]
    return len(heard) * WINDOW / RATE


def hears(samples: Samples, frequency: float, seconds: float = 1.0) -> bool:
    """Whether this tone alone was there for so long, at its level, in the last seconds."""
    return seconds_of_tone(samples[-LATELY:], frequency) >= seconds


def seconds_of_sound(samples: Samples) -> float:
    """For how many seconds anything at all is heard."""
    return sum(level_db(window) > SILENT_DB for window in windows(samples)) * WINDOW / RATE
