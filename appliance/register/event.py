"""One event of the register as it lies on disk, and the split between what happened and whom it was about.

It gives no sequence number and writes nothing: `ledger.py` stamps drafts, `database.py` stores events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

VERSION = 1  # the body's version, until a kind of event needs a second one
MOST_SECONDS = 1e9  # thirty years: no call lasts longer, and nothing overflows
PERSONAL_FIELDS = frozenset({"caller", "resident", "phone", "text"})
PERSONAL_KINDS = ("call.", "ticket.", "notice.", "sms.")


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before the writer gave it its place. `at` is UTC, ISO 8601 with milliseconds and `Z`."""

    uid: str
    at: str
    synced: bool
    kind: str
    call: str
    ticket: str
    building: str
    body: str  # JSON object
    personal: str  # JSON object: the fields that may be erased one by one


@dataclass(frozen=True, slots=True)
class Event:
    """An event in its place: `(box, epoch, seq)` is unique for ever, `hlc` orders events across boxes.

    `number` is the display number that it gave to a new call or ticket, else 0. `body` and `personal` together
    are the fields that `events.py` lists for the kind.
    """

    box: str
    epoch: int
    seq: int
    uid: str
    hlc: int
    at: str
    synced: bool
    building: str
    kind: str
    v: int
    call: str
    ticket: str
    number: int
    body: Mapping[str, Any]
    personal: Mapping[str, Any]

    def get(self, field: str) -> Any:  # noqa: ANN401 - a body holds any JSON value
        """A field of the body or of the personal part; None where it is absent or erased."""
        return self.personal.get(field, self.body.get(field))

    def seconds(self, field: str) -> float | None:
        """A field that holds seconds, or None."""
        value = self.get(field)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MOST_SECONDS:
            return None
        return float(value)

    def text(self, field: str) -> str | None:
        """A field that holds text, or None."""
        value = self.get(field)
        return value if isinstance(value, str) else None


def split(kind: str, fields: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Body and personal part of an event's fields.

    Personal is what names or locates a human being: the caller's number, the flat, a telephone rung, the text of
    a note. It lies apart so that erasing one field never touches what happened (append-only against the right
    to erasure, GDPR Article 17).
    """
    if not kind.startswith(PERSONAL_KINDS):
        return dict(fields), {}
    body = {key: value for key, value in fields.items() if key not in PERSONAL_FIELDS}
    return body, {key: value for key, value in fields.items() if key in PERSONAL_FIELDS}


def pack(fields: Mapping[str, object]) -> str:
    """The fields as JSON in ASCII. Raises TypeError or ValueError for what is not a JSON value."""
    return json.dumps(fields, allow_nan=False, separators=(",", ":"))


def stamp_of(moment: datetime) -> str:
    """An aware datetime as the register writes it: UTC, milliseconds, fixed width, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds_of(at: str) -> int:
    """Milliseconds since 1970 of a moment written by `stamp_of`."""
    return round(datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp() * 1000)
