"""A TOML text as lines with statements, so that one of them changes and every other line stays as it was written.

Pure. It knows TOML, not what a building is. The text is valid TOML before (`tomllib` reads it), and after each change.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import tomlkit

KeyPath = tuple[str | int, ...]
INLINE_TABLES = ("shifts", "substitutions", "special")  # arrays of tables that are written on one line
LINE_LENGTH = 110  # a longer list is written an entry a line
MOST_PIECES = 40  # entries that are changed one by one; a whole new directory is written anew
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Statement:
    """A header or a `key = value` of lines `start` up to, not including, `stop`; `path` in the whole document."""

    path: KeyPath
    start: int
    stop: int
    header: bool


def written(value: object) -> str:
    """A JSON value as TOML on one line, or a list of many as lines. Raises ValueError for what TOML has not."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if value == value and abs(value) != float("inf"):
            return repr(value)
        case str():
            return tomlkit.string(value).as_string()
        case list():
            parts = [written(each) for each in value]
            line = f"[{', '.join(parts)}]"
            return line if len(line) <= LINE_LENGTH else "[\n" + "".join(f"  {each},\n" for each in parts) + "]"
        case Mapping():
            pairs = ", ".join(f"{key_of(name)} = {_flat(each)}" for name, each in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
    raise ValueError(f"{value!r} has no place in a building file")


def key_of(name: str) -> str:
    """A key as it is written."""
    return name if _BARE.fullmatch(name) else tomlkit.string(name).as_string()


def _flat(value: object) -> str:
    """A value within an inline table, which has no line ends of its own."""
    if isinstance(value, list):
        return f"[{', '.join(_flat(each) for each in value)}]"
    return written(value)


class Sheet:
    """One text. Raises KeyError for a path that leads nowhere, ValueError for a value that cannot stand there."""

    def __init__(self, text: str) -> None:
        self._take(text)

    def _take(self, text: str) -> None:
        self.data: dict[str, Any] = tomllib.loads(text)
        self._lines = text.splitlines(keepends=True)
        if self._lines and not self._lines[-1].endswith("\n"):
            self._lines[-1] += "\n"
        self._statements = list(_statements(self._lines))

    @property
    def text(self) -> str:
        """As it stands now."""
        return "".join(self._lines)

    def has(self, path: KeyPath) -> bool:
        """Whether something stands there."""
        try:
            value_at(self.data, path)
        except (KeyError, IndexError, TypeError):
            return False
        return True

    def set(self, path: KeyPath, value: object) -> None:
        """Let this stand there, whatever stood there before."""
        inside = self._inline_around(path)
        if inside is not None:
            self._within(inside, lambda holder, key: holder.__setitem__(key, tomlkit.value(_flat_or(value))), path)
            return
        if self._set_piece_by_piece(path, value):
            return
        at = self._place_of(path) if self.has(path) and isinstance(value, list | dict) else None
        if self.has(path):
            self.remove(path)
        self._insert(path, value, at)

    def _set_piece_by_piece(self, path: KeyPath, value: object) -> bool:
        """Set what differs of a table, or of an array of them, so that its comments stay; false where it cannot."""
        if not self.has(path):
            return False
        before = value_at(self.data, path)
        if isinstance(before, dict) and isinstance(value, dict) and before:
            for key in [each for each in before if each not in value]:
                self.remove((*path, key))
            for key, each in value.items():
                if before.get(key) != each or key not in before:
                    self.set((*path, key), each)
            return True
        if not (_is_tables(before) and isinstance(value, list) and _is_tables(value)):
            return False
        differing = [at for at, each in enumerate(value) if at >= len(before) or before[at] != each]
        if len(differing) + max(0, len(before) - len(value)) > MOST_PIECES:
            return False
        for at in differing:
            if at < len(before):
                self.set((*path, at), value[at])
            else:
                self.add(path, value[at])
        for at in range(len(before) - 1, len(value) - 1, -1):
            self.remove((*path, at))
        return True

    def remove(self, path: KeyPath) -> None:
        """Take it away; comments around it stay."""
        inside = self._inline_around(path)
        if inside is not None:
            if inside.path == path:
                self._splice(inside.start, inside.stop, "")
            else:
                self._within(inside, lambda holder, key: holder.__delitem__(key), path)
            return
        spans = list(self._blocks(path))
        if not spans:
            raise KeyError(path)
        lines = list(self._lines)
        for start, stop in reversed(spans):
            lines[start:stop] = []
            if 0 < start < len(lines) and not lines[start].strip() and not lines[start - 1].strip():
                del lines[start]  # one blank line is enough where two meet
            elif 0 < start == len(lines) and not lines[start - 1].strip():
                del lines[start - 1]  # and none at the end
        self._take("".join(lines))

    def add(self, path: KeyPath, value: object, at: int | None = None) -> None:
        """Put one more entry into an array, before the one numbered `at`, or last."""
        array = value_at(self.data, path) if self.has(path) else []
        if not isinstance(array, list):
            raise KeyError(path)
        at = len(array) if at is None else max(0, min(at, len(array)))
        inside = self._inline_around(path)
        if inside is not None:
            item = tomlkit.value(_flat_or(value))
            self._within(inside, lambda holder, key: holder[key].insert(at, item), path)
        elif not array:
            self._insert(path, [value], None)
        else:
            text = "".join(_block(path, value, array=True))
            line = self._end_of((*path, at - 1)) if at == len(array) else self._above((*path, at))
            self._splice(line, line, f"\n{text}" if at == len(array) else f"{text}\n")

    # -- where things stand ------------------------------------------------------------------------------------

    def _inline_around(self, path: KeyPath) -> Statement | None:
        """The `key = value` that holds the path, or is it."""
        return next(
            (each for each in self._statements if not each.header and path[: len(each.path)] == each.path), None
        )

    def _blocks(self, path: KeyPath) -> Iterator[tuple[int, int]]:
        """From each header at or below the path to the last thing said under it."""
        for number, each in enumerate(self._statements):
            if each.header and each.path[: len(path)] == path:
                stop = each.stop
                for other in self._statements[number + 1 :]:
                    if other.header:
                        break
                    stop = other.stop
                yield each.start, stop

    def _place_of(self, path: KeyPath) -> int | None:
        """The line of the first header of it."""
        return next((self._above_line(start) for start, _ in self._blocks(path)), None)

    def _end_of(self, path: KeyPath) -> int:
        """The line after the last thing said at or below a path that has headers."""
        return max(stop for _, stop in self._blocks(path))

    def _above(self, path: KeyPath) -> int:
        """The line at which an entry begins, with the comment right above it."""
        return self._above_line(min(start for start, _ in self._blocks(path)))

    def _above_line(self, start: int) -> int:
        while start > 0 and self._lines[start - 1].lstrip().startswith("#"):
            start -= 1
        return start

    # -- changing ----------------------------------------------------------------------------------------------

    def _splice(self, start: int, stop: int, text: str) -> None:
        self._take("".join([*self._lines[:start], text, *self._lines[stop:]]))

    def _within(self, statement: Statement, change: Any, path: KeyPath) -> None:  # noqa: ANN401
        """Change something in the value of a statement, which keeps its comments."""
        document = tomlkit.parse("".join(self._lines[statement.start : statement.stop]))
        depth = len(self._header_path(statement))
        holder: Any = document
        try:
            for part in path[depth:-1]:
                holder = holder[part]
            change(holder, path[-1])
        except (IndexError, TypeError, tomlkit.exceptions.TOMLKitError) as error:
            raise KeyError(path) from error
        self._splice(statement.start, statement.stop, tomlkit.dumps(document))

    def _header_path(self, statement: Statement) -> KeyPath:
        before = [each for each in self._statements if each.header and each.start < statement.start]
        return before[-1].path if before else ()

    def _insert(self, path: KeyPath, value: object, at: int | None) -> None:
        """Put something new there; `at`: the line for what needs headers, else behind its kind or at the end."""
        *parent, key = path
        above = tuple(parent)
        while above and not self.has(above):
            *rest, last = above
            if not isinstance(key, str) or not isinstance(last, str):
                raise KeyError(path)
            value, key, above = {key: value}, last, tuple(rest)
        if not isinstance(key, str) or not isinstance(value_at(self.data, above), dict):
            raise KeyError(path)
        if self._inline_around(above) is not None:
            self.set((*above, key), value)
            return
        own = next((each for each in self._statements if each.header and each.path == above), None)
        entries = _is_tables(value) and key not in INLINE_TABLES
        if entries or (isinstance(value, dict) and (not above or own is None)):
            blocks = value if isinstance(value, list) else [value]
            text = "\n".join("".join(_block((*above, key), each, array=entries)) for each in blocks)
            line = at if at is not None else self._end_of(above) if list(self._blocks(above)) else len(self._lines)
            self._splice(line, line, f"{text}\n" if at is not None else f"\n{text}")
        elif own is None and above:
            line = self._above_line(min(start for start, _ in self._blocks(above)))
            self._splice(line, line, f"{_header(above, array=False)}\n{key_of(key)} = {written(value)}\n\n")
        else:
            line = self._end_of_keys(own)
            indent = _indent(self._lines[own.start]) if own is not None else ""
            self._splice(line, line, f"{indent}{key_of(key)} = {written(value)}\n")

    def _end_of_keys(self, header: Statement | None) -> int:
        """The line after a header's own last key."""
        stop = 0 if header is None else header.stop
        for each in self._statements:
            if header is not None and each.start <= header.start:
                continue
            if each.header:
                break
            stop = each.stop
        return stop


def value_at(data: Any, path: KeyPath) -> Any:  # noqa: ANN401 - a document holds any value
    """What stands at a path. Raises KeyError, IndexError, TypeError."""
    for part in path:
        data = data[part]
    return data


def _flat_or(value: object) -> str:
    """A value for tomlkit, which reads lists of many lines too."""
    return written(value) if isinstance(value, list) else _flat(value)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _header(path: KeyPath, *, array: bool) -> str:
    names = ".".join(key_of(each) for each in path if isinstance(each, str))
    return f"[[{names}]]" if array else f"[{names}]"


def _block(path: KeyPath, value: object, *, array: bool) -> Iterator[str]:
    """An entry or table with its header; what lies in it as headers of its own comes last."""
    if not isinstance(value, dict):
        raise ValueError(f"{value!r}: an entry of {'.'.join(map(str, path))} is a table")
    depth = sum(isinstance(each, str) for each in path) - 1 if array else 0
    indent = "  " * depth
    yield f"{indent}{_header(path, array=array)}\n"
    below = {key: each for key, each in value.items() if _is_tables(each) and key not in INLINE_TABLES}
    for key, each in value.items():
        if key not in below:
            yield f"{indent}{key_of(key)} = {written(each)}\n"
    for key, entries in below.items():
        for each in entries:
            yield "\n"
            yield from _block((*path, key), each, array=True)


def _statements(lines: list[str]) -> Iterator[Statement]:
    """Every header and key of a text, in order."""
    header: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if not line or line.startswith("#"):
            at += 1
            continue
        stop, found = _whole(lines, at)
        if line.startswith("["):
            header = _entry(found, counts, array=line.startswith("[["))
            yield Statement(header, at, stop, True)
        else:
            yield Statement((*header, *_dotted(lines[at:stop], found)), at, stop, False)
        at = stop


def _whole(lines: list[str], at: int) -> tuple[int, dict[str, Any]]:
    """Where the statement that begins here ends, and what it says alone."""
    for stop in range(at + 1, len(lines) + 1):
        try:
            return stop, tomllib.loads("".join(lines[at:stop]))
        except tomllib.TOMLDecodeError:
            continue
    raise ValueError(f"line {at + 1} has no end")


def _entry(found: Any, counts: dict[KeyPath, int], *, array: bool) -> KeyPath:  # noqa: ANN401
    """The path of a header, with the number of each array's entry that it belongs to."""
    path: KeyPath = ()
    while found:
        [(name, found)] = found.items()
        path = (*path, name)
        if isinstance(found, list):
            found = found[0]
        last = not found
        if last and array:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    if array:  # what lay in the entry before is not this one's
        for each in [known for known in counts if known[: len(path)] == path]:
            del counts[each]
    return path


def _dotted(lines: list[str], found: dict[str, Any]) -> KeyPath:
    """The key of a statement, of several parts where it is dotted; not what lies in an inline table."""
    [(key, item)] = tomlkit.parse("".join(lines)).items()
    path: KeyPath = (str(key),)
    value: Any = found[str(key)]
    while isinstance(item, tomlkit.items.Table):
        [(name, item)] = item.items()
        path = (*path, str(name))
        value = value[str(name)]
    return path
