"""The audit log: who changed what, and what the box did by itself, the newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import current_app, render_template, request

from appliance.register import events
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports
from webui.register.messages import received, sent
from webui.settings.audit_words import detail, edited
from webui.settings.blueprint import pages
from webui.words import Words, gettext, lazy_pgettext

SHOWN = 50
MOST_PLACE = 1 << 62
WORDS: Mapping[str, Words] = {
    "claim": lazy_pgettext("audit", "became the first administrator"),
    "unlock": lazy_pgettext("audit", "unlocked the page on the box itself"),
    "user_save": lazy_pgettext("audit", "changed a user"),
    "user_remove": lazy_pgettext("audit", "removed a user"),
    "log_in": lazy_pgettext("audit", "logged in"),
    "log_out": lazy_pgettext("audit", "logged out"),
    "wrong_password": lazy_pgettext("audit", "typed a wrong password"),
    "took_away": lazy_pgettext("audit", "downloaded data"),
    "phone_heard": lazy_pgettext("audit", "said how a phone rang in a test call"),
    "ticket_take": lazy_pgettext("audit", "took a ticket"),
    "ticket_note": lazy_pgettext("audit", "wrote a note"),
    "ticket_done": lazy_pgettext("audit", "closed a ticket"),
    "call_back": lazy_pgettext("audit", "had a resident called back"),
    "test_call": lazy_pgettext("audit", "made a test call"),
    "test_duty": lazy_pgettext("audit", "tried the duty list"),
    "panel_mute": lazy_pgettext("audit", "muted the buzzer"),
    "test_lines": lazy_pgettext("audit", "had the box call itself"),
    "test_message": lazy_pgettext("audit", "sent a test message"),
    "ticket_sms": lazy_pgettext("audit", "answered a ticket by SMS"),
    "try_line": lazy_pgettext("audit", "tried a line"),
    "duty_override": lazy_pgettext("audit", "agreed a swap of duty"),
    "feed_open": lazy_pgettext("audit", "opened a calendar feed"),
    "feed_close": lazy_pgettext("audit", "closed a calendar feed"),
    "keep_sound": lazy_pgettext("audit", "uploaded a recording"),
    "dictate": lazy_pgettext("audit", "spoke a sentence over the phone"),
    "erase_person": lazy_pgettext("audit", "erased a resident's data"),
    "backup": lazy_pgettext("audit", "made a backup"),
    "restore": lazy_pgettext("audit", "brought back a backup"),
    "update_begin": lazy_pgettext("audit", "began an update"),
    "update_return": lazy_pgettext("audit", "began to go back to the other version"),
    "update_stop": lazy_pgettext("audit", "stopped an update"),
    "update_done": lazy_pgettext("audit", "an update was kept"),
    "update_back": lazy_pgettext("audit", "an update was taken back by the box"),
    "update_failed": lazy_pgettext("audit", "an update failed and changed nothing"),
    "confirm": lazy_pgettext("audit", "confirmed a change"),
    "revert": lazy_pgettext("audit", "brought back an earlier building file"),
    "https_choose": lazy_pgettext("audit", "changed HTTPS"),
}
KINDS: Mapping[str, Words] = {
    "box.started": lazy_pgettext("audit", "The exchange started"),
    "box.stopped": lazy_pgettext("audit", "The exchange stopped"),
    "box.configured": lazy_pgettext("audit", "The building file holds now"),
    "box.proof": lazy_pgettext("audit", "A test call over the lines"),
    "box.diverted": lazy_pgettext("audit", "The SIM card's diversion was changed"),
    "box.fault": lazy_pgettext("audit", "A fault"),
    "box.power": lazy_pgettext("audit", "The mains went or came back"),
    "box.tidied": lazy_pgettext("audit", "Erased at night what had had its time"),
    "box.epoch": lazy_pgettext("audit", "A backup was brought back"),
    "duty.override": lazy_pgettext("audit", "A swap of duty holds"),
}
MESSAGES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {  # that belong to no call and no ticket
    events.SMS_RECEIVED: received,
    **dict.fromkeys(
        (
            events.NOTICE_QUEUED,
            events.NOTICE_TRIED,
            events.NOTICE_SENT,
            events.NOTICE_DELIVERED,
            events.NOTICE_FAILED,
            events.NOTICE_DROPPED,
        ),
        sent,
    ),
}
NOT_TOLD = ("kind", "at", "who", "what", "detail")


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
    """Whoever did it: a login name, the box, or somebody who did not say who they are."""
    if row["kind"] == "duty.override":
        return gettext("the box")
    if row.get("what") == "wrong_password" and not row.get("who"):
        return gettext("somebody")
    return str(row.get("who") or "") or gettext("the box")


def what(row: Mapping[str, Any]) -> str:
    """What was done, in words; what pages call their edits stays as they wrote it into the log."""
    if row["kind"] in MESSAGES:
        return MESSAGES[row["kind"]](row)
    if row["kind"] != "box.changed":
        return str(KINDS.get(row["kind"], row["kind"]))
    key = str(row.get("what", ""))
    return str(WORDS[key]) if key in WORDS else gettext("changed the settings: %(what)s", what=edited(key))


def more(row: Mapping[str, Any]) -> str:
    """The details, short."""
    if row["kind"] in MESSAGES:
        return ""
    found = row.get("detail")
    values = dict(found) if isinstance(found, Mapping) else {}
    values |= {key: value for key, value in row.items() if key not in NOT_TOLD}
    if row["kind"] == "duty.override":
        values = {"who": row.get("who"), **values}
    return detail(values)
