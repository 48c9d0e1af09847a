"""A running exchange with a modem in software and a trunk, its neighbours, and what they hear through the modem."""

import asyncio
import audioop
import random
import re
from contextlib import asynccontextmanager

from appliance.building.file import read
from appliance.clock import SystemClock
from appliance.demo.building import urgent_building
from appliance.demo.telephones import Telephones
from appliance.demo.tones import SHARE_HEARD, share, tone_of
from appliance.exchange import Exchange
from appliance.options import Options
from appliance.register.reports import FILE_NAME, Reports
from hardware import discovery

DEADLINE_SECONDS = 150.0
RATE = 8000
FRAME_BYTES, FRAME_SECONDS = 320, 0.02
LOUD = 500  # of 16 bits: a voice, not the noise of a codec
PROVIDER = 'lines = ["provider"]'


def lives(story):
    async def whole():
        async with asyncio.timeout(DEADLINE_SECONDS):
            await story()

    asyncio.run(whole())


class Neighbourhood:
    """A running exchange, and everybody around it."""

    def __init__(self, exchange, modem, phones):
        self.exchange, self.modem, self.phones = exchange, modem, phones

    def rows(self):
        with Reports(self.exchange.options.data / FILE_NAME) as reports:
            return list(reports.calls())

    def talks(self):
        """Whether somebody is connected, as far as the exchange knows."""
        return any(call.state == "talking" for call in self.exchange.calls.up.values())

    async def ended_rows(self):
        """The register, once it says how every call ended."""
        while not (rows := self.rows()) or any(row["outcome"] is None for row in rows):  # noqa: ASYNC110 - on disk
            await asyncio.sleep(0.1)
        return rows


def building_of(line, outbound, provider_port, trunk_channels=8):
    """The text of a building.toml with this line beside the trunk, and these lines out."""
    text = urgent_building(provider_port).replace("[outbound]\n", f"{line}\n[outbound]\n")
    return re.sub(r"channels = [0-9]+", f"channels = {trunk_channels}", text.replace(PROVIDER, f"lines = {outbound}"))


@asynccontextmanager
async def neighbourhood(town, modem, line, outbound, *, trunk_channels=8):
    """`town`: the fixture; `line`: the table of `modem` in building.toml, with the id "modem"."""
    town.monkeypatch.setattr(discovery, "SYS", modem.sys)
    town.monkeypatch.setattr(discovery, "DEV", modem.dev)
    data = town.folder / "box"
    data.mkdir()
    (data / "prompts").symlink_to(town.prompts)
    phones = Telephones(SystemClock(), random.Random(), data, lambda text: None)
    path = data / "building.toml"
    path.write_text(building_of(line, outbound, await phones.start(), trunk_channels), encoding="utf-8")
    options = Options(data, path, ("127.0.0.1", 0), (11000, 11999), ("127.0.0.1", 0))
    exchange = Exchange(options, read(path), SystemClock(), random.Random())
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    running = asyncio.ensure_future(exchange.run(stop, ready.set_result))
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        modem.plug()  # after the start: it is found all the same
        async with phones.connected((await ready).sip, office=False):
            while exchange.fleet.lines["modem"].state().state != "up":  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.05)
            yield Neighbourhood(exchange, modem, phones)
    finally:
        stop.set()
        await asyncio.wait({running})
        modem.unplug()
        await phones.stop()


async def hears_voice(far, seconds=1.0):
    """Wait until the far end of the modem has heard so much from now on: a greeting, not a click."""
    mark, heard = len(far.heard), 0.0
    while heard < seconds:
        await asyncio.sleep(0.1)
        while len(far.heard) - mark >= FRAME_BYTES:
            heard += FRAME_SECONDS * (audioop.rms(bytes(far.heard[mark : mark + FRAME_BYTES]), 2) > LOUD)
            mark += FRAME_BYTES


async def hears_tone(far, hertz):
    """Wait until the far end of the modem has heard a second of this tone from now on."""
    mark = len(far.heard)
    while True:
        await asyncio.sleep(0.1)
        if len(far.heard) - mark >= 2 * RATE:
            if share(audioop.lin2alaw(bytes(far.heard[mark : mark + 2 * RATE]), 2), hertz) > SHARE_HEARD:
                return
            mark += RATE


async def they_talk(far, far_hertz, party, party_hertz):
    """A tone each way, until each has recognised the other's."""
    far.speech = audioop.alaw2lin(tone_of(far_hertz, 1.0), 2)
    async with party.speaking(party_hertz):
        await asyncio.gather(party.hears_tone(far_hertz), hears_tone(far, party_hertz))
