"""The story of a bad night: nobody on duty answers, the resident leaves a message, and the chase finds somebody."""

from __future__ import annotations

import asyncio

from appliance.demo.building import KOWALSKA, NOWAK, NUMBER, RESIDENT, night_building
from appliance.demo.story import Story
from appliance.demo.telephones import Telephones
from appliance.demo.tones import RESIDENT_HERTZ
from appliance.register.fold import Row

GREETING_SECONDS = 1.0  # of voice
MESSAGE_SECONDS = 4.0


async def play(phones: Telephones) -> None:
    """One urgent call that nobody accepts, and what comes of it."""
    phones.tell(f"It is night. The resident of flat 12 calls {NUMBER}.")
    async with phones.in_call("resident", await phones.call(RESIDENT)) as resident:
        await resident.leg.voice(GREETING_SECONDS)
        phones.tell("The resident hears the greeting and presses 1: an urgent failure.")
        await resident.press("1")
        async with asyncio.TaskGroup() as duty:
            duty.create_task(_nobody_accepts(phones))
            await resident.hears("vm_urgent")
        phones.tell("The resident hears that nobody has answered yet.")
        await resident.hears_beep()
        async with resident.speaking(RESIDENT_HERTZ):
            phones.tell(f"After the beep the resident leaves a message ({RESIDENT_HERTZ:.0f} Hz).")
            await asyncio.sleep(MESSAGE_SECONDS)
        phones.tell("The resident hangs up.")
    await _chased(phones)


async def _nobody_accepts(phones: Telephones) -> None:
    """Nowak lets it ring, Kowalska declines; in the last round both let it ring."""
    await (await phones.rung(NOWAK, "Jan Nowak")).gone()
    phones.tell("Jan Nowak does not answer.")
    async with phones.in_call("Anna Kowalska", await phones.picked_up(KOWALSKA, "Anna Kowalska")) as kowalska:
        await kowalska.leg.voice(GREETING_SECONDS)
        phones.tell("Anna Kowalska hears what it is about and presses 2: she cannot.")
        await kowalska.press("2")
        await kowalska.leg.gone()
    last = [await phones.rung(NOWAK, "Jan Nowak"), await phones.rung(KOWALSKA, "Anna Kowalska")]
    for leg in last:
        await leg.gone()
    phones.tell("In the last round both were rung at once, and nobody answered.")


async def _chased(phones: Telephones) -> None:
    """The exchange rings about the ticket by itself."""
    async with phones.in_call("Jan Nowak", await phones.picked_up(NOWAK, "Jan Nowak")) as nowak:
        await nowak.hears("chase")
        phones.tell("Jan Nowak hears that an urgent ticket still waits, and presses 2: the message.")
        await nowak.press("2")
        await nowak.hears_tone(RESIDENT_HERTZ)
        phones.tell(f"Jan Nowak hears the message ({RESIDENT_HERTZ:.0f} Hz recognised) and presses 1: accepted.")
        await nowak.press("1")
        await nowak.hears("claimed")
        phones.tell("Jan Nowak hears that it is his and that nobody else will be woken.")
        await nowak.leg.gone()


def remembered(calls: list[Row], tickets: list[Row]) -> bool:
    """One urgent message, whose ticket Nowak has taken."""
    rung = [(each["who"], each["result"]) for row in calls for each in row["rung"]]
    return (
        [(row["outcome"], row["urgent"]) for row in calls] == [("voicemail", True)]
        and rung[:2] == [("nowak", "no answer"), ("kowalska", "declined")]
        and {who for who, _ in rung[2:]} == {"nowak", "kowalska"}
        and [(row["state"], row["urgent"], row["taken_by"]) for row in tickets] == [("in progress", True, "nowak")]
    )


NIGHT = Story(night_building, play, remembered)
