"""Days and hours in words, Polish and English, as they follow in the built-in sentences ("od ósmej").

It reads no clock: today is handed in.
"""

from __future__ import annotations

from datetime import date, time

from appliance.building.model import Language
from appliance.callflow.numerals import EN_TENS, row, words

DAYS_CALLED_BY_WEEKDAY = 6  # further away a date is said

# Ordinals in the genitive, stem only: "pierwsz" + "ego" is a day, + "ej" an hour ("od pierwszej").
_PL_ORDINAL_STEMS = row(
    "zerow pierwsz drugi trzeci czwart piąt szóst siódm ósm dziewiąt dziesiąt jedenast dwunast trzynast czternast "
    "piętnast szesnast siedemnast osiemnast dziewiętnast dwudziest"
)
_EN_ORDINALS = row(
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "pl": (
        "w poniedziałek",
        "we wtorek",
        "w środę",
        "w czwartek",
        "w piątek",
        "w sobotę",
        "w niedzielę",
    ),
    "en": ("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday"),
}
_MONTHS: dict[Language, list[str]] = {
    "pl": row("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"),
    "en": row("January February March April May June July August September October November December"),
}
_NEAR: dict[Language, dict[int, str]] = {
    "pl": {-1: "wczoraj", 0: "dziś", 1: "jutro"},
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
}


def day(when: date, today: date, language: Language) -> tuple[str, ...]:
    """A day as people say it on `today`: wczoraj, dziś, jutro, "we wtorek" within six days to come, else the date.

    One part, or two for a date ("drugiego", "stycznia"; "on the second of", "January"), so that all can be
    rendered in advance.
    """
    ahead = (when - today).days
    if ahead in _NEAR[language]:
        return (_NEAR[language][ahead],)
    if 0 < ahead <= DAYS_CALLED_BY_WEEKDAY:
        return (_WEEKDAYS[language][when.weekday()],)
    return (day_of_month(when.day, language), _MONTHS[language][when.month - 1])


def days_to_come(language: Language) -> tuple[str, ...]:
    """Every one-part answer of `day` for today and later."""
    return (_NEAR[language][0], _NEAR[language][1], *_WEEKDAYS[language])


def days_past(language: Language) -> tuple[str, ...]:
    """Every one-part answer of `day` for today and earlier."""
    return (_NEAR[language][-1], _NEAR[language][0])


def months(language: Language) -> tuple[str, ...]:
    """The second parts of a date."""
    return tuple(_MONTHS[language])


def day_of_month(number: int, language: Language) -> str:
    """The first part of a date, 1-31: "dwudziestego pierwszego", "on the twenty-first of"."""
    if language == "en":
        return f"on the {_english_ordinal(number)} of"
    return _polish_ordinal(number, "ego")


def hour(at: time, language: Language) -> str:
    """An hour as it follows "od" or "at": "ósmej", "ósmej trzydzieści", "eight", "eight thirty", "nine oh five"."""
    minute = ""
    if language == "en":
        if at.minute:
            minute = (" oh " if at.minute < 10 else " ") + words(at.minute, "en")
        return words(at.hour, "en") + (minute or " o'clock")
    if at.minute:
        minute = (" zero " if at.minute < 10 else " ") + words(at.minute, "pl")
    return _polish_ordinal(at.hour, "ej") + minute


def _polish_ordinal(number: int, ending: str) -> str:
    tens, unit = divmod(number, 10)
    if number <= 20 or not unit:
        stem = "trzydziest" if number == 30 else _PL_ORDINAL_STEMS[number]
        return stem + ending
    ten = "dwudziest" if tens == 2 else "trzydziest"
    return f"{ten}{ending} {_PL_ORDINAL_STEMS[unit]}{ending}"


def _english_ordinal(number: int) -> str:
    if number <= 20:
        return _EN_ORDINALS[number]
    tens, unit = divmod(number, 10)
    return f"{EN_TENS[tens - 2]}-{_EN_ORDINALS[unit]}" if unit else EN_TENS[tens - 2].removesuffix("y") + "ieth"
