"""The story of the queue: two residents want the office; the second does not wait on the line and is called back."""

from __future__ import annotations

import asyncio

from appliance.demo.building import CALLBACK_KEY, NEIGHBOUR, NUMBER, RESIDENT, queue_building
from appliance.demo.party import talk
from appliance.demo.story import Story
from appliance.demo.telephones import OFFICE, Telephones
from appliance.demo.tones import DUTY_HERTZ, NEIGHBOUR_HERTZ, RESIDENT_HERTZ
from appliance.register.fold import Row

OFFICE_KEY = "4"


async def play(phones: Telephones) -> None:
    """One call that waits, and one that is called back."""
    phones.tell(f"The resident of flat 12 calls {NUMBER} and presses 4: the office.")
    async with phones.in_call("resident", await phones.call(RESIDENT)) as resident:
        await resident.press(OFFICE_KEY)
        await resident.hears("queue_0")
        phones.tell("The resident hears that nobody is ahead.")
        rung = await phones.rung(OFFICE, "The office")
        await _does_not_wait(phones)
        rung.answer()
        phones.tell("The office picks up.")
        async with phones.in_call("office", rung) as office:
            await talk(resident, office, (RESIDENT_HERTZ, DUTY_HERTZ), phones.tell)
            resident.leg.hangup()
            phones.tell("The resident of flat 12 hangs up.")
            await office.leg.gone()
    await _called_back(phones)


async def _does_not_wait(phones: Telephones) -> None:
    """The neighbour calls, hears the place, and asks to be called back."""
    phones.tell(f"The resident of flat 13 calls {NUMBER} and presses 4 as well.")
    async with phones.in_call("neighbour", await phones.call(NEIGHBOUR)) as neighbour:
        await neighbour.press(OFFICE_KEY)
        await neighbour.hears("queue_one")
        phones.tell(f"The neighbour hears that one person is ahead, and presses {CALLBACK_KEY}: call me back.")
        await neighbour.press(CALLBACK_KEY)
        await neighbour.hears("callback_ok")
        phones.tell("The neighbour hears the promise and hangs up; the place is kept.")


async def _called_back(phones: Telephones) -> None:
    """The office is rung for the place, then the neighbour."""
    async with phones.in_call("office", await phones.picked_up(OFFICE, "The office")) as office:
        await office.hears("callback_staff")
        phones.tell("The office hears that a resident is called back.")
        async with phones.in_call("neighbour", await phones.picked_up(NEIGHBOUR, "The neighbour")) as neighbour:
            await talk(neighbour, office, (NEIGHBOUR_HERTZ, DUTY_HERTZ), phones.tell)
            neighbour.leg.hangup()
            phones.tell("The neighbour hangs up.")
            await asyncio.wait_for(office.leg.gone(), 5.0)


def remembered(calls: list[Row], tickets: list[Row]) -> bool:
    """One call answered by the office, one to be called back whose ticket is done."""
    outcomes = [(row["caller"], row["outcome"], row["answered_by"]) for row in calls]
    done = [(row["caller"], row["state"], row["taken_by"]) for row in tickets]
    return outcomes == [(RESIDENT, "answered", "biuro"), (NEIGHBOUR, "callback", None)] and done == [
        (NEIGHBOUR, "done", "biuro")
    ]


QUEUE = Story(queue_building, play, remembered, office=True)
