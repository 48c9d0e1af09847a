"""Puts a noted mistake into words, in Polish or English. The words stand in the `messages_*` modules."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.building.errors import BuildingError
from appliance.building.messages_form import FORM, Message
from appliance.building.messages_sense import SENSE
from appliance.building.messages_values import VALUES
from appliance.building.model import Language
from appliance.building.notes import Problem
from appliance.building.positions import Path
from appliance.building.source import Source, SourceError

MESSAGES: Mapping[str, Message] = {**FORM, **VALUES, **SENSE}
# What an entry of a table is called (Polish: genitive), and the header it stands under.
TABLES: Mapping[str, tuple[str, str, str]] = {
    "buildings": ("budynku", "building", "[[buildings]]"),
    "lines": ("linii", "line", "[[lines]]"),
    "people": ("osoby", "person", "[[people]]"),
    "extensions": ("numeru wewnętrznego", "extension", "[[extensions]]"),
    "hours": ("godzin", "hours", "[hours.ID]"),
    "menus": ("menu", "menu", "[[menus]]"),
    "duty": ("dyżuru", "duty list", "[[duty]]"),
    "queues": ("kolejki", "queue", "[[queues]]"),
    "voicemail": ("skrzynki głosowej", "mailbox", "[[voicemail]]"),
}
# tomllib speaks English; the mistakes that people make are said in Polish too.
_SYNTAX_PL = (
    ("Expected '=' after a key", "po kluczu brakuje znaku ="),
    ("Unterminated string", "tekst nie ma końcowego cudzysłowu"),
    ("Illegal character", "niedozwolony znak, zwykle brak końcowego cudzysłowu"),
    ("Unclosed array", "lista nie ma końcowego nawiasu ]"),
    ("Unclosed inline table", "tabela nie ma końcowego nawiasu }"),
    ("Cannot overwrite a value", "klucz występuje po raz drugi"),
    ("Duplicate", "klucz występuje po raz drugi"),
    ("Cannot declare", "tabela występuje po raz drugi"),
    ("Expected newline", "po wartości jest coś jeszcze"),
    ("Invalid value", "niepoprawna wartość, zwykle brak cudzysłowu"),
)


def _dotted(path: Path) -> str:
    return ".".join(str(each + 1) if isinstance(each, int) else each for each in path)


def _near(name: object, known: object, language: Language) -> str:
    names = [str(each) for each in known] if isinstance(known, tuple | list) else []
    from difflib import get_close_matches  # needed where there is a mistake

    close = get_close_matches(str(name), names, n=1)
    if not close:
        return ""
    return f" (może „{close[0]}”?)" if language == "pl" else f" (did you mean {close[0]!r}?)"


def _details(problem: Problem, source: Source, language: Language) -> dict[str, object]:
    polish = language == "pl"
    details = {**problem.details}
    if "near" in details:
        details["near"] = _near(details.get("name"), details["near"], language)
    if "table" in details:
        in_polish, in_english, header = TABLES.get(str(details["table"]), (str(details["table"]),) * 3)
        details |= {"table": in_polish if polish else in_english, "header": header}
    if isinstance(details.get("first"), tuple):
        details["first"] = source.place(details["first"])[1]  # type: ignore[arg-type]
    for key, value in details.items():
        if isinstance(value, dict):  # words that differ by language
            details[key] = value[language]
    return details


def in_words(problem: Problem, source: Source, language: Language) -> BuildingError:
    """The mistake with its place, in words."""
    message = MESSAGES[problem.message]
    details = _details(problem, source, language)
    file, line = source.place(problem.path)
    said, remedy = message[:2] if language == "pl" else message[2:]
    return BuildingError(file, line, _dotted(problem.path), said.format(**details), remedy.format(**details))


def file_in_words(error: SourceError, language: Language) -> BuildingError:
    """A file that could not be read at all, in words."""
    detail = error.detail
    if language == "pl" and error.message == "syntax":
        detail = next((polish for english, polish in _SYNTAX_PL if detail.startswith(english)), detail)
    message = MESSAGES[error.message]
    said, remedy = message[:2] if language == "pl" else message[2:]
    return BuildingError(error.file, error.line, "", said.format(detail=detail), remedy.format(detail=detail))
