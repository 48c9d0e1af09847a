"""What readings of a UPS mean over time: who is told what, and when the box stops."""

from __future__ import annotations

import pytest

from appliance.mains.machine import FLICKER_SECONDS, LAST_SECONDS, Limits, Machine
from hardware.mains.reading import Reading

OL, OB, LB = Reading(False, charge=100.0), Reading(True), Reading(True, low=True)
BY_NUT, BY_PIN = Limits(None, 600.0), Limits(180 * 60.0, 600.0)
AWAY = Reading(None, trouble="away")


def lived(machine: Machine, *spans: tuple[Reading, float], start: float = 0.0) -> list[tuple[float, str]]:
    """What was new when, looking every 2 s; each reading lasts so many seconds."""
    news, now = [], start
    for reading, seconds in spans:
        end = now + seconds
        while now < end:
            if new := machine.feed(reading, now):
                news.append((now, new))
            now += 2.0
    return news


def test_mains_that_go_are_told_once_and_that_they_are_back():
    assert lived(Machine(BY_NUT), (OL, 60), (OB, 600), (OL, 600)) == [(70.0, "lost"), (670.0, "back")]


@pytest.mark.parametrize("gap", [2, 4, 8])
def test_a_flicker_is_nobodys_business(gap):
    assert lived(Machine(BY_NUT), *[(OL, 30), (OB, gap)] * 20, (OL, 60)) == []
    assert gap < FLICKER_SECONDS


def test_mains_that_come_back_for_a_moment_are_the_same_outage():
    assert lived(Machine(BY_NUT), (OL, 10), (OB, 60), (OL, 6), (OB, 60), (OL, 20)) == [(20.0, "lost"), (146.0, "back")]


def test_a_box_that_starts_without_mains_says_so():
    assert lived(Machine(BY_NUT), (OB, 30)) == [(10.0, "lost")]


def test_what_was_told_before_a_restart_is_not_told_again():
    machine = Machine(BY_NUT, lost_at=-500.0)
    assert lived(machine, (OB, 60), (OL, 30)) == [(70.0, "back")]


def test_a_low_battery_stops_the_box_once():
    assert lived(Machine(BY_NUT), (OB, 100), (LB, 100)) == [(10.0, "lost"), (102.0, "ending")]


def test_one_low_reading_stops_nothing():
    assert lived(Machine(BY_NUT), (OB, 100), (LB, 2), (OB, 100)) == [(10.0, "lost")]


def test_little_time_left_by_the_ups_stops_the_box():
    left = [(Reading(True, seconds=float(each)), 2.0) for each in range(640, 560, -2)]
    assert lived(Machine(BY_NUT), (OB, 20), *left) == [(10.0, "lost"), (62.0, "ending")]


def test_on_a_pin_the_battery_lasts_its_minutes():
    assert lived(Machine(BY_PIN), (OB, 4 * 3600)) == [(10.0, "lost"), (10802.0, "ending")]


def test_a_ups_that_falls_silent_on_battery_is_counted_on():
    told = Reading(True, seconds=1200.0)
    assert lived(Machine(BY_NUT), (told, 20), (AWAY, 1200)) == [(10.0, "lost"), (620.0, "ending")]


def test_a_ups_that_does_not_answer_for_a_while_is_a_fault_and_no_outage():
    machine = Machine(BY_NUT)
    assert lived(machine, (OL, 10), (AWAY, 20)) == []
    assert machine.trouble is None
    assert lived(machine, (AWAY, 20), start=30.0) == []
    assert machine.trouble == AWAY
    lived(machine, (OL, 2), start=50.0)
    assert machine.trouble is None


def test_whoever_outlived_its_battery_stops_no_more_until_the_mains_were_seen():
    machine = Machine(BY_PIN, lost_at=-20_000.0)
    machine.distrust()
    assert lived(machine, (OB, 600), (OL, 20), (OB, 10_900)) == [(610.0, "back"), (630.0, "lost"), (11422.0, "ending")]


def test_an_urgent_call_goes_on_while_the_battery_allows():
    machine = Machine(BY_NUT)
    lived(machine, (Reading(True, seconds=500.0), 20))
    assert machine.may_wait(0.0, 18.0)
    assert machine.may_wait(300.0, 18.0 + 500.0 - LAST_SECONDS - 1)
    assert not machine.may_wait(400.0, 18.0 + 500.0 - LAST_SECONDS)
    lived(machine, (LB, 4), start=20.0)
    assert machine.may_wait(59.0, 80.0)
    assert not machine.may_wait(60.0, 81.0)
