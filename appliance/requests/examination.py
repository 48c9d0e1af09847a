"""What the doctor finds, asked by the page: programs, disk, network, lines."""

from __future__ import annotations

import asyncio

from appliance.control import Handler
from appliance.requests.asked import Answer, Asked
from appliance.requests.context import Context


def handlers(context: Context) -> dict[str, Handler]:
    """The verb `doctor`."""

    async def doctor(_: Asked) -> Answer:
        return await asyncio.to_thread(_examined, context)

    return {"doctor": doctor}


def _examined(context: Context) -> Answer:
    """In a thread: it asks the exchange itself, and the disk."""
    from appliance.doctor.findings import can_take_calls, findings
    from appliance.doctor.probe import Places, look  # needed once in a while

    options = context.options
    places = Places(options.data, options.building_file, options.sip, options.rtp_ports, options.web)
    found = findings(look(places, context.rng))
    told = [{"check": each.check, "level": each.level, "seen": each.seen, "remedy": each.remedy} for each in found]
    return {"calls_can_be_taken": can_take_calls(found), "findings": told}
