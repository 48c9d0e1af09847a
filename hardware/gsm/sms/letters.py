"""Puts SMS together that came in several parts, in whatever order; one that lacks a part does not wait for ever. Pure.

The parts lie in the modem's store until their whole message is on disk, so nothing is remembered here but since when
they have been there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hardware.gsm.sms.pdu import Part

PATIENCE_SECONDS = 900.0  # for a part that is missing; the network repeats within minutes
MISSING = "[…]"


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole SMS, and the places in the store that it takes."""

    sender: str
    text: str
    at: datetime | None
    places: tuple[int, ...]


class Letters:
    """Remembers since when parts have waited for others. Moments are monotonic seconds."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, int, int], float] = {}

    def whole(self, stored: Iterable[tuple[int, Part]], now: float) -> list[Letter]:
        """The messages that are whole, or have waited long enough, of all that is in the store: (place, part)."""
        groups: dict[tuple[str, int, int], list[tuple[int, Part]]] = {}
        letters = []
        for place, part in stored:
            if part.total == 1:
                letters.append(_letter([(place, part)], 1))
            else:
                groups.setdefault((part.sender, part.reference, part.total), []).append((place, part))
        self._since = {key: self._since.get(key, now) for key in groups}
        for key, parts in groups.items():
            total = key[2]
            if len({part.number for _, part in parts}) == total or now - self._since[key] >= PATIENCE_SECONDS:
                letters.append(_letter(parts, total))
        return letters

    def next_at(self) -> float | None:
        """When somebody must look again though nothing came; None: nothing waits."""
        return min(self._since.values()) + PATIENCE_SECONDS if self._since else None


def _letter(parts: list[tuple[int, Part]], total: int) -> Letter:
    by_number = {part.number: part for _, part in parts}
    text = "".join(by_number[each].text if each in by_number else MISSING for each in range(1, total + 1))
    first = min(by_number.values(), key=lambda part: part.number)
    whole = text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")  # letters cut in two by the parts
    return Letter(first.sender, whole, first.at, tuple(place for place, _ in parts))
