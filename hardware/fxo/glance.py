"""A look at a voice modem by somebody who is not the exchange. It does not take the line."""

from __future__ import annotations

import asyncio

from appliance.building.model import Language, LineConfig
from appliance.clock import Clock
from hardware import discovery
from hardware.fxo import words
from hardware.fxo.modem import FxoModem
from hardware.hotplug import Hotplug
from hardware.modem.attached import Place

LOOK_SECONDS = 12.0  # a modem that is silent is known for it by then
STEP_SECONDS = 0.05


async def glance(config: LineConfig, clock: Clock, language: Language, place: Place | None = None) -> tuple[str, str]:
    """What it is, "" for no modem, and what is wrong with it, or ""."""
    where = place or Place(config.device, discovery.SYS, discovery.DEV)
    modem = FxoModem(config, clock, Hotplug(), where, on_report=lambda report: None, on_change=lambda: None)
    modem.start()
    until = clock.monotonic() + LOOK_SECONDS
    try:
        while not modem.ready and modem.trouble is None and clock.monotonic() < until:  # noqa: ASYNC110 - troubles announce nothing
            await asyncio.sleep(STEP_SECONDS)
    finally:
        await modem.stop()
    trouble = modem.trouble
    if trouble is None or trouble.key == "unplugged":
        return modem.model, ""
    return modem.model, words.in_both(trouble)[language]
