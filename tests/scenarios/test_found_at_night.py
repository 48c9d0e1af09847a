"""Defects that random nights have found, each as the smallest scenario that showed it."""

import asyncio
from dataclasses import replace

import pytest

from appliance.building.model import Destination, Option
from tests.scenarios.stage import KOWALSKA, MONDAY_MORNING, NOWAK, RESIDENT, STRANGER, Night

OFFICE, SECOND = "+48221110000", "+48221110001"
MUSIC = "(music)"


def office(**changes) -> Night:
    """Lipowa 7 on a Monday morning with an office that can be rung, and with 7 for a call-back."""
    night = Night(MONDAY_MORNING)
    building = night.building
    biuro = replace(building.people["biuro"], phones=(OFFICE,), confirm=False)
    main = building.menus["main"]
    main = replace(main, options=(*main.options, Option("7", "Proszę oddzwonić", Destination("callback"))))
    queue = replace(building.queues["office"], **changes)
    night.building = replace(
        building,
        people={**building.people, "biuro": biuro},
        menus={**building.menus, "main": main},
        queues={"office": queue},
    )
    return night


async def is_chased(night: Night, person):
    """A resident's urgent call reached nobody; the leg on which this person, busy twice, is rung about it."""
    caller = night.resident(RESIDENT)
    caller.presses("1")
    await caller.hears("(beep)")
    caller.hangs_up()
    for _ in range(3):
        leg = await person.is_rung()
    await leg.hears("Pilne zgłoszenie")
    return leg


def test_who_calls_back_hears_music_until_the_resident_has_heard_who_calls():
    night = Night()
    night.person(KOWALSKA, "busy")
    nowak = night.person(NOWAK, "busy", "busy", "answers after 2")
    home = night.person(RESIDENT, "answers after 4")

    async def story():
        leg = await is_chased(night, nowak)
        leg.presses("4")
        called = await home.is_rung()
        await called.hears("Oddzwaniamy. Łączymy.")
        assert leg.hearing and leg.heard[-1].text == MUSIC
        assert await called.talks() is leg
        leg.hangs_up()

    night.play(story())


def test_resident_who_still_hears_the_promise_is_not_rung():
    night = office()
    night.person(OFFICE, "answers after 0")
    home = night.person(RESIDENT, "answers after 1")

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("7")
        await caller.hears("Do usłyszenia")
        called = await home.is_rung()
        assert not caller.up
        await called.talks()
        called.hangs_up()

    night.play(story())


def test_resident_who_calls_again_is_told_to_whoever_wants_to_call_back():
    night = office()
    staff = night.person(OFFICE, "answers after 5")
    home = night.person(RESIDENT, "rings")

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("7")
        await caller.gone()
        leg = await staff.is_rung()
        again = night.resident(RESIDENT)
        await leg.hears("Mieszkaniec dzwoni ponownie")
        await leg.gone()
        assert not home.legs
        again.hangs_up()

    night.play(story())


def test_call_that_becomes_urgent_after_a_lost_message_makes_its_ticket_urgent():
    night = Night()
    closed = night.building.menus["closed"]
    duty = replace(night.building.duties["pogotowie"], rounds=1, unanswered=Destination("menu", "closed"))
    night.building = replace(night.building, menus={"closed": closed}, duties={"pogotowie": duty})
    night.person(NOWAK, "busy")
    night.person(KOWALSKA, "busy")

    async def story():
        caller = night.resident(RESIDENT)
        night.network.recorder_fails = True
        caller.presses("2")
        await caller.hears("Nie udało się zapisać")
        night.network.recorder_fails = False
        heard = len(caller.heard)
        await caller.hears("Pilna awaria", after=heard)
        caller.presses("1")
        await caller.hears("Dzwonimy do dyżurnego", after=len(caller.heard))
        caller.hangs_up()

    night.play(story())
    assert night.row()["urgent"] is True
    assert night.register.tickets()[0]["urgent"] is True


@pytest.mark.parametrize("seconds", [1.0, 10.0])
def test_caller_hears_music_while_a_slow_disk_takes_the_message(seconds):
    night = Night()

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("2")
        await caller.hears("(beep)")
        night.register.delay_seconds = seconds
        caller.speaks(3.0)
        await asyncio.sleep(3.0)
        caller.presses("#")
        await caller.hears(MUSIC)
        await caller.hears("Zapisane. Numer zgłoszenia")
        night.register.delay_seconds = 0.0
        await caller.gone()
        assert night.register.tickets()

    night.play(story())


def test_who_takes_a_chased_ticket_hears_music_while_a_slow_disk_takes_it():
    night = Night()
    night.person(KOWALSKA, "busy")
    nowak = night.person(NOWAK, "busy", "busy", "answers after 2")

    async def story():
        leg = await is_chased(night, nowak)
        night.register.delay_seconds = 5.0
        leg.presses("1")
        await leg.hears(MUSIC)
        await leg.hears("Przyjęte")
        night.register.delay_seconds = 0.0
        await leg.gone()

    night.play(story())


@pytest.mark.parametrize("number", ["+48700123456", "+4915112345678", None])
def test_call_back_is_not_promised_to_a_number_that_may_not_be_dialled(number):
    night = office(max_wait_minutes=0.5)
    night.person(OFFICE, "rings")

    async def story():
        waiting = night.resident(number)
        waiting.presses("4")
        await waiting.hears("Są Państwo następni.")
        waiting.presses("9")
        await waiting.hears("(beep)")
        waiting.hangs_up()
        asking = night.resident(number)
        asking.presses("7")
        await asking.hears("(beep)")
        asking.hangs_up()
        for leg in (waiting, asking):
            assert not any("oddzwonić" in each.text or "Oddzwonimy" in each.text for each in leg.heard[2:])

    night.play(story())


@pytest.mark.parametrize("turns", range(16))
def test_office_that_answers_in_the_moment_of_the_call_back_key_is_not_left_in_silence(turns):
    """Whatever comes first within the moment: `turns` of the event loop lie between the two."""
    night = office()
    people, queue = night.building.people, night.building.queues["office"]
    second = replace(people["biuro"], id="second", phones=(SECOND,))
    night.building = replace(
        night.building,
        people={**people, "second": second},
        queues={"office": replace(queue, people=("biuro", "second"))},
    )
    night.person(SECOND, "rings")
    legs, now = [], asyncio.Event()

    async def answers_now(leg):
        legs.append(leg)
        await now.wait()
        for _ in range(turns):
            await asyncio.sleep(0)

    night.network.people[OFFICE] = answers_now

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("4")
        await caller.hears("Są Państwo następni.")
        caller.presses("9")
        now.set()
        await asyncio.sleep(1.0)
        assert legs[0].ended or legs[0].hearing
        caller.hangs_up()
        legs[0].hangs_up()

    night.play(story())


def test_who_accepted_hears_music_while_the_caller_is_asked_about_the_recording():
    night = Night()
    night.building = replace(night.building, recording=replace(night.building.recording, conversations=True))
    nowak = night.person(NOWAK, "answers after 4 and presses 1")
    night.person(KOWALSKA, "rings")
    night.building = replace(
        night.building, residents=(), duties={"pogotowie": replace(night.building.duties["pogotowie"], confirm=False)}
    )

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("1")
        leg = await nowak.is_rung()
        await caller.hears("Jest dyżurny. Łączymy.")
        await caller.hears("Rozmowa będzie nagrana")
        await leg.hears(MUSIC)
        assert await caller.talks() is leg
        caller.hangs_up()

    night.play(story())


@pytest.mark.parametrize("number", [RESIDENT, None])
def test_who_calls_back_is_not_told_that_it_is_saved_before_it_is(number):
    night = Night()
    night.person(KOWALSKA, "busy")
    nowak = night.person(NOWAK, "answers after 2")
    night.person(RESIDENT, "rings")

    async def story():
        caller = night.resident(number)
        caller.presses("1")
        leg = await nowak.is_rung()
        await leg.hears("Dyżurka, pilne")
        caller.hangs_up()
        await leg.hears("Mieszkaniec się rozłączył")
        night.register.delay_seconds = 3.0
        leg.presses("1")
        if number is None:
            await leg.hears("Przyjęte")
            assert night.register.tickets()[0]["taken_by"] == "nowak"
        night.register.delay_seconds = 0.0
        if number is not None:
            await leg.hears("Nikt nie odbiera")
            assert not any("Przyjęte" in each.text for each in leg.heard)
            assert night.register.tickets()[0]["state"] == "new"
        await leg.gone()

    night.play(story())


def test_exchange_that_stops_begins_no_chase_any_more():
    night = Night()
    night.person(NOWAK, "rings")

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("1")
        await caller.hears("Dzwonimy do dyżurnego")
        await night.calls.stop()
        assert not night.calls.aftercare.tickets()

    night.play(story())
    assert night.register.tickets()[0]["state"] == "new"


@pytest.mark.parametrize(("seconds", "helped"), [(1.5, True), (0.2, False)])
def test_who_is_on_duty_and_speaks_while_a_ticket_is_offered_has_a_person_within_25_s(seconds, helped):
    night = Night()
    nowak, kowalska = night.person(NOWAK, "busy"), night.person(KOWALSKA, "busy", "busy", "rings")

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("1")
        await caller.hears("(beep)")
        caller.hangs_up()
        await caller.gone()
        await asyncio.sleep(60.0)
        tries = len(kowalska.legs)
        calling = night.resident(NOWAK)
        began = night.loop.time()
        await calling.hears("Pilne zgłoszenie nadal czeka")
        await asyncio.sleep(5.0)
        calling.speaks(seconds)
        await asyncio.sleep(25.0 - (night.loop.time() - began))
        assert (len(kowalska.legs) > tries) is helped
        calling.hangs_up()
        await calling.gone()
        for ticket in night.register.tickets():
            night.calls.settled(ticket["uid"])

    night.play(story())
    assert len(nowak.legs) >= 1
