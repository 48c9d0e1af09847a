"""Whole urgent calls between a SIM and SIP: a real exchange and media process, telephones, a modem in software."""

import asyncio
import os
from contextlib import asynccontextmanager

import pytest

from appliance.demo.building import NOWAK, RESIDENT
from appliance.demo.tones import DUTY_HERTZ, RESIDENT_HERTZ
from tests.hardware.modem.makes import Huawei, Quectel, QuectelCard, Simcom
from tests.hardware.modem.usb import Stick
from tests.hardware.neighbourhood import hears_voice, lives, neighbourhood, they_talk

SIM = "+48600000001"
LINE = f'[[lines]]\nid = "modem"\nkind = "gsm"\nnumber = "{SIM}"\n'
MAKES = {"quectel": Quectel, "quectel-card": QuectelCard, "simcom": Simcom, "huawei": Huawei}


@asynccontextmanager
async def with_sim(town, make, outbound, **more):
    """A neighbourhood with a SIM, the modem of which is of this make."""
    stick = Stick(make, town.folder)
    town.monkeypatch.setenv("PATH", f"{stick.carriers}:{os.environ['PATH']}")
    try:
        async with neighbourhood(town, stick, LINE, outbound, **more) as around:
            yield around
    finally:
        await stick.network.end()


async def presses(far, digits):
    """As the modem has it: told of by a report, or heard as tones."""
    if far.network.modem.reports_keys:
        far.presses(digits)
    else:
        await far.sends(digits)


@pytest.mark.parametrize("make", MAKES)
def test_resident_who_calls_the_sim_talks_to_the_person_on_duty_over_sip(town, make):
    async def story():
        async with with_sim(town, MAKES[make], ["provider"]) as around:
            rung = asyncio.ensure_future(around.phones.picked_up(NOWAK, "Jan Nowak"))
            far = around.modem.network.call(RESIDENT)
            await hears_voice(far)
            await presses(far, "1")
            async with around.phones.in_call("person on duty", await rung) as duty:
                await duty.leg.voice(1.0)
                await duty.press("1")
                await they_talk(far, RESIDENT_HERTZ, duty, DUTY_HERTZ)
                far.hangs_up()
                await duty.leg.gone()
            (row,) = await around.ended_rows()
        assert (row["line"], row["number"], row["caller"]) == ("modem", SIM, RESIDENT)
        assert (row["outcome"], row["answered_by"], row["urgent"]) == ("answered", "nowak", True)
        assert [each["line"] for each in row["rung"]] == ["provider"]

    lives(story)


@pytest.mark.parametrize("make", MAKES)
def test_resident_on_the_trunk_talks_to_the_person_on_duty_by_sim(town, make):
    async def story():
        async with with_sim(town, MAKES[make], ["modem"]) as around:
            around.modem.network.people[NOWAK] = "answers"
            async with around.phones.in_call("resident", await around.phones.call(RESIDENT)) as resident:
                await resident.leg.voice(1.0)
                await resident.press("1")
                far = await around.modem.network.placed.get()
                await hears_voice(far)
                await presses(far, "1")
                await they_talk(far, DUTY_HERTZ, resident, RESIDENT_HERTZ)
                resident.leg.hangup()
                await far.over.wait()
            (row,) = await around.ended_rows()
        assert (row["line"], row["outcome"], row["answered_by"]) == ("provider", "answered", "nowak")
        assert [(each["line"], each["result"]) for each in row["rung"]] == [("modem", "answered")]

    lives(story)


def test_while_the_resident_has_the_only_channel_of_the_trunk_duty_is_rung_by_sim(town):
    async def story():
        async with with_sim(town, Quectel, ["provider", "modem"], trunk_channels=1) as around:
            around.modem.network.people[NOWAK] = "answers"
            async with around.phones.in_call("resident", await around.phones.call(RESIDENT)) as resident:
                await resident.leg.voice(1.0)
                await resident.press("1")
                far = await around.modem.network.placed.get()
                await hears_voice(far)
                await presses(far, "1")
                await they_talk(far, DUTY_HERTZ, resident, RESIDENT_HERTZ)
            (row,) = await around.ended_rows()
        assert (row["line"], row["outcome"]) == ("provider", "answered")
        assert row["rung"][-1]["line"] == "modem"

    lives(story)


def test_while_the_resident_has_the_sim_duty_is_rung_by_the_trunk_though_the_sim_comes_first(town):
    async def story():
        async with with_sim(town, Quectel, ["modem", "provider"]) as around:
            rung = asyncio.ensure_future(around.phones.picked_up(NOWAK, "Jan Nowak"))
            far = around.modem.network.call(RESIDENT)
            await hears_voice(far)
            await presses(far, "1")
            async with around.phones.in_call("person on duty", await rung) as duty:
                await duty.leg.voice(1.0)
                await duty.press("1")
                await they_talk(far, RESIDENT_HERTZ, duty, DUTY_HERTZ)
                far.hangs_up()
            (row,) = await around.ended_rows()
        assert (row["line"], row["outcome"]) == ("modem", "answered")
        assert row["rung"][-1]["line"] == "provider"

    lives(story)


@pytest.mark.parametrize("make", ["quectel-card", "huawei"])  # each make joins two calls in test_pairing.py
def test_resident_and_person_on_duty_are_joined_on_the_only_sim(town, make):
    async def story():
        async with with_sim(town, MAKES[make], ["modem"]) as around:
            around.modem.network.people[NOWAK] = "answers"
            resident = around.modem.network.call(RESIDENT)
            await hears_voice(resident)
            await presses(resident, "1")
            duty = await around.modem.network.placed.get()
            assert resident.state == "held"
            await hears_voice(duty)
            await presses(duty, "1")
            while not around.talks():  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.05)
            assert resident.joined and duty.joined
            resident.hangs_up()
            await duty.over.wait()
            (row,) = await around.ended_rows()
        assert (row["line"], row["outcome"], row["answered_by"]) == ("modem", "answered", "nowak")
        assert [(each["line"], each["result"]) for each in row["rung"]] == [("modem", "answered")]

    lives(story)


def test_on_the_only_sim_of_a_network_that_joins_nobody_duty_calls_and_the_resident_is_told(town):
    async def story():
        async with with_sim(town, Quectel, ["modem"]) as around:
            around.modem.firmware.knobs.holds = "refused"
            around.modem.network.people |= {NOWAK: "answers", RESIDENT: "answers"}
            resident = around.modem.network.call(RESIDENT)
            await hears_voice(resident)
            await presses(resident, "1")
            await resident.over.wait()
            duty = await around.modem.network.placed.get()
            await hears_voice(duty)
            await presses(duty, "1")
            await duty.over.wait()
            back = await around.modem.network.placed.get()
            await hears_voice(back)
            back.hangs_up()
            (row,) = await around.ended_rows()
        assert (row["outcome"], row["urgent"]) == ("callback", True)

    lives(story)
