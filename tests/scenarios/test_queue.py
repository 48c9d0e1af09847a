"""The office's queue by day: waiting, being called back, and never hearing busy."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.scenarios.stage import KOWALSKA, MONDAY_MORNING, NOWAK, RESIDENT, STRANGER, WARSAW, Night

OFFICE = "+48221110000"
SECOND = "+48221110001"
ANSWERS = "answers after 4"
OTHERS = [f"+4851100000{digit}" for digit in range(10)]


def office(*, phones=(OFFICE,), **changes) -> Night:
    """Lipowa 7 on a Monday morning, its office on outside telephones that need not confirm."""
    night = Night(MONDAY_MORNING)
    people = {
        **night.building.people,
        **{f"biuro{index}": replace(night.building.people["biuro"], id=f"biuro{index}", phones=(phone,), confirm=False)
           for index, phone in enumerate(phones)},
    }  # fmt: skip
    queue = replace(night.building.queues["office"], people=tuple(f"biuro{i}" for i in range(len(phones))), **changes)
    night.building = replace(night.building, people=people, queues={"office": queue})
    return night


async def joins(night: Night, number: str | None):
    """Somebody calls and asks for the office."""
    leg = night.resident(number)
    leg.presses("4")
    return leg


def test_caller_hears_the_place_and_is_put_through():
    night = office()
    night.person(OFFICE, ANSWERS)

    async def story():
        caller = await joins(night, STRANGER)
        await caller.hears("Są Państwo następni.")
        await caller.hears("Mamy oddzwonić? Proszę nacisnąć dziewięć.")
        await caller.talks()
        await asyncio.sleep(30.0)
        caller.hangs_up()

    night.play(story())
    row = night.row()
    assert (row["outcome"], row["answered_by"], row["urgent"], row["ticket"]) == ("answered", "biuro0", False, None)
    assert (row["destination"], row["talk_seconds"]) == ("queue:office", 30.0)


def test_second_caller_hears_one_person_ahead_and_moves_up():
    night = office(phones=(OFFICE,))
    night.person(OFFICE, ANSWERS)

    async def story():
        first = await joins(night, STRANGER)
        await first.talks()
        second = await joins(night, OTHERS[0])
        await second.hears("Są Państwo następni.")
        third = await joins(night, OTHERS[1])
        await third.hears("Przed Państwem czeka jedna osoba.")
        fourth = await joins(night, OTHERS[2])
        await fourth.hears("Przed Państwem czekają dwie osoby.")
        first.hangs_up()
        await second.talks()
        second.hangs_up()
        await third.talks()
        await fourth.hears("Są Państwo następni.")
        third.hangs_up()
        await fourth.talks()
        fourth.hangs_up()

    night.play(story())
    assert [row["outcome"] for row in night.register.calls()] == ["answered"] * 4


def test_likely_wait_is_told_once_it_is_known():
    night = office()
    night.person(OFFICE, ANSWERS)

    async def story():
        for number in OTHERS[:3]:
            caller = await joins(night, number)
            await caller.talks()
            await asyncio.sleep(120.0)
            caller.hangs_up()
            await asyncio.sleep(1.0)
        busy = await joins(night, OTHERS[4])
        await busy.talks()
        caller = await joins(night, OTHERS[5])
        await caller.hears("To potrwa około dwóch minut.")
        behind = await joins(night, OTHERS[6])
        await behind.hears("To potrwa około czterech minut.")
        for leg in (busy, caller, behind):
            leg.hangs_up()

    night.play(story())


@pytest.mark.parametrize("reason", ["nobody there", "full", "too long"])
def test_never_busy_the_overflow_takes_the_message(reason):
    night = Night(MONDAY_MORNING) if reason == "nobody there" else office(max_waiting=1, max_wait_minutes=2.0)
    night.person(OFFICE, "rings")

    async def story():
        if reason == "full":
            first = await joins(night, OTHERS[0])
            await first.hears("Są Państwo następni")
        caller = await joins(night, STRANGER)
        begun = night.clock.monotonic()
        await caller.hears("Po sygnale proszę powiedzieć, w czym pomóc")
        waited = night.clock.monotonic() - begun
        if reason == "too long":
            assert 120.0 <= waited <= 145.0
        else:
            assert waited == 0.0
        caller.hangs_up()
        if reason == "full":
            first.hangs_up()

    night.play(story())


def test_all_strategy_rings_everybody_at_once():
    night = office(phones=(OFFICE, SECOND), strategy="all")
    night.person(OFFICE, "rings")
    night.person(SECOND, "answers after 6")

    async def story():
        caller = await joins(night, STRANGER)
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.network.rung[0][0] == night.network.rung[1][0]
    assert sorted(night.results()) == [("biuro0", "cancelled"), ("biuro1", "answered")]


def test_in_order_rings_the_next_one_after_the_ring_time():
    night = office(phones=(OFFICE, SECOND), strategy="in-order")
    night.person(OFFICE, "rings")
    night.person(SECOND, ANSWERS)

    async def story():
        caller = await joins(night, STRANGER)
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.results() == [("biuro0", "no answer"), ("biuro1", "answered")]
    assert night.row()["rung"][0]["seconds"] == 20.0


def test_longest_idle_takes_turns():
    night = office(phones=(OFFICE, SECOND), strategy="longest-idle")
    night.person(OFFICE, ANSWERS)
    night.person(SECOND, ANSWERS)

    async def story():
        for number in OTHERS[:4]:
            caller = await joins(night, number)
            await caller.talks()
            caller.hangs_up()
            await asyncio.sleep(5.0)

    night.play(story())
    assert [row["answered_by"] for row in night.register.calls()] == ["biuro0", "biuro1", "biuro0", "biuro1"]


def test_two_callers_are_put_through_side_by_side_where_two_people_answer():
    night = office(phones=(OFFICE, SECOND), strategy="in-order")
    night.person(OFFICE, ANSWERS)
    night.person(SECOND, ANSWERS)

    async def story():
        first = await joins(night, OTHERS[0])
        second = await joins(night, OTHERS[1])
        await first.talks()
        await second.talks()
        assert night.clock.monotonic() < 10.0
        first.hangs_up()
        second.hangs_up()

    night.play(story())


def test_call_back_key_keeps_the_place_rings_the_office_first_and_then_the_resident():
    night = office()
    desk = night.person(OFFICE, ANSWERS)
    home = night.person(RESIDENT, "answers after 3")

    async def story():
        first = await joins(night, OTHERS[0])
        await first.talks()
        caller = await joins(night, RESIDENT)
        await caller.hears("Mamy oddzwonić?")
        behind = await joins(night, OTHERS[1])
        caller.presses("9")
        await caller.hears("Oddzwonimy pod numer")
        await caller.gone()
        await behind.hears("Przed Państwem czeka jedna osoba.")
        first.hangs_up()
        await desk.is_rung()
        asked = await desk.is_rung()
        await asked.hears("Oddzwaniamy do mieszkańca")
        called = await home.is_rung()
        await called.hears("Dzień dobry, tu Wspólnota Mieszkaniowa Lipowa 7. Oddzwaniamy.")
        assert await called.talks() is asked
        called.hangs_up()
        await behind.talks()
        behind.hangs_up()
        await asyncio.sleep(1.0)

    night.play(story())
    assert night.row(1)["outcome"] == "callback"
    (ticket,) = night.register.tickets()
    assert (ticket["state"], ticket["reason"], ticket["taken_by"]) == ("done", "callback", "biuro0")


@pytest.mark.parametrize("moment", ["saved", "promised"])
def test_who_hangs_up_while_the_call_back_is_saved_or_promised_is_called_back(moment):
    night = office()
    night.register.delay_seconds = 2.0
    night.person(OFFICE, ANSWERS)
    home = night.person(RESIDENT, "answers after 3")

    async def story():
        first = await joins(night, OTHERS[0])
        await first.talks()
        caller = await joins(night, RESIDENT)
        await caller.hears("Mamy oddzwonić?")
        caller.presses("9")
        if moment == "saved":
            await asyncio.sleep(1.0)
        else:
            await caller.hears("Oddzwonimy pod numer")
        caller.hangs_up()
        await asyncio.sleep(5.0)
        first.hangs_up()
        called = await home.is_rung()
        await called.talks()
        called.hangs_up()
        await asyncio.sleep(5.0)

    night.play(story())
    assert next(row["outcome"] for row in night.register.calls() if row["caller"] == RESIDENT) == "callback"
    (ticket,) = night.register.tickets()
    assert (ticket["state"], ticket["taken_by"]) == ("done", "biuro0")


def test_call_back_that_could_not_be_saved_is_not_promised():
    night = office()
    night.person(OFFICE, "rings")

    async def story():
        caller = await joins(night, RESIDENT)
        await caller.hears("Mamy oddzwonić?")
        night.register.fails = True
        caller.presses("9")
        await caller.hears("Nie udało się zapisać")
        night.register.fails = False
        await caller.hears("Są Państwo następni", after=len(caller.heard))
        assert not any("Oddzwonimy" in each.text for each in caller.heard)
        caller.hangs_up()

    night.play(story())


def test_resident_who_does_not_answer_the_call_back_is_tried_again():
    night = office()
    night.person(OFFICE, ANSWERS)
    home = night.person(RESIDENT, "rings", "answers after 3")

    async def story():
        caller = await joins(night, RESIDENT)
        caller.presses("9")
        await caller.gone()
        await home.is_rung()
        again = await home.is_rung()
        await again.talks()
        again.hangs_up()
        await asyncio.sleep(1.0)

    night.play(story())
    assert night.register.tickets()[0]["state"] == "done"


async def asks_to_be_called_back(night: Night, number: str) -> None:
    caller = await joins(night, number)
    await caller.hears("Mamy oddzwonić?")
    caller.presses("9")
    await caller.hears("Oddzwonimy pod numer")
    await caller.gone()


def test_live_caller_does_not_wait_behind_a_call_back_that_the_resident_does_not_answer():
    night = office()
    night.person(OFFICE, "rings", ANSWERS)
    home = night.person(RESIDENT, "rings", "answers after 3")

    async def story():
        await asks_to_be_called_back(night, RESIDENT)
        await home.is_rung()
        behind = await joins(night, STRANGER)
        begun = night.clock.monotonic()
        await behind.hears("Są Państwo następni.")
        await behind.talks()
        assert night.clock.monotonic() - begun < 45.0  # the office lets the resident's phone ring for 30 s
        await asyncio.sleep(600.0)
        behind.hangs_up()
        again = await home.is_rung()  # as soon as the office is off the phone
        assert night.clock.monotonic() - begun < 660.0
        await again.talks()
        again.hangs_up()
        await asyncio.sleep(1.0)

    night.play(story())
    assert night.register.tickets()[0]["state"] == "done"


def test_call_back_is_before_live_callers_again_after_its_pause():
    night = office()
    desk = night.person(OFFICE, ANSWERS)
    night.person(RESIDENT, "rings", "answers after 3")

    async def story():
        await asks_to_be_called_back(night, RESIDENT)
        await desk.is_rung()
        first = await joins(night, OTHERS[0])
        second = await joins(night, OTHERS[1])
        await first.talks()
        await asyncio.sleep(400.0)
        assert second.talking_to is None
        first.hangs_up()
        await asyncio.sleep(20.0)
        assert second.talking_to is None  # the office talks to the resident
        desk.legs[-1].hangs_up()
        await second.talks()
        second.hangs_up()
        await asyncio.sleep(1.0)

    night.play(story())
    assert night.register.tickets()[0]["state"] == "done"


def test_office_that_does_not_answer_is_rung_every_some_minutes_in_its_hours_and_then_it_is_a_fault():
    night = office()
    desk = night.person(OFFICE, "rings")

    async def story():
        await asks_to_be_called_back(night, RESIDENT)
        await asyncio.sleep(3 * 86400.0)

    night.play(story())
    (ticket,) = night.register.tickets()
    assert ticket["state"] == "new"
    hours = {(night.start + timedelta(seconds=at)).astimezone(WARSAW).hour for at, _ in night.network.rung}
    assert hours == set(range(8, 16))
    assert 40 < len(desk.legs) < 80
    assert night.faults == {"ticket-1001": f"ticket 1001: {RESIDENT} was not called back, nobody answered: "
                                           "ring them, and take the ticket"}  # fmt: skip


def test_office_that_could_not_be_rung_for_hours_calls_back_when_it_can_be():
    night = office()
    night.person(OFFICE, ANSWERS)
    home = night.person(RESIDENT, "answers after 3")

    async def story():
        caller = await joins(night, RESIDENT)
        await caller.hears("Mamy oddzwonić?")
        caller.presses("9")
        await caller.hears("Oddzwonimy pod numer")
        night.line.broken = "silent"
        await caller.gone()
        await asyncio.sleep(4 * 3600.0)
        night.line.broken = ""
        called = await home.is_rung()
        assert night.clock.monotonic() < 4.5 * 3600.0
        await called.talks()
        called.hangs_up()
        await asyncio.sleep(1.0)

    night.play(story())
    assert night.register.tickets()[0]["state"] == "done"


def test_nobody_waits_behind_the_call_back_of_a_resident_who_has_called_again_instead():
    night = office(phones=(OFFICE, SECOND), strategy="all")
    night.person(OFFICE, "rings", "rings", ANSWERS)
    night.person(SECOND, "rings", "rings", "rings", ANSWERS)

    async def story():
        await asks_to_be_called_back(night, RESIDENT)
        await asyncio.sleep(25.0)  # the office does not answer
        again = await joins(night, RESIDENT)
        await again.talks()
        await asyncio.sleep(120.0)
        behind = await joins(night, STRANGER)
        begun = night.clock.monotonic()
        await behind.talks()
        assert night.clock.monotonic() - begun < 30.0
        behind.hangs_up()
        again.hangs_up()
        for ticket in night.calls.aftercare.tickets():
            night.calls.aftercare.settled(ticket)

    night.play(story())


def test_call_back_whose_turn_has_not_come_does_not_pass_those_who_joined_earlier():
    night = office()
    desk = night.person(OFFICE, ANSWERS)
    home = night.person(RESIDENT, "answers after 3")

    async def story():
        first = await joins(night, OTHERS[0])
        await first.talks()
        second = await joins(night, OTHERS[1])
        await asks_to_be_called_back(night, RESIDENT)
        again = await joins(night, RESIDENT)
        await asyncio.sleep(60.0)
        again.hangs_up()
        await asyncio.sleep(60.0)
        first.hangs_up()
        desk.legs[-1].hangs_up()
        await second.talks()
        assert not home.legs
        second.hangs_up()
        called = await home.is_rung()
        await called.talks()
        called.hangs_up()
        await asyncio.sleep(1.0)

    night.play(story())
    assert night.register.tickets()[0]["state"] == "done"


def test_who_asks_twice_for_a_call_back_has_one_place_and_one_ticket():
    night = office()
    night.person(OFFICE, "rings")

    async def story():
        await asks_to_be_called_back(night, RESIDENT)
        again = await joins(night, RESIDENT)
        again.presses("9")
        await again.hears("Oddzwonimy pod numer")
        await again.gone()
        behind = await joins(night, STRANGER)
        await behind.hears("czeka")
        assert not any("czekają" in each.text for each in behind.heard)
        behind.hangs_up()

    night.play(story())
    (ticket,) = night.register.tickets()
    assert ticket["calls"] == [1, 2]
    assert [row["ticket"] for row in night.register.calls()][:2] == [1001, 1001]


def test_hidden_number_is_not_offered_a_call_back():
    night = office()
    night.person(OFFICE, "rings")

    async def story():
        caller = await joins(night, None)
        await caller.hears("(music)")
        assert not any("oddzwonić" in each.text for each in caller.heard)
        caller.hangs_up()

    night.play(story())


def test_caller_lost_while_the_office_rings_has_a_ticket():
    night = office()
    desk = night.person(OFFICE, "rings")

    async def story():
        caller = await joins(night, STRANGER)
        await desk.is_rung()
        await asyncio.sleep(3.0)
        caller.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.register.tickets()[0]["reason"]) == ("abandoned", "lost")


def test_announcement_comes_every_thirty_seconds():
    night = office()
    night.person(OFFICE, "rings")

    async def story():
        caller = await joins(night, STRANGER)
        await asyncio.sleep(125.0)
        told = [each.at for each in caller.heard if "następni" in each.text]
        assert len(told) in (3, 4)
        assert all(30.0 <= later - earlier < 40.0 for earlier, later in pairwise(told))
        caller.hangs_up()

    night.play(story())


def test_mobile_in_the_queue_must_press_one():
    night = Night(MONDAY_MORNING)
    queue = replace(night.building.queues["office"], people=("nowak", "kowalska"), strategy="in-order")
    night.building = replace(night.building, queues={"office": queue})
    night.person(NOWAK, "answers after 4")
    night.person(KOWALSKA, "answers after 4 and presses 1")

    async def story():
        caller = await joins(night, STRANGER)
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.results() == [("nowak", "no answer"), ("kowalska", "answered")]
