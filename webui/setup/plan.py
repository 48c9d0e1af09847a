"""From a building as it stands to one as the first start makes it, and the edits in between. Pure.

What somebody has written by hand stays: a menu is only made anew while it is the starter's, later it only gains what
it lacks.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webui.setup.shapes import id_of

Building = dict[str, Any]
Edit = dict[str, Any]

HOURS, DUTY, OFFICE, URGENT, OFFICE_MENU = "office", "pogotowie", "office", "urgent", "office"
STARTER_BUILDING = "budynek"
CALLBACK_KEY = "9"
KEYS = "123456780"
TEXTS: Mapping[str, Mapping[str, str]] = {
    "pl": {
        "duty": "Pogotowie techniczne",
        "greet": "{hello}, tu {building}.",
        "office": "Biuro",
        "say_urgent": "Pilna awaria, na przykład zalanie",
        "say_message": "Wiadomość dla biura",
        "say_office": "Inna sprawa do biura",
        "say_status": "Co z moim zgłoszeniem",
        "nobody": "Jeszcze nikt nie odebrał. Po sygnale proszę powiedzieć, co się stało i gdzie. Nadal wzywamy"
        " dyżurnego.",
    },
    "en": {
        "duty": "Emergency service",
        "greet": "{hello}, this is {building}.",
        "office": "Office",
        "say_urgent": "Urgent, for example flooding",
        "say_message": "A message for the office",
        "say_office": "Anything else for the office",
        "say_status": "News of my ticket",
        "nobody": "Nobody has answered yet. After the tone, say what happened and where. We are still calling.",
    },
}


@dataclass(frozen=True, slots=True)
class Row:
    """A person as typed. `id` is "" for a new one; `phones` are E.164 or ext:NUMBER."""

    name: str
    phones: tuple[str, ...]
    id: str = ""
    duty: bool = True
    office: bool = False


def entry(entries: Sequence[Mapping[str, Any]], name: str) -> Any:  # noqa: ANN401 - a table of the file
    """The entry of that id, or None."""
    return next((each for each in entries if each.get("id") == name), None)


def duty_of(building: Building) -> Any:  # noqa: ANN401 - a table of the file
    """The first duty list, or None."""
    return next(iter(building.get("duty", ())), None)


def with_buildings(building: Building, box_name: str, names: Sequence[str]) -> Building:
    """The houses by these names; who keeps a name, or the place in the list, keeps the id."""
    after = copy.deepcopy(building)
    after["box"]["name"] = box_name
    old = after["buildings"]
    made: list[dict[str, Any]] = []
    spare = [each for each in old if each.get("name") not in names]
    for name in names:
        kept = next((each for each in old if each.get("name") == name), None) or (spare.pop(0) if spare else None)
        if kept is None or kept["id"] == STARTER_BUILDING:
            taken = [each["id"] for each in (*old, *made) if each is not kept]
            kept = {**(kept or {}), "id": id_of(name, taken)}
        made.append({**kept, "name": name})
    after["buildings"] = made
    return after


def with_hours(building: Building, spans: Sequence[str], closed: Sequence[str], *, holidays: bool) -> Building:
    """The office's hours; without spans there are none, and nothing that waits for them."""
    after = copy.deepcopy(building)
    if spans:
        hours = after.setdefault("hours", {}).setdefault(HOURS, {})
        hours["open"] = list(spans)
        _put(hours, "holidays", "PL" if holidays else None)
        _put(hours, "closed", list(closed) or None)
    elif HOURS in after.get("hours", {}):
        after["scenarios"] = [each for each in after["scenarios"] if each.get("when") != HOURS]
        del after["hours"][HOURS]
    return wired(after)


def with_people(building: Building, rows: Sequence[Row]) -> tuple[Building, list[str]]:
    """The people, the duty list in the order of the rows, and the office's queue; and each row's id."""
    after = copy.deepcopy(building)
    people = after.setdefault("people", [])
    ids: list[str] = []
    for row in rows:
        known = entry(people, row.id) if row.id else None
        if known is None:
            known = {"id": id_of(row.name, [each["id"] for each in people])}
            people.append(known)
        known.update(name=row.name, phones=list(row.phones))
        ids.append(known["id"])
    after["people"] = [each for each in people if each["id"] in ids]
    on_duty = [name for name, row in zip(ids, rows, strict=True) if row.duty]
    duty = duty_of(after)
    if duty is not None:
        duty["people"] = on_duty
    elif on_duty:
        words = words_of(after)
        after["duty"] = [
            {
                "id": DUTY,
                "name": words["duty"],
                "people": on_duty,
                "last_round": "all",
                "unanswered": f"voicemail:{URGENT}",
            }
        ]
        if entry(after.setdefault("voicemail", []), URGENT) is None:
            after["voicemail"].append({"id": URGENT, "greeting": words["nobody"], "urgent": True})
    _office(after, [name for name, row in zip(ids, rows, strict=True) if row.office])
    return wired(after), ids


def _office(after: Building, people: list[str]) -> None:
    """The queue in front of the office, where somebody answers there."""
    queue = entry(after.get("queues", []), OFFICE)
    if queue is not None and people:
        queue["people"] = people
    elif people:
        made = {"id": OFFICE, "name": words_of(after)["office"], "people": people, "callback_key": CALLBACK_KEY}
        if entry(after.get("voicemail", []), OFFICE) is not None:
            made["overflow"] = f"voicemail:{OFFICE}"
        after.setdefault("queues", []).append(made)
    elif queue is not None and entry(after["menus"], OFFICE_MENU) is not None:
        for table, gone in (("queues", OFFICE), ("menus", OFFICE_MENU), ("scenarios", OFFICE_MENU)):
            after[table] = [each for each in after[table] if each.get("id") != gone]


def greeting_of(building: Building) -> str:
    """What callers hear first; "" where it is the built-in sentence."""
    return next((str(menu["greeting"]) for menu in building["menus"] if menu.get("greeting")), "")


def with_greeting(building: Building, text: str) -> Building:
    """The menus that calls begin with say this first; one that has a greeting of its own besides keeps it."""
    after = copy.deepcopy(building)
    stands = greeting_of(building)
    first = {each["menu"] for each in after["scenarios"]}
    for menu in after["menus"]:
        if menu["id"] in first and menu.get("greeting", "") in ("", stands):
            menu["greeting"] = text
    return after


def wired(building: Building) -> Building:
    """The menus lead to the duty list, and in opening hours to the office, as far as there are such."""
    after = copy.deepcopy(building)
    duty, words = duty_of(after), words_of(after)
    if duty is None:
        return after
    urgent = {"key": "1", "say": words["say_urgent"], "goto": f"duty:{duty['id']}", "urgent": True}
    message = {"key": "2", "say": words["say_message"], "goto": f"voicemail:{OFFICE}"}
    status = {"key": "5", "say": words["say_status"], "goto": "status"}
    for menu in after["menus"]:
        options = menu.setdefault("options", [])
        if [each["goto"] for each in options] == [message["goto"]] and menu["no_input"] == message["goto"]:
            menu.update(options=[urgent, message, status], no_input=urgent["goto"])
        elif all(each["goto"] != urgent["goto"] for each in options) and menu.get("digits", 1) == 1:
            taken = {each["key"] for each in options} | set(menu.get("languages", ()))
            free = next((key for key in KEYS if key not in taken), None)
            if free is not None:
                options.append({**urgent, "key": free})
    hours, queue = after.get("hours", {}).get(HOURS), entry(after.get("queues", []), OFFICE)
    if hours and queue and not any(each.get("when") == HOURS for each in after["scenarios"]):
        if entry(after["menus"], OFFICE_MENU) is None:
            office = {"key": "2", "say": words["say_office"], "goto": f"queue:{OFFICE}"}
            greeting = {key: each for key, each in after["menus"][0].items() if key.startswith("greeting")}
            after["menus"].append(
                {"id": OFFICE_MENU, **greeting, "no_input": f"queue:{OFFICE}", "options": [urgent, office, status]}
            )
        after["scenarios"].insert(0, {"id": OFFICE_MENU, "when": HOURS, "menu": OFFICE_MENU})
    return after


# -- edits -------------------------------------------------------------------------------------------------------------


def edits(before: Building, after: Building) -> list[Edit]:
    """What makes `after` of `before`, in edits that leave everything else as it is written."""
    return list(_tables([], before, after))


def _tables(path: list[Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Edit]:
    for key in before:
        if key not in after:
            yield {"op": "remove", "path": [*path, key]}
    for key, value in after.items():
        old, here = before.get(key), [*path, key]
        if old == value or (value == [] and not old):
            continue
        if value == [] and _entries(old):
            yield {"op": "remove", "path": here}
            continue
        if isinstance(value, dict) and isinstance(old, dict):
            yield from _tables(here, old, value)
        elif _entries(value) and (_entries(old) or not old):
            yield from _arrays(here, old or [], value)
        else:
            yield {"op": "set", "path": here, "value": value}


def _arrays(path: list[Any], before: Sequence[Any], after: Sequence[Any]) -> Iterator[Edit]:
    """Entries are told apart by their id; those without one are added at the end or set as a whole."""
    if not all("id" in each for each in (*before, *after)):
        if before and list(after[: len(before)]) == list(before):
            yield from ({"op": "add", "path": path, "value": each} for each in after[len(before) :])
        else:
            yield {"op": "set", "path": path, "value": list(after)}
        return
    known = [each["id"] for each in before]
    gone = [{"op": "remove", "path": [*path, {"id": each}]} for each in known if entry(after, each) is None]
    nothing_stays = len(gone) == len(known)
    if not nothing_stays:
        yield from gone
    for place, each in enumerate(after):
        if each["id"] in known:
            yield from _tables([*path, {"id": each["id"]}], entry(before, each["id"]), each)
        else:
            at = {} if nothing_stays or place == len(after) - 1 else {"at": place}
            yield {"op": "add", "path": path, "value": each, **at}
    if nothing_stays:  # last: a list of tables is never left empty in between
        yield from gone


def _entries(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _put(table: dict[str, Any], key: str, value: object) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def words_of(building: Building) -> Mapping[str, str]:
    """The texts in the language of the box."""
    return TEXTS.get(building["box"].get("language", "pl"), TEXTS["pl"])
