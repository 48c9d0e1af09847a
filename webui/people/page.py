"""The blueprint of the people page, and what its views share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort

from webui.document import Document, Table
from webui.page import Page
from webui.words import lazy_gettext

pages = Page(
    "people",
    "webui.people",
    title=lazy_gettext("People"),
    url_prefix="/people",
    refusals={
        "bad_edit": lazy_gettext("Somebody has changed this meanwhile. Please look at it anew."),
        "not_allowed": lazy_gettext("The box may not dial %(number)s."),
        "engaged": lazy_gettext("%(number)s is on a call through the box. Please wait until it is over."),
        "urgent_call": lazy_gettext("An urgent call is going on. Please test when it is over."),
        "no_such_job": lazy_gettext("Nothing is known of this test any more. Please start it again."),
        "busy": lazy_gettext("Too much is going on at once. Please try again in a minute."),
    },
)


def entry_or_404(there: Document, table: str, value: str, key: str = "id") -> tuple[int, Table]:
    """Index and content of an entry of the building file."""
    found = there.entry(table, value, key)
    if found is None:
        abort(404)
    return found


def buildings(there: Document) -> Mapping[str, str]:
    """The houses by id."""
    return there.named("buildings")


def numbers_of_ours(there: Document) -> list[str]:
    """All numbers of the box's lines, each once."""
    found: list[str] = []
    for line in there.table("lines"):
        for key in ("number", "numbers"):
            value: Any = line.get(key) or []
            found += [value] if isinstance(value, str) else [each for each in value if isinstance(each, str)]
    return list(dict.fromkeys(found))
