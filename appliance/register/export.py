"""Writes calls and tickets as JSON or CSV. It reads nothing: rows come from `reports.py`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from typing import TextIO

from appliance.register.fold import Row

CALL_COLUMNS = (
    *("id", "uid", "started", "ended", "line", "number", "building", "caller", "resident", "scenario", "choices"),
    *("urgent", "destination", "outcome", "answered_by", "rung", "wait_seconds", "talk_seconds", "recording", "ticket"),
    "ended_by",
)
TICKET_COLUMNS = ("number", "state", "urgent", "building", "caller", "opened", "reason", "calls", "notes", "taken_by")
_FORMULA = ("=", "@", "\t", "\r")  # what a spreadsheet would execute; a number's "+" stays as it is


def write_json(rows: Iterable[Row], out: TextIO) -> None:
    """One array, a row a line, in UTF-8."""
    lines = ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows)
    out.write(f"[{lines}]\n")


def write_csv(rows: Iterable[Row], columns: Sequence[str], out: TextIO) -> None:
    """A header and a line for each row (RFC 4180); lists are joined into one cell."""
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(columns)
    for row in rows:
        table.writerow([_cell(row.get(column)) for column in columns])


def _cell(value: object) -> str:
    """A value as a spreadsheet should see it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(_cell(each) for each in value)
    if isinstance(value, dict):
        return " ".join(_cell(each) for each in value.values() if each is not None)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
