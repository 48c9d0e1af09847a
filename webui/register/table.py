"""The register as a table for spreadsheets, written while it is read: semicolons, as Polish ones want, and UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from flask import g

from webui.register.search import place_name
from webui.register.telling import person
from webui.shown import COUNTRY, phone
from webui.spreadsheet import BYTE_ORDER_MARK, cell
from webui.vocabulary import OUTCOMES, TICKET_STATES, word
from webui.words import gettext, pgettext

BATCH_ROWS = 200

Row = dict[str, Any]
Column = tuple[str, Callable[[Row], object]]


def written(rows: Iterable[Row], columns: Sequence[Column]) -> Iterator[str]:
    """The lines of the table, some hundred at a time."""
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    out.write(BYTE_ORDER_MARK)
    table.writerow([name for name, _ in columns])
    for number, row in enumerate(rows, 1):
        table.writerow([cell(_plain(read(row))) for _, read in columns])
        if number % BATCH_ROWS == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _plain(value: object) -> str:
    return "" if value is None else str(value).replace("\N{NO-BREAK SPACE}", " ")


def call_columns() -> list[Column]:
    """The columns of calls, with their names in the reader's language."""
    named = cache(place_name)  # few places, many rows
    return [
        (gettext("Call"), lambda row: row["id"]),
        (gettext("Began"), lambda row: _time(row["started"])),
        (gettext("Ended"), lambda row: _time(row["ended"])),
        (gettext("Building"), lambda row: g.names.buildings.get(row["building"], row["building"])),
        (gettext("Caller"), lambda row: _phone(row["caller"])),
        (gettext("Flat"), lambda row: row["resident"]),
        (gettext("Number called"), lambda row: _phone(row["number"])),
        (gettext("Urgent"), lambda row: _yes(row["urgent"])),
        (gettext("Destination"), lambda row: named(row["destination"] or "")),
        (gettext("Outcome"), lambda row: word(OUTCOMES, row["outcome"])),
        (gettext("Answered by"), lambda row: person(row["answered_by"]) if row["answered_by"] else ""),
        (gettext("Waited (s)"), lambda row: _whole(row["wait_seconds"])),
        (gettext("Talked (s)"), lambda row: _whole(row["talk_seconds"])),
        (gettext("Ticket"), lambda row: row["ticket"]),
    ]


def ticket_columns() -> list[Column]:
    """The columns of tickets."""
    return [
        (gettext("Ticket"), lambda row: row["number"]),
        (gettext("Opened"), lambda row: _time(row["opened"])),
        (pgettext("ticket", "State"), lambda row: word(TICKET_STATES, row["state"])),
        (gettext("Urgent"), lambda row: _yes(row["urgent"])),
        (gettext("Building"), lambda row: g.names.buildings.get(row["building"], row["building"])),
        (gettext("Caller"), lambda row: _phone(row["caller"])),
        (gettext("Taken by"), lambda row: person(row["taken_by"]) if row["taken_by"] else ""),
        (gettext("Calls"), lambda row: ", ".join(map(str, row["calls"]))),
        (gettext("Notes"), lambda row: " | ".join(note["text"] or "" for note in row["notes"])),
    ]


def _phone(number: str | None) -> str:
    """As it is dialled here; a foreign one with 00, because a cell that begins with "+" is taken for a sum."""
    return phone(number) if (number or "").startswith((COUNTRY, "ext:")) else (number or "").replace("+", "00", 1)


def _time(at: str | None) -> str:
    return datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def _whole(seconds: float | None) -> str:
    return "" if seconds is None else str(round(seconds))


def _yes(flag: object) -> str:
    return gettext("yes") if flag else gettext("no")
