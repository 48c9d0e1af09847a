"""What somebody else has saved while a form lay open: beside what the reader typed, and where things have gone since.

It changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import request
from wtforms import HiddenField

from webui.document import Based, Document, Table
from webui.words import Words, gettext, lazy_gettext

GONE: Words = lazy_gettext(
    "Somebody else has changed or removed this meanwhile, so nothing was saved. Please go back and open it anew."
)
NOT_COMPARED = ("base", "was", "csrf_token")

AForm = TypeVar("AForm", bound=Based)


class Placed(Based):
    """A form for an entry without an id: it carries the entry as it was, by which `again` finds it."""

    was = HiddenField()

    def remember(self, document: Document, entry: Table) -> None:
        """Which entry it is, of which revision."""
        self.base.data, self.was.data = document.revision, json.dumps(entry)


def again(document: Document, entries: Sequence[Table], at: int, keys: Sequence[str] = ()) -> int | None:
    """Where the entry that a form was filled from, at index `at` then, stands now; None where it is gone.

    One that was changed is known by its `keys`, where it has any. A form without `was` knows its own revision only.
    """
    was, base = request.form.get("was", ""), request.form.get("base", "")
    if request.method != "POST" or (not was and base == document.revision):
        return at if at < len(entries) else None
    try:
        known = json.loads(was)
    except (ValueError, RecursionError):
        return None
    found = [index for index, each in enumerate(entries) if each == known]
    if not found and keys and isinstance(known, dict):
        found = [index for index, each in enumerate(entries) if all(each.get(key) == known.get(key) for key in keys)]
    return at if at in found else next(iter(found), None)


def theirs(form: AForm, document: Document, fill: Callable[[AForm], None]) -> list[tuple[str, str]]:
    """Label and saved value of each field in which the two differ; [] where nobody else was at work.

    `fill` puts what is saved now into a new form of the same kind.
    """
    if request.method == "GET" or request.form.get("base", "") in ("", document.revision):
        return []
    saved: AForm = type(form)(formdata=None)
    fill(saved)
    return [
        (str(field.label.text), _shown(field, saved[field.name].data))
        for field in form
        if field.name not in NOT_COMPARED and not _same(field.data, saved[field.name].data)
    ]


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever a field holds
    return (one or "") == (other or "") or str(one) == str(other)


def _shown(field: Any, value: Any) -> str:  # noqa: ANN401
    """A value in the words of the list it was chosen from."""
    choices = getattr(field, "choices", None) or ()
    flat = [each for group in choices.values() for each in group] if isinstance(choices, dict) else list(choices)
    words = {str(key): str(text) for key, text in flat}
    if isinstance(value, list):
        return ", ".join(words.get(str(each), str(each)) for each in value) or "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return words.get(str(value), str(value or "–"))
