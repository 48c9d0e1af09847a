"""After the caller has gone: the chase, news of a ticket, and the other ways that a call can go."""

import asyncio
from dataclasses import replace
from datetime import datetime
from itertools import islice

import pytest

from appliance.building.model import Destination, Option
from appliance.callflow.chase import moments
from appliance.callflow.sentences import everything
from tests.scenarios.stage import KOWALSKA, MONDAY_MORNING, NOWAK, RESIDENT, STRANGER, SUNDAY_NIGHT, WARSAW, Night

MINUTE = 60.0


def menu_with(night: Night, goto: Destination, *, urgent: bool = False) -> None:
    """The night's menu with one more choice, 7."""
    closed = night.building.menus["closed"]
    options = (*closed.options, Option("7", "Coś innego", goto, urgent=urgent))
    night.building = replace(night.building, menus={"closed": replace(closed, options=options)})


async def leaves_a_message(night: Night, seconds: float = 5.0):
    """An urgent call that nobody answers, with a message."""
    caller = night.resident(RESIDENT)
    caller.presses("1")
    await caller.hears("(beep)")
    caller.speaks(seconds)
    await asyncio.sleep(seconds)
    caller.hangs_up()
    await caller.gone()


def test_chase_comes_after_5_10_20_35_and_then_every_30_minutes():
    assert [each / MINUTE for each in islice(moments(5.0), 7)] == [5, 10, 20, 35, 65, 95, 125]


def test_chase_rings_until_somebody_takes_the_ticket():
    night = Night()
    nowak = night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings", "rings", "rings", "rings", "answers after 3 and presses 1")

    async def story():
        await leaves_a_message(night)
        await asyncio.sleep(60 * MINUTE)
        assert night.register.tickets()[0]["taken_by"] == "kowalska"
        rung = len(nowak.legs)
        await asyncio.sleep(120 * MINUTE)
        assert len(nowak.legs) == rung

    night.play(story())
    assert night.register.tickets()[0]["state"] == "in progress"


def test_who_is_chased_hears_the_message_and_the_number_at_will():
    night = Night()
    night.person(KOWALSKA, "busy")
    nowak = night.person(NOWAK, "busy", "busy", "answers after 2")

    async def story():
        await leaves_a_message(night)
        for _ in range(3):
            leg = await nowak.is_rung()
        await leg.hears("Pilne zgłoszenie nadal czeka")
        leg.presses("2")
        await leg.hears("(message)")
        await leg.hears("Jeden: przyjmuję. Dwa: wiadomość", after=len(leg.heard))
        leg.presses("3")
        await leg.hears("Numer:")
        await leg.hears("Jeden: przyjmuję. Dwa: wiadomość", after=len(leg.heard))
        leg.presses("1")
        await leg.hears("Przyjęte. Innych już nie budzimy.")
        await leg.hears("Mieszkanie 12.")
        await leg.gone()

    night.play(story())
    assert night.register.tickets()[0]["taken_by"] == "nowak"


def test_who_is_chased_calls_the_resident_back_at_once():
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
        called = await home.is_rung()
        await called.hears("Oddzwaniamy. Łączymy.")
        assert await called.talks() is leg
        leg.hangs_up()
        await asyncio.sleep(1.0)

    night.play(story())
    assert night.register.tickets()[0]["taken_by"] == "nowak"


def test_when_all_are_chased_at_once_the_others_hear_that_it_is_taken():
    night = Night()
    nowak = night.person(NOWAK, "busy", "busy", "answers after 2")
    kowalska = night.person(KOWALSKA, "busy", "busy", "answers after 2")

    async def story():
        await leaves_a_message(night)
        for _ in range(3):
            first, second = await nowak.is_rung(), await kowalska.is_rung()
        await first.hears("Pilne zgłoszenie")
        await second.hears("Pilne zgłoszenie")
        first.presses("1")
        await second.hears("Inna osoba już przyjęła")
        await second.gone()

    night.play(story())
    assert night.register.tickets()[0]["taken_by"] == "nowak"


def test_claim_that_cannot_be_saved_is_not_confirmed_and_the_chase_goes_on():
    night = Night()
    night.person(KOWALSKA, "busy")
    nowak = night.person(NOWAK, "busy", "busy", "answers after 2")

    async def story():
        await leaves_a_message(night)
        for _ in range(3):
            leg = await nowak.is_rung()
        await leg.hears("Pilne zgłoszenie")
        night.register.fails = True
        leg.presses("1")
        await leg.hears("Nie udało się zapisać")
        night.register.fails = False
        assert not any("Przyjęte" in each.text for each in leg.heard)
        again = await nowak.is_rung()
        again.hangs_up()

    night.play(story())


def test_abandoned_urgent_call_is_chased_too():
    night = Night()
    night.person(KOWALSKA, "busy")
    nowak = night.person(NOWAK, "rings", "answers after 2 and presses 1")

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("1")
        await nowak.is_rung()
        caller.hangs_up()
        await nowak.is_rung()
        assert night.clock.monotonic() >= 5 * MINUTE
        await asyncio.sleep(MINUTE)

    night.play(story())
    assert night.register.tickets()[0]["taken_by"] == "nowak"


def test_status_of_the_callers_own_ticket_by_the_phone():
    night = Night()

    async def story():
        first = night.resident(RESIDENT)
        first.presses("2")
        await first.hears("(beep)")
        first.speaks(3.0)
        await asyncio.sleep(3.0)
        first.hangs_up()
        await asyncio.sleep(1.0)
        again = night.resident(RESIDENT)
        again.presses("5")
        await again.hears("Zgłoszenie czeka na przyjęcie.")
        await again.gone()

    night.play(story())
    assert (night.row()["outcome"], night.row()["destination"]) == ("informed", "status")


def test_status_by_number_three_tries_and_nothing_but_the_state():
    night = Night()

    async def story():
        first = night.resident(RESIDENT)
        first.presses("2")
        await first.hears("(beep)")
        first.speaks(3.0)
        await asyncio.sleep(3.0)
        first.hangs_up()
        await asyncio.sleep(1.0)
        other = night.resident(STRANGER)
        other.presses("5")
        await other.hears("Proszę wybrać numer zgłoszenia i krzyżyk.")
        other.presses("9999#")
        await other.hears("Nie znajdujemy takiego zgłoszenia.")
        other.presses("1001#")
        await other.hears("Zgłoszenie czeka na przyjęcie.")
        await other.gone()
        third = night.resident(STRANGER)
        third.presses("5")
        for turn in range(3):
            await third.hears("Proszę wybrać numer", after=turn)
            third.presses("7#")
            await third.hears("Nie znajdujemy", after=len(third.heard))
        await third.gone()

    night.play(story())


def test_finished_ticket_tells_the_day():
    night = Night(MONDAY_MORNING)

    async def story():
        first = night.resident(RESIDENT)
        first.presses("2")
        await first.hears("(beep)")
        first.speaks(3.0)
        await asyncio.sleep(3.0)
        first.hangs_up()
        await asyncio.sleep(1.0)
        ticket = night.register.tickets()[0]["uid"]
        await night.register.record("ticket.done", ticket=ticket, who="biuro", base="")
        again = night.resident(RESIDENT)
        again.presses("5")
        await again.hears("Sprawa zakończona dziś.")
        again.hangs_up()

    night.play(story())


def test_person_who_does_not_answer_leads_back_to_the_menu():
    night = Night()
    menu_with(night, Destination("person", "zarzad"))
    night.person("+48600500600", "rings")

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("7")
        await caller.hears("Nikt nie odbiera.")
        await caller.hears("Wiadomość dla biura: proszę nacisnąć dwa.", after=len(caller.heard))
        caller.hangs_up()

    night.play(story())
    assert night.results() == [("zarzad", "no answer")]


def test_person_who_answers_is_put_through():
    night = Night()
    menu_with(night, Destination("person", "zarzad"))
    night.person("+48600500600", "answers after 3 and presses 1")

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("7")
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.row()["answered_by"] == "zarzad"


def test_telephone_that_is_not_registered_leads_back_to_the_menu():
    night = Night()
    menu_with(night, Destination("extension", "21"))

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("7")
        await caller.hears("Nikt nie odbiera.")
        caller.hangs_up()

    night.play(story())
    assert night.row()["rung"][0]["result"] == "not registered"


def test_spoken_answer_is_said_and_the_call_ends():
    night = Night()
    menu_with(night, Destination("say", "Wodomierze sprawdzamy w środę."))

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("7")
        await caller.hears("Wodomierze sprawdzamy w środę.")
        await caller.gone()

    night.play(story())
    assert night.row()["outcome"] == "informed"


def without_a_queue(start) -> Night:
    night = Night(start)
    for name in ("closed", "main"):
        menu = night.building.menus[name]
        options = (*menu.options, Option("7", "Proszę oddzwonić", Destination("callback")))
        night.building = replace(
            night.building, queues={}, menus={**night.building.menus, name: replace(menu, options=options)}
        )
    return night


def test_call_back_without_a_queue_is_made_by_who_is_on_duty_when_the_office_hours_begin():
    night = without_a_queue(SUNDAY_NIGHT)
    nowak = night.person(NOWAK, "answers after 4 and presses 1")
    home = night.person(STRANGER, "answers after 3")

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("7")
        await caller.hears("Biuro jest dziś nieczynne. Zapraszamy jutro od ósmej.")
        await caller.hears("Oddzwonimy pod numer")
        await caller.gone()
        asked = await nowak.is_rung()
        assert night.clock.now() == MONDAY_MORNING.replace(hour=8)
        await asked.hears("Oddzwaniamy do mieszkańca")
        called = await home.is_rung()
        await called.talks()
        called.hangs_up()
        await asyncio.sleep(1.0)

    night.play(story())
    assert night.row()["outcome"] == "callback"
    (ticket,) = night.register.tickets()
    assert (ticket["reason"], ticket["state"], ticket["taken_by"]) == ("callback", "done", "nowak")


def test_call_back_without_a_queue_is_made_at_once_in_the_hours():
    night = without_a_queue(MONDAY_MORNING)
    nowak = night.person(NOWAK, "answers after 4 and presses 1")
    night.person(STRANGER, "answers after 3")

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("7")
        await caller.gone()
        assert not any("nieczynne" in each.text for each in caller.heard)
        await nowak.is_rung()
        assert night.clock.monotonic() < 30.0
        await asyncio.sleep(60.0)

    night.play(story())


def test_who_need_not_confirm_takes_a_chased_ticket_by_hearing_it_to_the_end():
    night = Night()
    people = {**night.building.people, "nowak": replace(night.building.people["nowak"], confirm=False)}
    night.building = replace(night.building, people=people)
    night.person(KOWALSKA, "busy")
    nowak = night.person(NOWAK, "busy", "busy", "answers after 2 and hangs up", "answers after 2")

    async def story():
        await leaves_a_message(night)
        for _ in range(4):
            leg = await nowak.is_rung()
        await leg.hears("Pilne zgłoszenie nadal czeka")
        await leg.hears("(message)")
        await leg.hears("Numer:")
        await leg.hears("Przyjęte. Innych już nie budzimy.")
        await leg.gone()
        await asyncio.sleep(120 * MINUTE)
        assert len(nowak.legs) == 4

    night.play(story())
    (ticket,) = night.register.tickets()
    assert (ticket["state"], ticket["taken_by"]) == ("in progress", "nowak")


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (SUNDAY_NIGHT, "Biuro jest dziś nieczynne. Zapraszamy jutro od ósmej."),
        (
            datetime(2026, 12, 24, 10, 0, tzinfo=WARSAW),
            "Biuro jest dziś nieczynne. Zapraszamy w poniedziałek od ósmej.",
        ),
        (datetime(2026, 11, 23, 16, 0, tzinfo=WARSAW), "Biuro jest dziś nieczynne. Zapraszamy jutro od ósmej."),
        (datetime(2026, 11, 23, 5, 0, tzinfo=WARSAW), ""),
    ],
)
def test_message_for_the_office_begins_with_its_next_opening_when_that_is_another_day(start, said):
    night = Night(start)

    async def story():
        caller = night.resident(STRANGER)
        caller.presses("2")
        await caller.hears("(beep)")
        assert [each.text for each in caller.heard if "nieczynne. Zapraszamy" in each.text] == ([said] if said else [])
        known = {text for _, text in everything(night.building)}
        assert {each.text for each in caller.heard} - known <= {"", "(beep)"}, "rendered before it is needed"
        caller.hangs_up()

    night.play(story())
