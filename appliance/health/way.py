"""Which way the box works now, in one sentence: the line that carries the calls, and what is wrong with the others.

Pure: the lines come in as they stand. The status, the page's headline, the lamps and the log all take it from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

Level = Literal["ok", "fallback", "fault", "starting"]

BACK_MINUTES = 10  # so long it is told that a line has come back
SILENT_WORDS = ("no answer", "does not answer")  # in the fault of a line whose far end says nothing at all


@dataclass(frozen=True, slots=True)
class LineStands:
    """A line as it stands: `state` is "up", "starting" or "down".

    `down_since`: when it went down, None while it is not; `back_at`: when it last came up again after that.
    """

    id: str
    kind: str
    state: str
    fault: str = ""
    down_since: datetime | None = None
    back_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How the box works, in Polish and in English.

    "ok": all lines are there; "fallback": one is down, another carries the calls; "fault": none works; "starting": no
    line is down and none is up yet.
    """

    level: Level
    pl: str
    en: str

    def said(self, language: str) -> str:
        """The sentence in this language."""
        return self.pl if language == "pl" else self.en


@dataclass(frozen=True, slots=True)
class _Name:
    """What people call a kind of line; `by` after "Działa przez", `back` is its verb."""

    pl: str
    by: str
    back: str
    en: str


NAMES = {
    "sip": _Name("łącze internetowe", "łącze internetowe", "wróciło", "the internet line"),
    "gsm": _Name("karta SIM", "kartę SIM", "wróciła", "the SIM card"),
    "fxo": _Name("linia stacjonarna", "linię stacjonarną", "wróciła", "the landline"),
    "simulated": _Name("linia próbna", "linię próbną", "wróciła", "the simulated line"),
}


def way(lines: Sequence[LineStands], now: datetime, zone: tzinfo) -> Way:
    """The one sentence. `lines`: in the order in which calls go out by them; `now`: aware."""
    if not lines:
        return Way("fault", "Nie ma żadnej linii: nikt się nie dodzwoni.", "There is no line: nobody can get through.")
    told = _Telling(lines, now, zone)
    up = [each for each in lines if each.state == "up"]
    down = [each for each in lines if each.state == "down" or (each.state == "starting" and each.down_since)]
    if not down:
        return told.well() if up else Way("starting", "Linie dopiero ruszają.", "The lines are only starting.")
    pl, en = "; ".join(map(told.down_pl, down)), "; ".join(map(told.down_en, down))
    if not up:
        if len(down) < len(lines):
            return Way("starting", f"Linie dopiero ruszają: {pl}.", f"The lines are only starting: {en}.")
        return Way(
            "fault",
            f"Żadna linia nie działa jak trzeba, więc połączenia mogą nie dochodzić: {pl}.",
            f"No line works as it should, so calls may not get through: {en}.",
        )
    by_pl, by_en = told.by_pl(up[0]), told.by_en(up[0])
    if lines.index(up[0]) > lines.index(down[0]):
        return Way("fallback", f"Działa przez {by_pl}: {pl}.", f"Works by {by_en}: {en}.")
    return Way(
        "fallback", f"Działa przez {by_pl}, ale bez zapasu: {pl}.", f"Works by {by_en}, with nothing in reserve: {en}."
    )


class _Telling:
    """The words for one line among these."""

    def __init__(self, lines: Sequence[LineStands], now: datetime, zone: tzinfo) -> None:
        self._lines, self._now, self._zone = lines, now, zone
        self._kinds = [each.kind for each in lines]

    def well(self) -> Way:
        back = [each for each in self._lines if each.back_at and self._now - each.back_at < _BACK]
        if back:
            last = max(back, key=lambda each: each.back_at or self._now)
            at = self._at(last.back_at)
            pl = f"{self._pl(last)} {_name(last).back} {_time_pl(at, self._now, self._zone)}: działa jak zwykle."
            en = f"{self.by_en(last)} came back at {_time(at, self._now, self._zone)}: all works as usual."
            return Way("ok", _upper(pl), _upper(en))
        up, starting = ([each for each in self._lines if (each.state == "up") is is_up] for is_up in (True, False))
        if starting:
            pl, en = self._pl(starting[0]), self.by_en(starting[0])
            return Way(
                "ok",
                f"Działa przez {self.by_pl(up[0])}; {pl} dopiero rusza.",
                f"Works by {self.by_en(up[0])}; {en} is only starting.",
            )
        if len(self._lines) == 1:
            return Way("ok", f"{_upper(self._pl(up[0]))} działa.", f"{_upper(self.by_en(up[0]))} works.")
        return Way("ok", "Wszystkie linie działają.", "All lines work.")

    def down_pl(self, line: LineStands) -> str:
        verb = "nie odpowiada" if any(each in line.fault for each in SILENT_WORDS) else "nie działa"
        since = _time(self._at(line.down_since), self._now, self._zone)
        return f"{self._pl(line)} {verb} od {since}"

    def down_en(self, line: LineStands) -> str:
        verb = "has not answered" if any(each in line.fault for each in SILENT_WORDS) else "has not worked"
        return f"{self.by_en(line)} {verb} since {_time(self._at(line.down_since), self._now, self._zone)}"

    def by_pl(self, line: LineStands) -> str:
        return _name(line).by + self._which(line)

    def by_en(self, line: LineStands) -> str:
        return _name(line).en + self._which(line)

    def _pl(self, line: LineStands) -> str:
        return _name(line).pl + self._which(line)

    def _which(self, line: LineStands) -> str:
        return f" {line.id}" if self._kinds.count(line.kind) > 1 else ""

    def _at(self, moment: datetime | None) -> datetime:
        return moment or self._now


_BACK = timedelta(minutes=BACK_MINUTES)


def _name(line: LineStands) -> _Name:
    return NAMES.get(line.kind) or _Name(f"linia {line.id}", f"linię {line.id}", "wróciła", f"line {line.id}")


def _time(at: datetime, now: datetime, zone: tzinfo) -> str:
    """ "21:14", and with its day where that is not today."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local.hour}:{local.minute:02}"
    return clock if local.date() == today else f"{local.day}.{local.month:02} {clock}"


def _time_pl(at: datetime, now: datetime, zone: tzinfo) -> str:
    """ "o 21:14"."""
    return f"o {_time(at, now, zone)}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
