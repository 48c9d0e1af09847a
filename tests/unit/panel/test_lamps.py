"""How the lamps of the box blink and the buzzer sounds, as somebody who watches them for a while sees it."""

from __future__ import annotations

import pytest

from hardware.panel.buzzer import Buzzer
from hardware.panel.lamps import STEP_SECONDS, buzzer_sounds, panic_burns, status_burns, until_next_step

ALL = ("green", "amber", "red")
STEPS = [step * STEP_SECONDS for step in range(80)]


@pytest.mark.parametrize("lamp", ALL)
def test_a_state_burns_steadily_in_its_colour(lamp):
    assert {status_burns(lamp, ALL, at) for at in STEPS} == {frozenset((lamp,))}


def test_starting_blinks_green_once_in_two_seconds():
    assert [status_burns("starting", ALL, at) == {"green"} for at in (0.0, 0.9, 1.0, 1.9, 2.0)] == [
        True,
        True,
        False,
        False,
        True,
    ]


def test_a_lamp_of_two_colours_is_amber_by_both():
    assert status_burns("amber", ("green", "red"), 0.0) == {"green", "red"}


def test_the_panic_lamp_blinks_burns_or_is_dark():
    assert [panic_burns("blinking", at) for at in STEPS[:4]] == [True, False, True, False]
    assert all(panic_burns("on", at) for at in STEPS)
    assert not any(panic_burns("off", at) for at in STEPS)


def test_the_buzzer_is_busier_while_somebody_is_looked_for():
    looking, untaken = (sum(buzzer_sounds("sounding", lamp, at) for at in STEPS) for lamp in ("blinking", "on"))
    assert (looking, untaken) == (10, 4)
    assert not any(buzzer_sounds(state, "blinking", at) for state in ("off", "muted") for at in STEPS)
    assert not any(buzzer_sounds("sounding", "off", at) for at in STEPS)


@pytest.mark.parametrize(("at", "wait"), [(0.0, 0.25), (0.1, 0.15), (0.25, 0.25), (7.9, 0.1)])
def test_nobody_looks_more_often_than_a_pattern_changes(at, wait):
    assert until_next_step(at) == pytest.approx(wait)


def test_muting_is_for_this_ticket_only():
    buzzer = Buzzer()
    assert buzzer.state() == "off"
    buzzer.alarms([frozenset({"call-1"})])
    assert buzzer.state() == "sounding"
    buzzer.mute()
    assert buzzer.state() == "muted"
    buzzer.alarms([frozenset({"call-1", "ticket-1"})])  # it has a ticket now
    buzzer.alarms([frozenset({"ticket-1"})])  # its call is over
    assert buzzer.state() == "muted"
    buzzer.alarms([frozenset({"ticket-1"}), frozenset({"ticket-2"})])
    assert buzzer.state() == "sounding"
    buzzer.alarms([frozenset({"ticket-1"})])
    assert buzzer.state() == "muted"
    buzzer.alarms([])
    buzzer.alarms([frozenset({"ticket-1"})])  # opened again: it is news
    assert buzzer.state() == "sounding"


def test_muting_when_nothing_sounds_is_no_muting_in_advance():
    buzzer = Buzzer()
    buzzer.mute()
    buzzer.alarms([frozenset({"ticket-1"})])
    assert buzzer.state() == "sounding"
