"""Providers whose settings are known from their own pages: `webui/presets.toml`. It asks nobody."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import g

FILE = Path(__file__).parents[1] / "presets.toml"


@dataclass(frozen=True, slots=True)
class Preset:
    """One provider: what goes into the form, what to know, and where and when that was read (ISO 8601)."""

    id: str
    name: str
    line: dict[str, Any]
    checked: str
    pages: tuple[str, ...]
    words: dict[str, dict[str, str]]

    @property
    def day(self) -> str:
        """When it was read, as people write it: "25.11.2026"."""
        year, month, day = self.checked.split("-")
        return f"{int(day)}.{month}.{year}"

    @property
    def notes(self) -> dict[str, str]:
        """`user`, `numbers`, `divert`, `channels` in the reader's language."""
        return self.words[g.language]


@cache
def presets() -> tuple[Preset, ...]:
    """All of them, in the order of the file."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))["presets"]
    return tuple(
        Preset(
            each["id"],
            each["name"],
            {key: each[key] for key in ("server", "transport", "register", "dial_format", "channels")},
            each["checked"],
            tuple(each["pages"]),
            {language: each[language] for language in ("pl", "en")},
        )
        for each in found
    )
