"""Two modems joined for half an hour of virtual time, each by its own clock; and what a leg does without a port."""

from __future__ import annotations

import audioop
import random

import pytest

from appliance.media.clips import Playlist
from appliance.media.dtmf import DigitSender
from appliance.media.pcm import Meter, Samples
from appliance.media.pcm_leg import FIRST_SOUND_TICKS, PATIENCE_TICKS, PcmLeg
from appliance.media.sound_tty import PortGoneError

from .peer import SILENCE, noise

FRAME = 160
TICKS = 30 * 60 * 50
CYCLE = random.Random(4).randbytes(8000 * 7 + 13)  # what a modem says, over and over: no frame of it is like another
LINEAR = audioop.alaw2lin(CYCLE * 2, 2)
PPM_FRAMES = 400 * 90_000 / 1e6  # by which the two clocks part in half an hour


class Bench:
    """Notes the reports; there is no receiver of tones."""

    buffer, view, tick = bytearray(1), memoryview(b""), 0

    def __init__(self):
        self.reports = []

    def report(self, kind, *values):
        self.reports.append((kind, *values))

    def receive_tones(self, _ulaw, _take):
        pass

    def told(self, kind):
        return [values for each, *values in self.reports if each == kind]


class ModemPort:
    """A port by its own clock, whose bytes come in odd pieces; `said`: the frames it was given."""

    refused = 0

    def __init__(self, ppm: float) -> None:
        self.heard, self.said_meter = Meter(), Meter()
        self._rate, self._tick, self._given = 2 * FRAME * (1 + ppm / 1e6), 0, 0
        self._samples, self._rng = Samples(), random.Random(9)
        self.frames, self.levels, self.gone = [], [], False

    @property
    def said(self) -> Meter:
        return self.said_meter

    def read(self) -> list[bytes]:
        if self.gone:
            raise PortGoneError("EIO")
        self._tick += 1
        due = max(int(self._tick * self._rate) - self._rng.randrange(200), self._given)
        start, self._given = self._given, due
        offset = start % (2 * len(CYCLE))
        data = LINEAR[offset : offset + due - start]
        self.levels.append(FRAME * len(self.frames) - self._tick * self._rate / 2)
        return [audioop.lin2alaw(each, 2) for each in self._samples.take(data)]

    def write(self, frame: bytes) -> bool:
        self.frames.append(frame)
        return True

    def close(self) -> None:
        self.gone = True


def leg(number: int, bench: Bench, port: ModemPort | None = None) -> PcmLeg:
    made = PcmLeg(number, bench)
    if port is not None:
        made.give(1, port)
    return made


def altered(frames: list[bytes]) -> int:
    """How many frames are not just what was said next; whatever follows one of them is, or the sound was torn."""
    first = next(number for number, frame in enumerate(frames) if frame != SILENCE)
    places, count = [CYCLE.index(frames[first])], 0
    for frame in frames[first:]:
        fitting = [at for at in places if frame == (CYCLE * 2)[at % len(CYCLE) : at % len(CYCLE) + FRAME]]
        if fitting:
            places = [fitting[0] + FRAME]
            continue
        assert len(places) == 1, "torn"
        count += 1
        places = [places[0], places[0] + 2 * FRAME]  # one was added, or one left out
    return count


def test_half_an_hour_of_two_modems_whose_clocks_part_by_400_ppm():
    bench, fast, slow = Bench(), ModemPort(200), ModemPort(-200)
    one, two = leg(1, bench, fast), leg(2, bench, slow)
    one.join(two)
    two.join(one)
    ready = []
    for tick in range(TICKS):
        one.beat(tick * 0.02)
        two.beat(tick * 0.02)
        ready.append(max(one.feed.level, two.feed.level))
    for modem in (fast, slow):
        assert abs(altered(modem.frames) - PPM_FRAMES) <= 8
        assert max(modem.levels) - min(modem.levels) <= 4 * FRAME
    assert max(ready) <= 12 * FRAME
    assert one.feed.missing == two.feed.missing == 0
    assert one.feed.added > 0 and two.feed.dropped > 0


def test_a_port_that_goes_is_told_once_and_what_plays_goes_on_unheard():
    bench, port = Bench(), ModemPort(0)
    modem = leg(1, bench, port)
    for tick in range(4):
        modem.beat(tick * 0.02)
    modem.playlist = Playlist(5, [b"".join(noise(10))], loop=False)
    for tick in range(4, 8):
        modem.beat(tick * 0.02)
    port.gone = True
    for tick in range(8, 24):
        modem.beat(tick * 0.02)
    assert bench.told("unplugged") == [[1, 1, "EIO"]]
    assert bench.told("played") == [[1, 5]]
    assert port.frames == [SILENCE] * 4 + noise(10)[:4]


def test_a_modem_that_never_says_anything_hears_what_is_played_all_the_same():
    bench, port = Bench(), ModemPort(-1e6)
    modem = leg(1, bench, port)
    modem.playlist = Playlist(5, [b"".join(noise(10))], loop=False)
    for tick in range(FIRST_SOUND_TICKS + 10):
        modem.beat(tick * 0.02)
    assert port.frames == [SILENCE] * FIRST_SOUND_TICKS + noise(10)
    assert bench.told("played") == [[1, 5]]


@pytest.mark.parametrize("what", ["playlist", "pressing"])
def test_what_waits_for_the_first_port_does_not_wait_for_ever(what):
    bench = Bench()
    modem = leg(1, bench)
    if what == "playlist":
        modem.playlist = Playlist(5, [b"".join(noise(10))], loop=False)
    else:
        modem.pressing = (5, DigitSender("1"))
    for tick in range(PATIENCE_TICKS):
        modem.beat(tick * 0.02)
    assert not bench.told("played") and not bench.told("pressed")
    for tick in range(20):
        modem.beat(15 + tick * 0.02)
    assert bench.told("played") + bench.told("pressed") == [[1, 5]]
