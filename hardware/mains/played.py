"""A UPS that is played by a file of the data directory, for a box that has none: `[mains] simulated = true`.

The file `simulated-mains` holds words: `mains` or `battery`, and what a UPS tells with it: `40%`, `25min`, `low`,
`replace`. Without the file there is mains power.
"""

from __future__ import annotations

import re
from pathlib import Path

from hardware.mains.reading import Reading

NAME = "simulated-mains"  # in the data directory
MOST_BYTES = 1000
FULL = Reading(False, charge=100.0)
_CHARGE, _MINUTES = re.compile(r"(\d{1,3})%"), re.compile(r"(\d{1,5})min")


class PlayedUps:
    """Implements `Ups`. Nothing is held between two readings."""

    def __init__(self, data: Path) -> None:
        self._file = data / NAME

    async def read(self) -> Reading:
        """See `Ups`."""
        try:
            with self._file.open("rb") as file:
                text = file.read(MOST_BYTES).decode("utf-8", "replace")
        except FileNotFoundError:
            return FULL
        except OSError as error:
            return Reading(None, trouble="played", detail=str(error))
        return reading(text)

    async def close(self) -> None:
        """See `Ups`."""


def reading(text: str) -> Reading:
    """What the words mean; words that nobody knows are trouble."""
    on_battery: bool | None = None
    charge: float | None = None
    seconds: float | None = None
    words = text.split()
    for word in words:
        if word in ("mains", "battery"):
            on_battery = word == "battery"
        elif found := _CHARGE.fullmatch(word):
            charge = min(100.0, float(found[1]))
        elif found := _MINUTES.fullmatch(word):
            seconds = float(found[1]) * 60
        elif word not in ("low", "replace"):
            return Reading(None, trouble="played", detail=word[:60])
    if on_battery is None:
        return Reading(None, trouble="played", detail=text.strip()[:60])
    low = on_battery and "low" in words
    return Reading(on_battery, low=low, charge=charge, seconds=seconds, replace="replace" in words)
