"""Who calls, from what a modem tells between two rings (V.253 §11.1: NMBR = …). Lines in, a number out; pure."""

from __future__ import annotations

import re

from appliance.building.numbers import e164

WITHHELD = frozenset("PO")  # private, out of area (Bellcore TR-NWT-000031, as modems repeat it)
_FIELD = re.compile(r"(DATE|TIME|NMBR|NAME|DDN_NMBR|MESG)\s*=\s*(.*)", re.IGNORECASE)
_NUMBER, _ABSENT = 0x02, 0x04  # parameters of a call set-up message (ETSI EN 300 659-3 §5.4)
_SET_UP = 0x80


class CallerId:
    """One ring's. `known` once it is told who calls, or that this is withheld; then `number` is E.164 or None."""

    def __init__(self) -> None:
        self.known = False
        self.number: str | None = None

    def take(self, line: str) -> bool:
        """Whether this line of the modem is about the caller."""
        match = _FIELD.fullmatch(line.strip())
        if match is None:
            return False
        name, value = match[1].upper(), match[2].strip()
        if name == "MESG":
            value = _in_message(value)
        if name in ("NMBR", "MESG") and value:
            self.known = True
            self.number = None if value.upper() in WITHHELD else e164(value)
        return True


def _in_message(text: str) -> str:
    """The number in a whole message in hex ("80 04 02 …"), "P" or "O" where it is withheld; "" for anything else."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return ""
    if len(data) < 2 or data[0] != _SET_UP:
        return ""
    at, body = 0, data[2 : 2 + data[1]]
    while at + 2 <= len(body):
        kind, length = body[at], body[at + 1]
        value = body[at + 2 : at + 2 + length]
        if kind in (_NUMBER, _ABSENT):
            return value.decode("latin-1").strip()
        at += 2 + length
    return ""
