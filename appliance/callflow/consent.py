"""Recording of conversations, where the association wants it: announced to the caller, and refused by pressing 0.

Voices are personal data: nothing is recorded that was not announced, nor what the caller refused.
"""

from __future__ import annotations

from pathlib import Path

from appliance.callflow.call import Call
from appliance.callflow.waiting import ask

REFUSE = "0"
ANSWER_SECONDS = 1.5  # to press 0 after the announcement


async def announce(call: Call) -> None:
    """Tell the caller once that the conversation will be recorded, and take a no. Raises LegGoneError."""
    if not call.desk.building.recording.conversations or call.consent is not None:
        return
    call.leg.forget_digits()
    key = await ask(call.leg, call.sentence("recording"), seconds=ANSWER_SECONDS)
    call.consent = key != REFUSE


def recording_of(call: Call) -> Path | None:
    """Where the conversation goes; None where it is not to be recorded."""
    return call.desk.recordings / f"{call.uid}.talk.wav" if call.consent else None
