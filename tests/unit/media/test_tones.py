"""Keys that arrive as tones: each press is understood once, speech and music never are."""

from __future__ import annotations

import random

import pytest

from appliance.media import spandsp
from appliance.media.dtmf import EVENTS, DigitSender, PressFilter
from appliance.media.g711 import ALAW_LINEAR, ALAW_TO_ULAW, SILENCE, encode
from appliance.media.prompts import shipped_directory
from appliance.media.spandsp import MISSING, ReceiverStore, Spandsp
from appliance.media.tones import frame

QUIET = bytes((SILENCE,)) * 160
SOUNDS = sorted(shipped_directory().rglob("*.al"))


@pytest.fixture(scope="module")
def library() -> Spandsp:
    return Spandsp()


def press(digits: str, low: float = -10.0, high: float = -8.0, *, on: int = 5, off: int = 5) -> list[bytes]:
    """The frames of these presses, each `on` and `off` times 20 ms."""
    return [part for digit in digits for part in [frame(digit, n, low, high) for n in range(on)] + [QUIET] * off]


def understood(library: Spandsp, frames, *, ulaw: bool = False, lost=(), never_sent=()) -> str:
    """What a receiver makes of them; some are lost on the way, some the far end did not send."""
    receiver, digits, gain = library.receiver(ulaw), "", 1
    for number, sound in enumerate(frames):
        if number in never_sent:
            continue
        if number in lost:
            gain += 1
            continue
        digits += receiver.hear(sound, (2**32 - 1600 + 160 * number) & 0xFFFFFFFF, gain)
        gain = 1
    return digits


def noisy(frames: list[bytes], level: float, seed: int = 7) -> list[bytes]:
    """With white noise of so many dBm0 over it."""
    rng, width = random.Random(seed), 32768 / 2**0.5 * 10 ** ((level - 3.14) / 20)
    return [encode(ALAW_LINEAR[code] + rng.gauss(0.0, width) for code in each) for each in frames]


# ITU-T Q.24, table A-1: -3 to -25 dBm0 (Europe: to -27) a pitch, the high one up to 4 dB stronger or 8 dB weaker.
@pytest.mark.parametrize(("low", "high"), [(-3, -3), (-10, -8), (-25, -25), (-27, -27), (-14, -10), (-9, -17)])
@pytest.mark.parametrize("ulaw", [False, True])
def test_all_sixteen_digits_at_every_level_and_twist(library, low, high, ulaw):
    frames = press(EVENTS, low, high)
    if ulaw:
        frames = [each.translate(ALAW_TO_ULAW) for each in frames]
    assert understood(library, frames, ulaw=ulaw) == EVENTS


@pytest.mark.parametrize(("low", "noise"), [(-10, -30), (-20, -38), (-25, -42)])
def test_all_sixteen_digits_through_noise(library, low, noise):
    assert understood(library, noisy(press(EVENTS * 3, low, low), noise)) == EVENTS * 3


def test_the_shortest_press_and_pause_that_the_standard_asks_for(library):
    assert understood(library, press("1199", on=3, off=3)) == "1199"  # 60 ms; Q.24 asks for 40 to 50


def test_a_long_press_is_one_and_is_known_to_go_on(library):
    receiver = library.receiver(False)
    frames = press("5", on=100)
    told = [(receiver.hear(sound, 160 * number, 1), receiver.sounding) for number, sound in enumerate(frames)]
    assert "".join(digit for digit, _ in told) == "5"
    sounding = [number for number, (_, on) in enumerate(told) if on]
    assert sounding[0] <= 3 and 99 <= sounding[-1] <= 102
    assert sounding == list(range(sounding[0], sounding[-1] + 1))


@pytest.mark.parametrize("missing", [{2}, {7}, {12, 22}, {3, 13, 23, 33}, {2, 3}, {5, 6}])
def test_lost_packets_neither_double_nor_lose_a_press(library, missing):
    assert understood(library, press("1122"), lost=missing) == "1122"


def test_silence_that_is_never_sent_parts_two_presses(library):
    frames = press("77")
    assert understood(library, frames, never_sent={5, 6, 7, 8, 9}) == "77"


def test_late_copies_are_not_heard_twice(library):
    receiver, digits = library.receiver(False), ""
    for number, sound in enumerate(press("4")):
        digits += receiver.hear(sound, 160 * number, 1)
        digits += receiver.hear(sound, 160 * number, -1)
    assert digits == "4"


def test_any_bytes_are_bearable(library):
    rng, receiver = random.Random(3), library.receiver(False)
    for _ in range(2000):
        sound = rng.randbytes(rng.choice([0, 1, 33, 160, 240, 1400, 5000]))
        receiver.hear(sound, rng.getrandbits(32), rng.randint(-5, 40))


def test_no_sentence_and_no_music_is_taken_for_a_key(library):
    """Every sound that ships, in both languages, as loud as it is and 6 dB louder and softer."""
    assert len(SOUNDS) > 150
    mistaken = {}
    for path in SOUNDS:
        sound = path.read_bytes()
        for gain in (1.0, 0.5, 2.0):
            louder = sound if gain == 1.0 else sound.translate(encode(gain * value for value in ALAW_LINEAR))
            frames = (louder[at : at + 160] for at in range(0, len(louder), 160))
            digits = understood(library, frames)
            if digits:
                mistaken[path.name, gain] = digits
    assert mistaken == {}


def test_our_own_tones_are_those_of_the_standard(library):
    sender, frames = DigitSender("159D*0#"), []
    while not sender.done:
        sender.step(0)
        frames.append(frame(*sender.tone) if sender.tone else QUIET)
    assert understood(library, frames) == "159D*0#"
    assert [each != QUIET for each in frames] == [True, True, True, True, True, False, False, False, False, False] * 7
    loudest = max(abs(ALAW_LINEAR[code]) for code in b"".join(frames))
    assert 10_000 < loudest < 32_000


def test_one_press_told_in_two_ways_is_one():
    presses = PressFilter()
    assert presses.pressed("1", "event", 10.0)
    assert not presses.pressed("1", "tone", 10.05, held=True)
    assert presses.pressed("1", "event", 10.15)  # pressed again, quickly
    assert presses.pressed("2", "tone", 10.2, held=True)
    assert not presses.pressed("2", "event", 15.0)  # told at the end of a long press …
    presses.released(15.0)
    assert not presses.pressed("2", "event", 15.1)  # … or just after it
    assert presses.pressed("2", "event", 15.3)


class Once:
    """A worker whose thread does one job when told to."""

    def __init__(self):
        self.jobs = []

    def ask(self, job):
        self.jobs.append(job)

    def done(self):
        self.jobs.pop()()()


def test_the_library_is_loaded_once_and_only_for_who_needs_it(library):
    worker, faults, given = Once(), [], []
    store = ReceiverStore(worker, faults.append, lambda: library)
    assert worker.jobs == []
    store.ask(False, given.append)
    store.ask(True, given.append)
    assert (len(worker.jobs), given) == (1, [])
    worker.done()
    assert len(given) == 2
    store.ask(False, given.append)
    assert (len(given), worker.jobs, faults) == (3, [], [])


def test_a_missing_library_is_said(monkeypatch):
    monkeypatch.setattr(spandsp, "LIBRARY", "libnothing.so.9")
    worker, faults, given = Once(), [], []
    store = ReceiverStore(worker, faults.append)
    store.ask(False, given.append)
    worker.done()
    assert (given, faults) == ([], [MISSING])
