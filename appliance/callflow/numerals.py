"""Numbers, keys and digits in words, Polish and English, in the case the built-in sentences need.

It knows no sentence: `sentences.py` fills these words in. Days and hours stand in `dates.py`.
"""

from __future__ import annotations

from typing import Literal

from appliance.building.model import Language
from appliance.media.sound import PAUSE

GROUP_DIGITS = 3  # digits read before a pause
LARGEST_IN_WORDS = 99
POLISH_PREFIX = "+48"

Case = Literal["nominative", "feminine", "genitive"]
Plural = Literal["one", "few", "many"]


def row(words_in_order: str) -> list[str]:
    """The words of a table's line, by index."""
    return words_in_order.split()


_DIGITS: dict[Language, tuple[str, ...]] = {
    "pl": ("zero", "jeden", "dwa", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}
# Letters as they are told over a telephone, where B, C, D and E sound alike. Those of a claim code: no I, L and O.
_LETTERS: dict[Language, dict[str, str]] = {
    "pl": {
        "A": "a jak Adam",
        "B": "be jak Barbara",
        "C": "ce jak Celina",
        "D": "de jak Dorota",
        "E": "e jak Ewa",
        "F": "ef jak Franciszek",
        "G": "gie jak Grażyna",
        "H": "ha jak Henryk",
        "J": "jot jak Jadwiga",
        "K": "ka jak Karol",
        "M": "em jak Maria",
        "N": "en jak Natalia",
        "P": "pe jak Paweł",
        "Q": "ku jak Quebec",
        "R": "er jak Roman",
        "S": "es jak Stefan",
        "T": "te jak Tadeusz",
        "U": "u jak Urszula",
        "V": "fau jak Violetta",
        "W": "wu jak Wanda",
        "X": "iks jak Xawery",
        "Y": "igrek jak Yeti",
        "Z": "zet jak Zofia",
    },
    "en": {
        each[0].upper(): each
        for each in row(
            "alpha bravo charlie delta echo foxtrot golf hotel juliett kilo mike november papa quebec romeo sierra"
            " tango uniform victor whiskey x-ray yankee zulu"
        )
    },
}
CODE_GROUP = 4  # signs of a claim code before a longer pause
_SIGNS: dict[Language, dict[str, str]] = {
    "pl": {"+": "plus", "*": "gwiazdkę", "#": "krzyżyk"},
    "en": {"+": "plus", "*": "star", "#": "hash"},
}
_PL_UNITS = row(
    "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście trzynaście czternaście "
    "piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście"
)
_PL_TENS = row(
    "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt"
)
_PL_UNITS_GENITIVE = row(
    "zera jednego dwóch trzech czterech pięciu sześciu siedmiu ośmiu dziewięciu dziesięciu jedenastu dwunastu "
    "trzynastu czternastu piętnastu szesnastu siedemnastu osiemnastu dziewiętnastu"
)
_PL_TENS_GENITIVE = row(
    "dwudziestu trzydziestu czterdziestu pięćdziesięciu sześćdziesięciu siedemdziesięciu osiemdziesięciu "
    "dziewięćdziesięciu"
)
EN_UNITS = row(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
EN_TENS = row("twenty thirty forty fifty sixty seventy eighty ninety")


def plural(count: int) -> Plural:
    """The Polish plural form: 1 is "one"; 2-4 but not 12-14 at the end "few"; all else, also 0 and 21, "many"."""
    if count == 1:
        return "one"
    if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14):
        return "few"
    return "many"


def words(number: int, language: Language, case: Case = "nominative") -> str:
    """A count of 0-99 in words; figures beyond, which the engines read.

    Cases matter in Polish: "feminine" counts persons (dwie osoby, dwadzieścia dwie osoby), "genitive" follows
    "około" (dwóch minut, dwudziestu jeden minut).
    """
    if not 0 <= number <= LARGEST_IN_WORDS:
        return str(number)
    if language == "en":
        return _compose(number, EN_UNITS, EN_TENS, "-", EN_UNITS)
    if case == "genitive":
        last = [*_PL_UNITS_GENITIVE]
        last[1] = "jeden"
        return _compose(number, _PL_UNITS_GENITIVE, _PL_TENS_GENITIVE, " ", last)
    units, last = [*_PL_UNITS], [*_PL_UNITS]
    if case == "feminine":
        units[1], units[2], last[2] = "jedna", "dwie", "dwie"
    return _compose(number, units, _PL_TENS, " ", last)


def _compose(number: int, units: list[str], tens: list[str], joint: str, after_tens: list[str]) -> str:
    if number < len(units):
        return units[number]
    ten, unit = divmod(number, 10)
    return tens[ten - 2] + (joint + after_tens[unit] if unit else "")


def key_words(key: str, language: Language) -> str:
    """A key or keys of the telephone, as one presses them: "1" is "jeden", "01" "zero jeden", "#" "krzyżyk"."""
    return " ".join(_sign(each, language) for each in key)


def digit_words(language: Language) -> tuple[str, ...]:
    """The parts that `digits` may return beside `PAUSE`: 0-9 and plus."""
    return (*_DIGITS[language], _SIGNS[language]["+"])


def digits(number: str, language: Language) -> tuple[str, ...]:
    """A telephone or ticket number as parts, one a digit, `PAUSE` after every three.

    A Polish number loses its +48, another one begins with "plus"; what is neither digit nor plus is left out.
    """
    bare = number.removeprefix(POLISH_PREFIX)
    parts: list[str] = []
    read = 0
    for each in bare:
        if each == "+":
            parts.append(_sign(each, language))
        elif each.isascii() and each.isdigit():
            if read and read % GROUP_DIGITS == 0:
                parts.append(PAUSE)
            parts.append(_sign(each, language))
            read += 1
    return tuple(parts)


def letter_words(language: Language) -> tuple[str, ...]:
    """The parts that `spelled` may return beside `PAUSE` and `digit_words`."""
    return tuple(_LETTERS[language].values())


def spelled(code: str, language: Language) -> tuple[str, ...]:
    """A claim code as parts, one a sign, `PAUSE` after each and more of it after every four; a dash is not spoken."""
    parts: list[str] = []
    for read, each in enumerate(sign for sign in code.upper() if sign.isalnum()):
        if read:
            parts += [PAUSE] * (3 if read % CODE_GROUP == 0 else 1)
        parts.append(_LETTERS[language].get(each) or _sign(each, language))
    return tuple(parts)


def _sign(each: str, language: Language) -> str:
    return _DIGITS[language][int(each)] if each.isdigit() else _SIGNS[language].get(each, each)
