"""What stands in the audit log in keys and ids, as a person reads it: places of the building file, edits, details.

A key that is new here is shown as it was written: the log hides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import current_app, g

from webui.menu.naming import title
from webui.shown import phone
from webui.vocabulary import TESTS
from webui.words import Words, gettext, lazy_pgettext

LONGEST_VALUE = 120

# Tables of the building file; one entry of it is named behind the word.
TABLES: Mapping[str, Words] = {
    "box": lazy_pgettext("file", "the box"),
    "buildings": lazy_pgettext("file", "building"),
    "lines": lazy_pgettext("file", "line"),
    "outbound": lazy_pgettext("file", "outgoing calls"),
    "people": lazy_pgettext("file", "person"),
    "extensions": lazy_pgettext("file", "telephone in the building"),
    "phones": lazy_pgettext("file", "telephones in the building"),
    "hours": lazy_pgettext("file", "opening hours"),
    "scenarios": lazy_pgettext("file", "scenario"),
    "menus": lazy_pgettext("file", "menu"),
    "duty": lazy_pgettext("file", "duty list"),
    "queues": lazy_pgettext("file", "queue"),
    "voicemail": lazy_pgettext("file", "mailbox"),
    "announcements": lazy_pgettext("file", "announcement"),
    "residents": lazy_pgettext("file", "residents' directory"),
    "recording": lazy_pgettext("file", "retention"),
    "notify": lazy_pgettext("file", "notifications"),
    "panel": lazy_pgettext("file", "lamps and button"),
    "mains": lazy_pgettext("file", "mains and UPS"),
    "sensors": lazy_pgettext("file", "sensor"),
    "sentences": lazy_pgettext("file", "sentence of the box"),
}
SINGLE = ("box", "outbound", "phones", "recording", "notify", "panel", "mains")  # tables of which there is one
KEYS: Mapping[str, Words] = {
    "name": lazy_pgettext("key", "name"),
    "language": lazy_pgettext("key", "language"),
    "timezone": lazy_pgettext("key", "time zone"),
    "numbers": lazy_pgettext("key", "numbers"),
    "number": lazy_pgettext("key", "number"),
    "server": lazy_pgettext("key", "server"),
    "username": lazy_pgettext("key", "user"),
    "password": lazy_pgettext("key", "password"),
    "register": lazy_pgettext("key", "registration"),
    "phones": lazy_pgettext("key", "telephones"),
    "confirm": lazy_pgettext("key", "accepting by 1"),
    "open": lazy_pgettext("key", "the week"),
    "closed": lazy_pgettext("key", "days off"),
    "special": lazy_pgettext("key", "days with hours of their own"),
    "holidays": lazy_pgettext("key", "public holidays"),
    "when": lazy_pgettext("key", "when it holds"),
    "days": lazy_pgettext("key", "days"),
    "menu": lazy_pgettext("key", "menu"),
    "greeting": lazy_pgettext("key", "greeting"),
    "greeting_en": lazy_pgettext("key", "greeting in English"),
    "options": lazy_pgettext("key", "key"),
    "say": lazy_pgettext("key", "words"),
    "say_en": lazy_pgettext("key", "words in English"),
    "goto": lazy_pgettext("key", "where it leads"),
    "urgent": lazy_pgettext("key", "urgent"),
    "no_input": lazy_pgettext("key", "who presses nothing but speaks"),
    "silent": lazy_pgettext("key", "who neither presses nor speaks"),
    "languages": lazy_pgettext("key", "key of the other language"),
    "repeats": lazy_pgettext("key", "repeats"),
    "timeout_seconds": lazy_pgettext("key", "seconds to wait"),
    "people": lazy_pgettext("key", "people in order"),
    "by_building": lazy_pgettext("key", "order of one building"),
    "ring_seconds": lazy_pgettext("key", "how long it rings"),
    "rounds": lazy_pgettext("key", "rounds"),
    "last_round": lazy_pgettext("key", "last round"),
    "tell_flat": lazy_pgettext("key", "when the flat is told"),
    "unanswered": lazy_pgettext("key", "where callers go when nobody accepts"),
    "chase_minutes": lazy_pgettext("key", "pause before ringing again"),
    "rotation": lazy_pgettext("key", "rotation"),
    "shifts": lazy_pgettext("key", "shifts"),
    "substitutions": lazy_pgettext("key", "substitutions"),
    "overflow": lazy_pgettext("key", "where callers go when nobody answers"),
    "max_wait_minutes": lazy_pgettext("key", "longest wait"),
    "callback_key": lazy_pgettext("key", "key for a call-back"),
    "max_minutes": lazy_pgettext("key", "longest message"),
    "text": lazy_pgettext("key", "text"),
    "text_en": lazy_pgettext("key", "text in English"),
    "building": lazy_pgettext("key", "building"),
    "conversations": lazy_pgettext("key", "recording of conversations"),
    "keep_days": lazy_pgettext("key", "how long sound is kept"),
    "keep_register_days": lazy_pgettext("key", "how long calls are kept"),
    "pin": lazy_pgettext("key", "PIN"),
    "expires": lazy_pgettext("key", "last day of the card"),
    "device": lazy_pgettext("key", "modem"),
    "gateway": lazy_pgettext("key", "model of the gateway"),
    "status_page": lazy_pgettext("key", "page with the line's voltage"),
    "silence_minutes": lazy_pgettext("key", "longest silence"),
    "longest_minutes": lazy_pgettext("key", "longest call"),
    "look_minutes": lazy_pgettext("key", "time between looks for the dial tone"),
    "transfer": lazy_pgettext("key", "how the exchange joins two calls"),
    "louder_in": lazy_pgettext("key", "how we hear them"),
    "louder_out": lazy_pgettext("key", "how they hear us"),
    "divert": lazy_pgettext("key", "diversion while the box is dead"),
    "conference": lazy_pgettext("key", "two calls on one card"),
    "test_call": lazy_pgettext("key", "test calls"),
    "lines": lazy_pgettext("key", "order of lines"),
    "sms": lazy_pgettext("key", "SMS"),
    "sms_letters": lazy_pgettext("key", "letters of SMS"),
    "receipt": lazy_pgettext("key", "receipts by SMS"),
    "mail": lazy_pgettext("key", "mail addresses"),
    "mail_server": lazy_pgettext("key", "mail server"),
    "mail_username": lazy_pgettext("key", "user of the mail server"),
    "mail_password": lazy_pgettext("key", "password of the mail server"),
    "mail_from": lazy_pgettext("key", "sender's address"),
    "push": lazy_pgettext("key", "push services"),
    "allow": lazy_pgettext("key", "allowed numbers"),
    "minutes_per_day": lazy_pgettext("key", "minutes a day"),
    "caller_id": lazy_pgettext("key", "number shown"),
    "from": lazy_pgettext("key", "beginning"),
    "until": lazy_pgettext("key", "end"),
}
DONE: Mapping[str, Words] = {
    "added": lazy_pgettext("edit", "added"),
    "removed": lazy_pgettext("edit", "removed"),
    "erased": lazy_pgettext("edit", "erased"),
    "moved": lazy_pgettext("edit", "moved"),
    "usual": lazy_pgettext("edit", "as usual"),
}
# How pages call what they edit: the words at the beginning, then an id, then what was done to it.
EDITS: Mapping[str, Words] = {
    "scenario": lazy_pgettext("edit", "scenario"),
    "scenarios": lazy_pgettext("edit", "scenario"),
    "text": lazy_pgettext("edit", "sentence"),
    "menu": lazy_pgettext("edit", "menu"),
    "menus": lazy_pgettext("edit", "menu"),
    "voicemail": lazy_pgettext("edit", "mailbox"),
    "mailbox": lazy_pgettext("edit", "mailbox"),
    "queue": lazy_pgettext("edit", "queue"),
    "hours": lazy_pgettext("edit", "opening hours"),
    "announcement": lazy_pgettext("edit", "announcement"),
    "rotation": lazy_pgettext("edit", "rotation of duty"),
    "rota": lazy_pgettext("edit", "rota"),
    "shift": lazy_pgettext("edit", "shift"),
    "duty order": lazy_pgettext("edit", "order of the duty list"),
    "duty ringing": lazy_pgettext("edit", "how people are rung"),
    "substitution": lazy_pgettext("edit", "substitution"),
    "residents": lazy_pgettext("edit", "residents' directory"),
    "resident": lazy_pgettext("edit", "residents' directory"),
    "person": lazy_pgettext("edit", "person"),
    "telephone": lazy_pgettext("edit", "telephone in the building"),
    "retention": lazy_pgettext("edit", "retention"),
    "first start": lazy_pgettext("edit", "first start"),
    "line": lazy_pgettext("edit", "line"),
    "order of lines": lazy_pgettext("edit", "order of lines"),
    "messages": lazy_pgettext("edit", "SMS, mail, push"),
    "test calls": lazy_pgettext("edit", "test calls"),
}
# Words behind the beginning of an edit that are no ids.
INSIDE: Mapping[str, Words] = {
    "option": lazy_pgettext("edit", "key"),
    "key": lazy_pgettext("edit", "key"),
    "greeting": lazy_pgettext("edit", "greeting"),
    "sentence": lazy_pgettext("edit", "sentence of the box"),
    "mailbox": lazy_pgettext("edit", "greeting of the mailbox"),
    "password": lazy_pgettext("edit", "password"),
    "language": lazy_pgettext("edit", "language"),
    "building": lazy_pgettext("edit", "building"),
    "hours": lazy_pgettext("edit", "opening hours"),
    "line": lazy_pgettext("edit", "line"),
    "people": lazy_pgettext("edit", "people"),
    "read from a file": lazy_pgettext("edit", "read from a file"),
}
DETAILS: Mapping[str, Words] = {
    "keys": lazy_pgettext("audit", "changed"),
    "from": lazy_pgettext("audit", "from"),
    "to": lazy_pgettext("audit", "until"),
    "until": lazy_pgettext("audit", "until"),
    "instead_of": lazy_pgettext("audit", "instead of"),
    "who": lazy_pgettext("audit", "who"),
    "person": lazy_pgettext("audit", "who"),
    "name": lazy_pgettext("audit", "name"),
    "old": lazy_pgettext("audit", "formerly"),
    "role": lazy_pgettext("audit", "role"),
    "password": lazy_pgettext("audit", "new password"),
    "ticket": lazy_pgettext("audit", "ticket no."),
    "phone": lazy_pgettext("audit", "telephone"),
    "number": lazy_pgettext("audit", "number"),
    "result": lazy_pgettext("audit", "result"),
    "meaning": lazy_pgettext("audit", "result"),
    "aloud": lazy_pgettext("audit", "it rang aloud"),
    "duty": lazy_pgettext("audit", "duty list"),
    "server": lazy_pgettext("audit", "server"),
    "recordings": lazy_pgettext("audit", "with recordings"),
    "mode": lazy_pgettext("audit", "chosen"),
    "channel": lazy_pgettext("audit", "sent"),
    "address": lazy_pgettext("audit", "from the device"),
    "count": lazy_pgettext("audit", "wrong ones from there so far"),
    "elsewhere": lazy_pgettext("audit", "and from other devices"),
    "file": lazy_pgettext("audit", "what"),
    "version": lazy_pgettext("audit", "version"),
    "revision": lazy_pgettext("audit", "state of the file"),
    "sounds": lazy_pgettext("audit", "recordings"),
    "calls": lazy_pgettext("audit", "calls"),
    "tickets": lazy_pgettext("audit", "tickets"),
    "waiting": lazy_pgettext("audit", "open urgent tickets that keep the number"),
    "versions": lazy_pgettext("audit", "former building files"),
    "backups": lazy_pgettext("audit", "backups that may hold it"),
    "before_restore": lazy_pgettext("audit", "kept from before a restore"),
    "reason": lazy_pgettext("audit", "because of"),
    "part": lazy_pgettext("audit", "part"),
    "text": lazy_pgettext("audit", "what"),
}
VALUES: Mapping[str, Mapping[str, Words]] = {
    "channel": {
        "sms": lazy_pgettext("audit", "by SMS"),
        "mail": lazy_pgettext("audit", "by mail"),
        "push": lazy_pgettext("audit", "by push"),
    },
    "role": {
        "admin": lazy_pgettext("audit", "administrator"),
        "caretaker": lazy_pgettext("audit", "caretaker"),
    },
    "result": {
        **TESTS,
        "registered": lazy_pgettext("audit", "registered"),
        "reachable": lazy_pgettext("audit", "the server answers"),
        "wrong password": lazy_pgettext("audit", "wrong password"),
        "no such server": lazy_pgettext("audit", "no such server"),
        "sound": lazy_pgettext("audit", "works, with sound"),
        "no sound": lazy_pgettext("audit", "no sound"),
    },
    "meaning": {
        "two at once": lazy_pgettext("audit", "the line carries two calls at once"),
        "one only": lazy_pgettext("audit", "the line carries one call only"),
        "unclear": lazy_pgettext("audit", "not clear"),
        "one phone": lazy_pgettext("audit", "there is one telephone only"),
    },
    "mode": {
        "off": lazy_pgettext("audit", "without HTTPS"),
        "offered": lazy_pgettext("audit", "HTTPS beside HTTP"),
        "only": lazy_pgettext("audit", "HTTPS only"),
    },
    "file": {
        "calls": lazy_pgettext("audit", "table of calls (CSV)"),
        "tickets": lazy_pgettext("audit", "table of tickets (CSV)"),
        "report": lazy_pgettext("audit", "table of a report (CSV)"),
        "residents": lazy_pgettext("audit", "residents' directory (CSV)"),
        "person": lazy_pgettext("audit", "a resident's data (ZIP)"),
    },
    "reason": {"restore": lazy_pgettext("audit", "a restored backup")},
}
SHORT = ("revision",)  # hashes, of which eight digits tell enough
LEFT_OUT = ("python", "before")  # for who looks after the program; the command line has them


def edited(key: str) -> str:
    """What a page calls its edit, in the reader's words as far as they are known."""
    for begin in sorted(EDITS, key=len, reverse=True):
        if key == begin or key.startswith((f"{begin} ", f"{begin}:")):
            rest = key[len(begin) :].lstrip(": ")
            return f"{EDITS[begin]} {_rest(begin, rest)}".strip()
    return key


def place(path: str) -> str:
    """ "menus.main.greeting" as a person says it: "menu “Main menu”: greeting"."""
    table, *parts = path.split(".")
    if table not in TABLES:
        return path
    said = str(TABLES[table])
    if parts and table not in SINGLE:
        said = f"{said} {_named(table, parts.pop(0))}".rstrip()
    inside = [str(KEYS.get(part, part)) for part in parts]
    return f"{said}: {' '.join(inside)}" if inside else said


def detail(values: Mapping[str, Any]) -> str:
    """The details of an entry, short."""
    told = {key: value for key, value in values.items() if value not in ("", None, {}, []) and key not in LEFT_OUT}
    return " · ".join(f"{DETAILS.get(key, key)}: {_value(key, value)}" for key, value in told.items())


def _rest(begin: str, rest: str) -> str:
    """What stands behind the beginning of an edit: ids by their names, then what was done."""
    if rest in INSIDE:
        return str(INSIDE[rest])
    words = rest.replace("/", " ").replace(":", " ").split()
    done = str(DONE[words.pop()]) if words and words[-1] in DONE else ""
    if words and words[-1] == "as" and done:
        words.pop()
    table = _table_of(begin, words)
    told = [str(INSIDE[each]) if each in INSIDE else _named(table, each) for each in words]
    return " ".join(each for each in (*told, done) if each)


def _table_of(begin: str, words: list[str]) -> str:
    """Of which table the ids behind the beginning are."""
    if begin == "text":
        return {"option": "menus", "greeting": "menus", "mailbox": "voicemail"}.get(words[0] if words else "", "")
    return {
        "menu": "menus",
        "mailbox": "voicemail",
        "queue": "queues",
        "duty ringing": "duty",
        "scenario": "scenarios",
    }.get(begin, begin)


def _named(table: str, id_: str) -> str:
    """The name of an entry; an id that nobody named in words, a number as it is."""
    if id_.isdecimal() and table in ("residents", "announcements"):
        return ""  # a place in a list says nothing to anybody
    if id_[:1].isdigit() and table != "extensions":
        return id_
    names: Mapping[str, Mapping[str, str]] = {
        "buildings": g.names.buildings,
        "people": g.names.people,
        "menus": g.names.menus,
        "duty": g.names.duties,
        "queues": g.names.queues,
        "voicemail": g.names.mailboxes,
        "extensions": g.names.extensions,
    }
    if table in names or table in ("hours", "scenarios"):
        return gettext("“%(name)s”", name=title({"id": id_, "name": names.get(table, {}).get(id_, "")}))
    return id_


def _value(key: str, value: object) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        text = ", ".join(_change(str(each)) for each in value)
    elif isinstance(value, str):
        text = _word(key, value)
    else:
        text = str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _word(key: str, value: str) -> str:
    named: Mapping[str, Callable[[], str]] = {
        "person": lambda: str(g.names.people.get(value, value)),
        "who": lambda: str(g.names.people.get(value, value)),
        "instead_of": lambda: str(g.names.people.get(value, value)),
        "duty": lambda: str(g.names.duties.get(value, value)),
    }
    if key in named:
        return named[key]()
    if value in VALUES.get(key, {}):
        return str(VALUES[key][value])
    if key in SHORT:
        return value[:8]
    return _time(value) or phone(value)


def _change(written: str) -> str:
    """ "set menus.main.greeting", as the exchange writes what an edit touched: the place, and what became of it."""
    done, _, path = written.partition(" ")
    if not path:
        return written
    word = {"add": DONE["added"], "remove": DONE["removed"]}.get(done)
    return f"{place(path)} {word}" if word else place(path)


def _time(value: str) -> str:
    """A moment as the reader writes it; "" for what is none."""
    try:
        at = datetime.fromisoformat(value) if "T" in value else None
    except ValueError:
        return ""
    return str(current_app.jinja_env.filters["moment"](at)) if at is not None and at.tzinfo else ""
