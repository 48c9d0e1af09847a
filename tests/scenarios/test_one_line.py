"""One line for two: a resident calls a box whose SIM card is its only way out, and is helped all the same."""

import asyncio
from dataclasses import replace

import pytest

from appliance.building.model import LineConfig, Notify
from appliance.lines.simulated import SimulatedLeg, SimulatedLine
from tests.scenarios.stage import KOWALSKA, NOWAK, RESIDENT, STRANGER, Night

CARD = LineConfig("sim", "gsm", ("+48600000001",), 1)
ACCEPTS = "answers after 4 and presses 1"
MAKE_WAY = "Działa tylko jedna linia. Zawiadamiamy dyżurnego SMS-em. Proszę się rozłączyć, oddzwonimy."
TAKEN = "Dyżurny przyjął zgłoszenie i zaraz do Państwa zadzwoni."
SOON_SECONDS = 2.0  # from the end of the caller's call to the next ring


def one_line(**changes) -> Night:
    """Lipowa 7 with a SIM card and nothing else."""
    night = Night(**changes)
    night.building = replace(night.building, lines={"sim": CARD})
    night.line = SimulatedLine("sim", CARD.numbers, 1, night.network)
    night.lines = {"sim": night.line}
    return night


def in_trouble(night: Night, number: str | None = RESIDENT) -> SimulatedLeg:
    caller = night.resident(number)
    caller.presses("1")
    return caller


def heard(leg: SimulatedLeg) -> str:
    return " ".join(each.text for each in leg.heard)


def ticket(night: Night) -> tuple[str, str | None]:
    row = night.register.tickets()[-1]
    return row["state"], row["taken_by"]


def test_the_caller_makes_way_duty_is_rung_at_once_and_the_caller_hears_that_somebody_will_call():
    night = one_line()
    nowak = night.person(NOWAK, ACCEPTS)
    resident = night.person(RESIDENT, "answers after 3")

    async def story():
        caller = in_trouble(night)
        await caller.hears(MAKE_WAY)
        assert len(night.register.tickets()) == 1, "promised before it was saved"
        await caller.hears("sto dwanaście")
        await caller.gone()
        over = night.clock.monotonic()
        duty = await nowak.is_rung()
        assert night.clock.monotonic() - over < SOON_SECONDS
        await duty.hears("Pilne zgłoszenie")
        await duty.gone()
        assert heard(duty).count("Numer:") == 2
        assert "Przyjęte. Innych już nie budzimy. Mieszkanie 12. Numer:" in heard(duty)
        assert "Proszę zadzwonić z własnego telefonu." in heard(duty)
        back = await resident.is_rung()
        await back.hears(TAKEN)
        await back.gone()
        await asyncio.sleep(3600.0)

    night.play(story())
    assert (night.row()["outcome"], night.row()["urgent"], night.row()["rung"]) == ("callback", True, [])
    assert ticket(night) == ("in progress", "nowak")
    assert (len(nowak.legs), len(resident.legs)) == (1, 1)


def test_those_on_duty_have_number_house_and_time_by_sms_before_the_caller_has_made_way():
    night = one_line()
    night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        await caller.gone()
        first = "PILNE 1001: Wspolnota Mieszkaniowa Lipowa 7, 21:14, tel. +48501502503."
        assert {to for to, text in night.air.texts if text.startswith(first)} == {NOWAK, KOWALSKA}

    night.play(story())


@pytest.mark.parametrize("seconds", [0.1, 1.0, 3.0, 6.0, 9.0, 12.0, 15.0, 18.0])
def test_whenever_the_caller_hangs_up_duty_is_rung_at_once(seconds):
    night = one_line()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        await asyncio.sleep(seconds)
        caller.hangs_up()
        over = night.clock.monotonic()
        await nowak.is_rung()
        assert night.clock.monotonic() - over < SOON_SECONDS + 300.0 * (seconds < 0.5)

    night.play(story())


def test_a_modem_that_starts_anew_after_the_call_is_waited_for():
    night = one_line()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        await caller.hears("sto dwanaście")
        night.line._fault = "it starts anew"
        await caller.gone()
        await asyncio.sleep(30.0)
        assert not nowak.legs
        night.line._fault = None
        over = night.clock.monotonic()
        await nowak.is_rung()
        assert night.clock.monotonic() - over < SOON_SECONDS

    night.play(story())


def test_nobody_accepts_and_the_chase_goes_on_as_after_a_message():
    night = one_line()
    nowak = night.person(NOWAK, "rings", "rings", ACCEPTS)
    kowalska = night.person(KOWALSKA, "rings", "answers after 2 and hangs up")

    async def story():
        await in_trouble(night).gone()
        over = night.clock.monotonic()
        for person in (nowak, kowalska, nowak, kowalska):
            await person.is_rung()
        waited = night.clock.monotonic() - over
        minutes = night.building.duties["pogotowie"].chase_minutes
        assert minutes * 60 - 30 < waited < minutes * 60 + 90
        await nowak.is_rung()
        await asyncio.sleep(120.0)

    night.play(story())
    assert ticket(night) == ("in progress", "nowak")


def test_one_by_sms_takes_it_and_the_caller_is_told():
    night = one_line()
    night.person(NOWAK, "rings")
    resident = night.person(RESIDENT, "answers after 3")

    async def story():
        await in_trouble(night).gone()
        await asyncio.sleep(10.0)
        await night.sim.receives(NOWAK, "1")
        back = await resident.is_rung()
        await back.hears(TAKEN)
        await asyncio.sleep(3600.0)

    night.play(story())
    assert ticket(night) == ("in progress", "nowak")
    assert len(resident.legs) == 1


def test_one_by_sms_while_the_caller_still_listens_rings_nobody_but_the_caller():
    night = one_line()
    nowak, kowalska = night.person(NOWAK, ACCEPTS), night.person(KOWALSKA, ACCEPTS)
    resident = night.person(RESIDENT, "answers after 3")

    async def story():
        caller = in_trouble(night)
        await caller.hears("sto dwanaście")
        await night.sim.receives(KOWALSKA, "1")
        await (await resident.is_rung()).hears(TAKEN)
        await asyncio.sleep(3600.0)

    night.play(story())
    assert ticket(night) == ("in progress", "kowalska")
    assert not nowak.legs and not kowalska.legs


def test_who_is_on_duty_may_call_the_box_instead_and_press_1():
    night = one_line()
    night.person(NOWAK, "refuses")
    kowalska = night.person(KOWALSKA, "busy")
    resident = night.person(RESIDENT, "answers after 3")

    async def story():
        await in_trouble(night).gone()
        assert (await kowalska.is_rung()).line == "sim"
        kowalska.legs.clear()
        await asyncio.sleep(60.0)
        calls = night.resident(KOWALSKA)
        await calls.hears("Pilne zgłoszenie nadal czeka.")
        calls.presses("1")
        await calls.gone()
        assert "Mieszkanie 12. Numer:" in heard(calls) and "Proszę zadzwonić z własnego telefonu." in heard(calls)
        await (await resident.is_rung()).hears(TAKEN)
        await asyncio.sleep(3600.0)

    night.play(story())
    assert ticket(night) == ("in progress", "kowalska")
    assert night.row()["outcome"] == "informed"
    assert not kowalska.legs


@pytest.mark.parametrize("deed", ["says nothing", "hangs up", "9"])
def test_who_is_on_duty_and_takes_nothing_is_a_caller_as_everybody(deed):
    night = one_line()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "busy")

    async def story():
        await in_trouble(night).gone()
        await asyncio.sleep(60.0)
        calls = night.resident(KOWALSKA)
        await calls.hears("Cztery: oddzwaniam.")
        if deed == "hangs up":
            calls.hangs_up()
            return
        if deed == "9":
            calls.presses("9")
        await calls.hears("Pilna awaria")
        calls.hangs_up()

    night.play(story())
    assert ticket(night) == ("new", None)


def test_a_stranger_hears_nothing_of_the_ticket():
    night = one_line()
    night.person(NOWAK, "rings")
    night.person(KOWALSKA, "busy")

    async def story():
        await in_trouble(night).gone()
        await asyncio.sleep(60.0)
        calls = night.resident(STRANGER)
        await calls.hears("Pilna awaria")
        assert "zgłoszenie" not in heard(calls)
        calls.hangs_up()

    night.play(story())


def test_whose_number_is_hidden_is_promised_nothing_and_says_what_happened():
    night = one_line()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night, None)
        await caller.hears("(beep)")
        caller.speaks(5.0)
        await caller.gone()
        assert MAKE_WAY not in heard(caller)
        await nowak.is_rung()
        await asyncio.sleep(60.0)

    night.play(story())
    assert night.row()["outcome"] == "voicemail"
    assert ticket(night) == ("in progress", "nowak")


def test_what_cannot_be_saved_is_not_promised():
    night = one_line()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        night.register.fails = True
        caller = in_trouble(night)
        await caller.hears("(beep)")
        assert MAKE_WAY not in heard(caller)
        night.register.fails = False
        caller.hangs_up()
        await nowak.is_rung()

    night.play(story())


def test_without_sms_none_is_promised():
    night = one_line()
    night.building = replace(night.building, notify=Notify(sms=False))
    night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        await caller.hears("Po sygnale proszę powiedzieć, co się stało")
        await caller.gone()
        assert "SMS" not in heard(caller)

    night.play(story())
    assert not night.air.texts


@pytest.mark.parametrize("key", ["1", "4"])
def test_who_wants_to_be_put_through_where_that_cannot_be_is_told_whom_to_call(key):
    night = one_line()
    nowak = night.person(NOWAK, f"answers after 4 and presses {key}")

    async def story():
        await in_trouble(night).gone()
        duty = await nowak.is_rung()
        await duty.gone()
        assert "Oddzwaniamy" not in heard(duty) and "Proszę zadzwonić z własnego telefonu." in heard(duty)

    night.play(story())
    assert ticket(night) == ("in progress", "nowak")


def test_a_caller_who_is_on_the_telephone_with_who_took_it_is_not_rung_again():
    night = one_line()
    night.person(NOWAK, ACCEPTS)
    resident = night.person(RESIDENT, "busy")

    async def story():
        await in_trouble(night).gone()
        await asyncio.sleep(3600.0)

    night.play(story())
    assert len(resident.legs) == 1


def test_a_caller_who_does_not_answer_is_rung_three_times_at_most():
    night = one_line()
    night.person(NOWAK, ACCEPTS)
    resident = night.person(RESIDENT, "rings")

    async def story():
        await in_trouble(night).gone()
        await asyncio.sleep(3600.0)

    night.play(story())
    assert len(resident.legs) == 3


# -- a trunk beside the card ----------------------------------------------------------------------------------------


def trunk_and_card() -> tuple[Night, SimulatedLine]:
    night = Night()
    night.building = replace(night.building, lines={**night.building.lines, "sim": CARD})
    sim = night.lines["sim"] = SimulatedLine("sim", CARD.numbers, 1, night.network)
    return night, sim


def test_with_a_trunk_that_works_the_two_are_put_through_as_ever():
    night, sim = trunk_and_card()
    night.person(NOWAK, ACCEPTS)

    async def story():
        caller = sim.call(RESIDENT)
        caller.presses("1")
        assert (await caller.talks()).line == "provider"
        caller.hangs_up()

    night.play(story())
    assert night.row()["outcome"] == "answered"


@pytest.mark.parametrize("known", [True, False])
def test_a_trunk_that_is_down_is_no_way_out(known):
    night, sim = trunk_and_card()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        night.line.broken = "silent"
        night.line._fault = "no answer" if known else None
        caller = sim.call(RESIDENT)
        caller.presses("1")
        await caller.hears(MAKE_WAY)
        await caller.gone()
        assert (await nowak.is_rung()).line == "sim"
        await asyncio.sleep(60.0)

    night.play(story())
    assert ticket(night) == ("in progress", "nowak")


def test_who_is_put_through_by_a_trunk_that_is_back_is_not_told_once_more():
    night, sim = trunk_and_card()
    nowak = night.person(NOWAK, "answers after 4 and presses 4")
    resident = night.person(RESIDENT, "answers after 3")

    async def story():
        night.line.broken, night.line._fault = "silent", "no answer"
        caller = sim.call(RESIDENT)
        caller.presses("1")
        await caller.gone()
        night.line.broken, night.line._fault = "", None
        duty = await nowak.is_rung()
        await (await resident.is_rung()).talks()
        await asyncio.sleep(20.0)
        duty.hangs_up()
        await asyncio.sleep(3600.0)

    night.play(story())
    assert ticket(night) == ("in progress", "nowak")
    assert len(resident.legs) == 1


# -- a network that holds one call while another is placed ----------------------------------------------------------


def two_on_one(pairs: str) -> Night:
    night = one_line()
    night.line.pairs = pairs
    return night


def test_the_caller_is_on_hold_while_duty_is_rung_and_the_two_are_joined():
    night = two_on_one("joins")
    nowak, kowalska = night.person(NOWAK, "busy"), night.person(KOWALSKA, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        await nowak.is_rung()
        assert "sto dwanaście" in heard(caller), "put on hold before it was said why"
        duty = await kowalska.is_rung()
        assert caller.held
        await duty.hears("Dyżurka, pilne")
        assert (await caller.talks()) is duty
        assert not caller.held and "Mieszkanie 12." in heard(duty)
        await asyncio.sleep(30.0)
        caller.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.row()["answered_by"]) == ("answered", "kowalska")
    assert night.results() == [("nowak", "busy"), ("kowalska", "answered")]


def test_between_two_who_are_rung_the_caller_is_back_and_hears_us():
    night = two_on_one("joins")
    night.person(NOWAK, "rings")
    kowalska = night.person(KOWALSKA, "rings")

    async def story():
        caller = in_trouble(night)
        await kowalska.is_rung()
        await caller.hears("(beep)")
        caller.speaks(5.0)
        await caller.gone()

    night.play(story())
    assert night.row()["outcome"] == "voicemail"
    assert len(kowalska.legs) >= 2


def test_a_network_that_does_not_join_leaves_it_to_who_accepted_to_call_and_the_caller_knows():
    night = two_on_one("refuses to join")
    nowak = night.person(NOWAK, ACCEPTS)
    resident = night.person(RESIDENT, "answers after 3")

    async def story():
        caller = in_trouble(night)
        duty = await nowak.is_rung()
        await caller.hears(TAKEN)
        assert not duty.up and heard(duty).count("Numer:") == 2
        assert "Proszę zadzwonić z własnego telefonu." in heard(duty)
        await caller.gone()
        await asyncio.sleep(3600.0)

    night.play(story())
    assert (night.row()["outcome"], night.row()["answered_by"]) == ("callback", None)
    assert ticket(night) == ("in progress", "nowak")
    assert not resident.legs and len(nowak.legs) == 1


def test_whose_number_is_hidden_and_who_cannot_be_joined_says_what_happened():
    night = two_on_one("refuses to join")
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night, None)
        await caller.hears("(beep)")
        caller.speaks(5.0)
        await caller.gone()
        await asyncio.sleep(400.0)

    night.play(story())
    assert night.row()["outcome"] == "voicemail"
    assert len(nowak.legs) == 2


@pytest.mark.parametrize("seconds", [4.0, 14.0, 15.0, 17.0, 19.0, 21.0, 24.0, 30.0])
@pytest.mark.parametrize("pairs", ["joins", "refuses to join"])
def test_a_caller_who_hangs_up_on_hold_is_not_forgotten(pairs, seconds):
    night = two_on_one(pairs)
    night.person(NOWAK, ACCEPTS)
    night.person(RESIDENT, "answers after 3 and hangs up")

    async def story():
        caller = in_trouble(night)
        await asyncio.sleep(seconds)
        caller.hangs_up()
        await asyncio.sleep(1800.0)

    night.play(story())
    assert ticket(night) == ("in progress", "nowak")


def test_who_is_on_duty_and_calls_the_box_is_put_through_by_4():
    night = two_on_one("joins")
    night.person(NOWAK, "refuses")
    night.person(KOWALSKA, "busy")
    resident = night.person(RESIDENT, "answers after 3")

    async def story():
        caller = in_trouble(night)
        await caller.hears("sto dwanaście")
        caller.hangs_up()
        await asyncio.sleep(60.0)
        calls = night.resident(KOWALSKA)
        await calls.hears("Cztery: oddzwaniam.")
        calls.presses("4")
        assert (await (await resident.is_rung()).talks()) is calls
        await asyncio.sleep(20.0)
        calls.hangs_up()

    night.play(story())
    assert ticket(night) == ("in progress", "kowalska")
