"""building.toml as a Building, or every mistake in it at once.

It neither watches the file nor writes it.
"""

from __future__ import annotations

import re
from pathlib import Path

from appliance.building.checks import check_draft
from appliance.building.errors import BuildingError, BuildingErrors
from appliance.building.messages import file_in_words, in_words
from appliance.building.model import Building, Language
from appliance.building.reader import FALLBACK_LANGUAGE, draft, notes_for
from appliance.building.source import SourceError, load

_ENGLISH = re.compile(rb"""^\s*language\s*=\s*["']en["']""", re.MULTILINE)

__all__ = ["BuildingError", "BuildingErrors", "check", "read"]


def read(path: Path) -> Building:
    """The Building of a file, with the secrets.toml beside it.

    Raises BuildingErrors with every mistake that can be told at once, and nothing else, whatever the file holds.
    """
    try:
        source = load(path)
    except SourceError as error:
        raise BuildingErrors([file_in_words(error, _guess_language(path))]) from None
    notes = notes_for(source)
    building = draft(source, notes)
    check_draft(building, notes)
    if notes.problems:
        raise BuildingErrors(in_words(each, source, notes.language) for each in notes.problems)
    return building


def check(path: Path) -> list[BuildingError]:
    """The mistakes of a file in the order of their lines; an empty list when there are none."""
    try:
        read(path)
    except BuildingErrors as found:
        return list(found.errors)
    return []


def _guess_language(path: Path) -> Language:
    """The language of a file that is not TOML: as a line of it says, or Polish."""
    try:
        return "en" if _ENGLISH.search(path.read_bytes()) else FALLBACK_LANGUAGE
    except OSError:
        return FALLBACK_LANGUAGE
