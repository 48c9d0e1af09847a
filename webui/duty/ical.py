"""A person's duties as a calendar that any telephone subscribes to (RFC 5545). Pure.

All times are written in UTC: no reader can mistake them, whatever it knows of our clock changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

OCTETS = 75  # of a content line; longer ones are folded (RFC 5545 §3.1)
REFRESH = "PT3H"


def calendar(title: str, token: str, duties: Iterable[Mapping[str, str]], now: datetime, box: str) -> bytes:
    """The calendar. `duties`: "duty", "name", "from", "to" (ISO 8601 with offset). Ends its lines with CRLF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Dyzurka//Duty//PL",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(title)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    ]
    mark = hashlib.sha256(token.encode()).hexdigest()[:12]
    for each in duties:
        start, end = (_utc(datetime.fromisoformat(each[key])) for key in ("from", "to"))
        lines += [
            "BEGIN:VEVENT",
            f"UID:{start}-{escaped(each['duty'])}-{mark}@dyzurka",
            f"DTSTAMP:{_utc(now)}",
            f"DTSTART:{start}",
            f"DTEND:{end}",
            f"SUMMARY:{escaped(each['name'])}",
            f"LOCATION:{escaped(box)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(folded(each) for each in lines).encode()


def escaped(text: str) -> str:
    """A text value (RFC 5545 §3.3.11)."""
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(plain, written)
    return text


def folded(line: str) -> str:
    """A content line with its CRLF, cut between characters so that no piece has more than 75 octets."""
    pieces: list[str] = []
    piece = ""
    for char in line:
        if len((piece + char).encode()) > OCTETS - (1 if pieces else 0):
            pieces.append(piece)
            piece = ""
        piece += char
    return "\r\n ".join([*pieces, piece]) + "\r\n"


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
