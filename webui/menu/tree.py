"""The first page: what callers hear, as a tree from the hour they call to the human, mailbox or end they reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import render_template

from webui import exchange
from webui.document import Document, load_anyway
from webui.menu.naming import condition, ids, leads, short, title, titled
from webui.menu.page import pages
from webui.menu.taps import taps
from webui.shown import duration
from webui.words import gettext, ngettext

Table = dict[str, Any]


@dataclass(slots=True)
class Way:
    """Where a call goes: in words, with what happens there; `menu` where it is another menu that is shown here."""

    words: str
    kind: str = ""
    target: str = ""
    details: list[str] = field(default_factory=list)
    then: Way | None = None
    menu: MenuShown | None = None


@dataclass(slots=True)
class MenuShown:
    """A menu as it is read: `options` are the file's own, each with its way."""

    id: str
    title: str
    greeting: str | None
    options: list[tuple[int, Table, Way]]
    no_input: Way
    silent: Way
    languages: dict[str, str]
    heard_first: str = ""  # the greeting with what is filled in by day
    heard: list[str] = field(default_factory=list)  # when, for a menu that callers reach first


@pages.get("/")
def index() -> str:
    """What callers hear."""
    document = load_anyway()
    status = ask_status()
    return render_template(
        "menu/index.html",
        document=document,
        menus=list(shown(document)),
        holds=holding(document, status),
        status=status,
        taps=taps(document),
    )


def ask_status() -> dict[str, Any] | None:
    """How things stand, or None while no exchange answers."""
    try:
        return exchange.ask("status")
    except exchange.TroubleError:
        return None


def holding(document: Document, status: Mapping[str, Any] | None) -> list[Table]:
    """What holds now on each number: one entry where it is the same on all."""
    told = [each for each in (status or {}).get("scenarios", ()) if isinstance(each, dict)]
    kinds = {(each.get("scenario"), each.get("until")) for each in told}
    if len(kinds) == 1:
        told = [{**told[0], "number": None}]
    found = []
    for each in told:
        entry = document.entry("scenarios", str(each.get("scenario")))
        when = condition(document, entry[1]) if entry else str(each.get("scenario"))
        found.append({**each, "when": when, "title": titled(document, "menus", str(each.get("menu")))})
    return found


def shown(document: Document) -> Iterator[MenuShown]:
    """The menus that callers reach first, in the scenarios' order; then those that nothing leads to."""
    first: dict[str, list[str]] = {}
    for scenario in document.table("scenarios"):
        first.setdefault(str(scenario.get("menu", "")), []).append(condition(document, scenario))
    drawn: set[str] = set()
    for id_, heard in first.items():
        found = document.entry("menus", id_)
        if found:
            drawn.add(id_)
            menu = draw(document, found[1], drawn, set(first))
            menu.heard = heard
            yield menu
    for entry in ids(document, "menus"):
        if entry["id"] not in drawn:
            drawn.add(entry["id"])
            yield draw(document, entry, drawn, set(first))


def draw(document: Document, entry: Table, drawn: set[str], first: set[str]) -> MenuShown:
    """A menu with all that it leads to. One that was drawn already, or comes `first` elsewhere, is only named."""
    options = [
        (at, each, way(document, str(each.get("goto", "")), drawn, first))
        for at, each in enumerate(entry.get("options") or ())
        if isinstance(each, dict)
    ]
    return MenuShown(
        id=str(entry["id"]),
        title=title(entry),
        greeting=entry.get("greeting"),
        heard_first=filled(document, str(entry.get("greeting") or "")),
        options=options,
        no_input=way(document, str(entry.get("no_input", "hangup")), drawn, first),
        silent=way(document, str(entry.get("silent", "hangup")), drawn, first),
        languages=dict(entry.get("languages") or {}),
    )


def filled(document: Document, text: str) -> str:
    """A greeting as it sounds by day."""
    names = list(document.named("buildings").values())
    hello = "Good morning" if (document.building.get("box") or {}).get("language") == "en" else "Dzień dobry"
    return text.replace("{hello}", hello).replace("{building}", names[0] if len(names) == 1 else "…")


def way(document: Document, goto: str, drawn: set[str], first: set[str], depth: int = 0) -> Way:
    """Where a destination leads, and what comes after it."""
    kind, _, target = goto.partition(":")
    made = Way(leads(document, goto), kind, target)
    table = {"menu": "menus", "duty": "duty", "queue": "queues", "voicemail": "voicemail"}.get(kind)
    found = document.entry(table, target) if table else None
    if found is None or depth > 4:
        return made
    entry = found[1]
    if kind == "menu" and target not in drawn and target not in first:
        drawn.add(target)
        made.menu = draw(document, entry, drawn, first)
    made.details = list(_details(document, kind, entry))
    after = {"duty": "unanswered", "queue": "overflow"}.get(kind)
    if after:
        made.then = way(document, str(entry.get(after, "hangup")), drawn, first, depth + 1)
    return made


def _details(document: Document, kind: str, entry: Table) -> Iterator[str]:
    """What happens at a destination, in lines."""
    people = [titled(document, "people", str(each)) for each in entry.get("people") or ()]
    if kind == "duty":
        if people:
            yield gettext("Rung one after another: %(people)s", people=", ".join(people))
        rounds, seconds = entry.get("rounds", 2), entry.get("ring_seconds", 25)
        time = duration(seconds)
        yield ngettext(
            "Each phone rings %(time)s, once.", "Each phone rings %(time)s, %(num)d times round.", rounds, time=time
        )
    elif kind == "queue":
        yield gettext("Answered by: %(people)s", people=", ".join(people))
        minutes = entry.get("max_wait_minutes", 10)
        yield ngettext("Waits at most a minute.", "Waits at most %(num)d minutes.", int(minutes))
        if entry.get("callback_key"):
            yield gettext("Key %(key)s: call me back instead of waiting", key=entry["callback_key"])
    elif kind == "voicemail":
        if entry.get("greeting"):
            yield gettext("Hears: “%(text)s”", text=short(entry["greeting"]))
        if entry.get("urgent"):
            yield gettext("The message opens an urgent ticket.")
