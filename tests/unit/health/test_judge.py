"""Which faults begin, when they end, and what does not count as one."""

from __future__ import annotations

from datetime import date

import pytest

from appliance.gateways.copper import DEAD
from appliance.health.hysteresis import Latch, Recent
from appliance.health.judge import Fault
from appliance.health.measured import LineSeen
from appliance.health.words import WORDS, said
from appliance.register.log import Load

from .looks import Seconds, machine, seen

MINUTE = 60


def test_a_healthy_exchange_has_no_fault():
    assert Seconds().keys(10 * MINUTE) == []


def test_a_latch_is_patient_both_ways_and_does_not_flicker_between_its_bounds():
    latch = Latch(10, 5, patience=2, calm=3)
    told = [latch.feed(value, now) for now, value in enumerate([10, 9, 10, 10, 10, 6, 4, 6, 4, 4, 4, 4])]
    assert told == [False] * 4 + [True] * 7 + [False]


def test_what_is_older_than_the_window_is_forgotten():
    recent = Recent(60)
    recent.add(3.0, 0.0)
    recent.add(1.0, 30.0)
    assert (recent.count(59.0), recent.worst(59.0)) == (2, 3.0)
    assert (recent.count(60.0), recent.worst(60.0)) == (1, 1.0)
    assert (recent.count(90.0), recent.worst(90.0)) == (0, 0.0)


def test_one_late_second_of_sound_is_no_fault_and_five_in_a_minute_are_one_for_a_minute():
    night = Seconds()
    assert night.keys(media_late_beats=3) == [], "what was late before the first look is not counted"
    for late in range(4, 8):
        assert night.keys(2, media_late_beats=late) == []
    assert night.keys(media_late_beats=8) == ["media_late"]
    assert night.keys(59, media_late_beats=8) == ["media_late"]
    assert night.keys(media_late_beats=8) == []


def test_a_media_process_that_is_silent_is_told_until_it_has_answered_for_a_while():
    night = Seconds()
    assert night.keys(media_silent_seconds=2.0) == []
    assert night.keys(media_silent_seconds=3.0) == ["media_silent"]
    assert night.keys(10) == ["media_silent"]
    assert night.keys() == []


@pytest.mark.parametrize(("lags", "told"), [([0.2] * 30, False), ([0.3, 0.3], False), ([0.3] * 3, True), ([2.1], True)])
def test_a_late_loop(lags, told):
    night = Seconds()
    for lag in lags:
        found = night.keys(lag_seconds=lag)
    assert (found == ["loop_late"]) is told
    assert night.keys(MINUTE) == []


def test_the_worst_lag_is_named():
    fault = Seconds().judge.judge(seen(lag_seconds=5.25), 1.0)[0]
    assert fault == Fault("event loop", "loop_late", {"seconds": "5.2"})
    assert "5.2 s" in said(fault, "pl")


def test_a_slow_disk_is_told_once_an_event_has_waited_two_seconds():
    night = Seconds()
    assert night.keys(writer=Load(1, 1.9)) == []
    assert night.keys(writer=Load(7, 2.0)) == ["register_slow"]
    assert night.keys(9, writer=Load(1, 0.1)) == ["register_slow"]
    assert night.keys(2, writer=Load(1, 0.1)) == []


def test_a_job_that_holds_up_the_register_counts_too():
    assert Seconds().keys(writer=Load(busy_seconds=3.0)) == ["register_slow"]


def test_a_disk_that_refuses_is_the_registers_own_fault_and_not_told_twice():
    assert Seconds().keys(10, writer=Load(20, 100.0, 0.0, refused=True)) == []


def test_little_room_is_told_until_there_is_clearly_more():
    night = Seconds()
    assert night.keys(**machine(free_bytes=200_000_001)) == []
    assert night.keys(**machine(free_bytes=199_000_000)) == ["disk_low"]
    assert night.keys(100, **machine(free_bytes=240_000_000)) == ["disk_low"]
    assert night.keys(**machine(free_bytes=260_000_000)) == []


def test_a_disk_that_nobody_can_write_is_told_in_place_of_its_room():
    assert Seconds().keys(**machine(free_bytes=0, read_only=True)) == ["disk_read_only"]


def test_a_clock_has_two_minutes_to_find_its_time():
    night = Seconds()
    assert night.keys(120, **machine(synchronised=False)) == []
    assert night.keys(**machine(synchronised=False)) == ["clock"]
    assert night.keys() == []


def test_each_line_has_a_fault_of_its_own_and_a_blink_is_none():
    def lines(*down: str) -> dict[str, tuple[LineSeen, ...]]:
        return {"lines": tuple(LineSeen(each, "sip", each in down, "silent") for each in ("first", "second"))}

    night = Seconds()
    assert night.keys(5, **lines("first")) == []
    assert night.keys(**lines()) == []
    assert night.keys(6, **lines("first", "second")) == ["line_down", "line_down"]
    night.now += 1
    (fault,) = night.judge.judge(seen(**lines("second")), night.now)
    assert fault.part == "line second"
    assert said(fault, "en").startswith("Line second does not work: silent. Look at the network")
    assert night.keys(lines=()) == [], "it is no longer in the building file"


def test_a_line_that_this_version_cannot_drive_has_another_remedy():
    assert Seconds().keys(6, lines=(LineSeen("play", "simulated", True),)) == ["line_unsupported"]


def test_a_gateway_without_copper_sends_nobody_to_look_at_the_network():
    night, copper = Seconds(), LineSeen("copper", "sip", True, DEAD)
    assert night.keys(6, lines=(copper,)) == ["line_copper"]
    (fault,) = night.judge.judge(seen(lines=(copper,)), night.now + 1)
    assert "Sprawdzić wtyczkę w bramce" in said(fault, "pl") and "plug in the gateway" in said(fault, "en")


def test_a_voice_modem_that_was_pulled_out_is_a_fault_within_three_seconds():
    night = Seconds()
    copper = LineSeen("copper", "fxo", True, "there is no modem: plug it in")
    assert night.keys(1, lines=(copper,)) + night.keys(2, lines=(copper,)) == ["line_modem"]


def test_a_modem_that_was_pulled_out_is_a_fault_within_three_seconds_and_says_its_own_remedy():
    night = Seconds()
    sim = LineSeen("sim", "gsm", True, "there is no modem: plug it in")
    assert night.keys(2, lines=(sim,)) == ["line_modem"]
    (fault,) = night.judge.judge(seen(lines=(sim,)), night.now + 1)
    assert said(fault, "en") == "Line sim does not work: there is no modem: plug it in."


def test_a_modem_that_works_may_need_attention_and_a_trunk_that_works_does_not():
    lines = (LineSeen("sim", "gsm", False, "roaming"), LineSeen("trunk", "sip", False, "a number of nobody's"))
    assert Seconds().keys(6, lines=lines) == ["line_warns"]


@pytest.mark.parametrize("key", WORDS)
def test_every_fault_is_said_in_both_languages_with_the_same_figures(key):
    details = {"id": "a", "fault": ": b", "count": "1", "seconds": "2", "free": "3", "error": "c", "text": "d"}
    details |= {"day": "1.03.2027", "days": "2"}
    polish, english = (said(Fault("part", key, details), language) for language in ("pl", "en"))
    assert polish != english
    assert {each for each in "123" if each in polish} == {each for each in "123" if each in english}


def card(days_left: int) -> dict[str, tuple[LineSeen, ...]]:
    return {"lines": (LineSeen("sim", "gsm", False, "", date(2027, 3, 1), days_left),)}


def test_a_prepaid_card_is_told_of_from_thirty_days_before_its_last_day_and_after_it():
    night = Seconds()
    assert night.keys(**card(31)) == []
    assert night.keys(**card(30)) == ["card_expires"]
    assert night.keys(**card(0)) == ["card_expires"], "it works on its last day"
    assert night.keys(**card(-1)) == ["card_expired"]
    (fault,) = night.judge.judge(seen(**card(12)), night.now)
    assert said(fault, "pl").startswith("Karta SIM linii sim jest ważna do 1.03.2027 (zostało dni: 12). Doładować ją")
    assert "Top it up" in said(fault, "en")
