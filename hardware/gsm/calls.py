"""Which calls a modem has: its reports and its list (+CLCC, 27.007 §7.18) reconciled into one table. Pure.

A report is quick and may be lost; the list is slow and right. A call that two lists in a row do not have is over. Only
voice calls count: some modems list their packet data as a call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from appliance.building.numbers import e164
from hardware.at.replies import Report, fields, number
from hardware.gsm import causes

ABSENCES = 2  # lists without a call, after which it is over
UNSEEN_SECONDS = 3.0  # a call that was begun just now may not be listed yet
ECHO_SECONDS = 1.0  # one end is told twice: ^CEND and NO CARRIER
UNRUNG_SECONDS = 12.0  # a ring comes every 5 s: without two of them the caller has gone
INTERNATIONAL = 145  # type of number, 24.008 §10.5.4.7; 129 is unknown, 161 national
_VOICE = 0


class CallState(IntEnum):
    """<stat> of +CLCC; ENDED is SIMCom's."""

    ACTIVE = 0
    HELD = 1
    DIALLING = 2
    ALERTING = 3
    INCOMING = 4
    WAITING = 5
    ENDED = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One call of the list. `number` and `kind` as the network gives them; `joined`: of a conference (<mpty>)."""

    index: int
    incoming: bool
    state: CallState
    number: str = ""
    kind: int = 129
    joined: bool = False


@dataclass(slots=True, eq=False)
class Call:
    """One call as it is known now.

    `index` is None until the list has it. `number`: E.164, None while unknown or where withheld; `presented`: it is
    known whether there is one. `cause`: 24.008's value, once it is over and known.
    """

    incoming: bool
    state: CallState
    since: float
    index: int | None = None
    number: str | None = None
    presented: bool = False
    absences: int = 0
    rung_at: float = 0.0
    rang: bool = False
    joined: bool = False
    leaving: bool = False  # we are hanging up; it is nobody's any more
    over: bool = False
    cause: int | None = None


def rows(lines: Iterable[str]) -> list[Row]:
    """The voice calls in an answer to AT+CLCC; what cannot be read is no call."""
    found = []
    for line in lines:
        values = fields(line)
        figures = [number(each) for each in values[:5]]
        if len(figures) < 5 or figures[3] != _VOICE:
            continue
        index, incoming, state = figures[0], figures[1], figures[2]
        if index is None or incoming not in (0, 1) or state is None or state > CallState.ENDED:
            continue
        kind = number(values[6]) if len(values) > 6 else None
        found.append(
            Row(
                index,
                incoming == 1,
                CallState(state),
                values[5] if len(values) > 5 else "",
                kind or 129,
                figures[4] == 1,
            )
        )
    return [each for each in found if each.state is not CallState.ENDED]


def number_of(text: str, kind: int) -> str | None:
    """A number that the network presents, as E.164, national ones read as Polish; None for none and for short ones."""
    digits = text.strip()
    if kind == INTERNATIONAL and digits and not digits.startswith("+"):
        digits = "+" + digits
    return e164(digits)


class CallTable:
    """The calls of one modem. Times are monotonic seconds; what has changed is returned, each call once."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._ended_at = float("-inf")  # by a report or by us

    def dialled(self, now: float) -> Call:
        """We place a call."""
        call = Call(False, CallState.DIALLING, now)
        self.calls.append(call)
        return call

    def hung_up(self, call: Call, now: float) -> None:
        """The modem took our hanging up; what it reports of that is no news. The list tells when it is over."""
        call.leaving = True
        self._ended_at = now

    def refused(self, call: Call) -> None:
        """The modem did not take a call that we placed."""
        call.over = True
        if call in self.calls:
            self.calls.remove(call)

    def clear(self) -> list[Call]:
        """The modem is gone: every call is over."""
        calls, self.calls = self.calls, []
        for call in calls:
            call.over = True
        return calls

    def reported(self, report: Report, now: float) -> list[Call]:
        """Take a report about calls; others do nothing."""
        if report.text == "RING" or (report.name == "+CRING" and report.fields[0] != "ASYNC"):
            return [self._rings(now)]
        if report.name == "+CLIP":
            values = report.fields
            call = self._rings(now)
            self._present(call, values[0], number(values[1]) if len(values) > 1 else None)
            return [call]
        if causes.ended(report):
            return self._end_reported(causes.cause_in(report), now)
        return []

    def seen(self, listed: list[Row], now: float) -> list[Call]:
        """Take a list; calls that came, changed or ended."""
        changed, known = [], set()
        for row in listed:
            call = self._of(row)
            if call is None:
                call = Call(row.incoming, row.state, now, rung_at=now)
                self.calls.append(call)
                changed.append(call)
            elif call.state is not row.state or not call.presented:
                changed.append(call)
            call.index, call.state, call.joined, call.absences = row.index, row.state, row.joined, 0
            call.rang = call.rang or row.state in (CallState.ALERTING, CallState.ACTIVE)
            if row.incoming and row.number:
                self._present(call, row.number, row.kind)
            known.add(id(call))
        for call in [each for each in self.calls if id(each) not in known]:
            call.absences += 1
            unseen = call.index is None and now - call.since < UNSEEN_SECONDS and not call.leaving
            if call.absences >= (1 if call.leaving else ABSENCES) and not unseen:
                changed.append(self._end(call))
        return changed

    def unrung(self, now: float) -> list[Call]:
        """For a modem that has no list: callers whose phone has stopped ringing here."""
        gone = [each for each in self.calls if each.index is None and each.state is CallState.INCOMING]
        return [self._end(each) for each in gone if now - each.rung_at > UNRUNG_SECONDS]

    def _rings(self, now: float) -> Call:
        live = [each for each in self.calls if not each.leaving]
        ringing = [each for each in live if each.state in (CallState.INCOMING, CallState.WAITING)]
        call = min(ringing, key=lambda each: each.state, default=None)
        if call is not None and len(live) == 1:
            call.state = CallState.INCOMING  # it waited, and the call before it is over
        if call is None:
            call = Call(True, CallState.INCOMING, now)
            self.calls.append(call)
        call.rung_at = now
        return call

    @staticmethod
    def _present(call: Call, text: str, kind: int | None) -> None:
        call.presented = True
        call.number = number_of(text, kind or 129) or call.number

    def _of(self, row: Row) -> Call | None:
        """The call of a row: by its index, else one that is not listed yet. A call that we end does not ring anew."""
        anew = row.state in (CallState.INCOMING, CallState.WAITING)
        same = [
            each
            for each in self.calls
            if each.incoming is row.incoming and not (each.leaving and anew and each.state is not row.state)
        ]
        by_index = next((each for each in same if each.index == row.index), None)
        return by_index or next((each for each in same if each.index is None), None)

    def _end_reported(self, cause: int | None, now: float) -> list[Call]:
        """Which call has ended is sure where there is but one; else the next list tells."""
        mine = [each for each in self.calls if not each.leaving]
        echo = now - self._ended_at < ECHO_SECONDS
        if len(mine) != 1 or (echo and mine[0].since >= self._ended_at):
            return []
        self._ended_at = now
        mine[0].cause = cause
        return [self._end(mine[0])]

    def _end(self, call: Call) -> Call:
        call.over = True
        self.calls.remove(call)
        return call
