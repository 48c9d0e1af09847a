"""What raises where nothing may: the caller is looked after all the same, the work goes on, and a fault tells of it."""

import asyncio
from dataclasses import replace

import pytest

from appliance.callflow import callback, chase
from appliance.calls import CLOSE_SECONDS
from appliance.lines.line import Cause
from appliance.lines.simulated import SimulatedLine
from tests.scenarios.stage import KOWALSKA, NOWAK, RESIDENT, STRANGER, Night
from tests.scenarios.test_afterwards import MINUTE, leaves_a_message
from tests.scenarios.test_emergency import LANDLINE, House, live
from tests.scenarios.test_queue import ANSWERS, OFFICE, joins, office


def once(real, fault: Exception, when=lambda *things: True):
    """A method that fails when it is called first, of the times that count."""
    left = [fault]

    def method(*things, **more):
        if left and when(*things):
            raise left.pop()
        return real(*things, **more)

    return method


def test_line_that_raises_is_followed_by_the_next_one():
    night = Night()
    night.lines["second"] = SimulatedLine("second", night.line.numbers(), 4, night.network)
    night.building = replace(night.building, outbound=replace(night.building.outbound, lines=("provider", "second")))
    night.person(NOWAK, "answers after 2 and presses 1")
    night.line.broken = "raising"

    async def story():
        night.line.broken = ""
        caller = night.resident()
        night.line.broken = "raising"
        caller.presses("1")
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.row()["outcome"] == "answered"
    assert {rung["line"] for rung in night.row()["rung"]} == {"second"}


def test_112_goes_out_by_the_next_line_when_the_first_raises():
    night = House()
    night.lines["landline"] = SimulatedLine("landline", (LANDLINE,), 1, night.network)
    control_room = night.person("112", "answers after 1")
    night.line.broken = "raising"

    async def story():
        caller = night.calls_112()
        leg = await control_room.is_rung()
        assert leg.line == "landline"
        await caller.talks()
        caller.hangs_up()

    live(night, story)
    assert night.row["outcome"] == "answered"


def test_chase_goes_on_after_a_round_that_failed():
    night = Night()
    night.person(NOWAK, "rings")
    kowalska = night.person(KOWALSKA, "rings")

    async def story():
        await leaves_a_message(night)
        night.routing.engaged = once(night.routing.engaged, RuntimeError("a defect"))
        await asyncio.sleep(6 * MINUTE)
        before = len(kowalska.legs)
        await asyncio.sleep(10 * MINUTE)
        assert len(kowalska.legs) > before

    night.play(story())
    assert "a defect" in night.faults["calls"]


def test_chase_that_died_is_told_and_begun_again_after_a_minute(monkeypatch):
    night = Night()
    kowalska = night.person(KOWALSKA, "rings")
    night.person(NOWAK, "rings")
    monkeypatch.setattr(chase, "moments", once(chase.moments, RuntimeError("a defect")))

    async def story():
        await leaves_a_message(night)
        await asyncio.sleep(30.0)
        assert "nobody is rung about it any more" in night.faults["ticket-1001"]
        before = len(kowalska.legs)
        await asyncio.sleep(10 * MINUTE)
        assert len(kowalska.legs) > before
        night.calls.aftercare.settled(night.register.tickets()[0]["uid"])
        assert night.faults["ticket-1001"] is None

    night.play(story())


def test_call_back_that_died_is_told_until_the_ticket_is_settled(monkeypatch):
    night = office()
    monkeypatch.setattr(callback, "_until", once(callback._until, RuntimeError("a defect")))

    async def story():
        caller = await joins(night, RESIDENT)
        caller.presses("9")
        await caller.gone()
        await asyncio.sleep(1.0)
        assert "nobody is rung about it any more" in night.faults["ticket-1001"]
        night.calls.aftercare.settled(night.register.tickets()[0]["uid"])
        assert night.faults["ticket-1001"] is None

    night.play(story())


def test_urgent_ticket_is_told_while_the_file_has_no_duty_list_and_chased_once_it_has_one():
    night = Night()
    nowak = night.person(NOWAK, "rings", "answers after 2 and presses 1")
    night.person(KOWALSKA, "rings", "answers after 2 and presses 1")
    duties = night.building.duties

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("1")
        await nowak.is_rung()
        night.building = replace(night.building, duties={})
        caller.hangs_up()
        await caller.gone()
        await asyncio.sleep(5.0)
        assert "no duty list" in night.faults["ticket-1001"]
        night.building = replace(night.building, duties=duties)
        await asyncio.sleep(10 * MINUTE)
        assert night.faults["ticket-1001"] is None

    night.play(story())
    assert night.register.tickets()[0]["state"] == "in progress"


def test_call_back_that_failed_is_tried_again():
    night = office()
    night.person(OFFICE, ANSWERS)
    home = night.person(RESIDENT, "answers after 3")

    async def story():
        caller = await joins(night, RESIDENT)
        night.routing.somebody_free = once(
            night.routing.somebody_free, RuntimeError("a defect"), lambda people: people[0].id == "caller"
        )
        caller.presses("9")
        await caller.gone()
        called = await home.is_rung()
        await called.talks()
        called.hangs_up()
        await asyncio.sleep(1.0)

    night.play(story())
    assert night.register.tickets()[0]["state"] == "done"
    assert "a defect" in night.faults["calls"]


def test_exchange_stops_in_time_while_somebody_who_was_chased_talks_to_the_resident():
    night = Night()
    night.person(KOWALSKA, "busy")
    nowak = night.person(NOWAK, "busy", "busy", "answers after 2")
    home = night.person(RESIDENT, "answers after 4")

    async def story():
        await leaves_a_message(night)
        for _ in range(3):
            leg = await nowak.is_rung()
        await leg.hears("Cztery: oddzwaniam")
        leg.presses("4")
        await (await home.is_rung()).talks()
        other = night.resident(STRANGER)
        other.presses("2")
        await other.hears("(beep)")
        other.speaks(5.0)
        await asyncio.sleep(5.0)
        begun = night.loop.time()
        await night.calls.stop()
        assert night.loop.time() - begun < CLOSE_SECONDS
        assert not night.calls.aftercare.tickets() and not night.calls.up

    night.play(story())
    assert night.row()["outcome"] == "voicemail"
    assert [each["state"] for each in night.register.tickets()] == ["in progress", "new"]


@pytest.mark.parametrize("story_of", ["reception", "emergency"])
def test_call_that_cannot_be_begun_hears_that_the_line_is_down_and_has_its_row(story_of):
    night = House()

    async def story():
        night.register.new_uid = once(night.register.new_uid, RuntimeError("a defect"))
        caller = night.resident() if story_of == "reception" else night.calls_112()
        assert await asyncio.wait_for(caller.gone(), 1.0) is Cause.LINE_DOWN

    live(night, story)
    assert (night.row["outcome"], night.row["caller"]) == ("failed", RESIDENT if story_of == "reception" else "ext:21")
    assert "a defect" in night.faults["calls"]
