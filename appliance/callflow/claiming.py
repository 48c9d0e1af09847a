"""A telephone in the building calls a box that is to be claimed: it hears the claim code, sign by sign, twice.

Who may hear it is not decided here: nobody from outside is ever led here (`calls.py`).
"""

from __future__ import annotations

from appliance.callflow import beside_reception, numerals
from appliance.callflow import call as calls
from appliance.callflow.call import Call
from appliance.callflow.desk import Desk
from appliance.lines.line import Leg

DESTINATION = "claim"  # as the register has it


async def speak_code(leg: Leg, desk: Desk, code: str) -> None:
    """Look after one such call to its end. Raises nothing but CancelledError."""

    async def spoken(call: Call) -> None:
        if not code:
            return  # somebody has claimed the box in this moment
        leg.answer()
        call.note_answered()
        call.outcome = calls.INFORMED
        await call.say("claim_code", code=numerals.spelled(code, call.language))
        await call.say("goodbye")
        leg.hangup()

    await beside_reception.live(leg, desk, DESTINATION, spoken)
