"""Splitting what SIP writes in quotes, angle brackets and lists, by hand and in one pass.

No regular expressions: a nested quantifier is how one packet of 132 bytes hangs a parser for seconds.
"""

from __future__ import annotations


class ProtocolError(ValueError):
    """What came from the wire does not say what its place demands. The only error parsers here raise."""


ORDINARY_CHARS = 512  # of a header's value; longer ones are read sign by sign, in time linear in their length


def _split_outside_brackets(text: str, separator: str) -> list[str]:
    """`split_outside` for a short text without quotes: most of what is ever read, several times faster."""
    parts: list[str] = []
    start = at = 0
    while (cut := text.find(separator, at)) >= 0:
        opening = text.find("<", at, cut)
        if opening < 0:
            parts.append(text[start:cut])
            start = at = cut + 1
            continue
        closing = text.find(">", opening)
        if closing < 0:
            break
        at = closing + 1
    return [part for each in (*parts, text[start:]) if (part := each.strip())]


def split_outside(text: str, separator: str) -> list[str]:
    """`text` cut at each `separator` that stands outside "quotes" and <brackets>; parts stripped, empty ones dropped.

    An unclosed quote or bracket swallows the rest: nothing is cut in two that might be one value.
    """
    if '"' not in text and len(text) <= ORDINARY_CHARS:
        return _split_outside_brackets(text, separator)
    parts: list[str] = []
    start = 0
    quoted = bracketed = escaped = False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            escaped = char == "\\"
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif bracketed:
            bracketed = char != ">"
        elif char == "<":
            bracketed = True
        elif char == separator:
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def ends_quoted(text: str) -> bool:
    """Whether a quote is still open at the end."""
    quoted = escaped = False
    for char in text:
        if escaped:
            escaped = False
        elif quoted:
            escaped = char == "\\"
            quoted = char != '"'
        else:
            quoted = char == '"'
    return quoted


def unquote(text: str) -> str:
    """The content of a quoted string with its escapes undone (RFC 3261 §25.1); other text as it stands."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    out: list[str] = []
    escaped = False
    for char in text[1:-1]:
        if not escaped and char == "\\":
            escaped = True
            continue
        out.append(char)
        escaped = False
    return "".join(out)


def quote(text: str) -> str:
    """`text` as a quoted string; control characters become spaces, so that no header can be smuggled in."""
    clean = "".join(char if char >= " " and char != "\x7f" else " " for char in text)
    escaped = clean.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


Params = tuple[tuple[str, str | None], ...]


def parse_params(parts: list[str]) -> Params:
    """`name=value` and bare `name` parts as pairs; names in lower case, quoted values unquoted, nameless dropped."""
    found: list[tuple[str, str | None]] = []
    for part in parts:
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if name:
            found.append((name, unquote(value.strip()) if equals else None))
    return tuple(found)


def param(params: Params, name: str) -> str | None:
    """The first value of a parameter; "" where it stands bare; None where it is missing."""
    for key, value in params:
        if key == name:
            return value or ""
    return None


def decimal(text: str, highest: int) -> int | None:
    """An ASCII decimal number of at most `highest`, or None (int() would take signs, spaces and other scripts)."""
    if not text or len(text) > 10 or not text.isascii() or not text.isdigit():
        return None
    number = int(text)
    return number if number <= highest else None
