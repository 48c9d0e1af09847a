"""What somebody else has saved while a form lay open, beside what the reader typed. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request

from webui.document import Based, Document
from webui.words import gettext

AForm = TypeVar("AForm", bound=Based)


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
        if field.name not in ("base", "csrf_token") and not _same(field.data, saved[field.name].data)
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
