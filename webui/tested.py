"""When each telephone was last rung for a test, by whom, and what came of it: read from the audit log.

The log keeps whose telephone it was and its last digits, never the number; so do the keys here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import current_app

from appliance.register.journal import masked
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports

TEST, HEARD = "test_call", "phone_heard"
LOOKED_AT = 500  # tests: years of a house's
CONFIRMED = "confirmed"

Key = tuple[str, str]  # the person's id, and what the log has of the number


@dataclass(frozen=True, slots=True)
class Tested:
    """The last test of a telephone. `result` is the test call's; `aloud` None where nobody said how it rang."""

    at: str
    who: str
    result: str
    aloud: bool | None = None

    @property
    def kind(self) -> str:
        """How that looks: "well", or "care" where it would not wake anybody."""
        return "well" if self.result == CONFIRMED and self.aloud is not False else "care"


def last_tests() -> Mapping[Key, Tested]:
    """The last test of each telephone; none where the register cannot be read."""
    try:
        with Reports(Path(current_app.config["DATA_DIR"]) / FILE_NAME) as reports:
            return newest(reports.deeds((TEST, HEARD), LOOKED_AT))
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error):
        return {}


def of(person: str, phone: str) -> Key:
    """By what a telephone is found among the tests."""
    return person, masked(phone)


def newest(deeds: Iterable[Mapping[str, Any]]) -> Mapping[Key, Tested]:
    """The last test of each telephone, of deeds that come the newest first; pure."""
    found: dict[Key, Tested] = {}
    said: dict[Key, bool] = {}  # what was said after the test that comes next
    for each in deeds:
        detail = each.get("detail") or {}
        key = (str(detail.get("person", "")), str(detail.get("phone", "")))
        if key in found:
            continue
        if each.get("what") == HEARD:
            said.setdefault(key, bool(detail.get("aloud")))
        else:
            made = Tested(str(each.get("at", "")), str(each.get("who", "")), str(detail.get("result", "")))
            found[key] = replace(made, aloud=said.get(key))
    return found
