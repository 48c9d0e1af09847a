"""An urgent ticket that nobody on duty takes: after `escalate_minutes` the people of `escalate_to` are rung, too."""

import asyncio
from dataclasses import replace
from itertools import islice

import pytest

from appliance.building.model import Duty, LineConfig
from appliance.callflow.chase import rounds
from tests.scenarios.stage import KOWALSKA, NOWAK, Night
from tests.scenarios.test_afterwards import MINUTE, leaves_a_message

BOARD = "+48600500600"  # of the sample's "zarzad"


def night_with(minutes: float, *people: str) -> Night:
    """The sample's night, with another escalation."""
    night = Night()
    duty = replace(night.building.duties["pogotowie"], escalate_minutes=minutes, escalate_to=people)
    night.building = replace(night.building, duties={"pogotowie": duty})
    return night


@pytest.mark.parametrize(
    ("minutes", "people", "expected"),
    [
        (30, ["zarzad"], ["5", "10", "20", "30 escalates", "35", "65"]),
        (2, ["zarzad"], ["2 escalates", "5", "10", "20", "35", "65"]),
        (20, ["zarzad"], ["5", "10", "20", "35", "65", "95"]),
        (0, ["zarzad"], ["5", "10", "20", "35", "65", "95"]),
        (30, [], ["5", "10", "20", "35", "65", "95"]),
    ],
)
def test_the_escalation_is_a_round_of_its_own_where_it_falls_between_two(minutes, people, expected):
    duty = Duty("pogotowie", "Pogotowie", escalate_minutes=minutes, escalate_to=tuple(people))
    told = [f"{at / MINUTE:.0f}{' escalates' if alone else ''}" for at, alone in islice(rounds(duty), 6)]
    assert told == expected


def test_after_half_an_hour_the_board_is_rung_alone_and_then_with_those_on_duty():
    night = Night()  # the sample as it stands: 30 minutes, zarzad
    nowak, kowalska = night.person(NOWAK, "rings"), night.person(KOWALSKA, "rings")
    board = night.person(BOARD, "rings", "answers after 3")

    async def story():
        await leaves_a_message(night)
        left = night.clock.monotonic()
        await asyncio.sleep(29 * MINUTE)
        before = (len(nowak.legs), len(kowalska.legs))
        assert not board.legs
        leg = await board.is_rung()
        assert 29.5 * MINUTE < night.clock.monotonic() - left < 30.5 * MINUTE
        await leg.gone()
        assert (len(nowak.legs), len(kowalska.legs)) == before
        leg = await board.is_rung()
        assert 34.5 * MINUTE < night.clock.monotonic() - left < 35.5 * MINUTE
        assert (len(nowak.legs), len(kowalska.legs)) == (before[0] + 1, before[1] + 1)
        await leg.hears("Pilne zgłoszenie nadal czeka")
        leg.presses("1")
        await leg.hears("Przyjęte. Innych już nie budzimy.")
        await leg.gone()
        await asyncio.sleep(120 * MINUTE)
        assert len(board.legs) == 2

    night.play(story())
    assert night.register.tickets()[0]["taken_by"] == "zarzad"


def test_nobody_further_is_rung_about_what_was_taken_in_time():
    night = Night()
    night.person(NOWAK, "busy")
    night.person(KOWALSKA, "rings", "rings", "answers after 3 and presses 1")
    board = night.person(BOARD, "rings")

    async def story():
        await leaves_a_message(night)
        await asyncio.sleep(120 * MINUTE)

    night.play(story())
    assert not board.legs
    assert night.register.tickets()[0]["taken_by"] == "kowalska"


def test_who_is_on_duty_and_to_be_rung_further_is_rung_once():
    night = night_with(10, "nowak", "zarzad")
    nowak, board = night.person(NOWAK, "rings"), night.person(BOARD, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        await leaves_a_message(night)
        await asyncio.sleep(9 * MINUTE)
        before = len(nowak.legs)
        await board.is_rung()
        await asyncio.sleep(2 * MINUTE)
        assert len(nowak.legs) == before + 1

    night.play(story())


def test_who_is_rung_further_may_call_the_box_and_take_it_then_and_not_before():
    night = Night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")
    night.person(BOARD, "rings")

    async def story():
        await leaves_a_message(night)
        early = night.resident(BOARD)
        await asyncio.sleep(20.0)
        assert not any("Pilne zgłoszenie" in each.text for each in early.heard)
        early.hangs_up()
        await early.gone()
        await asyncio.sleep(32 * MINUTE)
        leg = night.resident(BOARD)
        await leg.hears("Pilne zgłoszenie nadal czeka")
        leg.presses("1")
        await leg.hears("Przyjęte. Innych już nie budzimy.")
        await leg.gone()

    night.play(story())
    assert night.register.tickets()[0]["taken_by"] == "zarzad"


def test_who_is_rung_further_gets_the_sms_too_and_takes_it_by_one():
    night = Night()
    sim = LineConfig("sim", "gsm", ("+48600000001",), 1)
    night.building = replace(night.building, lines={**night.building.lines, "sim": sim})
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")
    board = night.person(BOARD, "rings")

    async def story():
        await leaves_a_message(night)
        await night.sim.receives(BOARD, "1")
        await asyncio.sleep(29 * MINUTE)
        assert night.air.to(BOARD) == []
        assert not night.register.tickets()[0]["taken_by"], "it was none of theirs then"
        before = {each: len(night.air.to(each)) for each in (NOWAK, KOWALSKA)}
        await board.is_rung()
        await asyncio.sleep(MINUTE)
        (text,) = night.air.to(BOARD)
        assert text.startswith("NIKT NIE PRZYJAL 1001: ")
        assert text.endswith("Przyjecie: odpisac 1")
        await asyncio.sleep(40 * MINUTE)
        assert {each: len(night.air.to(each)) for each in before} == before, "nobody is sent the same twice"
        assert len(night.air.to(BOARD)) == 1
        await night.sim.receives(BOARD, "1")
        await asyncio.sleep(MINUTE)

    night.play(story())
    assert night.register.tickets()[0]["taken_by"] == "zarzad"
    assert night.air.to(BOARD)[-1].startswith("Masz zgloszenie 1001: ")
    assert "przyjete: Zarzad" in night.air.to(NOWAK)[-1]


def test_a_clock_that_is_set_back_meanwhile_does_not_put_it_off():
    night = Night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")
    board = night.person(BOARD, "rings")

    async def story():
        await leaves_a_message(night)
        left = night.clock.monotonic()
        night.clock.step(-3600.0)
        await board.is_rung()
        assert 29.5 * MINUTE < night.clock.monotonic() - left < 30.5 * MINUTE

    night.play(story())


def test_after_a_restart_it_is_rung_about_at_once_with_all_whose_time_has_come():
    night = night_with(30, "zarzad")
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")
    board = night.person(BOARD, "rings")

    async def story():
        await leaves_a_message(night)
        await asyncio.sleep(MINUTE)
        (case,) = night.calls.aftercare.chased()
        night.calls.aftercare.settled(case.ticket)  # as a process that ends: nobody rings any more
        await asyncio.sleep(40 * MINUTE)
        assert not board.legs
        night.calls.aftercare.chase(case)
        await board.is_rung()
        night.calls.aftercare.settled(case.ticket)

    night.play(story())
