"""What a line of a modem means: the end of a command, a part of its answer, or a report nobody asked for. Pure.

A report is known by not being what the pending command expects, so that a RING during any command stays a RING. The
two results that also tell of calls (NO CARRIER, BUSY, …) end a command only where it dials or answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_OF_CALLS = ("NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE")  # V.250 §5.7.1
_ERROR = re.compile(r"\+(CME|CMS) ERROR: ?(.*)")  # 27.007 §9.2, 27.005 §3.2.5
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
# Lines without a prefix of their own that no command is answered with.
_BARE_REPORTS = ("RING", *_OF_CALLS, "VOICE CALL:", "MISSED_CALL:", "RDY", "POWERED DOWN", "NORMAL POWER DOWN")
_WORDY_REPORTS = ("SMS DONE", "SMS READY", "PB DONE", "CALL READY", "START", "OPL UPDATING", "PNN UPDATING")
# Reports that go on in the next line (27.005 §3.4.1): a message, its delivery report, a broadcast.
_TWO_LINES = ("+CMT:", "+CDS:", "+CBM:")


@dataclass(frozen=True, slots=True)
class Final:
    """The end of a command. `kind`: "OK", "ERROR", "CME", "CMS", "CONNECT", or the result that tells of a call.

    `code` is the number of a CME or CMS error, None where the modem says it in words (`text`) or gives none.
    """

    kind: str
    text: str
    code: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the command was carried out."""
        return self.kind in ("OK", "CONNECT")


@dataclass(frozen=True, slots=True)
class Report:
    """Something the modem tells by itself. `body` is the second line of those that have two (a PDU in hex)."""

    text: str
    body: str = ""

    @property
    def name(self) -> str:
        """What comes before the colon, "+CLIP"; the whole text where there is none."""
        return self.text.partition(":")[0].strip()

    @property
    def fields(self) -> list[str]:
        """See `fields`."""
        return fields(self.text)


def final_of(line: str, *, of_call: bool) -> Final | None:
    """The end of a command in this line. `of_call`: the command dials or answers."""
    if line in ("OK", "ERROR"):
        return Final(line, line)
    if error := _ERROR.fullmatch(line):
        kind, text = error.groups()
        return Final(kind, line, int(text) if text.isdecimal() and text.isascii() else None)
    if of_call and line in _OF_CALLS:
        return Final(line.replace("DIAL TONE", "DIALTONE"), line)
    if of_call and line.split(" ", 1)[0] == "CONNECT":
        return Final("CONNECT", line)
    return None


def fields(line: str) -> list[str]:
    """The values after the colon, without their quotes: `+CLIP: "601",129,,` → ["601", "129", "", ""].

    A comma or a bracket within quotes belongs to its value; a quote that never ends holds the rest.
    """
    values, value, quoted = [], "", False
    for character in line.partition(":")[2]:
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            values.append(value.strip())
            value = ""
        else:
            value += character
    return [*values, value.strip()]


def number(value: str) -> int | None:
    """A field as a number; None for anything else."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 9 else None


def is_body(line: str) -> bool:
    """Whether it can be the second line of a message in PDU mode: octets in hex."""
    return _HEX.fullmatch(line) is not None


def has_body(line: str) -> bool:
    """Whether this report goes on in the next line."""
    return line.startswith(_TWO_LINES)


class Expected:
    """What one command is answered with.

    `prefix`: what its lines begin with ("+CREG:"); "" for lines without a prefix, as those of AT+CGMM; None for none.
    `bodies`: each line is followed by octets in hex (CMGR, CMGL). `command` is the text sent, "AT+CGMM".
    """

    def __init__(self, command: str, prefix: str | None, *, bodies: bool = False) -> None:
        self._command = command
        self._prefix = prefix
        self._bodies = bodies
        self._body_next = False
        self.of_call = command[:3].upper() in ("ATD", "ATA") or command.upper().startswith("AT+VTR")

    def take(self, line: str) -> Final | Literal["part", "echo", "other"]:
        """What a line is to this command. Not pure in one thing: it remembers that a body comes next."""
        body_next, self._body_next = self._body_next, False
        if body_next and is_body(line):
            return "part"
        if line == self._command:
            return "echo"
        final = final_of(line, of_call=self.of_call)
        if final is not None:
            return final
        if self._prefix is None or not self._is_part(line):
            self._body_next = body_next  # a report came between a line and its body
            return "other"
        self._body_next = self._bodies
        return "part"

    def _is_part(self, line: str) -> bool:
        if self._prefix:
            return line.startswith(self._prefix)
        if line.startswith(("+", "^", "*", "#", "$")):
            return line.startswith(self._command.removeprefix("AT").rstrip("?") + ":")
        upper = line.upper()
        return not upper.startswith(_BARE_REPORTS) and upper not in _WORDY_REPORTS
