"""What the exchange says is wrong, in the reader's language: whole phrases that it is known to say, anywhere in a text.

It says them in English, for the log and the command line; what is not known here stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from webui.words import Words, lazy_gettext

# The phrase, and what the reader is told; {name} is what stood in its place.
PHRASES: Sequence[tuple[str, Words]] = (
    ("no response within {seconds} s", lazy_gettext("no response within %(seconds)s s")),
    ("no ringing within {seconds} s", lazy_gettext("no ringing within %(seconds)s s")),
    ("no answer from {server}", lazy_gettext("no answer from %(server)s")),
    ("no such server: {server}", lazy_gettext("no such server: %(server)s")),
    ("registration refused: {answer}", lazy_gettext("registration refused (%(answer)s)")),
    ("no registration", lazy_gettext("no registration")),
    ("wrong password", lazy_gettext("wrong password")),
    (
        "lines of kind {kind} are not supported by this version",
        lazy_gettext("lines of kind %(kind)s are not supported by this version"),
    ),
    (
        "the line cannot be started: {why}; it is tried again every minute",
        lazy_gettext("the line cannot be started: %(why)s; it is tried again every minute"),
    ),
    (
        "the page ended (status {status}) and is being started again",
        lazy_gettext("the page ended (status %(status)s) and is being started again"),
    ),
    (
        "nobody new can log in at the page: {why}: run dyzurka unlock",
        lazy_gettext("nobody new can log in at the page: %(why)s. On the box itself: dyzurka unlock"),
    ),
    ("nobody can log in at the page: {why}", lazy_gettext("nobody can log in at the page: %(why)s")),
    ("the register cannot be written: {why}", lazy_gettext("the register cannot be written: %(why)s")),
    ("the register is not open yet", lazy_gettext("the register is not open yet")),
    (
        "the register is still being opened; nothing is claimed as saved until it is",
        lazy_gettext("the register is still being opened; nothing is claimed as saved until it is"),
    ),
    (
        "{why}: free the disk or make it writable",
        lazy_gettext("%(why)s: make room on the disk, or make it writable"),
    ),
    ("{count} events lost", lazy_gettext("events lost: %(count)s")),
    ("{count} events could not be understood", lazy_gettext("events that could not be understood: %(count)s")),
    (
        "the exchange takes calls but answers no question: {why}",
        lazy_gettext("the exchange takes calls but answers no question: %(why)s"),
    ),
    ("messages cannot be recorded: {why}", lazy_gettext("messages cannot be recorded: %(why)s")),
    (
        "the changed building file was not taken over: {why}",
        lazy_gettext("the changed building file was not taken over: %(why)s"),
    ),
    ("a call on line {line} could not be begun: {why}", lazy_gettext("a call on line %(line)s was lost: %(why)s")),
    ("a call on line {line} was not looked after: {why}", lazy_gettext("a call on line %(line)s was lost: %(why)s")),
    (
        "ticket {number}: nobody is rung about it, no duty list in the building file: add one, or ring them",
        lazy_gettext("ticket no. %(number)s: nobody is rung about it, for there is no duty list. Ring somebody."),
    ),
    (
        "ticket {number}: nobody is rung about it any more: {why}: ring them, and take the ticket",
        lazy_gettext("ticket no. %(number)s: nobody is rung about it any more (%(why)s). Ring them, and take it."),
    ),
    (
        "ticket {number}: ringing the people on duty failed: {why}",
        lazy_gettext("ticket no. %(number)s: ringing the people on duty failed (%(why)s)"),
    ),
    (
        "ticket {number}: calling the resident back failed: {why}",
        lazy_gettext("ticket no. %(number)s: calling the resident back failed (%(why)s)"),
    ),
    (
        "the page's certificate could not be renewed: {why}",
        lazy_gettext("the page's certificate could not be renewed: %(why)s"),
    ),
    (
        "a change that was not confirmed cannot be undone: {why}",
        lazy_gettext("a change that was not confirmed cannot be undone: %(why)s"),
    ),
    ("no answer", lazy_gettext("no answer")),
    ("{what} failed and does not go on: {why}", lazy_gettext("%(what)s failed and does not go on: %(why)s")),
)
# What may stand in a place: a word where words follow, else the rest of the text.
PLACES: Mapping[str, str] = {
    "seconds": r"\d+",
    "count": r"\d+",
    "number": r"\d+",
    "status": r"-?\d+",
    "answer": r"\d{3}(?: [\w ]+)?",
    "kind": r"\w+",
    "server": r"\S+?(?: \(\w+\))?",
    "line": r"\S+?",
}


def told(text: str | None) -> str:
    """The fault as the reader reads it."""
    said = text or ""
    for known, words in _known():
        said = known.sub(lambda found, words=words: str(words) % found.groupdict(), said)  # type: ignore[misc]
    return said


@cache
def _known() -> Sequence[tuple[re.Pattern[str], Words]]:
    return tuple((_pattern(phrase), words) for phrase, words in PHRASES)


def _pattern(phrase: str) -> re.Pattern[str]:
    """The phrase with what stands in its places; a phrase ends where the text or its sentence does."""
    pieces = re.split(r"\{(\w+)\}", phrase)
    made = ""
    for at, piece in enumerate(pieces):
        last = at == len(pieces) - 2 and not pieces[-1]
        made += f"(?P<{piece}>{_place(piece, last=last)})" if at % 2 else re.escape(piece)
    return re.compile(rf"(?<!\w){made}(?=$|[\s;:,.)])")


def _place(name: str, *, last: bool) -> str:
    return PLACES.get(name, r".+" if last else r".+?")
