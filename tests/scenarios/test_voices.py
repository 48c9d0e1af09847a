"""Voices that are kept, with consent or by dictation; and the day's minutes."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.building.model import Destination
from appliance.callflow.dictation import dictate
from appliance.lines.line import NotAnsweredError
from tests.scenarios.stage import KOWALSKA, MONDAY_MORNING, NOWAK, RESIDENT, STRANGER, Night
from tests.scenarios.test_afterwards import menu_with

ACCEPTS = "answers after 14 and presses 1"


def recording(night: Night) -> Night:
    """The same building with recorded conversations."""
    policy = replace(night.building.recording, conversations=True)
    night.building = replace(night.building, recording=policy)
    return night


@pytest.mark.parametrize("refuses", [False, True])
def test_conversation_is_announced_and_recorded_unless_the_caller_presses_0(refuses):
    night = recording(Night())
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("1")
        await caller.hears("Rozmowa będzie nagrana. Bez nagrania: proszę nacisnąć zero.")
        if refuses:
            caller.presses("0")
        await caller.talks()
        assert (nowak.legs[0].talk_recorded is None) is refuses
        caller.hangs_up()

    night.play(story())
    row = night.row()
    assert (row["recording"] is None) is refuses
    assert refuses or row["recording"].endswith(".talk.wav")


def test_conversation_is_announced_once_and_before_it_begins():
    night = recording(Night())
    night.person(NOWAK, "answers after 1 and presses 1")

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("1")
        await caller.talks()
        told = [each for each in caller.heard if "będzie nagrana" in each.text]
        assert len(told) == 1
        caller.hangs_up()

    night.play(story())


def test_nothing_is_recorded_where_nobody_asked_for_it():
    night = Night()
    nowak = night.person(NOWAK, ACCEPTS)

    async def story():
        caller = night.resident(RESIDENT)
        caller.presses("1")
        await caller.talks()
        assert nowak.legs[0].talk_recorded is None
        caller.hangs_up()

    night.play(story())


def test_sentence_spoken_over_the_phone_is_heard_again_and_kept_on_1():
    night = Night()
    nowak = night.person(NOWAK, "answers after 2")
    kept = []

    async def keep():
        kept.append(True)

    async def story():
        asked = asyncio.ensure_future(dictate(night.desk(), NOWAK, Path("/nowhere/raw.wav"), keep))
        leg = await nowak.is_rung()
        for turn in range(2):
            await leg.hears("Po sygnale proszę nagrać zapowiedź", after=len(leg.heard) if turn else 0)
            await leg.hears("(beep)", after=len(leg.heard))
            leg.speaks(4.0)
            await asyncio.sleep(4.0)
            leg.presses("#")
            await leg.hears("(message)", after=len(leg.heard))
            await leg.hears("Jeden: zapisz. Dwa: jeszcze raz.", after=len(leg.heard) - 1)
            leg.presses("2" if turn == 0 else "1")
        await leg.hears("Zapisane.")
        assert await asked is True

    night.play(story())
    assert kept == [True]


def test_sentence_is_spoken_only_on_phones_that_may_be_dialled():
    night = Night()

    async def story():
        with pytest.raises(NotAnsweredError):
            await dictate(night.desk(), "+4470012345678", Path("/nowhere/raw.wav"), None)

    night.play(story())
    assert night.network.rung == []


def test_days_minutes_stop_ordinary_calls_and_never_the_duty_hunt():
    night = Night()
    menu_with(night, Destination("person", "zarzad"))
    night.building = replace(night.building, outbound=replace(night.building.outbound, minutes_per_day=10))
    night.person("+48600500600", "answers after 1 and presses 1")
    night.person(NOWAK, "answers after 1 and presses 1")

    async def chooses(key: str, minutes: float = 0.1):
        caller = night.resident(STRANGER)
        caller.presses(key)
        await caller.talks()
        await asyncio.sleep(minutes * 60)
        caller.hangs_up()
        await asyncio.sleep(1.0)

    async def story():
        await chooses("7", minutes=11)
        refused = night.resident(STRANGER)
        refused.presses("7")
        await refused.hears("Nikt nie odbiera")
        refused.hangs_up()
        await chooses("1")
        await asyncio.sleep(4 * 3600)  # past midnight
        await chooses("7")

    night.play(story())
    assert [row["outcome"] for row in night.register.calls()] == ["answered", "abandoned", "answered", "answered"]
    assert night.results(1) == [("zarzad", "refused")]


def test_a_call_that_lasts_counts_while_it_lasts():
    night = Night(MONDAY_MORNING)
    queue = replace(night.building.queues["office"], people=("nowak", "kowalska"), strategy="in-order")
    outbound = replace(night.building.outbound, minutes_per_day=10)
    night.building = replace(night.building, queues={"office": queue}, outbound=outbound)
    night.person(NOWAK, "answers after 1 and presses 1")
    night.person(KOWALSKA, "answers after 1 and presses 1")

    async def story():
        first = night.resident(STRANGER)
        first.presses("4")
        await first.talks()
        await asyncio.sleep(11 * 60)
        second = night.resident(RESIDENT)
        second.presses("4")
        await asyncio.sleep(60)
        assert second.talking_to is None
        first.hangs_up()
        second.hangs_up()

    night.play(story())
    assert ("kowalska", "refused") in night.results(1)
