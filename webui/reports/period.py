"""The days that a report is about: a month, a quarter, a year, or from one day to another. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from webui.words import Words, lazy_gettext, lazy_pgettext

CHOICES: dict[str, Words] = {
    "month": lazy_gettext("This month"),
    "last": lazy_gettext("Last month"),
    "quarter": lazy_gettext("This quarter"),
    "last_quarter": lazy_gettext("Last quarter"),
    "year": lazy_gettext("This year"),
    "last_year": lazy_gettext("Last year"),
    "own": lazy_pgettext("period", "From – to"),
}
LONGEST = timedelta(days=3660)
FIRST_DAY = date(2000, 1, 1)  # before the oldest register; earlier ones are mistakes
MANY_DAYS, MANY_WEEKS = 62, 200  # days that a picture still shows one by one, or by weeks


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`, both included. `wrong` is the field ("from", "to") that could not be understood."""

    name: str
    first: date
    last: date
    wrong: str = ""

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def step(self) -> str:
        """By what it is shown: "day", "week" or "month"."""
        return "day" if self.days <= MANY_DAYS else "week" if self.days <= MANY_WEEKS else "month"

    def begins(self) -> list[date]:
        """The first day of each day, week or month within it, as far as it lies within."""
        found, at = [], self.first
        while at <= self.last:
            found.append(at)
            at = self._next(at)
        return found

    def of(self, day: date) -> date:
        """Under which of those a day falls."""
        if self.step == "day":
            return day
        begin = day - timedelta(days=day.weekday()) if self.step == "week" else day.replace(day=1)
        return max(begin, self.first)

    def _next(self, at: date) -> date:
        if self.step == "day":
            return at + timedelta(days=1)
        if self.step == "week":
            return at + timedelta(days=7 - at.weekday())
        return _month_after(at)


def chosen(name: str, begin: str, end: str, today: date) -> Period:
    """What was chosen; this month for what is not known. `begin` and `end` are typed, for "own"."""
    month = today.replace(day=1)
    quarter = month.replace(month=(today.month - 1) // 3 * 3 + 1)
    if name == "last":
        return Period(name, _month_before(month), month - timedelta(days=1))
    if name == "quarter":
        return Period(name, quarter, _day_before(_month_after(_month_after(_month_after(quarter)))))
    if name == "last_quarter":
        return Period(name, _month_before(_month_before(_month_before(quarter))), _day_before(quarter))
    if name == "year":
        return Period(name, date(today.year, 1, 1), date(today.year, 12, 31))
    if name == "last_year":
        return Period(name, date(today.year - 1, 1, 1), date(today.year - 1, 12, 31))
    if name == "own":
        return _own(begin, end, today)
    return Period("month", month, _day_before(_month_after(month)))


def typed(text: str) -> date | None:
    """A day as a browser sends it or as people here write it: "2026-11-22", "22.11.2026"; None for another thing."""
    text = text.strip()
    try:
        if "." in text:
            day, month, year = text.split(".")
            return date(int(year), int(month), int(day))
        return date.fromisoformat(text)
    except ValueError:
        return None


def _own(begin: str, end: str, today: date) -> Period:
    first = typed(begin)
    last = typed(end) if end.strip() else today
    if first is None or not FIRST_DAY <= first <= today + LONGEST:
        return Period("own", today.replace(day=1), today, "from")
    if last is None or not first <= last <= first + LONGEST:
        return Period("own", first, max(first, today), "to")
    return Period("own", first, last)


def _month_after(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _month_before(month: date) -> date:
    return _day_before(month).replace(day=1)


def _day_before(day: date) -> date:
    return day - timedelta(days=1)
