"""Every text of the page is Polish, too."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from appliance.register import events
from webui import vocabulary
from webui.app import PAGES
from webui.words import catalogue

TOOL = Path(__file__).parents[3] / "tools" / "words.py"
PLACES = re.compile(r"%\(\w+\)[sd]|%%")


@cache
def words() -> Any:
    spec = importlib.util.spec_from_file_location("words_tool", TOOL)
    assert spec and spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


@cache
def entries() -> list[tuple[str, Any, str | None, Any]]:
    """File, text, context, Polish."""
    return [
        (name, message.id, message.context, message.string)
        for name, catalog in words().homes().items()
        for message in catalog
        if message.id
    ]


def test_every_text_of_the_page_has_polish_and_none_is_left_over() -> None:
    polish = {(text, context) for _, text, context, said in entries() if said and all(said)}
    used = {key for _, key in words().used()}
    assert len(used) > 100, "nothing was found in the sources"
    assert sorted(map(str, used - polish)) == [], "run `make words` and fill the empty places"
    assert sorted(map(str, {(text, context) for _, text, context, _ in entries()} - used)) == [], "run `make words`"


def test_a_text_means_the_same_on_every_page() -> None:
    known: dict[Any, Any] = {}
    for name, text, context, said in entries():
        assert known.setdefault((text, context), said) == said, f"{name}.po: give {text!r} a context (pgettext)"


def test_polish_fills_in_the_same_values() -> None:
    for name, text, _, said in entries():
        texts = text if isinstance(text, tuple) else (text,)
        forms = said if isinstance(text, tuple) else (said,)
        wanted = set(PLACES.findall(texts[-1]))
        assert all(set(PLACES.findall(each)) == wanted for each in forms), f"{name}.po: {text!r}"


def test_files_are_in_the_shape_that_make_words_gives_them() -> None:
    for name, catalog in words().homes().items():
        path = words().CATALOGUES / f"{name}.po"
        assert path.read_text(encoding="utf-8") == words().written(catalog), f"{path.name}: run `make words`"
        assert name in {*PAGES, words().COMMON}


@pytest.mark.parametrize(
    ("number", "said"), [(1, "minutę"), (2, "minuty"), (5, "minut"), (12, "minut"), (22, "minuty")]
)
def test_numbers_take_their_polish_form(number: int, said: str) -> None:
    polish = catalogue("pl")
    assert polish.ungettext("Wait a minute.", "Wait %(num)d minutes.", number).rstrip(".").endswith(f" {said}")


def test_every_event_and_word_of_the_contract_has_words() -> None:
    kinds = {value for name, value in vars(events).items() if name.startswith(("CALL_", "TICKET_", "NOTICE_", "SMS_"))}
    assert kinds <= set(vocabulary.EVENTS)
    outcomes = ["answered", "voicemail", "callback", "informed", "abandoned", "silent", "interrupted", "failed"]
    assert {*outcomes, ""} <= set(vocabulary.OUTCOMES)
    calls = ["answered", "declined", "no answer", "busy", "refused", "wrong number", "cancelled"]
    results = [*calls, "line down", "not registered"]
    assert set(results) <= set(vocabulary.RESULTS)
