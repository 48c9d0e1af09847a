"""Whole urgent calls between a SIM and SIP: a real exchange and media process, telephones, a modem in software."""

import asyncio
import audioop
import os
import random
import re
from contextlib import asynccontextmanager

import pytest

from appliance.building.file import read
from appliance.clock import SystemClock
from appliance.demo.building import NOWAK, RESIDENT, urgent_building
from appliance.demo.telephones import Telephones
from appliance.demo.tones import DUTY_HERTZ, RESIDENT_HERTZ, SHARE_HEARD, share, tone_of
from appliance.exchange import Exchange
from appliance.options import Options
from appliance.register.reports import FILE_NAME, Reports
from hardware import discovery
from tests.hardware.modem.makes import Huawei, Quectel, QuectelCard, Simcom
from tests.hardware.modem.network import RATE
from tests.hardware.modem.usb import Stick

DEADLINE_SECONDS = 100.0
SIM = "+48600000001"
LINE = f'[[lines]]\nid = "sim"\nkind = "gsm"\nnumber = "{SIM}"\n\n[outbound]\n'
LOUD = 500  # of 16 bits: a voice, not the noise of a codec
MAKES = {"quectel": Quectel, "quectel-card": QuectelCard, "simcom": Simcom, "huawei": Huawei}


class Neighbourhood:
    """A running exchange with a SIM and a trunk, and everybody around it."""

    def __init__(self, exchange, stick, phones):
        self.exchange, self.stick, self.phones = exchange, stick, phones

    def rows(self):
        with Reports(self.exchange.options.data / FILE_NAME) as reports:
            return list(reports.calls())


@asynccontextmanager
async def neighbourhood(tmp_path, monkeypatch, make, outbound, *, trunk_channels=8):
    stick = Stick(make, tmp_path)
    monkeypatch.setattr(discovery, "SYS", stick.sys)
    monkeypatch.setattr(discovery, "DEV", stick.dev)
    monkeypatch.setenv("PATH", f"{stick.carriers}:{os.environ['PATH']}")
    data = tmp_path / "box"
    data.mkdir()
    phones = Telephones(SystemClock(), random.Random(), data, lambda text: None)
    building = urgent_building(await phones.start()).replace("[outbound]\n", LINE)
    path = data / "building.toml"
    building = building.replace('lines = ["provider"]', f"lines = {outbound}")
    building = re.sub(r"channels = [0-9]+", f"channels = {trunk_channels}", building)
    path.write_text(building, encoding="utf-8")
    options = Options(data, path, ("127.0.0.1", 0), (11000, 11999), ("127.0.0.1", 0))
    exchange = Exchange(options, read(path), SystemClock(), random.Random())
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    running = asyncio.ensure_future(exchange.run(stop, ready.set_result))
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        stick.plug()  # after the start: it is found all the same
        async with phones.connected((await ready).sip, office=False):
            while exchange.fleet.lines["sim"].state().state != "up":  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.05)
            yield Neighbourhood(exchange, stick, phones)
    finally:
        stop.set()
        await asyncio.wait({running})
        stick.unplug()
        await stick.network.end()
        await phones.stop()


def lives(story):
    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            await story()

    asyncio.run(whole())


async def hears_voice(far, seconds=1.0):
    """Wait until the far end of the modem has heard so much from now on: a greeting, not a click."""
    mark, heard = len(far.heard), 0.0
    while heard < seconds:
        await asyncio.sleep(0.1)
        while len(far.heard) - mark >= 320:
            heard += 0.02 * (audioop.rms(bytes(far.heard[mark : mark + 320]), 2) > LOUD)
            mark += 320


async def hears_tone(far, hertz):
    """Wait until the far end of the modem has heard a second of this tone from now on."""
    mark = len(far.heard)
    while True:
        await asyncio.sleep(0.1)
        if len(far.heard) - mark >= 2 * RATE:
            second = audioop.lin2alaw(bytes(far.heard[mark : mark + 2 * RATE]), 2)
            if share(second, hertz) > SHARE_HEARD:
                return
            mark += RATE


async def presses(far, digits):
    """As the modem has it: told of by a report, or heard as tones."""
    if far.network.modem.reports_keys:
        far.presses(digits)
    else:
        await far.sends(digits)


async def they_talk(far, far_hertz, party, party_hertz):
    """A tone each way, until each has recognised the other's."""
    far.speech = audioop.alaw2lin(tone_of(far_hertz, 1.0), 2)
    async with party.speaking(party_hertz):
        await asyncio.gather(party.hears_tone(far_hertz), hears_tone(far, party_hertz))


@pytest.mark.parametrize("make", MAKES)
def test_resident_who_calls_the_sim_talks_to_the_person_on_duty_over_sip(tmp_path, monkeypatch, make):
    async def story():
        async with neighbourhood(tmp_path, monkeypatch, MAKES[make], ["provider"]) as around:
            rung = asyncio.ensure_future(around.phones.picked_up(NOWAK, "Jan Nowak"))
            far = around.stick.network.call(RESIDENT)
            await hears_voice(far)
            await presses(far, "1")
            async with around.phones.in_call("person on duty", await rung) as duty:
                await duty.leg.voice(1.0)
                await duty.press("1")
                await they_talk(far, RESIDENT_HERTZ, duty, DUTY_HERTZ)
                far.hangs_up()
                await duty.leg.gone()
            (row,) = await ended_rows(around)
        assert (row["line"], row["number"], row["caller"]) == ("sim", SIM, RESIDENT)
        assert (row["outcome"], row["answered_by"], row["urgent"]) == ("answered", "nowak", True)
        assert [each["line"] for each in row["rung"]] == ["provider"]

    lives(story)


@pytest.mark.parametrize("make", MAKES)
def test_resident_on_the_trunk_talks_to_the_person_on_duty_by_sim(tmp_path, monkeypatch, make):
    async def story():
        async with neighbourhood(tmp_path, monkeypatch, MAKES[make], ["sim"]) as around:
            around.stick.network.people[NOWAK] = "answers"
            async with around.phones.in_call("resident", await around.phones.call(RESIDENT)) as resident:
                await resident.leg.voice(1.0)
                await resident.press("1")
                far = await around.stick.network.placed.get()
                await hears_voice(far)
                await presses(far, "1")
                await they_talk(far, DUTY_HERTZ, resident, RESIDENT_HERTZ)
                resident.leg.hangup()
                await far.over.wait()
            (row,) = await ended_rows(around)
        assert (row["line"], row["outcome"], row["answered_by"]) == ("provider", "answered", "nowak")
        assert [(each["line"], each["result"]) for each in row["rung"]] == [("sim", "answered")]

    lives(story)


def test_while_the_resident_has_the_only_channel_of_the_trunk_duty_is_rung_by_sim(tmp_path, monkeypatch):
    async def story():
        async with neighbourhood(tmp_path, monkeypatch, Quectel, ["provider", "sim"], trunk_channels=1) as around:
            around.stick.network.people[NOWAK] = "answers"
            async with around.phones.in_call("resident", await around.phones.call(RESIDENT)) as resident:
                await resident.leg.voice(1.0)
                await resident.press("1")
                far = await around.stick.network.placed.get()
                await hears_voice(far)
                await presses(far, "1")
                await they_talk(far, DUTY_HERTZ, resident, RESIDENT_HERTZ)
            (row,) = await ended_rows(around)
        assert (row["line"], row["outcome"]) == ("provider", "answered")
        assert row["rung"][-1]["line"] == "sim"

    lives(story)


def test_while_the_resident_has_the_sim_duty_is_rung_by_the_trunk_though_the_sim_comes_first(tmp_path, monkeypatch):
    async def story():
        async with neighbourhood(tmp_path, monkeypatch, Quectel, ["sim", "provider"]) as around:
            rung = asyncio.ensure_future(around.phones.picked_up(NOWAK, "Jan Nowak"))
            far = around.stick.network.call(RESIDENT)
            await hears_voice(far)
            await presses(far, "1")
            async with around.phones.in_call("person on duty", await rung) as duty:
                await duty.leg.voice(1.0)
                await duty.press("1")
                await they_talk(far, RESIDENT_HERTZ, duty, DUTY_HERTZ)
                far.hangs_up()
            (row,) = await ended_rows(around)
        assert (row["line"], row["outcome"]) == ("sim", "answered")
        assert row["rung"][-1]["line"] == "provider"

    lives(story)


async def ended_rows(around):
    """The register, once it says how every call ended."""
    while not (rows := around.rows()) or any(row["outcome"] is None for row in rows):  # noqa: ASYNC110 - on disk
        await asyncio.sleep(0.1)
    return rows


@pytest.mark.parametrize("make", MAKES)
def test_resident_and_person_on_duty_are_joined_on_the_only_sim(tmp_path, monkeypatch, make):
    async def story():
        async with neighbourhood(tmp_path, monkeypatch, MAKES[make], ["sim"]) as around:
            around.stick.network.people[NOWAK] = "answers"
            resident = around.stick.network.call(RESIDENT)
            await hears_voice(resident)
            await presses(resident, "1")
            duty = await around.stick.network.placed.get()
            assert resident.state == "held"
            await hears_voice(duty)
            await presses(duty, "1")
            while not (resident.joined and duty.joined):  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.05)
            await asyncio.sleep(2.0)
            resident.hangs_up()
            await duty.over.wait()
            (row,) = await ended_rows(around)
        assert (row["line"], row["outcome"], row["answered_by"]) == ("sim", "answered", "nowak")
        assert [(each["line"], each["result"]) for each in row["rung"]] == [("sim", "answered")]

    lives(story)


def test_on_the_only_sim_of_a_network_that_joins_nobody_duty_calls_and_the_resident_is_told(tmp_path, monkeypatch):
    async def story():
        async with neighbourhood(tmp_path, monkeypatch, Quectel, ["sim"]) as around:
            around.stick.firmware.knobs.holds = "refused"
            around.stick.network.people |= {NOWAK: "answers", RESIDENT: "answers"}
            resident = around.stick.network.call(RESIDENT)
            await hears_voice(resident)
            await presses(resident, "1")
            await resident.over.wait()
            duty = await around.stick.network.placed.get()
            await hears_voice(duty)
            await presses(duty, "1")
            await duty.over.wait()
            back = await around.stick.network.placed.get()
            await hears_voice(back)
            await back.over.wait()
            (row,) = await ended_rows(around)
        assert (row["outcome"], row["urgent"]) == ("callback", True)

    lives(story)
