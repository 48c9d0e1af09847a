"""A copper line, by a gateway or a voice modem: it only guesses that somebody answered, and may be the only line."""

import asyncio
from dataclasses import replace

import pytest

from appliance.building.model import LineConfig
from appliance.lines.simulated import SimulatedLeg, SimulatedLine
from appliance.register import events
from tests.scenarios.stage import KOWALSKA, NOWAK, RESIDENT, Night
from tests.scenarios.test_one_line import ACCEPTS, CARD, SOON_SECONDS, TAKEN, heard, in_trouble, ticket

MESSAGE = "Po sygnale proszę powiedzieć, co się stało, i rozłączyć się. Zadzwonimy do dyżurnego i oddzwonimy."
LANDLINE = LineConfig("landline", "sip", ("+48221234567",), 1, gateway="ht813")


def landline(early: str) -> Night:
    """Lipowa 7 with a copper line and nothing else, by a gateway or a voice modem."""
    night = Night()
    outbound = replace(night.building.outbound, lines=("landline",))
    night.building = replace(night.building, lines={"landline": LANDLINE}, outbound=outbound)
    night.line = SimulatedLine("landline", LANDLINE.numbers, 1, night.network)
    night.line.early = early
    night.lines = {"landline": night.line}
    return night


# -- the only line ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("early", ["gateway", "modem"])
def test_the_caller_leaves_a_message_duty_is_rung_on_the_same_line_hears_it_and_calls_the_resident(early):
    night = landline(early)
    nowak = night.person(NOWAK, "answers after 4 and says hallo")
    resident = night.person(RESIDENT, "answers after 3 and says hallo")

    async def story():
        caller = in_trouble(night)
        await caller.hears(MESSAGE)
        assert len(night.register.tickets()) == 1, "promised before it was saved"
        assert "sto dwanaście" in heard(caller)
        await caller.hears("(beep)")
        caller.speaks(5.0)
        await asyncio.sleep(5.5)
        caller.hangs_up()
        over = night.clock.monotonic()
        duty = await nowak.is_rung()
        assert night.clock.monotonic() - over < SOON_SECONDS
        await duty.hears("Pilne zgłoszenie")
        duty.presses("2")
        await duty.hears("(message)")
        duty.presses("1")
        await duty.gone()
        assert "Mieszkanie 12." in heard(duty) and heard(duty).count("Numer:") == 2
        await (await resident.is_rung()).hears(TAKEN)
        await asyncio.sleep(3600.0)

    night.play(story())
    row = night.row()
    assert (row["outcome"], row["urgent"], row["recording"] is not None) == ("callback", True, True)
    assert ticket(night) == ("in progress", "nowak")
    assert (len(nowak.legs), len(resident.legs)) == (1, 1)


@pytest.mark.parametrize("words", [MESSAGE, "(beep)"])
def test_who_says_nothing_and_hangs_up_is_called_back_all_the_same(words):
    night = landline("modem")
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        await caller.hears(words)
        caller.hangs_up()
        over = night.clock.monotonic()
        duty = await nowak.is_rung()
        assert night.clock.monotonic() - over < SOON_SECONDS
        await duty.gone()

    night.play(story())
    assert night.row()["outcome"] == "callback"
    assert ticket(night) == ("in progress", "nowak")


def test_who_stays_on_the_line_is_let_go_after_a_minute_and_duty_is_rung():
    night = landline("modem")
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        begun = await caller.hears("(beep)")
        caller.speaks(600.0)
        await caller.gone()
        assert night.clock.monotonic() - begun < 70.0
        await (await nowak.is_rung()).gone()

    night.play(story())
    assert ticket(night) == ("in progress", "nowak")


def test_a_message_that_cannot_be_recorded_changes_nothing_about_the_call_back():
    night = landline("modem")
    nowak = night.person(NOWAK, ACCEPTS)
    night.network.recorder_fails = True

    async def story():
        caller = in_trouble(night)
        await caller.hears("Do usłyszenia")
        await caller.gone()
        await (await nowak.is_rung()).gone()

    night.play(story())
    assert (night.row()["outcome"], ticket(night)) == ("callback", ("in progress", "nowak"))


def test_by_a_landline_too_whose_number_is_hidden_is_promised_nothing_and_says_what_happened():
    night = landline("gateway")
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night, None)
        await caller.hears("(beep)")
        caller.speaks(5.0)
        await caller.gone()
        assert MESSAGE not in heard(caller)
        await (await nowak.is_rung()).gone()

    night.play(story())
    assert night.row()["outcome"] == "voicemail"
    assert ticket(night) == ("in progress", "nowak")


def test_an_exchange_that_holds_and_joins_puts_the_two_through():
    night = landline("modem")
    night.line.pairs = "joins"
    night.person(NOWAK, "busy")
    kowalska = night.person(KOWALSKA, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        duty = await kowalska.is_rung()
        assert caller.held and MESSAGE not in heard(caller)
        assert (await caller.talks()) is duty
        caller.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.row()["answered_by"]) == ("answered", "kowalska")


@pytest.mark.parametrize("deed", ["busy", "rings", "answers after 4 and presses 2", "answers after 4 and hangs up"])
def test_who_does_not_accept_ends_no_hunt_on_a_line_that_takes_time_to_fetch_the_caller_back(deed):
    night = landline("modem")
    night.line.pairs, night.line.back_seconds = "hands over", 3.0
    nowak, kowalska = night.person(NOWAK, deed), night.person(KOWALSKA, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        duty = await kowalska.is_rung()
        assert caller.held
        await duty.gone()
        assert caller.ended_by == duty.ended_by == "transfer"
        assert MESSAGE not in heard(caller)

    night.play(story())
    assert (night.row()["outcome"], night.row()["answered_by"]) == ("answered", "kowalska")
    assert ticket(night) == ("in progress", "kowalska")
    assert len(nowak.legs) == 1


def test_who_accepts_and_is_gone_before_the_two_are_joined_ends_no_hunt_either():
    night = landline("modem")
    night.line.pairs, night.line.back_seconds = "joins", 3.0
    nowak, kowalska = night.person(NOWAK, ACCEPTS), night.person(KOWALSKA, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        vanishing = await nowak.is_rung()
        await vanishing.hears("Mieszkanie 12.")
        vanishing.hangs_up()
        assert (await caller.talks()) is await kowalska.is_rung()
        caller.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.row()["answered_by"]) == ("answered", "kowalska")


def test_two_whom_the_exchange_loses_have_not_talked_and_duty_is_rung_about_it():
    night = landline("modem")
    night.line.pairs = "loses"
    nowak = night.person(NOWAK, ACCEPTS, "rings")

    async def story():
        caller = in_trouble(night)
        await caller.gone()
        assert ticket(night) == ("new", None)
        await nowak.is_rung()
        await nowak.is_rung()

    night.play(story())
    row = night.row()
    assert (row["outcome"], row["answered_by"], row["urgent"]) == ("abandoned", None, True)
    assert ticket(night) == ("new", None)


async def calls_and_presses_4(night: Night) -> SimulatedLeg:
    """A caller was promised to be called back; somebody on duty calls the box, and wants to be put through."""
    caller = in_trouble(night)
    await caller.hears("(beep)")
    caller.hangs_up()
    await asyncio.sleep(60.0)
    night.line.pairs = "hands over"
    calls = night.resident(KOWALSKA)
    await calls.hears("Cztery: oddzwaniam.")
    calls.presses("4")
    return calls


def test_who_is_on_duty_and_calls_is_put_through_by_4_and_the_resident_is_not_rung_into_that_talk():
    night = landline("modem")
    night.person(NOWAK, "refuses")
    night.person(KOWALSKA, "busy")
    resident = night.person(RESIDENT, "answers after 3")

    async def story():
        calls = await calls_and_presses_4(night)
        back = await resident.is_rung()
        await back.gone()
        assert calls.ended_by == back.ended_by == "transfer"
        await asyncio.sleep(3600.0)

    night.play(story())
    assert ticket(night) == ("in progress", "kowalska")
    assert len(resident.legs) == 1
    talked = [each for each in night.register.events if each.kind == events.TICKET_TALKED]
    assert [each.body["who"] for each in talked] == ["kowalska"]


def test_whom_the_line_wrongly_took_for_there_nobody_is_joined_with():
    night = landline("modem")
    night.person(NOWAK, "refuses")
    night.person(KOWALSKA, "busy")
    resident = night.person(RESIDENT, "answers after 3", "rings")

    async def story():
        calls = await calls_and_presses_4(night)
        back = await resident.is_rung()
        await back.is_answered()
        await asyncio.sleep(0.5)
        back.hangs_up()
        await calls.hears("Nikt nie odbiera")
        assert not back.ended_by

    night.play(story())
    assert not [each for each in night.register.events if each.kind == events.TICKET_TALKED]


# -- a SIM card beside it, which does not work -----------------------------------------------------------------------


def test_beside_a_sim_card_that_is_down_the_caller_is_promised_no_sms_and_leaves_a_message():
    night = landline("modem")
    night.building = replace(night.building, lines={"landline": LANDLINE, "sim": CARD})
    sim = night.lines["sim"] = SimulatedLine("sim", CARD.numbers, 1, night.network)
    sim.broken, sim._fault = "silent", "no network"
    nowak = night.person(NOWAK, "answers after 4 and says hallo")

    async def story():
        caller = in_trouble(night)
        await caller.hears("(beep)")
        assert MESSAGE in heard(caller) and "SMS" not in heard(caller)
        caller.speaks(5.0)
        await asyncio.sleep(5.5)
        caller.hangs_up()
        duty = await nowak.is_rung()
        await duty.hears("Pilne zgłoszenie")
        duty.presses("2")
        await duty.hears("(message)")
        duty.presses("1")
        await duty.gone()

    night.play(story())
    assert (night.row()["outcome"], night.row()["recording"] is not None) == ("callback", True)
    assert ticket(night) == ("in progress", "nowak")


# -- an answer that is a guess -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["says hallo", "presses 1"])
def test_by_a_gateway_the_caller_is_told_what_happens_when_they_are_there_and_nothing_is_said_into_the_ringing(sign):
    night = landline("gateway")
    nowak = night.person(NOWAK, "answers after 20 and presses 1")
    resident = night.person(RESIDENT, f"answers after 17 and {sign}")

    async def story():
        await in_trouble(night).gone()
        await (await nowak.is_rung()).gone()
        back = await resident.is_rung()
        await back.hears(TAKEN)
        assert back.picked_up is not None and back.heard[0].at > back.picked_up
        await back.gone()
        assert heard(back).count(TAKEN) == 2
        await asyncio.sleep(3600.0)

    night.play(story())
    assert ticket(night) == ("in progress", "nowak")
    assert len(resident.legs) == 1


@pytest.mark.parametrize(("deed", "tries"), [("rings", 3), ("busy after 3", 1), ("answers after 3", 3)])
def test_by_a_gateway_who_gives_no_sign_is_told_nothing_and_rung_again_but_not_who_is_on_the_telephone(deed, tries):
    night = landline("gateway")
    night.person(NOWAK, ACCEPTS)
    resident = night.person(RESIDENT, deed)

    async def story():
        await in_trouble(night).gone()
        await asyncio.sleep(3600.0)

    night.play(story())
    assert len(resident.legs) == tries
    assert not any(leg.heard for leg in resident.legs)


def test_whom_a_modem_took_for_there_is_told_although_they_say_nothing():
    night = landline("modem")
    night.person(NOWAK, ACCEPTS)
    resident = night.person(RESIDENT, "answers after 3")

    async def story():
        await in_trouble(night).gone()
        await (await resident.is_rung()).hears(TAKEN)
        await asyncio.sleep(3600.0)

    night.play(story())
    assert len(resident.legs) == 1


@pytest.mark.parametrize("seconds", [2, 14, 22])
def test_by_a_gateway_whoever_is_chased_hears_it_from_the_beginning_whenever_they_pick_up(seconds):
    """What waits is told again and again while it rings: who picks up late hears all of it, and has time to press."""
    night = landline("gateway")
    nowak = night.person(NOWAK, f"answers after {seconds}")
    night.person(KOWALSKA, "rings")

    async def story():
        await in_trouble(night).gone()
        duty = await nowak.is_rung()
        while duty.picked_up is None:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.1)
        await duty.hears("Pilne zgłoszenie", after=len(duty.heard))
        await duty.hears("Jeden: przyjmuję", after=len(duty.heard))
        duty.presses("1")
        await duty.gone()

    night.play(story())
    assert ticket(night) == ("in progress", "nowak")


# -- whoever is called back by the person on duty -------------------------------------------------------------------


async def on_the_way_back(night: Night, nowak, resident):
    """The caller has hung up while somebody decided, who calls back; both legs as soon as the resident's rings."""
    caller = in_trouble(night)
    duty = await nowak.is_rung()
    await duty.hears("Dyżurka, pilne")
    caller.hangs_up()
    await duty.hears("Mieszkaniec się rozłączył")
    duty.presses("1")
    return duty, await resident.is_rung()


@pytest.mark.parametrize(
    ("early", "deed"), [("gateway", "answers after 12 and says hallo"), ("modem", "answers after 5")]
)
def test_the_person_on_duty_hears_it_ring_and_the_resident_hears_no_sentence_but_them(early, deed):
    night = Night()
    nowak, resident = night.person(NOWAK, "answers after 4"), night.person(RESIDENT, deed)

    async def story():
        night.line.early = early
        duty, called_back = await on_the_way_back(night, nowak, resident)
        if early == "gateway":
            assert await called_back.talks() is duty
            assert called_back.picked_up is None, "they hear it ring"
            assert night.row()["answered_by"] is None, "nobody is claimed to have answered"
        await asyncio.sleep(20.0)
        assert called_back.talking_to is duty
        assert not called_back.heard
        duty.hangs_up()

    night.play(story())
    row = night.row()
    assert (row["outcome"], row["answered_by"]) == ("answered", "nowak")
    assert ticket(night) == ("in progress", "nowak")
    early_by = {"gateway": 11.0, "modem": 0.0}[early]
    assert row["talk_seconds"] <= 20.0 - early_by, "the ringing is no talk"


@pytest.mark.parametrize("deed", ["rings", "busy after 6", "answers after 40 and says hallo"])
def test_a_resident_who_gives_no_sign_while_a_gateway_rings_has_not_been_reached(deed):
    night = Night()
    nowak, resident = night.person(NOWAK, "answers after 4"), night.person(RESIDENT, deed)

    async def story():
        night.line.early = "gateway"
        duty, called_back = await on_the_way_back(night, nowak, resident)
        await duty.hears("Nikt nie odbiera")
        await duty.gone()
        assert not called_back.up and not called_back.heard

    night.play(story())
    assert night.row()["outcome"] == "abandoned"
    assert ticket(night) == ("new", None)


def test_who_hears_it_ring_and_hangs_up_ends_the_ringing():
    night = Night()
    nowak, resident = night.person(NOWAK, "answers after 4"), night.person(RESIDENT, "rings")

    async def story():
        night.line.early = "gateway"
        duty, called_back = await on_the_way_back(night, nowak, resident)
        await called_back.talks()
        duty.hangs_up()
        await called_back.gone()

    night.play(story())
    assert ticket(night) == ("new", None)


# -- what ended it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["caller", "duty"])
def test_the_register_says_what_ended_a_talk_on_a_line_that_tells_of_no_end(who):
    night = Night()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        duty = await nowak.is_rung()
        await caller.talks()
        leg = {"caller": caller, "duty": duty}[who]
        leg.ended_by = "silence"
        leg.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.row()["ended_by"]) == ("answered", "silence")


def test_the_register_says_what_ended_a_call_that_reached_nobody():
    night = Night()

    async def story():
        caller = night.resident()
        await caller.hears("Pilna awaria")
        caller.ended_by = "longest"
        caller.hangs_up()

    night.play(story())
    assert (night.row()["outcome"], night.row()["ended_by"]) == ("abandoned", "longest")


def test_of_a_call_that_somebody_ends_nothing_is_said():
    night = Night()

    async def story():
        caller = night.resident()
        await caller.hears("Pilna awaria")
        caller.hangs_up()

    night.play(story())
    assert night.row()["ended_by"] is None


@pytest.mark.parametrize(("ended_by", "recorded"), [("transfer", False), ("tone", True)])
def test_what_the_exchange_has_joined_is_no_recording_of_ours(ended_by, recorded):
    night = Night()
    night.building = replace(night.building, recording=replace(night.building.recording, conversations=True))
    night.person(NOWAK, ACCEPTS)

    async def story():
        caller = in_trouble(night)
        duty = await caller.talks()
        caller.ended_by = duty.ended_by = ended_by
        caller.hangs_up()

    night.play(story())
    assert (night.row()["recording"] is not None) is recorded
