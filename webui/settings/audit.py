"""The audit log: who changed what, and what the box did by itself, the newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app, g, render_template, request

from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from webui.settings.blueprint import pages
from webui.shown import phone
from webui.words import Words, gettext, lazy_pgettext

SHOWN = 50
MOST_PLACE = 1 << 62
WORDS: Mapping[str, Words] = {
    "claim": lazy_pgettext("audit", "became the first administrator"),
    "unlock": lazy_pgettext("audit", "unlocked the page on the box itself"),
    "user_save": lazy_pgettext("audit", "changed a user"),
    "user_remove": lazy_pgettext("audit", "removed a user"),
    "ticket_take": lazy_pgettext("audit", "took a ticket"),
    "ticket_note": lazy_pgettext("audit", "wrote a note"),
    "ticket_done": lazy_pgettext("audit", "closed a ticket"),
    "call_back": lazy_pgettext("audit", "had a resident called back"),
    "test_call": lazy_pgettext("audit", "made a test call"),
    "test_duty": lazy_pgettext("audit", "tried the duty list"),
    "try_line": lazy_pgettext("audit", "tried a line"),
    "duty_override": lazy_pgettext("audit", "agreed a swap of duty"),
    "feed_open": lazy_pgettext("audit", "opened a calendar feed"),
    "feed_close": lazy_pgettext("audit", "closed a calendar feed"),
    "keep_sound": lazy_pgettext("audit", "uploaded a recording"),
    "dictate": lazy_pgettext("audit", "spoke a sentence over the phone"),
    "erase_person": lazy_pgettext("audit", "erased a resident's data"),
    "backup": lazy_pgettext("audit", "made a backup"),
    "restore": lazy_pgettext("audit", "brought back a backup"),
    "confirm": lazy_pgettext("audit", "confirmed a change"),
    "revert": lazy_pgettext("audit", "brought back an earlier building file"),
    "https_choose": lazy_pgettext("audit", "changed HTTPS"),
}
# How pages call what they edit: the words at the beginning, then an id, then what was done to it.
EDITS: Mapping[str, Words] = {
    "scenario": lazy_pgettext("edit", "scenario"),
    "text": lazy_pgettext("edit", "sentence"),
    "menu": lazy_pgettext("edit", "menu"),
    "voicemail": lazy_pgettext("edit", "mailbox"),
    "mailbox": lazy_pgettext("edit", "mailbox"),
    "queue": lazy_pgettext("edit", "queue"),
    "hours": lazy_pgettext("edit", "opening hours"),
    "announcement": lazy_pgettext("edit", "announcement"),
    "rotation": lazy_pgettext("edit", "rotation of duty"),
    "rota": lazy_pgettext("edit", "rota"),
    "shift": lazy_pgettext("edit", "shift"),
    "duty order": lazy_pgettext("edit", "order of the duty list"),
    "substitution": lazy_pgettext("edit", "substitution"),
    "residents": lazy_pgettext("edit", "residents' directory"),
    "resident": lazy_pgettext("edit", "residents' directory"),
    "person": lazy_pgettext("edit", "person"),
    "telephone": lazy_pgettext("edit", "telephone in the building"),
    "retention": lazy_pgettext("edit", "retention"),
    "first start": lazy_pgettext("edit", "first start"),
}
DONE: Mapping[str, Words] = {
    "added": lazy_pgettext("edit", "added"),
    "removed": lazy_pgettext("edit", "removed"),
    "erased": lazy_pgettext("edit", "erased"),
}
KINDS: Mapping[str, Words] = {
    "box.started": lazy_pgettext("audit", "The exchange started"),
    "box.stopped": lazy_pgettext("audit", "The exchange stopped"),
    "box.configured": lazy_pgettext("audit", "The building file holds now"),
    "box.fault": lazy_pgettext("audit", "A fault"),
    "box.tidied": lazy_pgettext("audit", "Erased at night what had had its time"),
    "box.epoch": lazy_pgettext("audit", "A backup was brought back"),
    "duty.override": lazy_pgettext("audit", "A swap of duty holds"),
}
NOT_TOLD = ("kind", "at", "who", "what", "detail")
LONGEST_VALUE = 80
LABELS: Mapping[str, Words] = {
    "keys": lazy_pgettext("audit", "changed"),
    "from": lazy_pgettext("audit", "from"),
    "to": lazy_pgettext("audit", "until"),
    "until": lazy_pgettext("audit", "until"),
    "instead_of": lazy_pgettext("audit", "instead of"),
    "who": lazy_pgettext("audit", "who"),
    "person": lazy_pgettext("audit", "who"),
}


@pages.get("/audit")
def audit() -> str:
    """A page of it."""
    before = request.args.get("before", type=int)
    changes_only = request.args.get("all") != "1"
    found: list[tuple[int, dict[str, Any]]] = []
    trouble = ""
    try:
        with Reports(Path(current_app.config["DATA_DIR"]) / FILE_NAME) as reports:
            place = min(max(before, 0), MOST_PLACE) if before is not None else None
            found = reports.audit(SHOWN + 1, before=place, changes_only=changes_only)
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        trouble = f"{gettext('The register is empty or unreadable.')} {error}"
    shown = found[:SHOWN]
    return render_template(
        "settings/audit.html",
        entries=[(row, who(row), what(row), more(row)) for _, row in shown],
        older=shown[-1][0] if len(found) > SHOWN else None,
        newest=before is None,
        changes_only=changes_only,
        trouble=trouble,
    )


def who(row: Mapping[str, Any]) -> str:
    """Whoever did it: a login name, or the box."""
    if row["kind"] == "duty.override":
        return gettext("the box")
    return str(row.get("who") or "") or gettext("the box")


def what(row: Mapping[str, Any]) -> str:
    """What was done, in words; what pages call their edits stays as they wrote it into the log."""
    if row["kind"] != "box.changed":
        return str(KINDS.get(row["kind"], row["kind"]))
    key = str(row.get("what", ""))
    return str(WORDS[key]) if key in WORDS else gettext("changed the settings: %(what)s", what=edited(key))


def edited(key: str) -> str:
    """What a page calls its edit, in the reader's words as far as they are known."""
    for begin in sorted(EDITS, key=len, reverse=True):
        if key == begin or key.startswith((f"{begin} ", f"{begin}:")):
            rest = key[len(begin) :].lstrip(": ")
            what, _, done = rest.rpartition(" ")
            told = " ".join(each for each in (what, str(DONE[done])) if each) if done in DONE else rest
            return f"{EDITS[begin]} {told}".strip()
    return key


def more(row: Mapping[str, Any]) -> str:
    """The details, short."""
    detail = row.get("detail")
    values = dict(detail) if isinstance(detail, Mapping) else {}
    values |= {key: value for key, value in row.items() if key not in NOT_TOLD}
    if row["kind"] == "duty.override":
        values["who"] = g.names.people.get(row.get("who"), row.get("who"))
        values["instead_of"] = g.names.people.get(values.get("instead_of"), values.get("instead_of"))
    told = {key: value for key, value in values.items() if value not in ("", None, {}, [])}
    return " · ".join(f"{LABELS.get(key, key)}: {_value(value)}" for key, value in told.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        text = ", ".join(_place(str(each)) for each in value)
    else:
        text = _time(value) or phone(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _place(key: str) -> str:
    """ "set menus.main.greeting", as the exchange writes what an edit touched: the place, and what became of it."""
    done, _, place = key.partition(" ")
    if not place:
        return key
    word = {"add": DONE["added"], "remove": DONE["removed"]}.get(done)
    return f"{place} {word}" if word else key.removeprefix("set ")


def _time(value: str) -> str:
    """A moment as the reader writes it; "" for what is none."""
    try:
        at = datetime.fromisoformat(value) if "T" in value else None
    except ValueError:
        return ""
    return str(current_app.jinja_env.filters["moment"](at)) if at is not None and at.tzinfo else ""
