"""RFC 4733 digits: each press is told once, whatever is lost, doubled, late or too long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.media.dtmf import EVENTS, DigitReceiver, DigitSender


def event(code: int, duration: int, end: bool = False) -> bytes:
    return bytes((code, 0x80 if end else 10)) + duration.to_bytes(2, "big")


def press(code: int, timestamp: int) -> list[tuple[bytes, int, bool]]:
    packets = [(event(code, 160 * n), timestamp, n == 1) for n in range(1, 6)]
    return packets + [(event(code, 800, True), timestamp, False)] * 3


def understood(packets) -> str:
    receiver = DigitReceiver()
    return "".join(filter(None, (receiver.receive(*each) for each in packets)))


@settings(deadline=None)
@given(st.text(EVENTS, min_size=1, max_size=6), st.integers(0, 2**32 - 1), st.data())
def test_any_packet_of_a_press_is_enough_and_copies_change_nothing(digits, start, data):
    packets = []
    for index, digit in enumerate(digits):
        whole = press(EVENTS.index(digit), (start + 1600 * index) & 0xFFFFFFFF)
        arrived = data.draw(st.lists(st.sampled_from(range(8)), min_size=1).map(sorted))
        packets += [whole[each] for each in arrived]
    assert understood(packets) == digits


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=8), st.integers(0, 2**32 - 1), st.booleans())))
def test_any_bytes_give_digits_or_nothing(packets):
    assert set(understood(packets)) <= set(EVENTS)


def test_a_late_copy_of_an_older_press_is_not_a_new_one():
    first, second = press(1, 8000), press(2, 9600)
    assert understood([*first, *second, first[2], first[7], second[7]]) == "12"


def test_a_far_end_that_counts_anew_is_still_understood():
    assert understood([*press(1, 3_000_000_000), *press(2, 2_500_000_000), *press(3, 5)]) == "123"


def test_a_press_longer_than_a_segment_is_one_press():
    packets = [(event(5, 65_535 - 160), 1000, True), (event(5, 65_535), 1000, False)]
    packets += [(event(5, 160), 1000 + 65_535, False), (event(5, 320, True), 1000 + 65_535, False)]
    assert understood(packets) == "5"


def test_the_same_key_twice_is_two_presses_even_without_ends():
    assert understood([(event(5, 160), 1000, True), (event(5, 160), 3000, True)]) == "55"


def test_flash_and_unknown_events_are_no_digits():
    assert understood([(event(16, 160), 0, True), (event(200, 160), 1000, True)]) == ""


@settings(deadline=None)
@given(st.text(EVENTS, max_size=5))
def test_pressed_digits_are_understood(digits):
    sender, packets, timestamp, ticks = DigitSender(digits), [], 2**32 - 1000, 0
    while not sender.done:
        step = sender.step(timestamp)
        if step is not None:
            payload, marker, at = step
            packets.append((payload, at, marker))
        timestamp = (timestamp + 160) & 0xFFFFFFFF
        ticks += 1
    assert understood(packets) == digits
    assert ticks == 10 * len(digits)  # 100 ms each, 100 ms apart


def test_the_end_of_a_press_is_sent_three_times():
    sender = DigitSender("5")
    steps = [sender.step(1000 + 160 * tick) for tick in range(10)]
    assert steps[0] == (b"\x05\x0a\x00\xa0", True, 1000)
    assert steps[4:8] == [(b"\x05\x8a\x03\x20", False, 1000)] * 3 + [None]


def test_what_is_no_digit_cannot_be_pressed():
    with pytest.raises(ValueError):
        DigitSender("1w")
