"""building.toml as it lies on the disk, and the names that it gives. It checks nothing: `dyzurka check` does.

It is read by the standard library: the whole model would double the page's memory.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
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
    queues: dict[str, str] = field(default_factory=dict)
    mailboxes: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, str] = field(default_factory=dict)
    phones: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of people
    menus: dict[str, str] = field(default_factory=dict)


def read_content(building_file: Path) -> dict[str, Any]:
    """The file as it is now; empty where it is missing or mistaken. Read again only when it has changed.

    Everybody gets the same one: it is not to be changed.
    """
    return _read(building_file, *_state(building_file))[0]


def read_names(building_file: Path) -> Names:
    """The names in it, likewise."""
    return _read(building_file, *_state(building_file))[1]


def _state(building_file: Path) -> tuple[int, ...]:
    """What changes when the file does; nothing where it is missing."""
    try:
        known = building_file.stat()
    except OSError:
        return ()
    return known.st_mtime_ns, known.st_ino, known.st_size


@lru_cache(maxsize=4)
def _read(building_file: Path, *_state: int) -> tuple[dict[str, Any], Names]:
    try:
        content = tomllib.loads(building_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        content = {}
    return content, _names(content)


def _names(content: dict[str, Any]) -> Names:
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
        _named(content.get("queues")),
        _named(content.get("voicemail")),
        _named(content.get("extensions"), "number"),
        {str(each.get("id")): _phones(each.get("phones")) for each in _tables(content.get("people"))},
        _named(content.get("menus")),
    )


def _named(entries: object, key: str = "id") -> dict[str, str]:
    """id → name of an array of tables."""
    tables = [each for each in _tables(entries) if key in each]
    return {str(each[key]): str(each.get("name") or each[key]) for each in tables}


def _tables(entries: object) -> list[dict[str, Any]]:
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


def _phones(phones: object) -> tuple[str, ...]:
    return tuple(each for each in phones if isinstance(each, str)) if isinstance(phones, list) else ()


def _zone(name: object) -> str:
    try:
        return ZoneInfo(str(name or TIMEZONE)).key
    except (OSError, ValueError, LookupError):  # a zone that is not there is a KeyError
        return TIMEZONE
