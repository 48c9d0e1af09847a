"""Tickets dealt with at the page, residents called back, phones tested: on simulated lines and virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from appliance.lines.line import Cause
from tests.scenarios.stage import KOWALSKA, NOWAK, RESIDENT
from tests.unit.requests.world import Phone, ended, virtually

CARETAKER = "+48600500600"


@pytest.fixture
def played(tmp_path):
    return lambda story: virtually(tmp_path, story)


async def urgent_ticket(world):
    """A resident calls at night, presses 1, nobody answers, they hang up; the number of their ticket."""
    leg = world.fleet.lines["provider"].call(RESIDENT)
    await leg.hears("Lipowa")
    leg.presses("1")
    await asyncio.sleep(20)
    leg.hangs_up()
    await asyncio.wait(list(world.calls.tasks))
    [row] = world.register.tickets()
    return row["number"]


def kinds(world, prefix="ticket."):
    return [event.kind for event in world.register.events if event.kind.startswith(prefix)]


# -- tickets -----------------------------------------------------------------------------------------------------------


def test_a_ticket_taken_at_the_page_is_chased_no_more(played):
    async def story(world):
        nowak, kowalska = Phone(world, NOWAK, Cause.NO_ANSWER), Phone(world, KOWALSKA, Cause.NO_ANSWER)
        number = await urgent_ticket(world)
        assert world.calls.aftercare.tickets()
        answer = await world.ask("ticket_take", ticket=number, who="anna")
        assert (answer["ticket"]["state"], answer["ticket"]["taken_by"]) == ("in progress", "anna")
        rung = len(nowak.legs) + len(kowalska.legs)
        await asyncio.sleep(4 * 3600)
        assert len(nowak.legs) + len(kowalska.legs) == rung
        assert ("anna", "ticket_take") in world.audit()

    played(story)


def test_a_ticket_taken_while_its_caller_still_waits_is_not_chased_afterwards(played):
    async def story(world):
        nowak, kowalska = Phone(world, NOWAK, Cause.NO_ANSWER), Phone(world, KOWALSKA, Cause.NO_ANSWER)
        leg = world.fleet.lines["provider"].call(RESIDENT)
        await leg.hears("Lipowa")
        leg.presses("1")
        await asyncio.sleep(5)
        [row] = world.register.tickets()
        await world.ask("ticket_take", ticket=row["number"], who="anna")
        leg.hangs_up()
        await asyncio.sleep(60)
        rung = len(nowak.legs) + len(kowalska.legs)
        await asyncio.sleep(3600)
        assert len(nowak.legs) + len(kowalska.legs) == rung

    played(story)


def test_notes_and_the_end_of_a_ticket_say_who_wrote_them(played):
    async def story(world):
        Phone(world, NOWAK, Cause.NO_ANSWER), Phone(world, KOWALSKA, Cause.NO_ANSWER)
        number = await urgent_ticket(world)
        await world.ask("ticket_note", ticket=number, text=" hydraulik jedzie ", who="jan")
        row = (await world.ask("ticket_done", ticket=number, text="zawór wymieniony", who="anna"))["ticket"]
        assert row["state"] == "done"
        assert [(each["who"], each["text"]) for each in row["notes"]] == [
            ("jan", "hydraulik jedzie"),
            ("anna", "zawór wymieniony"),
        ]
        assert not world.calls.aftercare.tickets()

    played(story)


def test_what_is_not_on_disk_is_not_claimed_and_goes_on_being_chased(played):
    async def story(world):
        Phone(world, NOWAK, Cause.NO_ANSWER), Phone(world, KOWALSKA, Cause.NO_ANSWER)
        number = await urgent_ticket(world)
        world.register.fails = True
        assert await world.refused("ticket_take", ticket=number, who="anna") == "not_saved"
        assert world.calls.aftercare.tickets()

    played(story)


def test_questions_about_tickets_that_make_no_sense(played):
    async def story(world):
        assert await world.refused("ticket_take", ticket=4711, who="anna") == "no_such_ticket"
        assert await world.refused("ticket_take", ticket="4711", who="anna") == "bad_argument"
        Phone(world, NOWAK, Cause.NO_ANSWER), Phone(world, KOWALSKA, Cause.NO_ANSWER)
        number = await urgent_ticket(world)
        assert await world.refused("ticket_take", ticket=number) == "bad_argument"
        assert await world.refused("ticket_note", ticket=number, text="  ", who="anna") == "bad_argument"

    played(story)


# -- calling back ------------------------------------------------------------------------------------------------------


def test_the_caretaker_is_rung_then_the_resident_and_the_two_talk(played):
    async def story(world):
        Phone(world, NOWAK, Cause.NO_ANSWER), Phone(world, KOWALSKA, Cause.NO_ANSWER)
        number = await urgent_ticket(world)
        caretaker, resident = Phone(world, CARETAKER, "1"), Phone(world, RESIDENT, "")
        job = await world.ask("call_back", phone=CARETAKER, ticket=number, who="anna")
        await (await resident.is_rung()).talks()
        assert any("Mieszkanie 12" in each.text for each in caretaker.legs[0].heard)
        await asyncio.sleep(30)
        resident.legs[0].hangs_up()
        look = await ended(world, job)
        assert (look["state"], look["result"]["result"], look["result"]["ticket"]) == ("done", "talked", number)
        assert 29 < look["result"]["seconds"] < 31
        assert [each["key"] for each in look["steps"]] == ["rings", "answered", "rings_resident", "talking", "ended"]
        [row] = world.register.tickets()
        assert (row["state"], row["taken_by"]) == ("in progress", "anna")
        assert kinds(world)[-4:] == ["ticket.ringing", "ticket.taken", "ticket.talked", "ticket.rung"]
        assert not world.calls.aftercare.tickets()

    played(story)


def test_nobody_is_rung_for_the_page_who_is_on_a_call_nor_tested_while_somebody_is_in_need(played):
    async def story(world):
        nowak = Phone(world, NOWAK, "1")
        Phone(world, KOWALSKA, Cause.NO_ANSWER)
        leg = world.fleet.lines["provider"].call(RESIDENT)
        await leg.hears("Lipowa")
        leg.presses("1")
        await leg.talks()
        rung = len(nowak.legs)
        [row] = world.register.tickets()
        assert await world.refused("call_back", phone=NOWAK, ticket=row["number"], who="anna") == "engaged"
        assert await world.refused("test_call", phone=CARETAKER, who="anna") == "urgent_call"
        assert await world.refused("test_duty", duty=next(iter(world.building.duties)), who="anna") == "urgent_call"
        assert len(nowak.legs) == rung
        leg.hangs_up()
        await asyncio.wait(list(world.calls.tasks))
        talking = world.fleet.lines["provider"].call(CARETAKER)
        await talking.hears("Lipowa")
        assert await world.refused("test_call", phone=CARETAKER, who="anna") == "engaged"
        talking.hangs_up()
        await asyncio.wait(list(world.calls.tasks))

    played(story)


def test_who_has_no_ticket_yet_gets_one_that_belongs_to_the_call(played):
    async def story(world):
        leg = world.fleet.lines["provider"].call(RESIDENT)
        await leg.hears("Lipowa")
        leg.hangs_up()
        await asyncio.sleep(5)
        Phone(world, CARETAKER, "1"), Phone(world, RESIDENT, Cause.NO_ANSWER)
        job = await world.ask("call_back", phone=CARETAKER, call=1, who="anna")
        look = await ended(world, job)
        assert look["result"]["result"] == "resident no answer"
        [row] = world.register.tickets()
        assert (row["reason"], row["calls"], row["state"], row["caller"]) == ("page", [1], "new", RESIDENT)
        assert world.register.calls()[0]["ticket"] == row["number"]
        again = await world.ask("call_back", phone=CARETAKER, number=RESIDENT, who="anna")
        assert (await ended(world, again))["result"]["ticket"] == row["number"]

    played(story)


@pytest.mark.parametrize(("deed", "result"), [(Cause.BUSY, "busy"), ("", "nobody pressed"), ("2", "nobody pressed")])
def test_no_resident_is_rung_for_a_caretaker_who_is_not_there(played, deed, result):
    async def story(world):
        Phone(world, CARETAKER, deed)
        resident = Phone(world, RESIDENT, "")
        look = await ended(world, await world.ask("call_back", phone=CARETAKER, number=RESIDENT, who="anna"))
        assert look["result"]["result"] == result
        assert resident.legs == []
        assert world.register.tickets()[0]["state"] == "new"

    played(story)


def test_a_call_back_that_is_stopped_hangs_up(played):
    async def story(world):
        caretaker = Phone(world, CARETAKER, "1", seconds=20)
        job = await world.ask("call_back", phone=CARETAKER, number=RESIDENT, who="anna")
        await caretaker.is_rung()
        assert await world.ask("job_stop", id=job["job"]) == {"state": "stopped"}
        assert caretaker.legs[0].ended is not None
        rung = [event for event in world.register.events if event.kind == "ticket.rung"]
        assert [event.get("result") for event in rung] == ["cancelled"]

    played(story)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"phone": "+4470012345678", "number": RESIDENT}, "not_allowed"),
        ({"phone": CARETAKER, "number": "+48700123456"}, "not_allowed"),
        ({"phone": "ext:99", "number": RESIDENT}, "not_allowed"),
        ({"phone": "sip:eve@192.0.2.1", "number": RESIDENT}, "not_allowed"),
        ({"phone": CARETAKER, "call": 17}, "no_such_call"),
        ({"phone": CARETAKER, "ticket": 17}, "no_such_ticket"),
        ({"phone": CARETAKER, "number": RESIDENT, "building": "elsewhere"}, "bad_argument"),
    ],
)
def test_only_allowed_numbers_are_dialled_whoever_asks(played, asked, code):
    async def story(world):
        assert await world.refused("call_back", who="anna", **asked) == code
        assert world.register.tickets() == []

    played(story)


def test_a_withheld_number_cannot_be_called_back(played):
    async def story(world):
        leg = world.fleet.lines["provider"].call(None)
        await leg.hears("Lipowa")
        leg.hangs_up()
        await asyncio.sleep(5)
        assert await world.refused("call_back", phone=CARETAKER, call=1, who="anna") == "number_withheld"

    played(story)


# -- tests -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deed", "result"),
    [("1", "confirmed"), ("", "not confirmed"), ("5", "not confirmed"), (Cause.NO_ANSWER, "no answer")],
)
def test_a_test_call_says_whether_the_phone_was_answered_by_somebody(played, deed, result):
    async def story(world):
        phone = Phone(world, NOWAK, deed)
        look = await ended(world, await world.ask("test_call", phone=NOWAK, who="anna"))
        assert look["result"]["result"] == result
        assert look["steps"][0]["key"] == "rings"
        if deed == "1":
            assert any("To tylko próba" in each.text for each in phone.legs[0].heard)
            assert look["result"]["line"] == "provider"
        assert world.register.tickets() == world.register.calls() == []
        [event] = [event for event in world.register.events if event.kind == "box.changed"]
        assert event.get("detail") == {"person": "nowak", "phone": f"…{NOWAK[-3:]}", "result": result}

    played(story)


def test_whether_it_rang_aloud_is_kept_with_whose_phone_it_was(played):
    async def story(world):
        assert await world.ask("phone_heard", phone=NOWAK, aloud=False, who="anna") == {}
        await asyncio.sleep(1)
        [event] = [event for event in world.register.events if event.kind == "box.changed"]
        assert (event.get("who"), event.get("what")) == ("anna", "phone_heard")
        assert event.get("detail") == {"person": "nowak", "phone": f"…{NOWAK[-3:]}", "aloud": False}
        assert await world.refused("phone_heard", phone="+15551234567", aloud=True, who="anna") == "not_allowed"
        assert await world.refused("phone_heard", phone=NOWAK, aloud="yes", who="anna") == "bad_argument"

    played(story)


def test_two_phones_at_once_find_a_trunk_that_carries_two(played):
    async def story(world):
        nowak, kowalska = Phone(world, NOWAK, "1"), Phone(world, KOWALSKA, Cause.NO_ANSWER)
        look = await ended(world, await world.ask("test_duty", duty="pogotowie", who="anna"))
        assert look["result"]["meaning"] == "two at once"
        assert [each["result"] for each in look["result"]["calls"]] == ["confirmed", "no answer"]
        assert len(nowak.legs) == len(kowalska.legs) == 1

    played(story)


def test_two_phones_at_once_find_a_trunk_that_carries_one(played):
    async def story(world):
        await world.fleet.follow({"provider": replace(world.building.lines["provider"], channels=1)})
        Phone(world, NOWAK, "1"), Phone(world, KOWALSKA, "1")
        look = await ended(world, await world.ask("test_duty", duty="pogotowie", who="anna"))
        assert look["result"]["meaning"] == "one only"
        assert [each["result"] for each in look["result"]["calls"]] == ["confirmed", "line down", "confirmed"]

    played(story)


def test_a_phone_that_is_busy_alone_too_says_nothing_about_the_trunk(played):
    async def story(world):
        Phone(world, NOWAK, "1"), Phone(world, KOWALSKA, Cause.BUSY)
        look = await ended(world, await world.ask("test_duty", duty="pogotowie", who="anna"))
        assert look["result"]["meaning"] == "unclear"
        assert await world.refused("test_duty", duty="nobody", who="anna") == "no_such_duty"

    played(story)


def test_a_job_is_forgotten_after_an_hour_and_one_that_fails_says_why(played):
    async def story(world):
        Phone(world, NOWAK, "1")
        first = await world.ask("test_call", phone=NOWAK, who="anna")
        await ended(world, first)
        await asyncio.sleep(3700)
        await ended(world, await world.ask("test_call", phone=NOWAK, who="anna"))
        assert await world.refused("job", id=first["job"]) == "no_such_job"

        def broken(*arguments, **more):
            raise RuntimeError("a mistake of ours")

        world.routing.dial = broken
        look = await ended(world, await world.ask("test_call", phone=NOWAK, who="anna"))
        assert look["state"] == "failed"
        assert "a mistake of ours" in look["result"]["text"]
        assert world.faults_now() == []

    played(story)
