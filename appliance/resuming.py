"""What was left undone when the exchange last ended: urgent tickets to chase, residents to call back.

It reads the register once, at the start; a register that cannot be read leaves nothing to resume, and is a fault of
its own.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from appliance.building.model import Building, Language
from appliance.callflow.call import CALLBACK
from appliance.callflow.case import Aftercare, Case
from appliance.register.fold import Row
from appliance.register.migrations import RegisterNewerError
from appliance.register.reports import FILE_NAME, RegisterUnreadableError, Reports

DUTY, QUEUE = "duty:", "queue:"

log = logging.getLogger("dyzurka.exchange")

Resume = Callable[[Aftercare], None]


def open_matters(data: Path, building: Building, settled: frozenset[str] = frozenset()) -> list[Resume]:
    """What to begin again, for each ticket that nobody has taken.

    `settled`: uids of tickets that somebody has, though it is not on disk yet.
    """
    try:
        with Reports(data / FILE_NAME) as reports:
            tickets = [each for each in reports.tickets(open_only=True) if each["uid"] not in settled]
            return list(matters(tickets, reports.call, data, building))
    except (RegisterUnreadableError, RegisterNewerError, sqlite3.Error) as error:
        log.warning("nothing is resumed: %s", error)
        return []


def matters(
    tickets: Iterable[Row], call_of: Callable[[int], Row | None], data: Path, building: Building
) -> Iterator[Resume]:
    """As `open_matters`, of these rows of tickets; `call_of` gives the row of a call by its number."""
    for ticket in tickets:
        if ticket["state"] == "new":
            call = call_of(ticket["calls"][-1]) if ticket["calls"] else None
            yield from _resume(data, building, ticket, call or {})


def _language(building: Building, call: Row) -> Language:
    """The language that the caller chose: the keys of the call followed through the menus."""
    language = building.box.language
    scenario = next((each for each in building.scenarios if each.id == call.get("scenario")), None)
    menu = building.menus.get(scenario.menu) if scenario is not None else None
    for key in call.get("choices") or ():
        if menu is None:
            break
        language = menu.languages.get(key, language)
        chosen = next((each.goto for each in menu.options if each.key == key), None)
        if chosen is not None and chosen.kind == "menu":
            menu = building.menus.get(chosen.target)
    return language


def _resume(data: Path, building: Building, ticket: Row, call: Row) -> Iterator[Resume]:
    destination = call.get("destination") or ""
    sensor = ticket.get("sensor") or ""
    if sensor:
        destination = next((f"{DUTY}{each.duty}" for each in building.sensors if each.name == sensor), "")
    case = Case(
        ticket=ticket["uid"],
        number=ticket["number"],
        caller=ticket["caller"],
        building=ticket["building"],
        language=_language(building, call),
        opened=datetime.fromisoformat(ticket["opened"]),
        duty=destination.removeprefix(DUTY) if destination.startswith(DUTY) else "",
        recording=data / call["recording"] if call.get("recording") else None,
        promised=bool(ticket["urgent"]) and call.get("outcome") == CALLBACK,
        sensor=sensor,
    )
    if ticket["urgent"]:
        log.info("ticket-%d: still waits for somebody", case.number)
        yield lambda aftercare: aftercare.chase(case)
    elif ticket["reason"] == "callback":
        wanted = destination.removeprefix(QUEUE)
        queue = wanted if wanted in building.queues else next(iter(building.queues), "")
        yield lambda aftercare: aftercare.call_back(case, queue, None)
