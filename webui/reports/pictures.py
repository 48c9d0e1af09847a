"""Where the bars of a picture stand. Pure: `templates/reports/_pictures.html` draws them.

Widths are per cent of the picture, heights pixels: it fits a telephone and a sheet of paper alike, and words
keep their size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from webui.reports.figures import Tally

HEIGHT = 160  # px, of the highest column
LEFT = 9.0  # per cent, for the scale
FILLED = 0.76  # how much of its place a column takes
MOST_LABELS = 8  # beneath the columns, on a telephone


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: `kind` "answered", "rest" or "abandoned"; from where to where."""

    kind: str
    at: float
    size: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its middle and width, its pieces, its label and whether there is room for it, and what it says."""

    label: str
    shown: bool
    middle: float
    width: float
    parts: tuple[Part, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars, and the lines of the scale as (height in px from the top, number)."""

    bars: tuple[Bar, ...]
    scale: tuple[tuple[float, int], ...]


def columns(rows: Sequence[tuple[str, Tally]]) -> Picture:
    """Columns beside each other: hours, days."""
    top = _round_number(max((tally.calls for _, tally in rows), default=0))
    place = (100 - LEFT) / max(len(rows), 1)
    every = math.ceil(len(rows) / MOST_LABELS)
    bars = []
    for index, (label, tally) in enumerate(rows):
        at, parts = float(HEIGHT), []
        for kind, many in _pieces(tally):
            size = many / top * HEIGHT
            at -= size
            parts.append(Part(kind, round(at, 1), round(size, 1)))
        middle = LEFT + (index + 0.5) * place
        bars.append(Bar(label, index % every == 0, round(middle, 2), round(place * FILLED, 2), tuple(parts), tally))
    half = [top // 2] if top % 2 == 0 else []
    return Picture(tuple(bars), tuple((HEIGHT - number / top * HEIGHT, number) for number in (*half, top)))


def lines(rows: Sequence[tuple[str, Tally]]) -> Picture:
    """Bars beneath each other, each as long as its share of the longest: numbers, buildings, choices."""
    top = max((tally.calls for _, tally in rows), default=0) or 1
    bars = []
    for label, tally in rows:
        at, parts = 0.0, []
        for kind, many in _pieces(tally):
            size = many / top * 100
            parts.append(Part(kind, round(at, 2), round(size, 2)))
            at += size
        bars.append(Bar(label, True, 0.0, 0.0, tuple(parts), tally))
    return Picture(tuple(bars), ())


def _pieces(tally: Tally) -> list[tuple[str, int]]:
    pieces = [("answered", tally.answered), ("rest", tally.rest), ("abandoned", tally.abandoned)]
    return [(kind, many) for kind, many in pieces if many > 0]


def _round_number(most: int) -> int:
    """The least of 2, 4, 6, 8, 10, 20, 40, … that is not below."""
    for power in range(12):
        for step in (2, 4, 6, 8, 10):
            if step * 10**power >= most:
                return int(step * 10**power)
    return most
