"""One person, or one telephone of the building: rung for a caller who chose them.

Nobody answers: the caller hears so and is back at the menu.
"""

from __future__ import annotations

from appliance.building.model import Destination, Person
from appliance.callflow.call import Call
from appliance.callflow.connecting import connect, offer_call_back
from appliance.callflow.office import EXTENSION, must_confirm
from appliance.callflow.ringing import Search, repeat
from appliance.callflow.waiting import beside

RING_SECONDS = 25.0


async def person(call: Call, somebody: Person) -> Destination | None:
    """Put the caller through; returns the menu when nobody answers. Raises LegGoneError."""
    words = repeat(call.to_staff("whisper_plain"), call.desk)
    search = Search(
        call,
        RING_SECONDS,
        words,
        must_confirm,
        lambda who, leg, claim: offer_call_back(call, who, leg, claim),
        rationed=not call.urgent,
    )
    try:
        async with beside(_keep_company(call)):
            found = await search.in_turn([somebody])
        if found is not None:
            search.hand_over()
            if await connect(call, found.person, found.leg, announcement=""):
                return None
        await call.say("no_answer")
        return Destination("menu", call.menu)
    finally:
        search.let_go()
        if search.rang and not call.outcome and not call.leg.up:
            call.open_ticket("lost")


async def _keep_company(call: Call) -> None:
    await call.leg.play(*call.first_words())
    await call.leg.play(call.desk.voice.hold_music(), loop=True)


def telephone(number: str, name: str) -> Person:
    """A telephone of the building as somebody who can be rung."""
    return Person(f"{EXTENSION}{number}", name, (f"{EXTENSION}{number}",))
