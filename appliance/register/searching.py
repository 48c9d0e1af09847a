"""The words by which calls and tickets are found, and what somebody types to find them. Pure.

A word is a number, a flat, somebody on duty, or a word of a note, without accents and in small letters, so that
"Wiśniewska", "wisniewska" and "WIŚ" find the same. Which rows have a word is `database.py`'s table `words`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeAlias

from appliance.register.fold import Row

COUNTRY = "48"
NUMBER_DIGITS = 7  # so many digits typed together, with whatever between them, are one number
PREFIX_DIGITS = 4  # how many first digits of a number find it; fewer are too many people's
SUFFIX_DIGITS = 3  # how many last digits do: the log tells so many
MOST_WORDS = 500  # of one row
MOST_TYPED = 6
WORD_LETTERS = 40
REVERSED = "~"  # before a number's digits from the last to the first: found by its end
PERSON = "@"  # before the id of somebody who answered, was rung, took it
PLACE = ">"  # before the destination that was chosen first
MISSED_WORD = "!missed"
MISSED = ("abandoned", "failed", "interrupted")  # outcomes: nobody came, and nothing was left

Span: TypeAlias = tuple[str, str]  # words from the first to before the second
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\+?\d(?:[\s().+/-]*\d)+")
_FLAT_WORDS = {"m", "mieszkanie", "mieszkania", "mieszk", "lok", "lokal", "lokalu", "nr", "flat", "no", "apartment"}
_STROKES = str.maketrans({"ł": "l", "đ": "d", "ø": "o"})  # what no decomposition takes away


def folded(text: str) -> str:
    """Small letters without accents, as words are kept and compared."""
    small = text.casefold().translate(_STROKES).encode("utf-8", "ignore").decode()  # a lone surrogate is no letter
    return "".join(each for each in unicodedata.normalize("NFKD", small) if not unicodedata.combining(each))


def call_words(row: Row) -> set[str]:
    """By which words a call is found: the caller's number, the flat, who was rung or answered, where it went."""
    went = [place(row["destination"])[0]] if row.get("destination") else []
    missed = [MISSED_WORD] if row.get("outcome") in MISSED else []
    who = [row.get("answered_by"), *(each.get("who") for each in row.get("rung") or ())]
    numbers, texts = _number_words(row.get("caller")), _text_words(row.get("resident"))
    return _few([*numbers, *texts, *_people(who), *went, *missed])


def ticket_words(row: Row) -> set[str]:
    """By which words a ticket is found: its number, the caller's, who took it, and its notes."""
    notes = row.get("notes") or ()
    texts = [word for note in notes for word in _text_words(note.get("text"))]
    who = [row.get("taken_by"), *(note.get("who") for note in notes)]
    return _few([str(row["number"]), *_number_words(row.get("caller")), *_people(who), *texts])


def typed(text: str) -> list[list[Span]]:
    """What somebody typed, word by word; each may be one of several. Nothing where there is nothing to look for.

    A number is known in any form: with +48, 0048 or neither, with spaces or dashes, or its first or last digits.
    """
    wanted: list[list[Span]] = []

    def number(found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found[0])
        if len(digits) < NUMBER_DIGITS:
            return found[0]
        digits = _national(digits, found[0].startswith("+") or digits.startswith("00"))
        wanted.append(_spans(digits))
        return " "

    rest = [re.sub(r"^m(?=\d)", "", word) for word in _WORD.findall(folded(_NUMBER.sub(number, text)))]
    rest = [word for word in rest if len(word) > 1 or word.isdigit()]
    sought = [word for word in rest if word not in _FLAT_WORDS] or rest
    wanted += [_spans(word[:WORD_LETTERS]) for word in sought]
    return wanted[:MOST_TYPED]


def person(name: str) -> Span:
    """The span of an id of a person."""
    return exactly(f"{PERSON}{folded(name)}"[:WORD_LETTERS])


def place(destination: str) -> Span:
    """The span of a destination."""
    return exactly(f"{PLACE}{folded(destination)}"[:WORD_LETTERS])


def exactly(word: str) -> Span:
    """The span of one word."""
    return (word, f"{word}\0")


def is_one(span: Span) -> bool:
    """Whether a span is that of one word."""
    return span[1] == f"{span[0]}\0"


def _spans(word: str) -> list[Span]:
    if not (word.isascii() and word.isdigit()):
        return [_begins(word)]
    spans = [exactly(word) if len(word) < PREFIX_DIGITS else _begins(word)]
    return [*spans, _begins(REVERSED + word[::-1])] if len(word) >= SUFFIX_DIGITS else spans


def _begins(word: str) -> Span:
    return (word, f"{word}\U0010ffff")


def _number_words(number: object) -> list[str]:
    if not isinstance(number, str):
        return []
    digits = "".join(each for each in number if each.isascii() and each.isdigit())[:WORD_LETTERS]
    digits = _national(digits, number.startswith("+"))
    return [digits, REVERSED + digits[::-1]] if digits else []


def _national(digits: str, international: bool) -> str:
    """Without the prefix of this country: everybody's numbers are kept as they are dialled here."""
    digits = digits.removeprefix("00") if international else digits
    return digits[len(COUNTRY) :] if digits.startswith(COUNTRY) and len(digits) == len(COUNTRY) + 9 else digits


def _text_words(text: object) -> list[str]:
    words = [word[:WORD_LETTERS] for word in _WORD.findall(folded(text))] if isinstance(text, str) else []
    return [word for word in words if len(word) > 1 or word.isdigit()]


def _people(ids: Iterable[object]) -> list[str]:
    return [person(each)[0] for each in ids if isinstance(each, str) and each]


def _few(words: Iterable[str]) -> set[str]:
    return set(list(dict.fromkeys(words))[:MOST_WORDS])
