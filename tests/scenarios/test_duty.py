"""An urgent call, from the greeting to a human: every way the people on duty can behave."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.scenarios.stage import KOWALSKA, MONDAY_MORNING, NOWAK, RESIDENT, STRANGER, Night

ACCEPTS = "answers after 4 and presses 1"


async def urgent_call(night: Night, caller: str | None = RESIDENT):
    """A resident calls and presses 1 for an urgent failure."""
    leg = night.resident(caller)
    await leg.hears("Dobry wieczór, tu wspólnota mieszkaniowa Lipowa siedem")
    leg.presses("1")
    await leg.hears("Dzwonimy do dyżurnego")
    return leg


def test_first_on_duty_accepts_and_the_two_talk():
    night = Night()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        resident = await urgent_call(night)
        duty = await nowak.is_rung()
        await duty.hears("Dyżurka, pilne, Wspólnota Mieszkaniowa Lipowa 7. Jeden: przyjmuję.")
        await duty.hears("Mieszkanie 12")
        await resident.hears("Jest dyżurny. Łączymy.")
        assert await resident.talks() is duty
        await asyncio.sleep(62.0)
        resident.hangs_up()

    night.play(story())
    row = night.row()
    assert row["outcome"] == "answered"
    assert row["answered_by"] == "nowak"
    assert row["urgent"] is True
    assert row["resident"] == "m. 12"
    assert row["choices"] == ["1"]
    assert row["destination"] == "duty:pogotowie"
    assert row["talk_seconds"] == 62.0
    assert row["rung"] == [{"who": "nowak", "phone": NOWAK, "line": "provider", "result": "answered", "seconds": 6.0}]
    (ticket,) = night.register.tickets()
    assert (ticket["state"], ticket["taken_by"], ticket["urgent"]) == ("in progress", "nowak", True)


@pytest.mark.parametrize(
    ("deed", "result", "seconds"),
    [
        ("busy after 2", "busy", 2.0),
        ("refuses after 3", "refused", 3.0),
        ("is wrong after 0.5", "wrong number", 0.5),
        ("rings", "no answer", 25.0),
        ("answers after 4", "no answer", 19.0),  # a mailbox: presses nothing within 15 s
        ("answers after 4 and presses 2", "declined", 6.0),
        ("answers after 4 and hangs up", "no answer", 6.0),
    ],
)
def test_next_person_is_rung_when_the_first(deed, result, seconds):
    night = Night()
    night.person(NOWAK, deed)
    night.person(KOWALSKA, ACCEPTS)

    async def story():
        resident = await urgent_call(night)
        await resident.talks()
        resident.hangs_up()

    night.play(story())
    assert night.results() == [("nowak", result), ("kowalska", "answered")]
    assert night.row()["rung"][0]["seconds"] == seconds
    assert night.row()["answered_by"] == "kowalska"


def test_a_wrong_key_asks_the_person_on_duty_again():
    night = Night()
    nowak = night.person(NOWAK, "answers after 4 and presses 7 1")

    async def story():
        resident = await urgent_call(night)
        duty = await nowak.is_rung()
        await duty.hears("Jeden: przyjmuję")
        await duty.hears("Jeden: przyjmuję", after=1)
        await resident.talks()
        resident.hangs_up()

    night.play(story())
    assert night.results() == [("nowak", "answered")]


def test_the_whisper_is_repeated_and_never_tells_the_flat_before_accepting():
    night = Night()
    nowak = night.person(NOWAK, "answers after 4")
    night.person(KOWALSKA, ACCEPTS)

    async def story():
        resident = await urgent_call(night)
        await resident.talks()
        resident.hangs_up()

    night.play(story())
    whispers = [heard.text for heard in nowak.legs[0].heard if "Jeden: przyjmuję" in heard.text]
    assert len(whispers) >= 2
    assert not any("12" in heard.text for heard in nowak.legs[0].heard)


def test_last_round_rings_everybody_and_the_second_to_press_is_too_late():
    night = Night()
    nowak = night.person(NOWAK, "rings", "answers after 3 and presses 1")
    kowalska = night.person(KOWALSKA, "rings", "answers after 3")

    async def story():
        resident = await urgent_call(night)
        await resident.talks()
        late = kowalska.legs[-1]
        await late.hears("Inna osoba już przyjęła")
        await late.gone()
        resident.hangs_up()

    night.play(story())
    assert night.row()["answered_by"] == "nowak"
    assert nowak.legs[-1].talking_to is None
    assert ("kowalska", "cancelled") in night.results()


def test_who_has_just_declined_is_rung_again_in_the_last_round():
    night = Night()
    night.person(NOWAK, "rings")
    kowalska = night.person(KOWALSKA, "answers after 4 and presses 2")

    async def story():
        await urgent_call(night)
        await kowalska.is_rung()
        await kowalska.is_rung()
        await asyncio.sleep(60.0)

    night.play(story())
    rung = [each["result"] for each in night.row()["rung"] if each["phone"] == KOWALSKA]
    assert rung == ["declined", "declined"]


def test_second_phone_rings_when_the_first_was_answered_by_a_mailbox():
    night = Night()
    nowak = replace(night.building.people["nowak"], phones=(NOWAK, "+48600100201"))
    night.building = replace(night.building, people={**night.building.people, "nowak": nowak})
    night.person(NOWAK, "answers after 4")
    night.person("+48600100201", ACCEPTS)

    async def story():
        resident = await urgent_call(night)
        await resident.talks()
        resident.hangs_up()

    night.play(story())
    results = [(each["phone"], each["result"]) for each in night.row()["rung"]]
    assert results == [(NOWAK, "no answer"), ("+48600100201", "answered")]


def test_nobody_answers_the_message_is_kept_and_its_ticket_number_told():
    night = Night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "busy")

    async def story():
        resident = await urgent_call(night)
        await resident.hears("Po sygnale proszę powiedzieć, co się stało i gdzie")
        await resident.hears("(beep)")
        resident.speaks(7.0)
        await asyncio.sleep(7.0)
        resident.presses("#")
        await resident.hears("Numer zgłoszenia")
        await resident.gone()

    night.play(story())
    row = night.row()
    assert row["outcome"] == "voicemail"
    assert row["recording"].startswith("recordings/")
    (ticket,) = night.register.tickets()
    assert row["ticket"] == ticket["number"]
    assert (ticket["state"], ticket["urgent"]) == ("new", True)
    assert len(night.network.rung) == 4  # two rounds: Nowak twice, Kowalska twice (her extension is no line's)


def test_hunt_is_bounded_when_everybody_lets_it_ring():
    night = Night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        resident = await urgent_call(night)
        begun = night.clock.monotonic()
        await resident.hears("Po sygnale")
        assert night.clock.monotonic() - begun == 75.0  # 25 + 25, then both at once
        resident.hangs_up()

    night.play(story())


def test_the_caller_is_comforted_every_twenty_seconds():
    night = Night()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")

    async def story():
        resident = await urgent_call(night)
        await resident.hears("Pożar, zapach gazu")
        await resident.hears("Po sygnale")
        comfort = [heard.at for heard in resident.heard if "Jesteśmy z Państwem" in heard.text]
        assert len(comfort) >= 2
        assert {round(later - earlier, 9) for earlier, later in pairwise(comfort)} == {20.0}
        resident.hangs_up()

    night.play(story())


def test_caller_hangs_up_while_it_rings_the_ringing_stops_and_an_urgent_ticket_stays():
    night = Night()
    nowak = night.person(NOWAK, "rings")

    async def story():
        resident = await urgent_call(night)
        ringing = await nowak.is_rung()
        await asyncio.sleep(5.0)
        resident.hangs_up()
        await ringing.gone()

    night.play(story())
    assert night.results() == [("nowak", "cancelled")]
    assert night.row()["outcome"] == "abandoned"
    (ticket,) = night.register.tickets()
    assert (ticket["urgent"], ticket["state"]) == (True, "new")


def test_caller_hangs_up_while_somebody_decides_who_then_calls_back():
    night = Night()
    nowak = night.person(NOWAK, "answers after 4")
    home = night.person(RESIDENT, "answers after 5")

    async def story():
        resident = await urgent_call(night)
        duty = await nowak.is_rung()
        await duty.hears("Dyżurka, pilne")
        resident.hangs_up()
        await duty.hears("Mieszkaniec się rozłączył")
        duty.presses("1")
        called_back = await home.is_rung()
        await called_back.hears("Oddzwaniamy")
        assert await called_back.talks() is duty
        await asyncio.sleep(30.0)
        duty.hangs_up()

    night.play(story())
    row = night.row()
    assert (row["outcome"], row["answered_by"]) == ("answered", "nowak")
    assert night.register.tickets()[0]["taken_by"] == "nowak"


def test_caller_hangs_up_and_the_person_deciding_does_nothing_the_ticket_stays_new():
    night = Night()
    nowak = night.person(NOWAK, "answers after 4")

    async def story():
        resident = await urgent_call(night)
        duty = await nowak.is_rung()
        await duty.hears("Dyżurka, pilne")
        resident.hangs_up()
        await duty.gone()

    night.play(story())
    assert night.row()["outcome"] == "abandoned"
    assert night.register.tickets()[0]["state"] == "new"


def test_nobody_is_rung_who_is_on_a_call():
    night = Night()
    nowak = night.person(NOWAK, ACCEPTS)
    night.person(KOWALSKA, ACCEPTS)

    async def story():
        first = await urgent_call(night)
        await first.talks()
        second = await urgent_call(night, STRANGER)
        await second.talks()
        assert len(nowak.legs) == 1
        first.hangs_up()
        second.hangs_up()

    night.play(story())
    assert night.row(0)["answered_by"] == "nowak"
    assert night.row(1)["answered_by"] == "kowalska"
    assert night.results(1) == [("kowalska", "answered")]


def test_person_who_accepted_and_vanished_before_the_connection_is_replaced():
    night = Night()
    nowak = night.person(NOWAK, "answers after 4 and presses 1")
    night.person(KOWALSKA, ACCEPTS)

    async def story():
        resident = await urgent_call(night)
        duty = await nowak.is_rung()
        await duty.hears("Mieszkanie 12")
        duty.vanishes()
        await resident.talks()
        resident.hangs_up()

    night.play(story())
    assert night.row()["outcome"] == "answered"
    assert [result for _, result in night.results()].count("answered") == 2


def test_a_contractor_who_need_not_confirm_must_where_the_line_only_guesses_that_they_answered():
    night = Night()
    people = dict(night.building.people)
    people["nowak"] = replace(people["nowak"], confirm=False)
    night.building = replace(night.building, people=people)

    async def an_answering_machine(leg):
        leg.may_ring = 5.0
        await asyncio.sleep(3.0)

    night.network.people[NOWAK] = an_answering_machine
    night.person(KOWALSKA, ACCEPTS)

    async def story():
        resident = await urgent_call(night)
        await resident.talks()
        resident.hangs_up()

    night.play(story())
    assert night.row()["answered_by"] == "kowalska"


def test_a_contractor_who_need_not_confirm_is_connected_at_once():
    night = Night()
    people = dict(night.building.people)
    people["nowak"] = replace(people["nowak"], confirm=False)
    night.building = replace(night.building, people=people)
    night.person(NOWAK, "answers after 3")

    async def story():
        resident = await urgent_call(night)
        await resident.talks()
        resident.hangs_up()

    night.play(story())
    assert night.row()["rung"][0]["seconds"] == 3.0


def test_trunk_that_says_nothing_is_line_down_and_the_message_is_taken():
    night = Night()

    async def story():
        resident = await urgent_call(night)
        night.line.broken = "no answer from the provider"
        await resident.hears("Po sygnale")
        resident.hangs_up()

    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "rings")
    night.play(story())
    assert {"line down"} <= {result for _, result in night.results()}


def test_slow_disk_does_not_keep_the_caller_waiting():
    night = Night(MONDAY_MORNING)
    night.register.delay_seconds = 3.0
    night.person(NOWAK, ACCEPTS)

    async def story():
        resident = night.resident()
        assert await resident.hears("Dzień dobry, tu wspólnota") == 0.0
        resident.presses("1")
        assert await resident.hears("Dzwonimy do dyżurnego") == 0.0
        await resident.talks()
        resident.hangs_up()
        await asyncio.sleep(10.0)

    night.play(story())


@pytest.mark.parametrize("last_round", ["in-order", "all"])
@pytest.mark.parametrize("turns", range(16))
def test_caller_who_hangs_up_in_the_instant_of_the_acceptance_leaves_nobody_on_the_line(turns, last_round):
    night = Night()
    duty = replace(night.building.duties["pogotowie"], rounds=2 if last_round == "all" else 1, last_round=last_round)
    night.building = replace(night.building, duties={"pogotowie": duty})
    nowak = night.person(NOWAK, *(["busy"] if last_round == "all" else []), "answers after 4")
    night.person(KOWALSKA, "busy")

    async def story():
        resident = await urgent_call(night)
        duty = await nowak.is_rung()
        if last_round == "all":
            duty = await nowak.is_rung()
        await duty.hears("Jeden: przyjmuję")
        duty.presses("1")
        for _ in range(turns):
            await asyncio.sleep(0)
        resident.hangs_up()
        await duty.hears("Mieszkaniec się rozłączył")
        await duty.gone()

    night.play(story())
    assert night.row()["outcome"] == "abandoned"
    assert night.register.tickets()[0]["state"] == "new"


def test_next_person_is_rung_when_the_one_who_accepted_vanished_in_the_only_round():
    night = Night()
    duty = replace(night.building.duties["pogotowie"], rounds=1)
    night.building = replace(night.building, duties={"pogotowie": duty})
    nowak = night.person(NOWAK, ACCEPTS)
    night.person(KOWALSKA, ACCEPTS)

    async def story():
        resident = await urgent_call(night)
        duty = await nowak.is_rung()
        await duty.hears("Mieszkanie 12")
        duty.vanishes()
        await resident.talks()
        resident.hangs_up()

    night.play(story())
    assert night.row()["answered_by"] == "kowalska"


def test_resident_who_does_not_answer_the_call_back_leaves_the_ticket_open():
    night = Night()
    nowak = night.person(NOWAK, "answers after 4")
    night.person(RESIDENT, "rings")

    async def story():
        resident = await urgent_call(night)
        duty = await nowak.is_rung()
        await duty.hears("Dyżurka, pilne")
        resident.hangs_up()
        await duty.hears("Mieszkaniec się rozłączył")
        duty.presses("1")
        await duty.hears("Nikt nie odbiera")
        await duty.gone()

    night.play(story())
    assert night.register.tickets()[0]["state"] == "new"
    assert night.results() == [("nowak", "cancelled"), ("nowak", "answered")]


def test_person_who_hangs_up_while_the_resident_is_called_back_stops_the_ringing():
    night = Night()
    nowak = night.person(NOWAK, "answers after 4")
    home = night.person(RESIDENT, "rings")

    async def story():
        resident = await urgent_call(night)
        duty = await nowak.is_rung()
        await duty.hears("Dyżurka, pilne")
        resident.hangs_up()
        await duty.hears("Mieszkaniec się rozłączył")
        duty.presses("1")
        ringing = await home.is_rung()
        await asyncio.sleep(3.0)
        duty.hangs_up()
        await ringing.gone()

    night.play(story())
    assert night.register.tickets()[0]["state"] == "new"


def test_resident_who_calls_again_is_not_rung_while_on_that_call():
    night = Night()
    nowak = night.person(NOWAK, "answers after 4")
    kowalska = night.person(KOWALSKA, ACCEPTS)
    home = night.person(RESIDENT, ACCEPTS)

    async def story():
        first = await urgent_call(night)
        duty = await nowak.is_rung()
        await duty.hears("Dyżurka, pilne")
        first.hangs_up()
        again = await urgent_call(night)
        await duty.hears("Mieszkaniec się rozłączył")
        duty.presses("1")
        await duty.hears("Mieszkaniec dzwoni ponownie")
        await kowalska.is_rung()
        await again.talks()
        again.hangs_up()

    night.play(story())
    assert home.legs == []


def test_flat_is_told_before_the_decision_where_the_list_says_so():
    night = Night()
    duty = replace(night.building.duties["pogotowie"], tell_flat="before")
    night.building = replace(night.building, duties={"pogotowie": duty})
    nowak = night.person(NOWAK, "answers after 4 and presses 2")
    night.person(KOWALSKA, ACCEPTS)

    async def story():
        resident = await urgent_call(night)
        leg = await nowak.is_rung()
        await leg.hears("Mieszkanie 12.")
        await resident.talks()
        resident.hangs_up()

    night.play(story())


def test_star_pressed_while_talking_opens_a_ticket_for_an_ordinary_call():
    night = Night()
    options = tuple(replace(option, urgent=False) for option in night.building.menus["closed"].options)
    menus = {**night.building.menus, "closed": replace(night.building.menus["closed"], options=options)}
    night.building = replace(night.building, menus=menus)
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        resident = night.resident(STRANGER)
        resident.presses("1")
        duty = await nowak.is_rung()
        await duty.hears("Dyżurka, Wspólnota Mieszkaniowa Lipowa 7. Jeden")
        await resident.talks()
        duty.presses("*")
        await asyncio.sleep(5.0)
        resident.hangs_up()
        await duty.hears("Zapisane. Numer zgłoszenia")
        await duty.hears("Powtarzam")
        await duty.gone()

    night.play(story())
    assert (night.row()["urgent"], night.row()["ticket"]) == (False, 1001)
