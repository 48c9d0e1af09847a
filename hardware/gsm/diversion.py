"""The diversion that the SIM's network carries out while the card cannot be reached (3GPP TS 27.007 §7.11, +CCFC)."""

from __future__ import annotations

from typing import Protocol

from appliance.building.numbers import is_e164
from appliance.lines.divert import DivertRefusedError
from hardware.at.port import AtError, PortError

NOT_REACHABLE = 3  # <reason>
REGISTRATION, ERASURE = 3, 4  # <mode>: the network keeps the number and begins to use it; it forgets it
INTERNATIONAL, VOICE = 145, 1  # <type> of a number with its plus sign, <class>
SECONDS = 40.0  # the network is asked, and may take its time


class Modem(Protocol):
    """Who carries the command."""

    async def send(
        self, command: str, prefix: str | None = None, *, seconds: float = 5.0, slow: bool = False
    ) -> list[str]:
        """Raises PortError."""
        ...


async def divert(modem: Modem, number: str | None) -> None:
    """See `Divertible.divert`. Raises ValueError for what is no E.164 number."""
    if number is not None and not is_e164(number):
        raise ValueError(f"no number to divert to: {number!r}")
    wish = f'{REGISTRATION},"{number}",{INTERNATIONAL},{VOICE}' if number is not None else f"{ERASURE}"
    try:
        await modem.send(f"AT+CCFC={NOT_REACHABLE},{wish}", seconds=SECONDS, slow=True)
    except AtError as error:
        raise DivertRefusedError(error.final.text) from None  # its own text has the number
    except PortError as error:
        raise OSError(type(error).__name__) from None
