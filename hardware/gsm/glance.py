"""A look at a modem by somebody who is not the exchange: what it is and how it stands, in words. It enters no PIN."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.building.model import Language, LineConfig
from appliance.clock import Clock
from hardware import discovery
from hardware.gsm import words
from hardware.gsm.modem import GsmModem
from hardware.gsm.pin import PinFile
from hardware.hotplug import Hotplug
from hardware.modem.attached import Place

LOOK_SECONDS = 12.0  # a modem that has been plugged in for a while is on its network within two
STEP_SECONDS = 0.05
FOR_THE_EXCHANGE = ("unplugged", "pin_missing")  # no troubles here: told otherwise, or its PIN is not ours to enter


@dataclass(frozen=True, slots=True)
class Glance:
    """`about`: its model, voice, network, signal, operator, SIM; "" for no modem. `fault`: what is wrong, or ""."""

    about: str = ""
    fault: str = ""


async def glance(config: LineConfig, clock: Clock, language: Language, place: Place | None = None) -> Glance:
    """Look at the modem of a line that nobody serves. Takes `LOOK_SECONDS` where there is a modem but no network."""
    where = place or Place(config.device, discovery.SYS, discovery.DEV)
    modem = GsmModem(replace(config, pin=""), clock, PinFile(Path(os.devnull)), Hotplug(), where)
    modem.start()
    until = clock.monotonic() + LOOK_SECONDS
    try:
        while not modem.ready and modem.trouble is None and clock.monotonic() < until:  # noqa: ASYNC110 - troubles announce nothing
            await asyncio.sleep(STEP_SECONDS)
    finally:
        await modem.stop()
    about, trouble = words.about(modem.seen, language), modem.trouble
    if trouble is not None and trouble.key not in FOR_THE_EXCHANGE:
        return Glance(about, words.fault(trouble.key, language, **trouble.details))
    if modem.ready and not modem.seen.voice:
        return Glance(about, words.fault("no_voice", language, model=modem.seen.model))
    if about and not modem.ready and trouble is None:
        about += words.NOT_YET[language != "pl"]
    return Glance(about)
