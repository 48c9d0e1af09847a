"""The mistakes of a building file, each with its place and its remedy. Texts stand in `messages.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class BuildingError:
    """One mistake. `line` counts from 1; `key` is the dotted key ("menus.main.options.2.goto"), "" for the file.

    `problem` says what was met, `remedy` what to do; both whole sentences in the box's language.
    """

    file: Path
    line: int
    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """`FILE:LINE: message`."""
        return f"{self.file}:{self.line}: {self.problem} {self.remedy}"


class BuildingErrors(Exception):
    """Every mistake of a file at once, in the order of its lines; str() gives one a line."""

    def __init__(self, errors: Iterable[BuildingError]) -> None:
        self.errors = tuple(sorted(set(errors)))
        super().__init__("\n".join(str(each) for each in self.errors))
