"""Reads tables by a description of their keys: unknown and missing keys, ids, and the model's object at the end.

What tables and keys there are stands in `schema.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any

from appliance.building.kinds import Kind, Reading
from appliance.building.notes import Notes, WrongError, shown
from appliance.building.positions import Path

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a table.

    `attribute` is its name in the model where that differs; `default` says in words what holds without it, where
    the model's default does not; `required` asks for it even so.
    """

    name: str
    kind: Kind
    attribute: str = ""
    default: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `model` makes its object from the values, by attribute, after `make` has put them right.

    `identity` is the key whose value no two entries may share, where other tables refer to them.
    """

    name: str
    model: Callable[..., Any]
    keys: tuple[Key, ...]
    make: Callable[[Values, Notes], Values] | None = None
    identity: str = ""

    def model_default(self, key: Key) -> object:
        """What the model holds when the key is missing; MISSING where it has no default."""
        attribute = key.attribute or key.name
        for each in fields(self.model) if is_dataclass(self.model) else ():
            if each.name == attribute:
                return each.default if each.default_factory is MISSING else each.default_factory()
        return MISSING

    def is_required(self, key: Key) -> bool:
        """Whether a table without the key is a mistake."""
        return key.required or (key.default is None and self.model_default(key) is MISSING)


def read_values(table: Table, value: object, at: Path, notes: Notes) -> tuple[Values, bool]:
    """The values that could be read, by attribute, and whether all that are required are there (else noted)."""
    if not isinstance(value, dict):
        raise WrongError("not_table", value=shown(value))
    known = {key.name: key for key in table.keys}
    values: Values = {}
    for name, each in value.items():
        if name not in known:
            notes.wrong((*at, name), "unknown_key", name=name, near=tuple(known))
            continue
        key = known[name]
        try:
            values[key.attribute or name] = key.kind.read(each, (*at, name), notes)
        except WrongError as error:
            notes.wrong((*at, name), error.message, **error.details)
    complete = True
    for key in filter(table.is_required, table.keys):
        if key.name not in value:
            notes.wrong((*at, key.name), "missing_key", name=key.name)
        complete = complete and (key.attribute or key.name) in values
    return values, complete


def read_table(table: Table, value: object, at: Path, notes: Notes, name: str | None = None) -> Reading:
    """The model's object, or None where something that it cannot do without is missing or wrong (noted).

    `name` is the id of a table whose header gives it.
    """
    values, complete = read_values(table, value, at, notes)
    if not complete:
        return None
    if name is not None:
        values["id"] = name
    return table.model(**(table.make(values, notes) if table.make else values))


@dataclass(frozen=True, slots=True)
class One:
    """A table that stands once: `[box]`."""

    table: Table

    def read(self, value: object, at: Path, notes: Notes) -> Reading:
        """The object, or None (noted)."""
        return read_table(self.table, value, at, notes)


@dataclass(frozen=True, slots=True)
class Many:
    """A table that stands any number of times: `[[people]]`."""

    table: Table
    at_least: int = 0
    keyed: bool = False

    def read(self, value: object, at: Path, notes: Notes) -> Reading:
        """A tuple or, where keyed, a dict by identity; without the entries that could not be read (noted)."""
        if not isinstance(value, list):
            raise WrongError("not_tables", name=str(at[-1]))
        if len(value) < self.at_least:
            raise WrongError("empty_list")
        entries = []
        for index, each in enumerate(value):
            if not isinstance(each, dict):
                notes.wrong((*at, index), "not_table", value=shown(each))
                continue
            if self.table.identity:
                register(self.table.name, each.get(self.table.identity), (*at, index, self.table.identity), notes)
            entries.append(read_table(self.table, each, (*at, index), notes))
        whole = [each for each in entries if each is not None]
        return {getattr(each, self.table.identity): each for each in whole} if self.keyed else tuple(whole)


@dataclass(frozen=True, slots=True)
class Named:
    """Tables whose name is their id: `[hours.office]`."""

    table: Table

    def read(self, value: object, at: Path, notes: Notes) -> Reading:
        """A dict by name; without those that could not be read (noted)."""
        if not isinstance(value, dict):
            raise WrongError("not_table", value=shown(value))
        found = {}
        for name, each in value.items():
            register(self.table.name, name, (*at, name), notes)
            try:
                entry = read_table(self.table, each, (*at, name), notes, name)
            except WrongError as error:
                notes.wrong((*at, name), error.message, **error.details)
                continue
            if entry is not None:
                found[name] = entry
        return found


def register(table: str, identity: object, at: Path, notes: Notes) -> None:
    """Remember an id of a table, or note that it is there twice."""
    if not isinstance(identity, str):
        return
    identity = identity.strip()
    known = notes.ids.setdefault(table, {})
    if identity in known:
        notes.wrong(at, "duplicate", value=shown(identity), first=known[identity])
    else:
        known[identity] = at[:-1] if at[-1] in ("id", "number") else at
