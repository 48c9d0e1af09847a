"""What the keys of a report are called: names of the building file beside numbers, destinations and keys pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from flask import current_app, g

from webui import shown
from webui.menu.naming import title
from webui.names import read_content
from webui.reports.period import Period
from webui.shown import MONTHS
from webui.words import Words, gettext, lazy_gettext

DESTINATIONS: Mapping[str, Words] = {
    "duty": lazy_gettext("Duty: %(name)s"),
    "queue": lazy_gettext("Queue: %(name)s"),
    "voicemail": lazy_gettext("Mailbox: %(name)s"),
    "menu": lazy_gettext("Menu: %(name)s"),
    "extension": lazy_gettext("Extension %(name)s"),
    "person": lazy_gettext("Person: %(name)s"),
    "say": lazy_gettext("Information that was heard"),
    "status": lazy_gettext("News of a ticket"),
    "callback": lazy_gettext("Call-back"),
    "hangup": lazy_gettext("The end of the call"),
}
POLISH_MONTHS = ("sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru")
MOST_SAID = 2  # sentences told of one key that means something else in each menu


@dataclass(frozen=True, slots=True)
class Labels:
    """Names by id for each table of the building file, and what is said for each key."""

    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    said: Mapping[str, list[str]] = field(default_factory=dict)

    def number(self, key: str) -> str:
        """A number of ours."""
        return shown.phone(key) or gettext("not known")

    def building(self, key: str) -> str:
        """A building."""
        return self.names.get("buildings", {}).get(key) or key or gettext("not known")

    def destination(self, key: str) -> str:
        """Where a call went first."""
        if not key:
            return gettext("None: the caller chose nothing")
        kind, _, name = key.partition(":")
        words = DESTINATIONS.get(kind)
        if words is None:
            return key
        table = {"queue": "queues", "menu": "menus", "person": "people"}.get(kind, kind)
        return str(words) % {"name": title({"id": name, "name": self.names.get(table, {}).get(name, "")})}

    def choice(self, key: str) -> str:
        """The first key that was pressed."""
        if not key:
            return gettext("No key")
        said = self.said.get(key, [])
        return f"{key} · {' / '.join(said)}" if said else key


def read_labels() -> Labels:
    """The names as the building file has them now; none where it cannot be read."""
    content = read_content(Path(current_app.config["BUILDING_FILE"]))
    names = {table: _named(content.get(table)) for table in content}
    said: dict[str, list[str]] = {}
    for menu in _tables(content.get("menus")):
        for option in _tables(menu.get("options")):
            known = said.setdefault(str(option.get("key")), [])
            words = str(option.get("say") or option.get("name") or "").rstrip(".")
            if words and words not in known and len(known) < MOST_SAID:
                known.append(words)
    return Labels(names, said)


def short_day(day: date, period: Period) -> str:
    """A day, week or month beneath a column: "22", "22.11", "lis"."""
    if period.step == "month":
        return (MONTHS if g.language == "en" else POLISH_MONTHS)[day.month - 1]
    single = period.first.month == period.last.month
    return str(day.day) if single and period.step == "day" else f"{day.day}.{day.month:02}"


def long_day(day: date, period: Period) -> str:
    """The same in a table: "22.11.2026", "od 16.11.2026", "lis 2026"."""
    if period.step == "month":
        return f"{short_day(day, period)} {day.year}"
    plain = shown.plain_day(day, g.language)
    return gettext("from %(day)s", day=plain) if period.step == "week" else plain


def _tables(entries: object) -> list[dict[str, Any]]:
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []


def _named(entries: object) -> dict[str, str]:
    return {str(each["id"]): str(each.get("name") or each["id"]) for each in _tables(entries) if "id" in each}
