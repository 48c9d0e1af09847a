"""building.toml and secrets.toml as one tree of plain values that knows the file and line of each of them.

The only place in `building` that opens files, for `file.py`. It does not know what keys there are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from appliance.building.positions import Path as KeyPath
from appliance.building.positions import locate
from appliance.sharing import file_mode

SECRETS = "secrets.toml"
OTHERS_BITS = 0o077  # what the group and others may do: nothing
IDENTITIES = {"extensions": "number"}  # by which key the entries of an array of tables are told apart; else "id"
_AT_LINE = re.compile(r"at line (\d+)")


class SourceError(Exception):
    """A file that cannot be read as TOML: the key of the message, its place and its details."""

    def __init__(self, file: Path, line: int, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.file = file
        self.line = line
        self.message = message
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Stray:
    """An entry of secrets.toml whose id building.toml does not have; `path` is known to `Source.place`."""

    path: KeyPath
    table: str
    id: str


@dataclass(slots=True)
class Source:
    """The values as `tomllib` gives them, and where each stands."""

    file: Path
    data: dict[str, Any]
    places: dict[KeyPath, tuple[Path, int]]
    revision: str = ""
    strays: list[Stray] = field(default_factory=list)

    def place(self, path: KeyPath) -> tuple[Path, int]:
        """The file and line of a key; of one that is missing, those of the nearest table around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (self.file, 1))


def parse(file: Path, content: bytes) -> Source:
    """The values and places of one file. Raises SourceError, and nothing else, for any bytes."""
    try:
        text = content.decode().removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SourceError(file, content.count(b"\n", 0, error.start) + 1, "not_utf8") from None
    try:
        data = tomllib.loads(text)
        lines = locate(text)
    except RecursionError:
        raise SourceError(file, 1, "too_deep") from None
    except ValueError as error:
        found = _AT_LINE.search(str(error))
        last = text.rstrip("\n").count("\n") + 1
        line = int(found.group(1)) if found else last
        raise SourceError(file, line, "syntax", _AT_LINE.sub("", str(error)).partition(" (")[0]) from None
    places = {path: (file, line) for path, line in lines.items()}
    return Source(file, data, places, sha256(content).hexdigest())


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SourceError(file, 1, "unreadable", error.strerror or "") from None


def load(file: Path) -> Source:
    """building.toml with the secrets beside it merged in. Raises SourceError."""
    source = parse(file, _read(file))
    beside = file.with_name(SECRETS)
    if not beside.exists():
        return source
    content = _read(beside)
    if beside.stat().st_mode & OTHERS_BITS & ~file_mode(0, beside.parent):
        raise SourceError(beside, 1, "secrets_mode")
    secrets = parse(beside, content)
    _merge_tables(source, secrets, (), (), source.data, secrets.data)
    return source


def stamps(file: Path) -> tuple[tuple[int, int] | None, ...]:
    """What changes when the building file or its secrets are written: times and sizes; None for one that is away."""

    def stamp(path: Path) -> tuple[int, int] | None:
        try:
            status = path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    return stamp(file), stamp(file.with_name(SECRETS))


def _merge_tables(
    into: Source, secrets: Source, path: KeyPath, other: KeyPath, mine: dict[str, Any], theirs: Mapping[str, Any]
) -> None:
    for key, value in theirs.items():
        here, there = (*path, key), (*other, key)
        if isinstance(value, dict) and isinstance(mine.get(key), dict):
            _merge_tables(into, secrets, here, there, mine[key], value)
        elif _is_entries(value) and _is_entries(mine.get(key)):
            _merge_entries(into, secrets, here, there, mine[key], value)
        else:
            mine[key] = value
            _move_places(into, secrets, here, there)


def _merge_entries(
    into: Source, secrets: Source, path: KeyPath, other: KeyPath, mine: list[dict[str, Any]], theirs: list[Any]
) -> None:
    """Entries of secrets.toml go to the entries of the same id."""
    identity = IDENTITIES.get(str(path[-1]), "id")
    for number, entry in enumerate(theirs):
        named = entry.get(identity)
        index = next((at for at, each in enumerate(mine) if named is not None and each.get(identity) == named), None)
        if index is None:
            stray = (SECRETS, *other, number)
            into.places[stray] = secrets.place((*other, number))
            into.strays.append(Stray(stray, str(path[-1]), str(named or "")))
            continue
        rest = {key: value for key, value in entry.items() if key != identity}
        _merge_tables(into, secrets, (*path, index), (*other, number), mine[index], rest)


def _is_entries(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _move_places(into: Source, secrets: Source, here: KeyPath, there: KeyPath) -> None:
    """What stands below `there` in secrets.toml now stands below `here`."""
    depth = len(there)
    for path in [each for each in into.places if each[: len(here)] == here]:
        del into.places[path]
    for path, place in secrets.places.items():
        if path[:depth] == there:
            into.places[(*here, *path[depth:])] = place
