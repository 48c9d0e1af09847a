"""The names that building.toml gives to buildings and duty lists. It checks nothing: `dyzurka check` does.

Only these few names are read, by the standard library: the whole model would double the page's memory.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

TIMEZONE = "Europe/Warsaw"


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, in the order of the file, and the box's time zone."""

    box: str = ""
    buildings: dict[str, str] = field(default_factory=dict)
    duties: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    timezone: str = TIMEZONE
    lines: dict[str, str] = field(default_factory=dict)


def read_names(building_file: Path) -> Names:
    """The names in the file as it is now; none where it is missing or mistaken."""
    try:
        content = tomllib.loads(building_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Names()
    box = content.get("box")
    if not isinstance(box, dict):
        box = {}
    return Names(
        str(box.get("name") or ""),
        _named(content.get("buildings")),
        _named(content.get("duty")),
        _named(content.get("people")),
        _zone(box.get("timezone")),
        _named(content.get("lines")),
    )


def _named(entries: object) -> dict[str, str]:
    """id → name of an array of tables."""
    if not isinstance(entries, list):
        return {}
    tables = [each for each in entries if isinstance(each, dict) and "id" in each]
    return {str(each["id"]): str(each.get("name") or each["id"]) for each in tables}


def _zone(name: object) -> str:
    try:
        return ZoneInfo(str(name or TIMEZONE)).key
    except (OSError, ValueError, LookupError):  # a zone that is not there is a KeyError
        return TIMEZONE
