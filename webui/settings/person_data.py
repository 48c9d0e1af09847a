"""Gathers what the box holds about a number or a flat: directory, calls, tickets, sounds. It only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.register.finding import Wanted
from appliance.register.fold import Row
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from appliance.register.searching import typed

FLAT = "m. {flat}"  # as calls have it (`callflow/reception.py`)
# Of a call: what is about the caller. Who was rung for them, and on which telephone, is about others.
CALL_FIELDS = (
    *("id", "started", "ended", "number", "building", "caller", "resident", "choices", "urgent", "outcome"),
    *("wait_seconds", "talk_seconds", "recording", "ticket"),
)
TICKET_FIELDS = ("number", "opened", "changed", "state", "urgent", "building", "caller", "reason")


@dataclass(slots=True)
class Person:
    """Everything about them. `directory`: (place in the building file, entry)."""

    numbers: list[str]
    flat: str
    directory: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    calls: list[Row] = field(default_factory=list)
    tickets: list[Row] = field(default_factory=list)

    @property
    def sounds(self) -> list[str]:
        """Recordings, below the data directory."""
        return [row["recording"] for row in self.calls if row["recording"]]

    @property
    def nothing(self) -> bool:
        """Whether there is none."""
        return not (self.directory or self.calls or self.tickets)

    def told(self) -> dict[str, Any]:
        """As plain JSON: theirs, and nobody else's."""
        return {
            "numbers": self.numbers,
            "flat": self.flat,
            "directory": [dict(entry) for _, entry in self.directory],
            "calls": [{key: row.get(key) for key in CALL_FIELDS} for row in self.calls],
            "tickets": [
                {key: row.get(key) for key in TICKET_FIELDS}
                | {"notes": [{"at": note["at"], "text": note["text"]} for note in row["notes"]]}
                for row in self.tickets
            ],
        }


def everything_about(
    data: Path, residents: Sequence[Mapping[str, Any]], numbers: Sequence[str], flat: str, building: str
) -> Person:
    """What there is under a number, or a flat and its numbers. Raises OSError where the register is unreadable."""
    found = Person(list(numbers), flat)
    found.directory = [(at, each) for at, each in enumerate(residents) if _is_theirs(each, numbers, flat, building)]
    if flat:
        phones = [phone for _, each in found.directory for phone in each.get("phones", ()) if isinstance(phone, str)]
        found.numbers = list(dict.fromkeys([*found.numbers, *phones]))
    try:
        with Reports(data / FILE_NAME) as reports:
            _from_the_register(reports, found, building)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        raise OSError(str(error)) from error
    return found


def _from_the_register(reports: Reports, found: Person, building: str) -> None:
    calls: dict[int, Row] = {}
    if found.flat:
        label = FLAT.format(flat=found.flat)
        wanted = Wanted(words=tuple(typed(label)), building=building)
        calls |= {row["id"]: row for row in reports.find_all("calls", wanted) if row["resident"] == label}
        callers = [row["caller"] for row in calls.values() if row["caller"]]
        found.numbers = list(dict.fromkeys([*found.numbers, *callers]))
    tickets: dict[int, Row] = {}
    for number in found.numbers:
        wanted = Wanted(words=tuple(typed(number)))
        calls |= {row["id"]: row for row in reports.find_all("calls", wanted) if row["caller"] == number}
        tickets |= {row["number"]: row for row in reports.tickets_about(caller=number, number=None)}
    for row in calls.values():
        if row["ticket"] and row["ticket"] not in tickets and (ticket := reports.ticket(row["ticket"])):
            tickets[row["ticket"]] = ticket
    found.calls = [calls[key] for key in sorted(calls, reverse=True)]
    found.tickets = [tickets[key] for key in sorted(tickets, reverse=True)]


def _is_theirs(entry: Mapping[str, Any], numbers: Sequence[str], flat: str, building: str) -> bool:
    if any(number in entry.get("phones", ()) for number in numbers):
        return True
    same_house = not building or entry.get("building", building) == building
    return bool(flat) and same_house and str(entry.get("flat", "")).casefold() == flat.casefold()
