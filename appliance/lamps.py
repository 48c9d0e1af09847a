"""Which lamps burn, by how things stand: the status lamp and the panic lamp. Pure; whoever has lamps lights them.

The page shows them as they burn; a panel of lamps on the box lights the same (`[panel]` names its pins).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from appliance.health.way import Level

StatusLamp = Literal["green", "amber", "red", "starting"]
PanicLamp = Literal["off", "blinking", "on"]
BY_LEVEL: Mapping[Level, StatusLamp] = {"ok": "green", "fallback": "amber", "fault": "red", "starting": "starting"}
LOOKS_NO_MORE = ("talking", "voicemail", "ending")  # states of a call in which nobody is looked for


def status_lamp(level: Level, *, fault: bool, battery: bool = False) -> StatusLamp:
    """By which way the box works, and whether anything but a line is wrong (`fault`); `battery`: the mains are gone."""
    lamp = "red" if fault else BY_LEVEL[level]
    return "amber" if battery and lamp == "green" else lamp


def panic_lamp(urgent_calls: Collection[str], *, untaken: bool) -> PanicLamp:
    """Blinks while an urgent call looks for somebody; steady while an urgent ticket has nobody; else off.

    `urgent_calls`: states of the urgent calls that are up and that nobody has taken; `untaken`: a ticket waits.
    """
    if any(state not in LOOKS_NO_MORE for state in urgent_calls):
        return "blinking"
    waiting = [state for state in urgent_calls if state != "talking"]
    return "on" if untaken or waiting else "off"
