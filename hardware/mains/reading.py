"""What a UPS tells at one moment, whatever kind it is, and the contract of whoever asks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Trouble = Literal["", "away", "unknown_ups", "denied", "stale", "nonsense", "pin", "played"]
TROUBLES: tuple[Trouble, ...] = ("away", "unknown_ups", "denied", "stale", "nonsense", "pin", "played")


@dataclass(frozen=True, slots=True)
class Reading:
    """`on_battery` None: not known, and `trouble` says why (`detail`: the system's own words).

    `low`: the UPS itself says that its battery ends. `charge`: percent; `seconds`: that it lasts still, by the UPS;
    None where it does not tell. `replace`: it asks for a new battery.
    """

    on_battery: bool | None
    low: bool = False
    charge: float | None = None
    seconds: float | None = None
    replace: bool = False
    trouble: Trouble = ""
    detail: str = ""


class Ups(Protocol):
    """A source of readings. It belongs to the event loop's thread."""

    async def read(self) -> Reading:
        """How things are now, within `nut_ups.ANSWER_SECONDS`. Raises nothing: trouble is a reading, too."""
        ...

    async def close(self) -> None:
        """Give back what is held."""
        ...
