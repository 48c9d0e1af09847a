"""The public holidays of Poland with their names, for the page to show. The exchange keeps the dates that count.

Source: the Act of 18 January 1951 on days off work, as amended (24 December since 2025).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from webui.words import Words, lazy_gettext

CHRISTMAS_EVE_SINCE = 2025
FIXED: Mapping[tuple[int, int], Words] = {
    (1, 1): lazy_gettext("New Year"),
    (1, 6): lazy_gettext("Epiphany"),
    (5, 1): lazy_gettext("May Day"),
    (5, 3): lazy_gettext("Constitution Day"),
    (8, 15): lazy_gettext("Assumption"),
    (11, 1): lazy_gettext("All Saints' Day"),
    (11, 11): lazy_gettext("Independence Day"),
    (12, 24): lazy_gettext("Christmas Eve"),
    (12, 25): lazy_gettext("Christmas Day"),
    (12, 26): lazy_gettext("Second day of Christmas"),
}
AFTER_EASTER: Mapping[int, Words] = {
    0: lazy_gettext("Easter"),
    1: lazy_gettext("Easter Monday"),
    49: lazy_gettext("Pentecost"),
    60: lazy_gettext("Corpus Christi"),
}


def easter(year: int) -> date:
    """Easter Sunday of a Gregorian year (the anonymous algorithm of 1876)."""
    century, of_century = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def coming(today: date, days: int = 365) -> list[tuple[date, Words]]:
    """The holidays of the next days, the nearest first."""
    found: list[tuple[date, Words]] = []
    for year in (today.year, today.year + 1):
        for (month, day), name in FIXED.items():
            if (month, day) != (12, 24) or year >= CHRISTMAS_EVE_SINCE:
                found.append((date(year, month, day), name))
        found += [(easter(year) + timedelta(days=after), name) for after, name in AFTER_EASTER.items()]
    return sorted((each for each in found if today <= each[0] < today + timedelta(days=days)), key=lambda each: each[0])
