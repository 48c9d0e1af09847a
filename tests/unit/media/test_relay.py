"""RTP packets on their way into a playout buffer: whatever the network did, a modem gets sound in order and in time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.media.bridge import Relay
from appliance.media.g711 import ALAW_TO_ULAW, SILENCE, ULAW_TO_ALAW
from appliance.media.playout import MOST_SAMPLES, Playout
from tests.anything import some

from .peer import noise

FRAMES = noise(40)
QUIET = bytes((SILENCE,)) * 160


class Line:
    """A source whose packets are numbered frames; `heard` is all that comes out of the buffer."""

    heard_ulaw = False

    def __init__(self, first: int = 2**32 - 800) -> None:
        self.feed = Playout()
        self.relay, self._first = Relay(self, self.feed), first

    def say(self, number: int, sound: bytes | None = None, *, event: bool = False, ssrc: int = 7) -> None:
        payload = bytearray(12) + (FRAMES[number % 40] if sound is None else sound)
        timestamp = (self._first + 160 * number) & 0xFFFFFFFF
        self.relay.packet(memoryview(payload), 12, len(payload), event, 0, number & 0xFFFF, timestamp, ssrc)

    @property
    def heard(self) -> list[bytes]:
        frames = []
        while frame := self.feed.frame():
            frames.append(frame)
        return frames


@pytest.fixture
def line():
    return Line()


def test_sound_comes_out_as_it_was_said(line):
    for number in range(20):
        line.say(number)
    assert line.heard == FRAMES[:20]


@pytest.mark.parametrize("lost", [{3}, {3, 4, 5}, {3, 7, 9}])
def test_what_was_lost_is_silence_of_its_own_length(line, lost):
    for number in set(range(12)) - lost:
        line.say(number)
    assert line.heard == [QUIET if number in lost else FRAMES[number] for number in range(12)]


def test_late_packets_take_their_place(line):
    for number in (0, 1, 4, 3, 2, 5, 7, 8, 6, 9):
        line.say(number)
    assert line.heard == FRAMES[:10]


def test_after_a_pause_in_which_nothing_was_sent_sound_goes_on_at_once(line):
    for number in range(8):
        line.say(number)
    assert line.heard == FRAMES[:8]
    for number in range(500, 508):
        line.say(number)
    assert line.heard == [FRAMES[number % 40] for number in range(500, 508)]


@pytest.mark.parametrize("change", [{"ssrc": 8}, {"number": 90_000}, {"number": -90_000}])
def test_a_count_that_begins_anew_is_followed(line, change):
    for number in range(4):
        line.say(number)
    for number in range(4, 8):
        line.say(number + change.get("number", 0), FRAMES[number], ssrc=change.get("ssrc", 7))
    assert line.heard == FRAMES[:8]


def test_events_are_not_sound_and_the_other_law_is_translated(line):
    line.heard_ulaw = True
    for number in range(8):
        line.say(number, FRAMES[number].translate(ALAW_TO_ULAW))
        line.say(number, b"\x05\x0a\x00\xa0", event=True)
    assert line.heard == [frame.translate(ALAW_TO_ULAW).translate(ULAW_TO_ALAW) for frame in FRAMES[:8]]


@some
@given(st.lists(st.integers(0, 60) | st.integers(-(2**31), 2**31), max_size=200))
def test_any_order_of_packets_is_bearable(numbers):
    line, rng = Line(), random.Random(1)
    for number in numbers:
        line.say(number, rng.randbytes(rng.choice([1, 80, 160, 240, 1600])))
        assert line.feed.level <= MOST_SAMPLES
        if rng.random() < 0.5:
            line.feed.frame()
