"""The building file as pages edit it: read through the exchange, or from the disk alone while none answers.

Saving goes through the exchange; what it does not like comes back beside the form's fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app, flash
from wtforms import HiddenField

from webui import exchange
from webui.forms import Form
from webui.names import read_content
from webui.words import Words, gettext

Table = dict[str, Any]


class Based(Form):
    """A form that changes the building file: it knows which revision it was filled from."""

    base = HiddenField()


@dataclass(frozen=True, slots=True)
class Document:
    """The content of building.toml without secrets. Without a `revision` the exchange is away and nothing is saved."""

    building: Table
    revision: str = ""

    @property
    def away(self) -> bool:
        """Whether this is only what lies on the disk."""
        return not self.revision

    def table(self, name: str) -> list[Table]:
        """The entries of an array of tables."""
        found = self.building.get(name)
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def entry(self, name: str, value: str, key: str = "id") -> tuple[int, Table] | None:
        """Index and content of the entry of that id."""
        return next(((at, each) for at, each in enumerate(self.table(name)) if each.get(key) == value), None)

    def named(self, name: str) -> dict[str, str]:
        """id → name."""
        return {str(each["id"]): str(each.get("name") or each["id"]) for each in self.table(name) if "id" in each}


def load() -> Document:
    """The building as the exchange has it. Raises TroubleError."""
    found = exchange.ask("document")
    return Document(found.get("building") or {}, str(found.get("revision", "")))


def load_anyway() -> Document:
    """The same, or what lies on the disk: to be looked at, also while the exchange is away."""
    try:
        return load()
    except exchange.AwayError:
        return on_disk()


def on_disk() -> Document:
    """What lies on the disk, without asking anybody; nothing where it cannot be read."""
    return Document(read_content(Path(current_app.config["BUILDING_FILE"])))


def save(
    form: Based,
    edits: Sequence[Mapping[str, Any]],
    what: str,
    keys: Mapping[str, str] | None = None,
    instead: Mapping[str, Words] | None = None,
    confirm_seconds: int | None = None,
) -> bool:
    """Make the edits; whether they hold now. Otherwise the form says why, and can be sent again as it is.

    `keys`: field → key of the file. `instead`: key of the file → the page's own remedy, in place of the file's.
    `confirm_seconds`: after so long they go back, unless somebody confirms them.
    """
    try:
        edited = exchange.edit(str(form.base.data or ""), edits, what, confirm_seconds=confirm_seconds)
    except exchange.TroubleError as error:
        form.say(str(error))
        return False
    if edited.conflict:
        form.base.data = str(edited.answer.get("revision", ""))
    exchange.tell(form, edited, keys or {}, instead or {})
    return edited.done


def remove(base: str, path: Sequence[object], what: str, done: str, instead: Mapping[str, Words] | None = None) -> bool:
    """Take something out of the building file and say so (`done`), or why not. Raises TroubleError."""
    edited = exchange.edit(base, [{"op": "remove", "path": list(path)}], what)
    if edited.done:
        flash(done, "well")
    elif edited.conflict:
        flash(
            gettext("Somebody else has changed the building meanwhile, so nothing was removed. Please try again."),
            "care",
        )
    else:
        flash(" ".join(exchange.told(each, instead or {}) for each in edited.errors), "alarm")
    return edited.done
