"""What the exchange says is wrong, in the reader's language: whole phrases that it is known to say, anywhere in a text.

It says them in English, for the log and the command line; what is not known here stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from flask import g

from appliance.gateways.copper import DEAD
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
        "no voltage on the copper line",
        lazy_gettext("no voltage on the copper line: look at the plug in the gateway and in the wall"),
    ),
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
    ("no SIM card can send now", lazy_gettext("no SIM card can send now")),
    ("no modem", lazy_gettext("the modem is not there")),
    ("the server does not answer", lazy_gettext("the server does not answer")),
    ("the server refused it", lazy_gettext("the server refused it")),
    ("there is no mail_server in [notify]", lazy_gettext("no mail server is entered")),
    (
        "this push service is not in the building file any more",
        lazy_gettext("this push service is not entered any more"),
    ),
    ("{kind}: apprise does not know this address of a push service", lazy_gettext("this address cannot be used")),
    ("[Errno {number}] Connection refused", lazy_gettext("nothing answers at that server and port")),
    ("[Errno {number}] Name or service not known", lazy_gettext("there is no server of that name")),
    ("[Errno {number}] No route to host", lazy_gettext("that server cannot be reached")),
    ("(535, {why})", lazy_gettext("wrong user name or password (%(why)s)")),
    ("unassigned number", lazy_gettext("there is no such number")),
    ("not delivered", lazy_gettext("it did not arrive")),
    ("+CMS ERROR: {code}", lazy_gettext("the network refused it (CMS %(code)s)")),
    ("status {code}", lazy_gettext("the network gave it up (status %(code)s)")),
    ("{what} failed and does not go on: {why}", lazy_gettext("%(what)s failed and does not go on: %(why)s")),
)
# What may stand in a place: a word where words follow, else the rest of the text.
PLACES: Mapping[str, str] = {
    "seconds": r"\d+",
    "count": r"\d+",
    "number": r"\d+",
    "status": r"-?\d+",
    "code": r"[\w ]+",
    "answer": r"\d{3}(?: [\w ]+)?",
    "kind": r"\w+",
    "server": r"\S+?(?: \(\w+\))?",
    "line": r"\S+?",
}


def of_line(line: Mapping[str, Any]) -> str:
    """What is wrong with a line of the status; a modem's fault is told in both languages."""
    both = (line.get("modem") or {}).get("fault")
    return str(both[g.language]) if both else told(line.get("fault"))


def says_what_to_do(line: Mapping[str, Any]) -> bool:
    """Whether the fault of a line of the status names its own remedy: a modem's, and a gateway's without copper."""
    return bool(line.get("fault")) and (line.get("kind") == "gsm" or line.get("fault") == DEAD)


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
