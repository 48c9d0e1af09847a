"""What reading a building file gathers on the way: mistakes, ids, and references to be looked up at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from appliance.building.model import Language
from appliance.building.positions import Path

SHOWN_CHARACTERS = 40


class WrongError(Exception):
    """A value that cannot be read: the key of its message, and what the message fills in."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake at a key, not yet in words."""

    path: Path
    message: str
    details: dict[str, object]


@dataclass(slots=True)
class Notes:
    """The gathered notes of one reading."""

    language: Language
    zone: ZoneInfo
    problems: list[Problem] = field(default_factory=list)
    ids: dict[str, dict[str, Path]] = field(default_factory=dict)  # table → id → where it is defined
    references: list[tuple[Path, str, str]] = field(default_factory=list)  # where, table, id

    def wrong(self, path: Path, message: str, **details: object) -> None:
        """Note a mistake."""
        self.problems.append(Problem(path, message, details))

    def refer(self, path: Path, table: str, target: str) -> None:
        """Note that `path` names the entry `target` of a table."""
        self.references.append((path, table, target))

    def clean(self, *paths: Path) -> bool:
        """Whether no mistake was noted at or below any of the paths."""
        return not any(each.path[: len(path)] == path for each in self.problems for path in paths)


def shown(value: object) -> str:
    """A value as a message quotes it: short and on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        text = "9…"
    text = "".join(each if each.isprintable() else "?" for each in text)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
