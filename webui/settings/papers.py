"""Papers to be printed, filled with the building's data. What the box does not know is typed here and not kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, g, render_template, request

from appliance.clock import SystemClock
from webui import document
from webui.document import Document, Table
from webui.session import accounts
from webui.settings.blueprint import pages
from webui.settings.retention import REGISTER_DAYS, SOUND_DAYS
from webui.shown import plain_day
from webui.tls import tls
from webui.words import gettext

MOST_TYPED = 200
FIELDS = ("controller", "address", "contact", "officer", "processor", "processor_address", "office")
PAPERS = ("clause", "agreement", "poster")


@dataclass(frozen=True, slots=True)
class Menu:
    """What a caller may press at some time: when in words, and (key, words, urgent)."""

    when: str
    options: Sequence[tuple[str, str, bool]]


@pages.get("/papers")
def papers() -> str:
    """Which there are."""
    return render_template("settings/papers.html")


@pages.get("/papers/<name>")
def paper(name: str) -> str:
    """One of them."""
    if name not in PAPERS:
        abort(404)
    there = document.load_anyway()
    typed = {key: request.args.get(key, "")[:MOST_TYPED].strip() for key in FIELDS}
    houses = there.named("buildings")
    building = request.args.get("building", "")
    building = building if building in houses else next(iter(houses), "")
    typed["controller"] = typed["controller"] or houses.get(building, "")
    return render_template(
        f"settings/papers/{name}.html",
        name=name,
        typed=typed,
        houses=houses,
        building=building,
        words=g.language,
        numbers=numbers(there, building),
        menus=menus(there, building),
        recording=_recording(there),
        security={"https": tls().mode() != "off", "users": len(accounts().users())},
        today=plain_day(SystemClock().now().date(), g.language),
    )


def numbers(there: Document, building: str) -> list[str]:
    """The numbers to call about a building, its own first; the others are for when that one does not work."""
    own: list[str] = []
    for scenario in there.table("scenarios"):
        if scenario.get("building") == building:
            own += _texts(scenario.get("numbers"))
    every = [each for line in there.table("lines") for each in _numbers_of(line)]
    return list(dict.fromkeys([*own, *every]))


def menus(there: Document, building: str) -> list[Menu]:
    """What can be pressed about a building, at each time that has another menu."""
    found: list[Menu] = []
    seen: set[str] = set()
    for scenario in there.table("scenarios"):
        if scenario.get("building", building) != building:
            continue
        name = str(scenario.get("menu", ""))
        entry = there.entry("menus", name)
        if entry is None or name in seen:
            continue
        seen.add(name)
        if options := options_of(there, entry[1], building):
            found.append(Menu(when(there, scenario), options))
    return found if len(found) > 1 else [Menu("", each.options) for each in found]


def options_of(there: Document, menu: Table, building: str) -> list[tuple[str, str, bool]]:
    """Keys and what they are for. A menu that asks for the house is passed by that house's key."""
    found = []
    for option in _tables(menu.get("options")):
        key = str(option.get("key", ""))
        said = str((g.language == "en" and option.get("say_en")) or option.get("say") or "").rstrip(".")
        goes = str(option.get("goto", ""))
        if option.get("building"):
            after = there.entry("menus", goes.removeprefix("menu:")) if goes.startswith("menu:") else None
            if option["building"] == building and after is not None:
                further = options_of(there, after[1], building)
                return [(f"{key}, {more}", words, urgent) for more, words, urgent in further]
            continue
        if key and said:
            found.append((key, said, option.get("urgent") is True))
    return found


def when(there: Document, scenario: Mapping[str, Any]) -> str:
    """When a scenario holds, as a poster says it."""
    hours = there.building.get("hours")
    known = hours.get(scenario.get("when")) if isinstance(hours, dict) else None
    if isinstance(known, dict):
        return gettext(
            "In the office's hours (%(hours)s)", hours=", ".join(_opening(each) for each in _texts(known.get("open")))
        )
    return gettext("At all other times, day and night")


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _opening(text: str) -> str:
    """ "mon-fri 08:00-16:00" with the reader's days."""
    names = dict(
        zip(
            DAYS,
            (
                gettext("Mon"),
                gettext("Tue"),
                gettext("Wed"),
                gettext("Thu"),
                gettext("Fri"),
                gettext("Sat"),
                gettext("Sun"),
            ),
            strict=True,
        )
    )
    days, _, rest = text.partition(" ")
    shown = "–".join(names.get(day, day) for day in days.split("-"))
    return f"{shown} {rest.replace('-', '–')}"


def _recording(there: Document) -> dict[str, Any]:
    known = there.building.get("recording")
    table = known if isinstance(known, dict) else {}
    return {
        "conversations": table.get("conversations") is True,
        "sound_days": table.get("keep_days", SOUND_DAYS),
        "register_days": table.get("keep_register_days", REGISTER_DAYS),
    }


def _numbers_of(line: Table) -> list[str]:
    return [*_texts([line.get("number")]), *_texts(line.get("numbers"))]


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _tables(value: object) -> list[Table]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
