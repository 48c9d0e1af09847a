"""The names that building.toml gives to buildings and duty lists. It checks nothing: `dyzurka check` does.

Only these few names are read, by the standard library: the whole model would double the page's memory.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id, in the order of the file."""

    box: str = ""
    buildings: dict[str, str] = field(default_factory=dict)
    duties: dict[str, str] = field(default_factory=dict)


def read_names(building_file: Path) -> Names:
    """The names in the file as it is now; none where it is missing or mistaken."""
    try:
        content = tomllib.loads(building_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Names()
    box = content.get("box")
    name = box.get("name") if isinstance(box, dict) else ""
    return Names(str(name or ""), _named(content.get("buildings")), _named(content.get("duty")))


def _named(entries: object) -> dict[str, str]:
    """id → name of an array of tables."""
    if not isinstance(entries, list):
        return {}
    tables = [each for each in entries if isinstance(each, dict) and "id" in each]
    return {str(each["id"]): str(each.get("name") or each["id"]) for each in tables}
