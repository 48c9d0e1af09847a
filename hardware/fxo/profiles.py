"""What each make of voice modem does in its own way. Plain data; nothing here talks to a modem.

Sources: Conexant "CX930xx AT Commands Reference Manual" (CX93010, CX93001); USRobotics "USR5637 Command Reference";
ITU-T V.253 for what they share. None of them was seen on a real modem here (docs/hardware.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.media.dle import ETX, command

LEAVE_DUPLEX, LEAVE = command("^"), command(chr(ETX))


@dataclass(frozen=True, slots=True)
class Profile:
    """One make. `init` is sent once, `form` chooses 8,000 unsigned 8-bit samples a second, before each call.

    `leave`: what ends the stream; the other way is tried where the modem does not hear it.
    """

    name: str
    init: tuple[str, ...] = ()
    form: str = "AT+VSM=1,8000,0,0"
    leave: bytes = LEAVE_DUPLEX


# Poland by its T.35 code sets impedance, ring and caller ID; who calls is told in words (V.253 §11.1). A command that a
# firmware does not know is passed over.
COMMON_INIT = ("ATE0", "ATV1", "ATQ0", "ATX4", "ATM0", "ATS0=0", "AT+GCI=8A")
VOICE = "AT+FCLASS=8"
CALLER = "AT+VCID=1"
OFF_HOOK, ON_HOOK, DUPLEX, HANG_UP = "AT+VLS=1", "AT+VLS=0", "AT+VTR", "ATH0"
FLASH = "AT+VTS=!"  # V.253: a hook flash; how long it is, the country set by +GCI says
RESET = "ATZ"

CONEXANT = Profile("conexant")
USR = Profile("usr", form="AT+VSM=128,8000", leave=LEAVE)
GENERIC = Profile("generic")
PROFILES: Mapping[str, Profile] = {each.name: each for each in (CONEXANT, USR, GENERIC)}
