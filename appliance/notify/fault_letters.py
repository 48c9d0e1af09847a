"""Which faults are worth a mail, and when: what has lasted a while, and that it is over. Pure; moments are monotonic.

A fault that comes and goes is told once an hour at most, so that no mailbox is flooded by a line that flickers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

LASTS_SECONDS = 60.0  # a fault that is shorter is nobody's business
CALM_SECONDS = 120.0  # over for so long is over
AGAIN_SECONDS = 3600.0  # from one letter about a part to the next one


@dataclass(slots=True)
class _Part:
    """One part of the exchange. `since`: when it began to be as it is; `told`: that it is at fault."""

    text: str
    at_fault: bool
    since: float
    told: bool = False
    last_told: float | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be told of a part."""

    occasion: Literal["fault", "well"]
    part: str
    text: str


class FaultLetters:
    """Remembers what was told. `silent` parts are never told: the mail cannot tell that there is no mail."""

    def __init__(self, silent: Iterable[str] = ()) -> None:
        self._parts: dict[str, _Part] = {}
        self._silent = frozenset(silent)

    def look(self, faults: Mapping[str, str], now: float) -> list[Letter]:
        """What is to be told at this moment, given what is wrong: part → text."""
        for part, text in faults.items():
            known = self._parts.setdefault(part, _Part(text, False, now))
            known.text = text
            if not known.at_fault:
                known.at_fault, known.since = True, now
        for part, known in self._parts.items():
            if known.at_fault and part not in faults:
                known.at_fault, known.since = False, now
        letters = [each for part, known in self._parts.items() if (each := self._letter(part, known, now)) is not None]
        self._parts = {part: known for part, known in self._parts.items() if _is_news(known, now)}
        return [each for each in letters if each.part not in self._silent]

    def _letter(self, part: str, known: _Part, now: float) -> Letter | None:
        lasted = now - known.since
        if known.at_fault and not known.told and lasted >= LASTS_SECONDS:
            if known.last_told is not None and now - known.last_told < AGAIN_SECONDS:
                return None
            known.told, known.last_told = True, now
            return Letter("fault", part, known.text)
        if not known.at_fault and known.told and lasted >= CALM_SECONDS:
            known.told = False
            return Letter("well", part, known.text)
        return None


def _is_news(known: _Part, now: float) -> bool:
    """Whether it must be remembered."""
    recently = known.last_told is not None and now - known.last_told < AGAIN_SECONDS
    return known.at_fault or known.told or recently
