"""When an idle copper pair is looked at, and what the looks say of it."""

import pytest

from hardware.fxo.pulse import AGAIN_SECONDS, DEAD_SECONDS, FIRST_SECONDS, NO_TONE, STAYS_ON_HOOK, Pulse

EVERY = 900.0


def test_the_first_look_comes_soon_and_the_next_ones_seldom():
    pulse = Pulse(EVERY, 100.0)
    assert pulse.due == 100.0 + FIRST_SECONDS
    pulse.alive(pulse.due)
    assert pulse.due == 100.0 + FIRST_SECONDS + EVERY


def test_a_line_that_rings_or_dials_is_not_looked_at():
    pulse = Pulse(EVERY, 0.0)
    for minute in range(200):
        pulse.alive(60.0 * minute)
        assert pulse.due >= 60.0 * minute + EVERY


def test_one_look_without_a_tone_is_no_fault_and_the_second_comes_soon():
    pulse = Pulse(EVERY, 0.0)
    pulse.silent(60.0)
    assert (pulse.dead, pulse.due) == (False, 60.0 + AGAIN_SECONDS)
    pulse.silent(90.0)
    assert (pulse.dead, pulse.due) == (True, 90.0 + DEAD_SECONDS)


def test_a_tone_between_two_looks_begins_anew():
    pulse = Pulse(EVERY, 0.0)
    pulse.silent(60.0)
    pulse.alive(90.0)
    pulse.silent(990.0)
    assert not pulse.dead


def two_looks(pulse):
    pulse.silent(60.0)
    pulse.silent(90.0)


def a_call(pulse):
    pulse.dialled_in_vain(60.0)


@pytest.mark.parametrize("died", [two_looks, a_call])
def test_a_dead_line_is_alive_again_with_its_next_sign_of_life(died):
    pulse = Pulse(EVERY, 0.0)
    died(pulse)
    assert pulse.dead
    pulse.alive(400.0)
    assert not pulse.dead


@pytest.mark.parametrize(
    ("looks", "why"),
    [([STAYS_ON_HOOK] * 2, STAYS_ON_HOOK), ([STAYS_ON_HOOK, NO_TONE], NO_TONE), ([NO_TONE] * 2, NO_TONE)],
)
def test_a_dead_line_tells_what_the_last_look_found_and_is_looked_at_seldom(looks, why):
    pulse = Pulse(EVERY, 0.0)
    for seconds, found in zip((60.0, 90.0), looks, strict=True):
        pulse.silent(seconds, found)
    assert (pulse.dead, pulse.why, pulse.due) == (True, why, 90.0 + DEAD_SECONDS)


def test_what_a_call_of_ours_found_is_told_after_a_modem_that_did_not_take_the_line():
    pulse = Pulse(EVERY, 0.0)
    pulse.silent(60.0, STAYS_ON_HOOK)
    pulse.dialled_in_vain(70.0)
    assert pulse.why == NO_TONE


def test_a_line_that_is_not_to_be_looked_at_never_is():
    pulse = Pulse(0.0, 0.0)
    assert pulse.due is None
    pulse.dialled_in_vain(60.0)
    assert pulse.due is None and pulse.dead
