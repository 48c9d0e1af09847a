"""What people type, as building.toml has it, and back: telephone numbers, times of day, dates, ids. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = "24:00"
NATIONAL = re.compile(r"[1-9]\d{8}")
ABROAD = re.compile(r"\+[1-9]\d{6,14}")
INSIDE = re.compile(r"(?:ext|wewn|w)[.:]?(\d{1,6})")
TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
DATES = (
    (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"), (2, 1, 0)),
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), (0, 1, 2)),
)
COMMON = ("wspolnota", "mieszkaniowa", "spoldzielnia", "budynek", "ul", "ulica")  # in an id they tell nothing
LETTERS = str.maketrans({"ł": "l", "Ł": "L"})

Span = tuple[str, str]  # "08:00", "16:00"


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


def time_of(typed: str) -> str | None:
    """ "8", "8.00", "08:00" as "08:00"; also "24:00"; None where it is none."""
    found = TIME.fullmatch(typed.strip())
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if (hour, minute) != (24, 0) and (hour > 23 or minute > 59):
        return None
    return f"{hour:02}:{minute:02}"


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


# -- a week of opening hours -------------------------------------------------------------------------------------------


def week_of(spans: Sequence[str]) -> dict[str, list[Span]]:
    """`open` of building.toml by weekday: "mon-fri 08:00-16:00" and the like. What cannot be read is left out."""
    week: dict[str, list[Span]] = {day: [] for day in DAYS}
    for span in spans:
        found = re.fullmatch(r"(?:(.*?)\s+)?(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})", span.strip())
        if found:
            for day in _days(found[1] or ""):
                week[day].append((found[2].zfill(5), found[3].zfill(5)))
    return {day: sorted(each) for day, each in week.items()}


def _days(text: str) -> list[str]:
    """ "mon-fri, sun" as days; "" is every day."""
    found: list[str] = []
    for part in re.split(r"\s*,\s*", text.lower()) if text else DAYS:
        first, _, last = (each.strip() for each in part.partition("-"))
        if first in DAYS and (not last or last in DAYS):
            start, stop = DAYS.index(first), DAYS.index(last or first)
            length = (stop - start) % len(DAYS) + 1
            found += [DAYS[(start + step) % len(DAYS)] for step in range(length)]
    return [day for day in DAYS if day in found]


def spans_of(week: dict[str, list[Span]]) -> list[str]:
    """A week as `open` of building.toml, days with the same hours together: ["mon-fri 08:00-16:00"]."""
    by_span: dict[Span, list[str]] = {}
    for day in DAYS:
        for span in week.get(day, ()):
            by_span.setdefault(span, []).append(day)
    return [f"{_runs(days)} {begin}-{end}" for (begin, end), days in sorted(by_span.items())]


def _runs(days: list[str]) -> str:
    runs: list[list[str]] = []
    for day in days:
        if runs and DAYS.index(day) == DAYS.index(runs[-1][-1]) + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def overlap(spans: list[Span]) -> bool:
    """Whether two spans of one day cover each other; one that ends the next day reaches to midnight."""
    ordered = sorted((begin, end if end > begin else WHOLE_DAY) for begin, end in spans)
    return any(earlier[1] > later[0] for earlier, later in pairwise(ordered))
