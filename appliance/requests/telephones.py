"""Which telephones in the building are there, and where they reach the box. No password is told."""

from __future__ import annotations

from appliance.control import Handler
from appliance.requests.asked import Answer, Asked
from appliance.requests.context import Context


def handlers(context: Context) -> dict[str, Handler]:
    """The verb `telephones`."""

    async def telephones(_: Asked) -> Answer:
        there = context.telephones.registered
        extensions = [{"number": each, "registered": there(each)} for each in context.building.extensions]
        return {"port": context.sip_address[1], "extensions": extensions}

    return {"telephones": telephones}
