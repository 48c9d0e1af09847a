"""Whether menus can be used and left, and whether every path that nobody answers ends somewhere."""

from __future__ import annotations

from appliance.building.model import Building, Destination, Menu
from appliance.building.notes import Notes, shown
from appliance.building.positions import Path

Steps = dict[str, tuple[Path, Destination]]  # "menu:main" → the key that says what follows, and what follows


def check_menus(building: Building, notes: Notes) -> None:
    """Each key has one meaning and as many characters as the menu's `digits`."""
    for menu in building.menus.values():
        at = notes.ids["menus"][menu.id]
        if notes.clean((*at, "options"), (*at, "languages"), (*at, "digits")):
            _check_keys(menu, at, notes)


def _check_keys(menu: Menu, at: Path, notes: Notes) -> None:
    keys: list[tuple[str, Path]] = [
        (option.key, (*at, "options", index, "key")) for index, option in enumerate(menu.options)
    ]
    keys += [(key, (*at, "languages", key)) for key in menu.languages]
    first: dict[str, Path] = {}
    for key, where in keys:
        if len(key) != menu.digits:
            example = "1".rjust(menu.digits, "0")
            notes.wrong(where, "key_length", value=shown(key), digits=menu.digits, example=example)
        if first.setdefault(key, where) != where:
            notes.wrong(where, "same_key", value=shown(key), first=first[key])


def check_endings(building: Building, notes: Notes) -> None:
    """Follow what happens when nobody presses and nobody answers: it must end, from every menu, duty and queue."""
    menus = [(f"menu:{each.id}", notes.ids["menus"][each.id], each) for each in building.menus.values()]
    unanswered: Steps = {name: ((*at, "no_input"), menu.no_input) for name, at, menu in menus}
    for duty in building.duties.values():
        unanswered[f"duty:{duty.id}"] = ((*notes.ids["duty"][duty.id], "unanswered"), duty.unanswered)
    for queue in building.queues.values():
        unanswered[f"queue:{queue.id}"] = ((*notes.ids["queues"][queue.id], "overflow"), queue.overflow)
    silent: Steps = {name: ((*at, "silent"), menu.silent) for name, at, menu in menus}
    for steps in (unanswered, silent):
        for loop in _loops(steps):
            message = "no_way_out" if all(each.startswith("menu:") for each in loop) else "rings_for_ever"
            notes.wrong(steps[loop[0]][0], message, chain=" → ".join([*loop, loop[0]]))


def _loops(steps: Steps) -> list[list[str]]:
    """Every circle that the steps go round in, once."""
    found = []
    seen: set[str] = set()
    for start in steps:
        chain: list[str] = []
        here = start
        while here in steps and here not in seen:
            seen.add(here)
            chain.append(here)
            here = str(steps[here][1])
        if here in chain:
            found.append(chain[chain.index(here) :])
    return found
