"""Promises of the hunt that are numbers: when the last telephone may ring, and who is rung when two have swapped."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from appliance.building.model import Override
from appliance.callflow.duty import HUNT_SECONDS
from tests.scenarios.stage import KOWALSKA, NOWAK, SUNDAY_NIGHT, Night

RING_SECONDS = 25.0


def hunted(night: Night, *, rounds: int, last_round: str = "in-order") -> None:
    """The sample's duty list, with another number of rounds."""
    duty = replace(night.building.duties["pogotowie"], rounds=rounds, last_round=last_round, ring_seconds=RING_SECONDS)
    night.building = replace(night.building, duties={**night.building.duties, "pogotowie": duty})


async def urgent(night: Night):
    resident = night.resident()
    await resident.hears("Dobry wieczór")
    resident.presses("1")
    return resident


def rings(night: Night) -> list[float]:
    """Seconds from the beginning of the hunt at which each ringing began."""
    told = [each for each in night.register.events if each.kind in ("call.destination", "call.ringing")]
    begun = told[0].seconds("after")
    return [each.seconds("after") - begun for each in told if each.kind == "call.ringing"]


def test_no_telephone_begins_to_ring_after_the_bound_however_many_rounds_there_are():
    night = Night()
    hunted(night, rounds=30)
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        resident = await urgent(night)
        await resident.hears("Po sygnale")
        resident.hangs_up()

    night.play(story())
    begun = rings(night)
    assert begun[-1] < HUNT_SECONDS == 600.0
    assert begun[-1] >= HUNT_SECONDS - 2 * RING_SECONDS, "the bound is there to be used"
    assert night.row()["wait_seconds"] < HUNT_SECONDS + 2 * RING_SECONDS


def test_the_bound_holds_in_the_middle_of_a_person_with_two_telephones():
    night = Night()
    hunted(night, rounds=30)
    phones = tuple(f"+4860010{each:04}" for each in range(40))
    nowak = replace(night.building.people["nowak"], phones=phones)
    night.building = replace(night.building, people={**night.building.people, "nowak": nowak})
    for phone in phones:
        night.person(phone, "rings")

    async def story():
        resident = await urgent(night)
        await resident.hears("Po sygnale")
        resident.hangs_up()

    night.play(story())
    assert rings(night)[-1] < HUNT_SECONDS


def swapped() -> Night:
    """A night for which two people have agreed to swap."""
    night = Night()
    until = SUNDAY_NIGHT + timedelta(hours=10)
    night.overrides = (Override("pogotowie", "kowalska", "nowak", SUNDAY_NIGHT, until),)
    return night


def test_who_agreed_to_stand_in_tonight_is_rung_and_whoever_they_replace_sleeps():
    night = swapped()
    hunted(night, rounds=1)
    nowak = night.person(NOWAK, "rings")
    night.person(KOWALSKA, "answers after 4 and presses 1")

    async def story():
        resident = await urgent(night)
        await resident.talks()
        resident.hangs_up()

    night.play(story())
    assert night.row()["answered_by"] == "kowalska"
    assert nowak.legs == []


def test_the_chase_of_a_ticket_heeds_the_swap_too():
    night = swapped()
    hunted(night, rounds=1)
    nowak = night.person(NOWAK, "rings")
    kowalska = night.person(KOWALSKA, "rings", "rings", "answers after 4 and presses 1")

    async def story():
        resident = await urgent(night)
        await resident.hears("(beep)")
        resident.speaks(7.0)
        await asyncio.sleep(7.0)
        resident.hangs_up()
        await asyncio.sleep(1800.0)

    night.play(story())
    assert len(kowalska.legs) >= 2
    assert nowak.legs == []


def test_every_recording_has_a_uid_of_its_own():
    night = Night()
    night.building = replace(night.building, recording=replace(night.building.recording, conversations=True))
    hunted(night, rounds=1)
    night.person(NOWAK, "answers after 4 and presses 1", "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        resident = await urgent(night)
        await resident.talks()
        await asyncio.sleep(5.0)
        resident.hangs_up()
        await asyncio.sleep(5.0)
        resident = await urgent(night)
        await resident.hears("(beep)")
        resident.speaks(7.0)
        await asyncio.sleep(7.0)
        resident.hangs_up()

    night.play(story())
    found = [each for each in night.register.events if each.kind in ("call.message", "call.recorded")]
    assert [each.kind for each in found] == ["call.recorded", "call.message"]
    uids = [each.text("recording_uid") for each in found]
    assert all(uids)
    assert len({*uids, *(each.call for each in found), *(each.uid for each in found)}) == 6
