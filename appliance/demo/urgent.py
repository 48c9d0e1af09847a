"""The first story: a resident presses 1, the person on duty accepts, and the two talk."""

from __future__ import annotations

import asyncio

from appliance.demo.building import NOWAK, NUMBER, RESIDENT, urgent_building
from appliance.demo.party import talk
from appliance.demo.story import Story
from appliance.demo.telephones import Telephones
from appliance.demo.tones import DUTY_HERTZ, RESIDENT_HERTZ
from appliance.register.fold import Row

GREETING_SECONDS = 1.0  # of voice: that is a greeting, not a click


async def play(phones: Telephones) -> None:
    """One urgent call."""
    phones.tell(f"The resident of flat 12 calls {NUMBER}.")
    duty_rung = asyncio.ensure_future(phones.picked_up(NOWAK, "Jan Nowak"))
    async with phones.in_call("resident", await phones.call(RESIDENT)) as resident:
        await resident.leg.voice(GREETING_SECONDS)
        phones.tell("The resident hears the greeting and presses 1: an urgent failure.")
        await resident.press("1")
        async with phones.in_call("person on duty", await duty_rung) as duty:
            await duty.leg.voice(GREETING_SECONDS)
            phones.tell("Jan Nowak hears what it is about and presses 1: accepted.")
            await duty.press("1")
            await talk(resident, duty, (RESIDENT_HERTZ, DUTY_HERTZ), phones.tell)
            resident.leg.hangup()
            phones.tell("The resident hangs up.")
            await duty.leg.gone()


def remembered(calls: list[Row], tickets: list[Row]) -> bool:
    """One answered urgent call."""
    return [(row["outcome"], row["urgent"], row["answered_by"]) for row in calls] == [("answered", True, "nowak")]


URGENT = Story(urgent_building, play, remembered)
