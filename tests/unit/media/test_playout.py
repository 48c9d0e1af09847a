"""The playout buffer and the pace of a sound port, on a clock of their own: half hours with clocks that disagree."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.media.g711 import ALAW_LINEAR, encode
from appliance.media.pace import Pace
from appliance.media.playout import MOST_SAMPLES, START_SAMPLES, Playout, blend
from tests.anything import some

from .peer import SILENCE

TICKS = 30 * 60 * 50  # half an hour
FRAME = 160
FRAMES_OF_DRIFT = 18  # 200 ppm of half an hour
RESERVE_FRAMES = 5  # of which so many it bears before it has to do something


class Source:
    """Loud sound, no two frames alike, by a clock that is `ppm` fast, in pieces, each late by up to `jitter` ticks."""

    def __init__(self, ppm: float, piece: int, jitter: float = 0.0, seconds: int = 1810) -> None:
        self.sound = random.Random(5).randbytes(seconds * 8100)
        self._rate, self._piece, self._jitter, self._rng = FRAME * (1 + ppm / 1e6), piece, jitter, random.Random(6)
        self._given = 0

    def until(self, tick: int) -> bytes:
        """What comes until then."""
        due = int((tick - self._jitter * self._rng.random()) * self._rate / self._piece) * self._piece
        start, self._given = self._given, max(due, self._given)
        return self.sound[start : self._given]


def listen(source: Source, ticks: int = TICKS) -> tuple[Playout, list[int], list[int]]:
    """Let it play for so long: the buffer, its level each tick, and where in the source the exact frames lie."""
    playout, levels, exact, at = Playout(), [], [], 0
    for tick in range(1, ticks + 1):
        playout.put(source.until(tick))
        dropped, added = playout.dropped, playout.added
        frame = playout.frame()
        levels.append(playout.level)
        if frame is None:
            continue
        if (playout.dropped, playout.added) == (dropped, added):
            assert frame == source.sound[at : at + FRAME], "torn"
            exact.append(at)
        at += FRAME * (1 + playout.dropped - dropped - (playout.added - added))
    return playout, levels, exact


@pytest.mark.parametrize("piece", [1, 160, 400])
@pytest.mark.parametrize("ppm", [200, -200, 0])
def test_half_an_hour_of_drift_costs_some_frames_and_no_latency(ppm, piece):
    playout, levels, exact = listen(Source(ppm, piece))
    assert (playout.missing, playout.thrown) == (0, 0)
    wrong, right = (playout.added, playout.dropped) if ppm > 0 else (playout.dropped, playout.added)
    assert wrong == 0
    assert abs(ppm) / 200 * FRAMES_OF_DRIFT - RESERVE_FRAMES <= right <= abs(ppm) / 200 * FRAMES_OF_DRIFT + 1
    assert max(levels) <= START_SAMPLES + 2 * FRAME + piece
    assert sum(levels[-500:]) / 500 <= START_SAMPLES + FRAME
    assert len(exact) >= TICKS - 50


@pytest.mark.parametrize("ppm", [200, -200])
def test_jitter_of_sixty_milliseconds_tears_nothing(ppm):
    playout, levels, _ = listen(Source(ppm, 160, jitter=3.0))
    assert playout.missing <= 2
    assert playout.thrown == 0
    assert max(levels) < MOST_SAMPLES
    assert sum(levels[-500:]) / 500 <= START_SAMPLES + 3 * FRAME


def test_the_first_frame_waits_until_enough_lies_ready():
    playout = Playout()
    for _ in range(START_SAMPLES // FRAME - 1):
        playout.put(SILENCE)
        assert playout.frame() is None
    playout.put(SILENCE)
    assert playout.frame() == SILENCE


def test_what_ran_dry_begins_again_and_a_burst_after_it_is_no_lasting_delay():
    playout, source = Playout(), Source(0, 160, seconds=60)
    for tick in range(1, 101):
        playout.put(source.until(tick))
        playout.frame()
    nothing = [playout.frame() for _ in range(30)]  # the modem stands still for 600 ms …
    assert nothing[-1] is None
    assert playout.missing == 1
    playout.put(source.until(130))  # … and gives it all at once
    assert playout.thrown > 0
    assert playout.level <= START_SAMPLES
    for tick in range(131, 1000):
        playout.put(source.until(tick))
        assert playout.frame() is not None


def test_a_delay_that_jitter_left_behind_goes_away():
    playout, source = Playout(), Source(0, 160, seconds=60)
    for tick in range(1, 20):
        playout.put(source.until(tick))
    levels = []
    for tick in range(20, 1000):
        playout.put(source.until(tick))
        assert playout.frame() is not None
        levels.append(playout.level)
    assert levels[0] > 2 * START_SAMPLES
    assert levels[-1] <= START_SAMPLES + FRAME
    assert playout.dropped >= 10


def test_a_pause_is_taken_where_there_is_one():
    """Half a second of every two is silence: the frame that drift costs is one of those."""
    playout, said, late = Playout(), random.Random(5), []
    for tick in range(1, TICKS // 6):
        frame = SILENCE if tick % 100 < 25 else said.randbytes(FRAME)
        playout.put(frame + frame[: 80 if tick % 500 == 0 else 0])  # far too much: half a frame each ten seconds
        before = playout.dropped
        heard = playout.frame()
        late += [heard] if playout.dropped > before else []
    assert len(late) > 10
    assert all(max(abs(ALAW_LINEAR[code]) for code in frame) <= 8 for frame in late)


def test_a_blend_begins_as_one_frame_and_ends_as_the_other():
    one, two = encode([8000.0] * 160), encode([-8000.0] * 160)
    values = [ALAW_LINEAR[code] for code in blend(one, two)]
    assert abs(values[0] - 8000) < 400
    assert abs(values[-1] + 8000) < 400
    assert values == sorted(values, reverse=True)


def test_late_sound_takes_its_place_unless_it_has_left():
    playout = Playout()
    for code in (b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x06"):
        playout.put(code * FRAME)
    playout.put_before(2 * FRAME, b"\xaa" * FRAME)
    playout.put_before(7 * FRAME, b"\xbb" * FRAME)
    assert [playout.frame()[:1] for _ in range(6)] == [b"\x01", b"\x02", b"\x03", b"\x04", b"\xaa", b"\x06"]


@some
@given(st.lists(st.integers(0, 5000) | st.just(160), max_size=300))
def test_whatever_comes_it_is_bounded_and_its_frames_are_whole(pieces):
    playout, sound = Playout(), random.Random(1).randbytes(5000)
    for piece in pieces:
        playout.put(sound[:piece])
        frame = playout.frame()
        assert frame is None or len(frame) == FRAME
        assert playout.level <= MOST_SAMPLES


class Modem:
    """Gives and takes by one clock, in pieces of its own; `levels`: what it has lying ready to say."""

    def __init__(self, ppm: float, piece: int) -> None:
        self._source, self._rate = Source(0, piece, seconds=1), FRAME * (1 + ppm / 1e6)
        self._piece, self._given, self._taken = piece, 0, 0
        self.levels = []

    def tick(self, tick: int, pace: Pace) -> int:
        """20 ms of ours; how many frames were written."""
        due = int(tick * self._rate / self._piece) * self._piece
        heard, self._given = due - self._given, due
        frames = pace.frames(heard)
        self._taken += FRAME * frames
        self.levels.append(self._taken - int(tick * self._rate))
        return frames


@pytest.mark.parametrize("piece", [1, 160, 400])
@pytest.mark.parametrize("ppm", [200, -200, 0])
def test_a_modem_is_given_what_its_own_clock_takes(ppm, piece):
    modem, pace = Modem(ppm, piece), Pace()
    written = [modem.tick(tick, pace) for tick in range(1, TICKS + 1)]
    assert max(modem.levels) - min(modem.levels) <= 3 * FRAME + piece
    assert abs(pace.added - pace.dropped - ppm / 200 * FRAMES_OF_DRIFT) <= 2
    assert min(pace.added, pace.dropped) == 0
    assert written.count(1) >= TICKS - FRAMES_OF_DRIFT - 2
    assert set(written) <= {0, 1, 2}


@pytest.mark.parametrize("heard", [0, 500])
def test_a_port_that_gives_nothing_or_far_too_much_is_written_to_all_the_same(heard):
    pace = Pace()
    assert [pace.frames(heard) for _ in range(5000)] == [1] * 5000


def test_a_standstill_of_the_modem_or_of_ours_is_not_made_up_for():
    pace, modem = Pace(), Modem(0, 160)
    for tick in range(1, 2001):
        modem.tick(tick, pace)
    written = [pace.frames(0) for _ in range(100)]
    for tick in range(2001, 4001):
        written.append(modem.tick(tick, pace))
    written += [pace.frames(100 * FRAME)]  # two seconds of ours that were missed
    for tick in range(4001, 6001):
        written.append(modem.tick(tick, pace))
    assert set(written) == {1}
