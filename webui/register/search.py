"""What of the register is asked for: the form of the search, read from the address and written into it again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from flask import g

from appliance.register import searching
from appliance.register.finding import Table, Wanted
from appliance.register.fold import BY_SMS
from webui.menu.naming import title
from webui.words import gettext

MOST_TYPED = 100  # characters of a search that are looked at
_POLISH_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True)
class Search:
    """The fields as they were typed, what they mean, and mistakes by field."""

    table: Table
    typed: Mapping[str, str]
    wanted: Wanted
    mistakes: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> dict[str, str]:
        """The fields that are filled in, for a link."""
        return {name: value for name, value in self.typed.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for."""
        return any(value for name, value in self.typed.items() if name != "kind")


def asked_for(arguments: Mapping[str, str], zone: tzinfo) -> Search:
    """The search of an address; days are the box's, the last one included."""
    typed = {
        name: arguments.get(name, "").strip()[:MOST_TYPED]
        for name in ("kind", "q", "building", "place", "from", "to", "open", "urgent", "missed", "sms")
    }
    mistakes: dict[str, str] = {}
    begin, end = (_day(typed[name], zone, name, mistakes) for name in ("from", "to"))
    if end is not None:
        end = _next_day(end)
    wanted = Wanted(
        words=(*_words(typed["q"]), *([[searching.person(BY_SMS)]] if typed["sms"] else [])),
        open=bool(typed["open"]),
        urgent=bool(typed["urgent"]),
        missed=bool(typed["missed"]),
        building=typed["building"],
        destination=typed["place"],
        begin=begin,
        end=end,
    )
    if begin and end and begin >= end:
        mistakes["to"] = gettext("The last day comes before the first one.")
    return Search("tickets" if typed["kind"] == "tickets" else "calls", typed, wanted, mistakes)


def places() -> dict[str, str]:
    """Where a call can go, by destination: what the filter offers."""
    duties, queues, boxes = (_titled(each) for each in (g.names.duties, g.names.queues, g.names.mailboxes))
    return {
        **{f"duty:{each}": gettext("duty: %(name)s", name=name) for each, name in duties.items()},
        **{f"queue:{each}": gettext("queue: %(name)s", name=name) for each, name in queues.items()},
        **{f"voicemail:{each}": gettext("message: %(name)s", name=name) for each, name in boxes.items()},
    }


def _titled(names: Mapping[str, str]) -> dict[str, str]:
    """id → name; an id that nobody named, in words where it is a sample's."""
    return {id_: title({"id": id_, "name": name}) for id_, name in names.items()}


def place_name(destination: str) -> str:
    """A destination in words."""
    kind, _, target = destination.partition(":")
    known = places().get(destination)
    if known:
        return known
    if kind == "person":
        return str(g.names.people.get(target, target))
    if kind == "extension":
        return gettext("ext. %(number)s", number=target)
    return {
        "menu": lambda: gettext("menu “%(name)s”", name=menu_name(target)),
        "say": lambda: gettext("an announcement"),
        "status": lambda: gettext("how a ticket stands"),
        "callback": lambda: gettext("call-back"),
        "hangup": lambda: gettext("the end of the call"),
        "emergency": lambda: gettext("an emergency number"),
        "claim": lambda: gettext("the claim code"),
    }.get(kind, lambda: destination)()


def menu_name(menu: object) -> str:
    """What the page calls a menu; an id that the building file does not name, in words where it is a sample's."""
    return title({"id": menu, "name": g.names.menus.get(str(menu), "")})


def _words(text: str) -> list[list[searching.Span]]:
    """The words of a search, each also as the name of somebody on duty."""
    found: list[list[searching.Span]] = []
    for spans in searching.typed(text):
        beginning = spans[0][0]
        ids = [each for each, name in g.names.people.items() if _begins(name, beginning) or _begins(each, beginning)]
        found.append([*spans, *map(searching.person, ids)])
    return found


def _begins(name: str, beginning: str) -> bool:
    return not beginning.isdigit() and any(word.startswith(beginning) for word in searching.folded(name).split())


def _day(text: str, zone: tzinfo, name: str, mistakes: dict[str, str]) -> datetime | None:
    """The beginning of a day, written 2026-11-22 or 22.11.2026."""
    if not text:
        return None
    polish = _POLISH_DAY.fullmatch(text)
    try:
        day = date(int(polish[3]), int(polish[2]), int(polish[1])) if polish else date.fromisoformat(text)
        begin = datetime(day.year, day.month, day.day, tzinfo=zone)
        _next_day(begin).timestamp(), begin.timestamp()
    except (ValueError, OverflowError):
        mistakes[name] = gettext("“%(text)s” is no date. Write for example 22.11.2026.", text=text)
        return None
    return begin


def _next_day(begin: datetime) -> datetime:
    return begin + timedelta(days=1)  # the same clock time in the zone, also when the clocks change


def described(search: Search) -> list[str]:
    """The search in words, for a heading in print."""
    typed: Mapping[str, Any] = search.typed
    parts = [
        f"„{typed['q']}”" if typed["q"] and g.language == "pl" else f"“{typed['q']}”" if typed["q"] else "",
        gettext("open ones only") if typed["open"] else "",
        gettext("urgent ones only") if typed["urgent"] else "",
        gettext("missed ones only") if typed["missed"] else "",
        gettext("with an SMS only") if typed["sms"] else "",
        g.names.buildings.get(typed["building"], typed["building"]),
        place_name(typed["place"]) if typed["place"] else "",
        gettext("from %(day)s", day=typed["from"]) if typed["from"] else "",
        gettext("to %(day)s", day=typed["to"]) if typed["to"] else "",
    ]
    return [each for each in parts if each]
