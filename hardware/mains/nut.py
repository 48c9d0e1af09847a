"""The protocol of NUT's upsd (RFC 9271), as far as one UPS is read: bytes in, answers out. No socket, no clock.

Any bytes, whole or one by one, give answers or `ProtocolError`, nothing else. Nothing is logged in to and nothing set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hardware.mains.reading import Reading, Trouble

PORT = 3493  # IANA's, RFC 9271 §3
MOST_BYTES = 65_536  # of one answer: a big UPS has some 150 variables of 60 bytes
_VARIABLE = re.compile(r'VAR (?P<ups>\S+) (?P<name>[\w.-]+) "(?P<value>(?:[^"\\]|\\.)*)"')
_ERROR = re.compile(r"ERR (?P<code>[A-Z-]+)")
# RFC 9271 §4.3; a code that is not here is told as it is.
TROUBLE_BY_CODE: Mapping[str, Trouble] = {
    "UNKNOWN-UPS": "unknown_ups",
    "ACCESS-DENIED": "denied",
    "DATA-STALE": "stale",
    "DRIVER-NOT-CONNECTED": "stale",
}


class ProtocolError(Exception):
    """What came is not what upsd says; nothing more is to be expected of this connection."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """`ERR CODE`."""

    code: str


Variables = Mapping[str, str]
Answer = Variables | Refusal


def question(ups: str) -> bytes:
    """Asks for all variables of a UPS (RFC 9271 §4.2.5, LIST VAR)."""
    return f"LIST VAR {ups}\n".encode()


class Answers:
    """Collects bytes into answers to `question`."""

    def __init__(self, ups: str) -> None:
        self._ups, self._buffer = ups, b""
        self._size = 0
        self._variables: dict[str, str] | None = None  # of the list that has begun

    def receive(self, data: bytes) -> list[Answer]:
        """Answers that are complete now. Raises ProtocolError."""
        self._buffer += data
        self._size += len(data)
        found: list[Answer] = []
        while b"\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\n")
            answer = self._line(line.rstrip(b"\r").decode("utf-8", "replace"))
            if answer is not None:
                found.append(answer)
                self._size = len(self._buffer)
        if self._size > MOST_BYTES:
            raise ProtocolError("an answer without an end")
        return found

    def _line(self, line: str) -> Answer | None:
        if refused := _ERROR.match(line):
            self._variables = None
            return Refusal(refused["code"])
        if line == f"BEGIN LIST VAR {self._ups}" and self._variables is None:
            self._variables = {}
            return None
        if self._variables is not None:
            if line == f"END LIST VAR {self._ups}":
                done, self._variables = self._variables, None
                return done
            found = _VARIABLE.fullmatch(line)
            if found and found["ups"] == self._ups:
                self._variables[found["name"]] = re.sub(r"\\(.)", r"\1", found["value"])
                return None
        raise ProtocolError(f"not what upsd says: {line[:60]!r}")


def reading(answer: Answer) -> Reading:
    """What an answer means. `ups.status` holds words: OL on line, OB on battery, LB low, FSD it is being switched off,
    RB replace the battery (NUT developer guide, "Status data")."""
    if isinstance(answer, Refusal):
        return Reading(None, trouble=TROUBLE_BY_CODE.get(answer.code, "nonsense"), detail=answer.code)
    status = answer.get("ups.status", "").split()
    if "OB" not in status and "OL" not in status:
        said = " ".join(status) or "no ups.status"
        return Reading(None, trouble="stale" if "WAIT" in status else "nonsense", detail=said[:60])
    on_battery = "OB" in status
    return Reading(
        on_battery,
        # Some say LB while charging after an outage: with the mains there it ends nothing.
        low=on_battery and ("LB" in status or "FSD" in status),
        charge=_number(answer.get("battery.charge"), 100.0),
        seconds=_number(answer.get("battery.runtime"), 1e7),
        replace="RB" in status,
    )


def _number(text: str | None, most: float) -> float | None:
    """A number that makes sense; None where there is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0.0 <= value <= most else None


def place(name: str) -> tuple[str, str, int]:
    """ "ups@host:port" → ("ups", "host", port); NUT's own way of writing it, IPv6 in brackets."""
    ups, _, rest = name.partition("@")
    found = re.fullmatch(r"(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:]+))(?::(?P<port>\d{1,5}))?", rest)
    if not found:
        return ups, rest, PORT
    return ups, found["six"] or found["host"], int(found["port"] or PORT)
