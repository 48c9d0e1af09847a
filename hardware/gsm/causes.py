"""Why a call by SIM ended: the causes of 3GPP TS 24.008 §10.5.4.11 and modems' words as causes of a line. Pure."""

from __future__ import annotations

import re

from appliance.lines.line import Cause
from hardware.at.replies import Report, number

_CAUSES = {
    **dict.fromkeys((1, 3, 22, 28), Cause.WRONG_NUMBER),  # unassigned, no route, changed, incomplete
    17: Cause.BUSY,
    **dict.fromkeys((18, 19, 20, 27), Cause.NO_ANSWER),  # not responding, not answering, absent, out of order
    **dict.fromkeys((16, 21, 31), Cause.REFUSED),  # cleared before an answer, rejected, unspecified
    8: Cause.LINE_DOWN,  # barred by our operator
}
_NETWORK = range(34, 128)  # no circuit, no resource, no service, and errors of the protocol
_WORDS = (
    ("unassigned", 1),
    ("no route", 3),
    ("number changed", 22),
    ("invalid number", 28),
    ("busy", 17),
    ("no user responding", 18),
    ("no answer", 19),
    ("absent", 20),
    ("out of order", 27),
    ("reject", 21),
    ("normal call clearing", 16),
    ("normal unspecified", 31),
    ("barring", 8),
    ("no circuit", 34),
    ("temporary failure", 41),
    ("congestion", 42),
)
_LAST_NUMBER = re.compile(r"([0-9]{1,3})\s*$")
ENDS = ("NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "VOICE CALL: END", "MISSED_CALL")
_PLAIN = {"BUSY": 17, "NO ANSWER": 19, "NO DIALTONE": 41, "NO DIAL TONE": 41}
_RELEASED = 6  # <stat> of ^DSCI
_DETAILED = 2  # fields of ^CEND before its cause: call, seconds, status


def ended(report: Report) -> bool:
    """Whether a report tells that a call has ended."""
    if report.name == "^DSCI":
        fields = report.fields
        return len(fields) > 2 and number(fields[2]) == _RELEASED
    return report.name == "^CEND" or report.text.upper().startswith(ENDS)


def cause_in(report: Report) -> int | None:
    """The cause value that such a report gives, if it does."""
    if report.name == "^CEND":
        fields = report.fields
        return number(fields[3]) if len(fields) > _DETAILED + 1 else None
    return _PLAIN.get(report.text.upper())


def cause_said(text: str) -> int | None:
    """The cause value in an answer to AT+CEER: a number at its end, or a vendor's words."""
    said = text.partition(":")[2].strip()
    if match := _LAST_NUMBER.search(said):
        return int(match[1])
    return next((value for words, value in _WORDS if words in said.lower()), None)


def cause_of(value: int | None, *, rang: bool) -> Cause:
    """What it means for a call that we placed. Nothing known: nobody answered, where it rang; else the line failed."""
    if value in _CAUSES:
        return _CAUSES[value]
    if value in _NETWORK or not rang:
        return Cause.LINE_DOWN
    return Cause.NO_ANSWER
