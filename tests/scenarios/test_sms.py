"""Who gets which SMS, and when: beside an urgent call, after it, when it is taken; and what one that comes in does."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from appliance.building.model import LineConfig, Notify, Resident
from appliance.notify.carrying import COURTESIES_A_DAY
from appliance.notify.notice import LIFETIME_SECONDS
from appliance.notify.texts import segments
from appliance.register import events
from tests.scenarios.stage import KOWALSKA, NOWAK, RESIDENT, STRANGER, Night

SIM = LineConfig("sim", "gsm", ("+48600000001",), 1)
HOUSE = "Wspolnota Mieszkaniowa Lipowa 7"
URGENT = f"PILNE 1001: {HOUSE}, 21:14, tel. {RESIDENT}. Dzwonimy do dyzurnych. Przyjecie: odpisac 1"
MINUTE = 60.0


def sim_night(**changes) -> Night:
    """A night of Lipowa 7 with a SIM card."""
    night = Night(**changes)
    night.building = replace(night.building, lines={**night.building.lines, "sim": SIM})
    return night


def sim_night_with(**notify) -> Night:
    night = sim_night()
    night.building = replace(night.building, notify=Notify(**notify))
    return night


async def calls_urgently(night: Night, seconds: float, number: str | None = RESIDENT):
    """A resident presses 1 at once, and hangs up after so long."""
    caller = night.resident(number)
    caller.presses("1")
    await asyncio.sleep(seconds)
    caller.hangs_up()
    await caller.gone()


def about(night: Night, kind: str) -> list[dict]:
    return [{**each.body, **each.personal} for each in night.register.events if each.kind == kind]


# -- what is sent ---------------------------------------------------------------------------------------------------


def test_an_urgent_call_is_told_to_every_number_of_the_duty_list_while_phones_still_ring():
    night = sim_night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        await calls_urgently(night, 8.0)
        assert night.air.texts == [(NOWAK, URGENT), (KOWALSKA, URGENT)]

    night.play(story())
    assert [at for at, _, _ in night.sim.sent[:2]] == [3.0, 6.0]  # three seconds each: nothing waited
    assert segments(URGENT) == 1


def test_nothing_waits_for_a_sim_that_does_not_answer():
    night = sim_night()
    night.sim.broken = "no network"
    night.person(NOWAK, "answers after 4 and presses 1")

    async def story():
        caller = night.resident()
        caller.presses("1")
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.row()["answered_by"] == "nowak"
    assert night.row()["wait_seconds"] < 15.0


def test_the_one_who_accepted_gets_the_flat_in_writing_and_the_others_who_it_was():
    night = sim_night()
    night.person(NOWAK, "answers after 10 and presses 1")
    night.person(KOWALSKA, "rings")

    async def story():
        caller = night.resident()
        caller.presses("1")
        await caller.talks()
        await asyncio.sleep(30.0)
        caller.hangs_up()

    night.play(story())
    assert night.air.to(NOWAK) == [URGENT, f"Masz zgloszenie 1001: {HOUSE} m. 12, tel. {RESIDENT}, z godz. 21:14."]
    assert night.air.to(KOWALSKA) == [URGENT, f"Zgloszenie 1001 ({HOUSE}, 21:14) przyjete: Jan Nowak."]
    assert not any("m. 12" in text for to, text in night.air.texts if to == KOWALSKA)


def test_the_flat_is_told_to_nobody_where_the_duty_list_says_never():
    night = sim_night()
    duty = replace(night.building.duties["pogotowie"], tell_flat="never")
    night.building = replace(night.building, duties={"pogotowie": duty})
    night.person(NOWAK, "answers after 10 and presses 1")

    async def story():
        caller = night.resident()
        caller.presses("1")
        await caller.talks()
        await asyncio.sleep(10.0)
        caller.hangs_up()

    night.play(story())
    assert night.air.to(NOWAK)[1].startswith("Masz zgloszenie 1001")
    assert not [text for _, text in night.air.texts if "12" in text.replace("21:14", "")]


@pytest.mark.parametrize("tell_flat", ["before", "on-accept"])
def test_no_flat_and_no_link_before_somebody_accepted(tell_flat):
    night = sim_night()
    duty = replace(night.building.duties["pogotowie"], tell_flat=tell_flat)
    resident = Resident("77", (RESIDENT,), "lipowa7")
    night.building = replace(night.building, duties={"pogotowie": duty}, residents=(resident,))
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "busy")

    async def story():
        await calls_urgently(night, 200.0)

    night.play(story())
    assert len(night.air.texts) >= 3
    assert not [text for _, text in night.air.texts if "77" in text or "http" in text or "m." in text]


def test_when_nobody_accepted_they_are_told_so_with_who_was_rung_and_that_there_is_a_message():
    night = sim_night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "busy")

    async def story():
        caller = night.resident()
        caller.presses("1")
        await caller.hears("(beep)")
        caller.speaks(5.0)
        await asyncio.sleep(5.0)
        caller.hangs_up()
        await caller.gone()
        await asyncio.sleep(20.0)

    night.play(story())
    text = (
        f"NIKT NIE PRZYJAL 1001: {HOUSE}, 21:14, tel. {RESIDENT}. Dzwonilismy: Jan Nowak, Anna Kowalska."
        " Jest wiadomosc. Przyjecie: odpisac 1"
    )
    assert night.air.to(NOWAK) == night.air.to(KOWALSKA) == [URGENT, text]


def test_a_hidden_number_is_said_to_be_hidden():
    night = sim_night()
    night.person(NOWAK, "rings")
    night.play(calls_urgently(night, 10.0, None))
    assert "tel. zastrzezony" in night.air.to(NOWAK)[0]


def test_telephones_that_take_no_sms_get_none_and_neither_does_a_building_without_a_sim():
    night = sim_night()
    people = {**night.building.people}
    people["nowak"] = replace(people["nowak"], phones=("+48221112244", "ext:21", NOWAK, "sip:n@example.org"))
    night.building = replace(night.building, people=people)
    night.play(calls_urgently(night, 20.0))
    assert {to for to, _ in night.air.texts} == {NOWAK, KOWALSKA}

    without = Night()
    without.play(calls_urgently(without, 20.0))
    assert without.air.texts == []
    assert about(without, events.NOTICE_QUEUED) == []

    unwanted = sim_night_with(sms=False)
    unwanted.play(calls_urgently(unwanted, 20.0))
    assert unwanted.air.texts == []


def test_an_ordinary_call_is_told_to_nobody():
    night = sim_night()
    night.person(NOWAK, "rings")

    async def story():
        caller = night.resident()
        caller.presses("2")
        await asyncio.sleep(60.0)
        caller.hangs_up()

    night.play(story())
    assert night.air.texts == []


def test_polish_letters_where_the_building_wants_them():
    night = sim_night_with(sms_letters="polish")
    night.person(NOWAK, "rings")
    night.play(calls_urgently(night, 20.0))
    assert night.air.to(NOWAK)[0].endswith("Dzwonimy do dyżurnych. Przyjęcie: odpisać 1")


def test_the_caller_gets_the_ticket_in_writing_where_the_building_wishes_it():
    night = sim_night_with(receipt=True)
    night.person(NOWAK, "rings")

    async def story():
        await calls_urgently(night, 20.0)
        await asyncio.sleep(30.0)

    night.play(story())
    assert night.air.to(RESIDENT) == [f"{HOUSE}: zapisano zgloszenie nr 1001. W sprawie pilnej prosimy dzwonic."]

    quiet = sim_night()
    quiet.play(calls_urgently(quiet, 20.0))
    assert quiet.air.to(RESIDENT) == []


def test_on_a_slow_disk_the_sms_goes_without_the_number_and_without_delay():
    night = sim_night()
    night.register.delay_seconds = 20.0
    night.person(NOWAK, "rings")

    async def story():
        await calls_urgently(night, 15.0)
        await asyncio.sleep(40.0)

    night.play(story())
    assert night.air.to(NOWAK)[0].startswith(f"PILNE: {HOUSE}")
    assert night.sim.sent[0][0] == 0.5 + 0.5 + 3.0  # for the number, and for the mark that it is tried


def test_a_register_that_takes_nothing_keeps_no_sms_back():
    night = sim_night()
    night.register.fails = True
    night.person(NOWAK, "rings")

    async def story():
        await calls_urgently(night, 15.0)
        assert night.air.to(NOWAK)[0].startswith(f"PILNE: {HOUSE}")
        night.register.fails = False

    night.play(story())


# -- again, and in vain ---------------------------------------------------------------------------------------------


def test_an_sms_that_cannot_go_out_is_tried_again_and_is_a_fault_until_it_went():
    night = sim_night()
    night.sim.broken = "no network"
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        await calls_urgently(night, 20.0)
        await asyncio.sleep(170.0)
        assert {each.kind for each in night.notifier.troubles()} == {"late"}
        night.sim.mended()
        await asyncio.sleep(30.0)
        assert night.notifier.troubles() == []
        assert len(night.air.to(NOWAK)) == len(night.air.to(KOWALSKA)) == 2

    night.play(story())


def test_a_number_that_does_not_exist_is_told_once_and_not_tried_for_ever():
    night = sim_night()
    night.air.unknown.add(KOWALSKA)
    night.person(NOWAK, "rings")

    async def story():
        await calls_urgently(night, 20.0)
        await asyncio.sleep(60.0)
        troubles = night.notifier.troubles()
        assert {(each.kind, each.item.notice.to, each.item.tries) for each in troubles} == {("failed", KOWALSKA, 1)}

    night.play(story())


def test_a_phone_that_is_off_is_a_fault_while_the_ticket_waits_and_not_afterwards():
    night = sim_night()
    night.air.off |= {NOWAK, KOWALSKA}
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, *["rings"] * 20, "answers after 3 and presses 1")

    async def story():
        await calls_urgently(night, 20.0)
        await asyncio.sleep(32 * MINUTE)
        assert {each.kind for each in night.notifier.troubles()} == {"no report"}
        await asyncio.sleep(24 * 60 * MINUTE)
        assert night.register.tickets()[0]["taken_by"] == "kowalska"
        assert night.notifier.troubles() == []

    night.play(story())


def test_what_nobody_needs_any_more_is_not_sent_late():
    night = sim_night()
    night.sim.broken = "no network"
    night.person(NOWAK, "answers after 10 and presses 1")

    async def story():
        caller = night.resident()
        caller.presses("1")
        await caller.talks()
        caller.hangs_up()
        await caller.gone()
        await asyncio.sleep(60.0)
        night.sim.mended()
        await asyncio.sleep(60.0)

    night.play(story())
    assert [(to, text[:4]) for to, text in night.air.texts] == [(NOWAK, "Masz")]
    assert {each["why"] for each in about(night, events.NOTICE_DROPPED)} == {"taken"}


def test_a_sim_that_stays_dead_leaves_nothing_that_is_sent_a_day_later():
    night = sim_night_with(receipt=True)
    night.sim.broken = "no network"
    night.person(NOWAK, "rings")

    async def story():
        await calls_urgently(night, 20.0)
        await asyncio.sleep(LIFETIME_SECONDS["urgent"] + 32 * MINUTE)  # the board is told after 30
        assert night.notifier.waiting() == 0
        assert {each.kind for each in night.notifier.troubles()} == {"failed"}
        night.sim.mended()
        await asyncio.sleep(60.0)

    night.play(story())
    assert night.air.texts == []


# -- what comes in --------------------------------------------------------------------------------------------------


def test_sms_1_takes_the_ticket_ends_the_chase_and_is_answered_with_the_flat():
    night = sim_night()
    nowak = night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        await calls_urgently(night, 200.0)
        await asyncio.sleep(20.0)
        night.air.texts.clear()
        await night.sim.receives(KOWALSKA, " 1. ")
        ticket = night.register.tickets()[0]
        assert (ticket["state"], ticket["taken_by"]) == ("in progress", "kowalska")
        await asyncio.sleep(20.0)
        rung = len(nowak.legs)
        await asyncio.sleep(60 * MINUTE)
        assert len(nowak.legs) == rung

    night.play(story())
    assert night.air.to(KOWALSKA) == [f"Masz zgloszenie 1001: {HOUSE} m. 12, tel. {RESIDENT}, z godz. 21:14."]
    assert night.air.to(NOWAK) == [f"Zgloszenie 1001 ({HOUSE}, 21:14) przyjete: Anna Kowalska."]


def test_sms_1_during_the_hunt_takes_the_ticket_and_the_caller_is_still_looked_after():
    night = sim_night()
    night.person(NOWAK, "rings", "answers after 5 and presses 1")
    night.person(KOWALSKA, "rings")

    async def story():
        caller = night.resident()
        caller.presses("1")
        await asyncio.sleep(15.0)
        await night.sim.receives(KOWALSKA, "1")
        assert night.register.tickets()[0]["taken_by"] == "kowalska"
        await caller.talks()
        caller.hangs_up()

    night.play(story())
    assert night.row()["answered_by"] == "nowak"


def test_where_two_tickets_wait_1_alone_is_asked_back_and_the_number_decides():
    night = sim_night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        await calls_urgently(night, 200.0)
        await calls_urgently(night, 200.0, STRANGER)
        await asyncio.sleep(20.0)
        night.air.texts.clear()
        await night.sim.receives(NOWAK, "1")
        await asyncio.sleep(5.0)
        assert night.air.to(NOWAK) == ["Czekaja zgloszenia: 1001, 1002. Odpisac 1 i numer, na przyklad: 1 1001"]
        await night.sim.receives(NOWAK, "1 1002")
        await asyncio.sleep(5.0)
        assert [each["taken_by"] for each in night.register.tickets()] == [None, "nowak"]
        await night.sim.receives(KOWALSKA, "1 1002")
        await asyncio.sleep(10.0)
        assert [each["taken_by"] for each in night.register.tickets()] == [None, "nowak"]
        await night.sim.receives(KOWALSKA, "1")
        assert [each["taken_by"] for each in night.register.tickets()] == ["kowalska", "nowak"]
        await night.sim.receives(KOWALSKA, "1")
        await asyncio.sleep(20.0)
        assert "Zadne pilne zgloszenie nie czeka." in night.air.to(KOWALSKA)

    night.play(story())


@pytest.mark.parametrize("sender", [STRANGER, RESIDENT, "InfoSMS", "7251"])
def test_1_from_anybody_else_takes_nothing(sender):
    night = sim_night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        await calls_urgently(night, 100.0)
        await night.sim.receives(sender, "1")
        assert night.register.tickets()[0]["state"] == "new"
        await night.sim.receives(NOWAK, "1 minute, I am driving")
        assert night.register.tickets()[0]["state"] == "new"

    night.play(story())


def test_a_residents_sms_opens_an_ordinary_ticket_and_the_next_one_is_a_note_to_it():
    night = sim_night_with(receipt=True)

    async def story():
        await night.sim.receives(RESIDENT, "Nie działa domofon")
        await night.sim.receives(RESIDENT, "w klatce B")
        await asyncio.sleep(20.0)

    night.play(story())
    ticket = night.register.tickets()[0]
    assert (ticket["urgent"], ticket["caller"], ticket["building"]) == (False, RESIDENT, "lipowa7")
    assert [note["text"] for note in ticket["notes"]] == ["Nie działa domofon", "w klatce B"]
    assert ticket["reason"] == "sms"
    assert len(night.register.tickets()) == 1
    assert night.air.to(RESIDENT) == [f"{HOUSE}: zapisano zgloszenie nr 1001. W sprawie pilnej prosimy dzwonic."]


def test_what_somebody_on_duty_writes_is_a_note_to_the_ticket_that_they_were_told_of():
    night = sim_night()
    night.person(NOWAK, "rings")

    async def story():
        await calls_urgently(night, 100.0)
        await night.sim.receives(NOWAK, "1")
        await night.sim.receives(NOWAK, "będę za 20 minut")

    night.play(story())
    assert [each["text"] for each in night.register.tickets()[0]["notes"]] == ["1", "będę za 20 minut"]


def test_advertisers_open_nothing_and_floods_end():
    night = sim_night()

    async def story():
        await night.sim.receives("Promocja", "Kup teraz")
        await night.sim.receives("7251", "Saldo: 5 zł")
        assert night.register.tickets() == []
        for _ in range(50):
            await night.sim.receives(STRANGER, "ala ma kota")
        for number in range(100):
            await night.sim.receives(f"+4851500{number:04}", "halo")

    night.play(story())
    assert len(night.register.tickets()[0]["notes"]) == 10
    assert len(night.register.tickets()) <= 30
    kept = about(night, events.SMS_RECEIVED)
    assert [each["text"] for each in kept[:2]] == ["Kup teraz", "Saldo: 5 zł"]
    assert all("caller" in each or not each["text"] for each in kept[2:])


def test_courtesies_end_where_somebody_asks_for_them_without_end():
    night = sim_night()

    async def story():
        for _ in range(COURTESIES_A_DAY + 50):
            await night.sim.receives(NOWAK, "1")
            await asyncio.sleep(60.0)
        assert len(night.air.to(NOWAK)) == COURTESIES_A_DAY
        await asyncio.sleep(24 * 60 * MINUTE)
        await night.sim.receives(NOWAK, "1")
        await asyncio.sleep(60.0)
        assert len(night.air.to(NOWAK)) == COURTESIES_A_DAY + 1

    night.play(story())


def test_an_sms_that_the_disk_does_not_take_stays_with_the_carrier_and_claims_nothing():
    from appliance.register.log import NotSavedError

    night = sim_night()
    nowak = night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        await calls_urgently(night, 200.0)
        night.register.fails = True
        with pytest.raises(NotSavedError):
            await night.sim.receives(NOWAK, "1")
        night.register.fails = False
        rung = len(nowak.legs)
        await asyncio.sleep(30 * MINUTE)
        assert len(nowak.legs) > rung
        assert not [text for text in night.air.to(NOWAK) if "Masz" in text]

    night.play(story())


# -- mail and push --------------------------------------------------------------------------------------------------


def test_mail_and_push_get_the_urgent_call_that_nobody_took_it_and_who_took_it():
    night = Night()
    push = ("ntfys://ntfy.example.org/lipowa",)
    how = Notify(mail=("zarzad@example.com",), mail_server="smtp.example.com", push=push)
    night.building = replace(night.building, notify=how)
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, *["rings"] * 4, "answers after 3 and presses 1")

    async def story():
        await calls_urgently(night, 200.0)
        await asyncio.sleep(60 * MINUTE)

    night.play(story())
    assert [(each.occasion, each.channel) for each in night.post.sent] == [
        (occasion, channel) for occasion in ("urgent", "nobody", "taken") for channel in ("mail", "push")
    ]
    assert night.post.sent[0].title == "PILNE 1001: Wspólnota Mieszkaniowa Lipowa 7, 21:14"
    assert night.post.sent[0].text.endswith("Dzwonimy do dyżurnych.")
    assert not [each for each in night.register.events if "ntfy.example.org" in str(each)]


def test_mail_is_tried_again_for_hours():
    night = Night()
    how = Notify(mail=("zarzad@example.com",), mail_server="smtp.example.com")
    night.building = replace(night.building, notify=how)
    night.post.broken = "the server does not answer"
    night.person(NOWAK, "rings")

    async def story():
        await calls_urgently(night, 20.0)
        await asyncio.sleep(timedelta(hours=3).total_seconds())
        night.post.broken = ""
        await asyncio.sleep(15 * MINUTE)

    night.play(story())
    assert [each.occasion for each in night.post.sent] == ["urgent", "nobody"]
