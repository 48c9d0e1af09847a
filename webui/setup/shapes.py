"""What people type, as building.toml has it, and back: telephone numbers, dates, ids. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

NATIONAL = re.compile(r"[1-9]\d{8}")
ABROAD = re.compile(r"\+[1-9]\d{6,14}")
INSIDE = re.compile(r"(?:ext|wewn|w)[.:]?(\d{1,6})")
DATES = (
    (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"), (2, 1, 0)),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), (0, 1, 2)),
)
COMMON = ("wspolnota", "mieszkaniowa", "spoldzielnia", "budynek", "ul", "ulica")  # in an id they tell nothing
LETTERS = str.maketrans({"ł": "l", "Ł": "L"})


def number_of(typed: str) -> str | None:
    """ "501 502 503", "(22) 123-45-67", "0048…" as E.164; "wewn. 21" as "ext:21"; None where it is neither."""
    bare = re.sub(r"[\s()/–-]", "", typed).lower()
    if inside := INSIDE.fullmatch(bare):
        return f"ext:{inside[1]}"
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    if NATIONAL.fullmatch(bare):
        return f"+48{bare}"
    if re.fullmatch(r"48[1-9]\d{8}", bare):
        return f"+{bare}"
    return bare if ABROAD.fullmatch(bare) else None


def dates_of(typed: str) -> tuple[list[str], list[str]]:
    """The dates of a text as ISO 8601, in order; and the words that are none."""
    good, bad = set(), []
    for word in re.split(r"[\s,;]+", typed.strip()):
        day = _date(word) if word else None
        if day is not None:
            good.add(day)
        elif word:
            bad.append(word)
    return sorted(good), bad


def _date(word: str) -> str | None:
    for shape, (year, month, day) in DATES:
        if found := shape.fullmatch(word):
            parts = [int(each) for each in found.groups()]
            try:
                return date(parts[year], parts[month], parts[day]).isoformat()
            except ValueError:
                return None
    return None


def id_of(name: str, taken: Iterable[str]) -> str:
    """A short id for a name ("Jan Nowak" → "nowak", "Lipowa 7" → "lipowa-7") that nothing else has."""
    plain = unicodedata.normalize("NFKD", name.translate(LETTERS)).encode("ascii", "ignore").decode().lower()
    spoken = re.findall(r"[a-z0-9]+", plain)
    words = [each for each in spoken if each not in COMMON] or spoken or ["x"]
    base = "-".join(words[-1:] if len(words) == 2 and words[-1].isalpha() else words)[:30].strip("-")
    known, count, found = set(taken), 1, base
    while found in known:
        count += 1
        found = f"{base}-{count}"
    return found
