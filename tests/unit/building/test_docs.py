"""docs/building.md and building.pl.md describe every table and key with its default, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance.building.kinds import built_in_sentences
from appliance.building.model import Destination
from appliance.building.schema import ROOT
from appliance.building.tables import Key, Many, Named, One, Table

DOCS = Path(__file__).parents[3] / "docs"
PAGES = {"en": DOCS / "building.md", "pl": DOCS / "building.pl.md"}
# Defaults that are words, not values.
POLISH = {
    "required": "wymagany",
    "none": "brak",
    "see below": "patrz niżej",
    "8; 1 for gsm and fxo": "8; 1 dla gsm i fxo",
    "all lines, in the order of the file": "wszystkie linie, w kolejności pliku",
    "the duty list's": "jak na liście dyżurnych",
    "every day": "codziennie",
    "every number": "każdy numer",
    "the sentence `greet`": "zdanie `greet`",
    "the id": "id",
    "the whole day": "cała doba",
    "the only building": "jedyny budynek",
    "the box's own subnets": "własne podsieci",
    "whoever is first on duty": "kto jest pierwszy na dyżurze",
}
ROW = re.compile(r"\| `(?P<key>\w+)` \| (?P<default>.*?) \| (?P<meaning>.+?) \|")


def in_words(table: Table, key: Key) -> str:
    """A key's default as the page writes it."""
    if table.is_required(key):
        return "required"
    default = table.model_default(key) if key.default is None else key.default
    if key.default is not None:
        return key.default
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, int | float):
        return f"`{default:g}`"
    if isinstance(default, str | Destination) and str(default):
        return f'`"{default}"`'
    return f"`[{', '.join(chr(34) + each + chr(34) for each in default)}]`" if default else "none"


def tables(table: Table, name: str) -> dict[str, dict[str, str]]:
    """Every table under its header, with its keys and their defaults."""
    found = {name: {key.name: in_words(table, key) for key in table.keys}}
    for key in table.keys:
        inner = f"{name}.{key.name}".lstrip(".")
        if isinstance(key.kind, One | Many | Named):
            found |= tables(key.kind.table, inner)
    return found


def described(language: str) -> dict[str, dict[str, str]]:
    """The same as the page of a language has it."""
    found: dict[str, dict[str, str]] = {}
    table = ""
    for line in PAGES[language].read_text("utf-8").splitlines():
        if header := re.match(r"#+ (?:`\[+(?P<name>[A-Za-z_.]+)\]+`|(?P<root>The file|Plik))", line):
            table = (header["name"] or "").replace(".ID", "")
            found[table] = {}
        if row := ROW.match(line):
            assert row["meaning"].strip()
            found.setdefault(table, {})[row["key"]] = row["default"]
    return found


EXPECTED = tables(ROOT, "")


@pytest.mark.parametrize("table", sorted(EXPECTED))
def test_a_table_is_described_key_by_key_with_its_defaults(table):
    assert described("en").get(table) == EXPECTED[table]
    assert described("pl").get(table) == {key: POLISH.get(each, each) for key, each in EXPECTED[table].items()}


@pytest.mark.parametrize("language", PAGES)
def test_nothing_is_described_that_does_not_exist(language):
    assert set(described(language)) - {"sentences"} == set(EXPECTED)


@pytest.mark.parametrize("language", PAGES)
def test_every_sentence_that_can_be_replaced_is_listed(language):
    text = PAGES[language].read_text("utf-8")
    assert [key for key in built_in_sentences() if f"`{key}`" not in text] == []
