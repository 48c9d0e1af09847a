"""Ids, conditions and destinations of the building file in words. Pure: it knows plain tables, no file, no exchange."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webui.document import Document
from webui.shown import phone
from webui.week import DAY_NAMES, days_of, days_written
from webui.words import Words, gettext, lazy_gettext, lazy_pgettext

Table = dict[str, Any]

# Names for the ids of the samples; whoever makes a menu on the page names it.
KNOWN: Mapping[str, Words] = {
    "main": lazy_gettext("Main menu"),
    "closed": lazy_gettext("Menu while closed"),
    "which-building": lazy_gettext("Which building?"),
    "urgent-or-message": lazy_gettext("Urgent, or a message"),
    "office": lazy_gettext("Office"),
    "technical": lazy_gettext("Repairs"),
    "urgent": lazy_pgettext("mailbox", "Urgent"),
}


def title(entry: Mapping[str, Any]) -> str:
    """The name of a menu, mailbox, queue or duty list; for one without, its id in words."""
    name, id_ = str(entry.get("name") or ""), str(entry.get("id", ""))
    if name and name != id_:
        return name
    return str(KNOWN.get(id_) or id_.replace("-", " ").replace("_", " ").capitalize())


def titled(document: Document, table: str, id_: str) -> str:
    """The name of the entry of that id, or the id itself where it is not there."""
    found = document.entry(table, id_)
    return title(found[1]) if found else id_


def leads(document: Document, goto: str) -> str:
    """Where a destination leads, in plain words."""
    kind, _, target = goto.partition(":")
    if kind == "duty":
        return gettext("rings the people on duty: %(name)s", name=titled(document, "duty", target))
    if kind == "queue":
        return gettext("waits in the queue: %(name)s", name=titled(document, "queues", target))
    if kind == "voicemail":
        return gettext("leaves a message: %(name)s", name=titled(document, "voicemail", target))
    if kind == "menu":
        return gettext("goes to the menu: %(name)s", name=titled(document, "menus", target))
    if kind == "person":
        return gettext("rings %(name)s", name=titled(document, "people", target))
    if kind == "extension":
        found = document.entry("extensions", target, "number")
        return gettext(
            "rings extension %(number)s: %(name)s", number=target, name=found[1].get("name") if found else ""
        )
    if kind == "say":
        return gettext("hears “%(text)s”, then the call ends", text=target)
    return str(PLAIN.get(kind, goto))


PLAIN: Mapping[str, Words] = {
    "status": lazy_gettext("hears how their ticket stands"),
    "callback": lazy_gettext("is called back later"),
    "hangup": lazy_gettext("the call ends"),
}


def destinations(document: Document) -> dict[str, list[tuple[str, str]]]:
    """Everything that a call may be sent to, by group, for a list to choose from: value and words."""
    groups = {
        gettext("A person answers"): list(_answered(document)),
        gettext("A message, or information"): [
            *(
                (f"voicemail:{each['id']}", leads(document, f"voicemail:{each['id']}"))
                for each in ids(document, "voicemail")
            ),
            ("status", str(PLAIN["status"])),
            ("callback", str(PLAIN["callback"])),
            ("say", gettext("hears a text, then the call ends")),
        ],
        gettext("Another menu"): [
            (f"menu:{each['id']}", leads(document, f"menu:{each['id']}")) for each in ids(document, "menus")
        ],
        gettext("The end"): [("hangup", str(PLAIN["hangup"]))],
    }
    return {name: choices for name, choices in groups.items() if choices}


def _answered(document: Document) -> Iterator[tuple[str, str]]:
    for table, kind in (("duty", "duty"), ("queues", "queue"), ("people", "person")):
        for each in ids(document, table):
            yield f"{kind}:{each['id']}", leads(document, f"{kind}:{each['id']}")
    for each in document.table("extensions"):
        yield f"extension:{each.get('number')}", leads(document, f"extension:{each.get('number')}")


def ids(document: Document, table: str) -> list[Table]:
    """The entries of a table that have an id."""
    return [each for each in document.table(table) if isinstance(each.get("id"), str)]


def condition(document: Document, scenario: Mapping[str, Any]) -> str:
    """When a scenario holds, as a person says it."""
    parts = []
    if scenario.get("when"):
        parts.append(gettext("during opening hours (%(name)s)", name=hours_title(str(scenario["when"]))))
    if scenario.get("days"):
        parts.append(days_in_words(scenario["days"]))
    if scenario.get("numbers"):
        numbers = scenario["numbers"] if isinstance(scenario["numbers"], list) else [scenario["numbers"]]
        parts.append(gettext("calls to %(numbers)s", numbers=", ".join(phone(str(each)) for each in numbers)))
    if scenario.get("building"):
        parts.append(gettext("about %(building)s", building=titled(document, "buildings", str(scenario["building"]))))
    return ", ".join(parts) or gettext("at all other times")


def hours_title(id_: str) -> str:
    """The name of some opening hours."""
    return title({"id": id_})


def days_in_words(written: object) -> str:
    """Weekdays as a person says them: "Monday–Friday, Sunday"."""
    pieces = days_written(days_of(written)).split(", ")
    named = [[str(DAY_NAMES[day]) for day in piece.split("-")] for piece in pieces if piece]
    return ", ".join("–".join(each) for each in named)


def short(text: object) -> str:
    """A text of the file as it is shown: of a recording, that it is one."""
    said = str(text or "")
    return gettext("(a recording)") if said.startswith("file:") else said
