"""The buildings of the nights: the two examples, varied by chance within what a building file may say.

It makes no building that `dyzurka check` would refuse, but takes a short way past the file.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from appliance.building import file
from appliance.building.hours import public_holidays, with_holidays
from appliance.building.model import (
    Building,
    Destination,
    Duty,
    LineConfig,
    Menu,
    Option,
    Person,
    QueueConfig,
    Resident,
    Rotation,
)

EXAMPLES = Path(__file__).parents[2] / "examples"
OFFICE_PHONES = ("+48221110000", "+48221110001", "+48221110002")
MORE_PEOPLE = ("+48600700701", "+48600700702", "+48600700703")
RESIDENT_PHONES = tuple(f"+485015025{number:02}" for number in range(10, 16))
SIM_NUMBER, LANDLINE_NUMBER = "+48600000001", "+48221234568"
SIM = LineConfig("sim", "gsm", (SIM_NUMBER,), 1)
STRATEGIES: tuple[Literal["all", "in-order", "longest-idle"], ...] = ("all", "in-order", "longest-idle")


@cache
def _example(name: str) -> Building:
    building = file.read(EXAMPLES / name)
    return with_holidays(building, {"PL": public_holidays("PL", 2026)})


def vary(rng: random.Random, *, one_sim: bool = False) -> Building:
    """A building: one of the examples, more or less as it stands. `one_sim`: its only line is a SIM card."""
    name = rng.choice(("lipowa7.toml", "lipowa7.toml", "osiedle.toml"))
    building = _example(name)
    lines = {"sim": SIM} if one_sim else _lines(rng, building)
    building = replace(building, lines=lines, residents=_residents(rng, building))
    building = replace(building, outbound=replace(building.outbound, lines=tuple(building.lines)))
    building = _with_office(rng, building)
    if rng.random() < 0.85:
        building = _with_people(rng, building)
        ids, zone = list(building.people), building.box.timezone
        recorded = replace(building.recording, conversations=rng.random() < 0.3)
        building = replace(building, recording=recorded)
        building = replace(building, duties={each.id: _duty(rng, each, ids, zone) for each in building.duties.values()})
        building = replace(building, queues={each.id: _queue(rng, each) for each in building.queues.values()})
        building = replace(building, menus={each.id: _menu(rng, each, building) for each in building.menus.values()})
    return building


def _lines(rng: random.Random, building: Building) -> Mapping[str, LineConfig]:
    provider = replace(building.lines["provider"], channels=rng.choice((2, 3, 4, 8, 16, 30)))
    lines = {"provider": provider}
    if rng.random() < 0.5:
        lines["sim"] = SIM
    if rng.random() < 0.2:
        lines["landline"] = LineConfig("landline", "fxo", (LANDLINE_NUMBER,), 1)
    return lines


def _residents(rng: random.Random, building: Building) -> tuple[Resident, ...]:
    houses = [*building.premises, ""]
    known = rng.sample(RESIDENT_PHONES, rng.randint(0, len(RESIDENT_PHONES)))
    return (
        *building.residents,
        *(Resident(str(10 + at), (phone,), rng.choice(houses)) for at, phone in enumerate(known)),
    )


def _with_people(rng: random.Random, building: Building) -> Building:
    people = dict(building.people)
    for phone in rng.sample(MORE_PEOPLE, rng.randint(0, len(MORE_PEOPLE))):
        name = f"dyzurny{phone[-1]}"
        people[name] = Person(name, name, (phone,), rng.choice((None, None, True, False)))
    return replace(building, people=people)


def _with_office(rng: random.Random, building: Building) -> Building:
    """The office on outside telephones, most nights: those in the building need a registrar."""
    if rng.random() < 0.15 or not building.queues:
        return building
    people, ids = dict(building.people), []
    for phone in OFFICE_PHONES[: rng.randint(1, len(OFFICE_PHONES))]:
        name = f"biuro{phone[-1]}"
        people[name] = Person(name, name, (phone,), rng.choice((None, True, False, False)))
        ids.append(name)
    queues = {each.id: replace(each, people=tuple(ids)) for each in building.queues.values()}
    return replace(building, people=people, queues=queues)


def _duty(rng: random.Random, duty: Duty, ids: list[str], zone: ZoneInfo) -> Duty:
    rotation = None
    if rng.random() < 0.3 and duty.people:
        starts = datetime(2026, 3, 1, 8, 0, tzinfo=zone)
        rotation = Rotation(rng.choice(("day", "week")), starts, duty.people)
    return replace(
        duty,
        rotation=rotation,
        people=tuple(rng.sample(ids, rng.randint(1, len(ids)))) if rng.random() < 0.5 else duty.people,
        ring_seconds=rng.choice((5.0, 10.0, 20.0, 25.0, 40.0)),
        rounds=rng.randint(1, 3),
        last_round=rng.choice(("all", "in-order")),
        confirm=rng.random() < 0.8,
        tell_flat=rng.choice(("on-accept", "before", "never")),
        chase_minutes=rng.choice((1.0, 2.0, 5.0)),
        unanswered=rng.choice((duty.unanswered, duty.unanswered, Destination("hangup"))),
    )


def _queue(rng: random.Random, queue: QueueConfig) -> QueueConfig:
    return replace(
        queue,
        strategy=rng.choice(STRATEGIES),
        ring_seconds=rng.choice((5.0, 20.0, 30.0)),
        max_waiting=rng.choice((1, 2, 5, 10)),
        max_wait_minutes=rng.choice((0.5, 2.0, 10.0)),
        announce_seconds=rng.choice((10.0, 30.0, 60.0)),
        callback_key=rng.choice(("9", "9", "0", "")),
    )


def _menu(rng: random.Random, menu: Menu, building: Building) -> Menu:
    """The menu, patient or not, perhaps with more ways to go."""
    person = rng.choice(list(building.people))
    taken = {each.key for each in menu.options}
    phones = list(building.extensions)
    more = [
        *(Option("4", "Dozorca", Destination("extension", phone)) for phone in phones[:1] if not taken & {"4"}),
        Option("6", "Ktoś z nas", Destination("person", person)),
        Option("7", "Proszę oddzwonić", Destination("callback")),
        Option("8", "Godziny biura", Destination("say", "Biuro jest czynne od ósmej do szesnastej.")),
        Option("0", "Jeszcze raz", Destination("menu", menu.id)),
    ]
    added = [each for each in more if rng.random() < 0.3]
    changed = replace(menu, repeats=rng.randint(0, 2), timeout_seconds=rng.choice((2.0, 4.0, 8.0)))
    return replace(changed, options=(*menu.options, *added))
