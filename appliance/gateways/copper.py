"""What a gateway's own status page tells of its copper line: the voltage between the two wires. Pure.

A line that is plugged in has some 48 V, or 5 to 15 V while the receiver is off; with less than 1 V it is not there.
"""

from __future__ import annotations

import re
from html import unescape

from appliance.building.model import Language

LEAST_VOLTS = 1.0
DEAD = "no voltage on the copper line"  # the fault of such a line; the page and the doctor have words for it

# Why the page told nothing: Polish and English.
UNREADABLE = {
    "no answer": ("strona nie odpowiada", "its page does not answer"),
    "password": ("strona wymaga hasła", "its page asks for a password"),
    "elsewhere": ("strona odsyła pod inny adres", "its page points to another address"),
    "too large": ("strona jest za duża", "its page is too large"),
    "no page": ("pod tym adresem nie ma takiej strony", "there is no such page"),
    "no voltage": ("na stronie nie ma napięcia linii", "its page tells no line voltage"),
}
_TAG = re.compile(r"<[^<>]*>")
# "Line Voltage: -49 (V)" of an SPA3102, "TipRingVoltage 48 V" of an Obi; the number alone where no unit stands.
# Linear: blanks are read once by each \s*, for a page may be full of them.
_VOLTAGE = re.compile(r"(?:Line\s+Voltage|TipRingVoltage)\s*(?::\s*)?([-+]?\d{1,3}(?:[.,]\d{1,3})?)(?![\d.,])")


def voltage(page: str) -> float | None:
    """The volts that a status page tells (HTML), without their sign; None where it tells none."""
    found = _VOLTAGE.search(unescape(_TAG.sub(" ", page)).replace("\xa0", " "))
    return abs(float(found[1].replace(",", "."))) if found else None


def told(volts: float | None, why: str, language: Language) -> str:
    """The state of the copper in words: its voltage, or why that is not known (a key of `UNREADABLE`)."""
    if volts is not None:
        return f"{volts:g} V na linii" if language == "pl" else f"{volts:g} V on the line"
    reason = UNREADABLE[why][language != "pl"]
    known = "stanu linii miedzianej nie widać" if language == "pl" else "the state of the copper is not known"
    return f"{known}: {reason}"
