"""What a contact tells: a flood once, no spark ever, and a bad contact as what it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.panel.contact import CHATTER_CHANGES, Contact

DAY = 24 * 3600.0


def news(contact: Contact, *changes: tuple[float, bool], until: float) -> list[tuple[float, str]]:
    """What it tells when, where somebody looks whenever it wants it."""
    told: list[tuple[float, str]] = []
    for at, closed in (*changes, (until, None)):
        while (due := contact.next()) is not None and due < at:
            found = contact.look(due)
            assert found, f"it wanted to be looked at at {due} for nothing"
            told += [(due, each) for each in found]
        told += [(at, each) for each in (contact.look(at) if closed is None else contact.changed(closed, at))]
    return told


@pytest.mark.parametrize(
    ("changes", "tells"),
    [
        ([(10.0, True), (11.9, False)], []),
        ([(10.0, True)], [(12.0, "closed")]),
        ([(10.0, True), (20.0, False)], [(12.0, "closed"), (30.0, "opened")]),
        ([(10.0, True), (20.0, False), (29.0, True)], [(12.0, "closed")]),
        ([(10.0, True), (11.0, False), (11.1, True)], [(13.1, "closed")]),
        (
            [(10.0, True), (20.0, False), (31.0, True)],
            [(12.0, "closed"), (30.0, "opened"), (33.0, "closed")],
        ),
    ],
)
def test_two_seconds_closed_are_an_alarm(changes, tells):
    assert news(Contact(False, 0.0), *changes, until=3000.0) == tells


def test_closed_when_the_box_starts_is_an_alarm_unless_it_was_told_before():
    assert news(Contact(True, 5.0), until=100.0) == [(7.0, "closed")]
    assert news(Contact(True, 5.0, told=True), until=100.0) == []
    assert news(Contact(False, 5.0, told=True), until=100.0) == [(15.0, "opened")]


def test_flickering_is_one_fault_and_no_alarm():
    flicker = [(10.0 + each, each % 2 == 0) for each in range(100)]
    told = news(Contact(False, 0.0), *flicker, until=1000.0)
    assert told == [(10.0 + CHATTER_CHANGES, "chatters"), (109.0 + 60.0, "calm")]


def test_flickering_that_also_closes_for_long_is_one_alarm():
    flicker = [(10.0 + each * 1.5 * 1.7, each % 2 == 0) for each in range(200)]
    told = [each for _, each in news(Contact(False, 0.0), *flicker, until=1000.0)]
    assert sorted(told) == ["calm", "chatters", "closed", "opened"]


def test_what_stays_closed_for_a_day_is_told_as_stuck():
    contact = Contact(False, 0.0)
    assert news(contact, (10.0, True), until=10 * DAY) == [(12.0, "closed"), (10.0 + DAY, "stuck")]
    assert contact.state() == "stuck"
    assert news(contact, (10 * DAY + 1, False), until=11 * DAY) == [(10 * DAY + 11, "opened")]
    assert contact.state() == "open"


@given(st.booleans(), st.lists(st.tuples(st.floats(0.0, 600.0), st.booleans()), max_size=60))
def test_whatever_a_contact_does_each_alarm_has_two_seconds_before_and_an_end_between(closed, changes):
    changes = sorted(changes)
    contact = Contact(closed, 0.0)
    told = news(contact, *changes, until=2000.0)
    kinds = [each for _, each in told]
    alarms = [each for each in kinds if each in ("closed", "opened")]
    assert alarms == ["closed", "opened"] * (len(alarms) // 2) + ["closed"] * (len(alarms) % 2)
    for at, each in told:
        if each == "closed":
            before = [(0.0, closed), *(change for change in changes if change[0] <= at - 1e-3)]
            assert before[-1][1]
    assert [each for each in kinds if each in ("chatters", "calm")] == ["chatters", "calm"] * kinds.count("calm")
    last = changes[-1][1] if changes else closed
    assert contact.state() == ("closed" if last else "open")
