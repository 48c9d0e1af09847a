"""What a press of the button does, by how long it is held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.panel.button import Button


def deeds(button: Button, *changes: tuple[float, bool], until: float) -> list[tuple[float, str]]:
    """What is done when, where somebody looks whenever the button wants it."""
    told: list[tuple[float, str]] = []
    for at, pressed in (*changes, (until, None)):
        while (due := button.next()) is not None and due < at:
            told += [(due, deed) for deed in button.look(due)]
        told += [(at, deed) for deed in (button.look(at) if pressed is None else button.changed(pressed, at))]
    return told


@pytest.mark.parametrize(
    ("held", "does"),
    [
        (0.01, []),  # a spark in the wire
        (0.2, [(10.2, "short")]),
        (2.9, [(12.9, "short")]),
        (3.1, [(13.0, "long")]),
        (12.0, [(13.0, "long")]),  # nobody resets a password by leaning on it
        (70.0, [(13.0, "long"), (70.0, "stuck"), (80.0, "free")]),
    ],
)
def test_a_press_is_short_or_long(held, does):
    button = Button(False, 0.0, power_on=False)
    assert deeds(button, (10.0, True), (10.0 + held, False), until=200.0) == does


@pytest.mark.parametrize(("held", "does"), [(0.2, []), (9.9, []), (10.1, [(10.0, "reset")]), (50.0, [(10.0, "reset")])])
def test_held_at_power_on_for_ten_seconds_resets(held, does):
    button = Button(True, 0.0, power_on=True)
    assert button.counting
    assert deeds(button, (held, False), until=200.0) == does
    assert not button.counting


def test_held_when_only_the_exchange_starts_again_resets_nothing():
    button = Button(True, 0.0, power_on=False)
    assert not button.counting
    assert deeds(button, (20.0, False), (30.0, True), (31.0, False), until=40.0) == [(31.0, "short")]


def test_a_button_that_is_stuck_at_power_on_is_told_and_resets_once():
    assert deeds(Button(True, 0.0, power_on=True), until=1000.0) == [(10.0, "reset"), (60.0, "stuck")]


@given(st.booleans(), st.booleans(), st.lists(st.tuples(st.floats(0.0, 100.0), st.booleans()), max_size=20))
def test_whatever_is_pressed_a_reset_needs_power_on_and_ten_seconds(pressed, power_on, changes):
    changes = sorted(changes)
    told = deeds(Button(pressed, 0.0, power_on=power_on), *changes, until=300.0)
    let_go = next((at for at, down in changes if not down), 300.0)
    assert ("reset" in [deed for _, deed in told]) is (pressed and power_on and let_go >= 10.0 - 1e-6)
