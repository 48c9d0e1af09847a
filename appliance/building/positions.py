"""Where in a TOML text each table, key and element stands, for messages that name a line.

It does not check anything: the text has been read by `tomllib` before, so only valid TOML comes here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]  # ("menus", 0, "options", 1, "goto"); indices count from 0

# Longer quotes first; a multi-line string may end in up to two quotes of its own before the closing three.
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"[ \t]*")
_BLANK_LINES = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SCALAR = re.compile(r"[^,\]}#\n]*")


class _Scan:
    """One pass over a text; `lines` fills up with path → line, counted from 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {(): 1}
        self._counted = (0, 1)  # a position and its line, so that counting goes on from there
        self._entries: dict[Path, int] = {}  # array of tables → how many entries so far

    def line(self) -> int:
        """The line of the current position."""
        before, line = self._counted
        self._counted = (self.at, line + self.text.count("\n", before, self.at))
        return self._counted[1]

    def skip(self, pattern: re.Pattern[str]) -> str:
        """What the pattern matches here, possibly nothing; the position moves behind it."""
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def take(self, expected: str) -> bool:
        """Move behind `expected` if it stands here."""
        here = self.text.startswith(expected, self.at)
        self.at += len(expected) * here
        return here

    def key(self) -> list[str]:
        """The parts of a dotted key."""
        parts = []
        while True:
            self.skip(_BLANK)
            quoted = self.skip(_STRING)
            parts.append(tomllib.loads(f"key = {quoted}")["key"] if quoted else self.skip(_BARE_KEY))
            self.skip(_BLANK)
            if not self.take("."):
                return parts

    def document(self) -> None:
        """The whole text."""
        table: Path = ()
        while True:
            self.skip(_BLANK_LINES)
            if self.at >= len(self.text):
                return
            line = self.line()
            if self.take("[["):
                table = self._header(self.key(), line, entry=True)
                self.take("]]")
            elif self.take("["):
                table = self._header(self.key(), line, entry=False)
                self.take("]")
            else:
                self.pair(table)

    def _header(self, parts: list[str], line: int, *, entry: bool) -> Path:
        path: Path = ()
        for part in parts[:-1]:
            path = self._current((*path, part), line)
        path = (*path, parts[-1])
        if not entry:
            self.lines[path] = line
            return path
        self.lines.setdefault(path, line)
        index = self._entries.get(path, 0)
        self._entries[path] = index + 1
        path = (*path, index)
        self.lines[path] = line
        return path

    def _current(self, path: Path, line: int) -> Path:
        """A table on the way to a header: of an array of tables the newest entry."""
        self.lines.setdefault(path, line)
        return (*path, self._entries[path] - 1) if path in self._entries else path

    def pair(self, table: Path) -> None:
        """`key = value` within a table."""
        self.skip(_BLANK_LINES)
        line = self.line()
        path = table
        for part in self.key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        if not self.take("="):
            raise ValueError(f"not TOML (at line {line})")
        self.value(path)

    def value(self, path: Path) -> None:
        """A value, with the elements of an array and the keys of an inline table in it."""
        self.skip(_BLANK)
        if self.take("["):
            self._elements(path)
        elif self.take("{"):
            self.skip(_BLANK_LINES)
            while not self.take("}"):
                self.pair(path)  # raises where it cannot go on
                self.skip(_BLANK_LINES)
                self.take(",")
                self.skip(_BLANK_LINES)
        elif not self.skip(_STRING):
            self.skip(_SCALAR)

    def _elements(self, path: Path) -> None:
        index = 0
        self.skip(_BLANK_LINES)
        while not self.take("]"):
            before = self.at
            self.lines[(*path, index)] = self.line()
            self.value((*path, index))
            if self.at == before:
                raise ValueError(f"not TOML (at line {self.line()})")
            self.skip(_BLANK_LINES)
            self.take(",")
            self.skip(_BLANK_LINES)
            index += 1


def locate(text: str) -> Mapping[Path, int]:
    """The line (from 1) of every table's header, key and element of a valid TOML text; () is line 1.

    Raises ValueError for some texts that are not TOML, and RecursionError where values are nested deeper than
    Python's stack, as `tomllib` does; it ends for every text.
    """
    scan = _Scan(text)
    scan.document()
    return scan.lines
