"""How things stand, reading the building file again, and a sentence spoken over the phone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from appliance.building.hours import scenario_at, scenario_until
from appliance.building.model import LineConfig
from appliance.callflow.call import Call
from appliance.callflow.waiting_room import Rooms
from appliance.control import Handler
from appliance.health.way import Way
from appliance.lines.line import LineState
from appliance.register.fold import local
from appliance.requests.asked import Answer, Asked, changed, who_asks
from appliance.requests.context import Context
from appliance.requests.duties_now import duties_now
from appliance.requests.editing import Editing


def handlers(context: Context, editing: Editing) -> dict[str, Handler]:
    """The verbs `status`, `load`, `reload`, `panel_mute`, `panel_test`."""

    async def status(_: Mapping[str, Any]) -> Mapping[str, Any]:
        return status_now(context, editing)

    async def load(_: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"tasks": len(asyncio.all_tasks())}

    async def reload(_: Mapping[str, Any]) -> Mapping[str, Any]:
        context.reload()
        return {"reload": "begun"}

    async def panel_mute(asked: Asked) -> Answer:
        who = who_asks(asked)
        state = context.lodge.panel.mute()
        changed(context, who, "panel_mute")
        return {"buzzer": state}

    async def panel_test(asked: Asked) -> Answer:
        who_asks(asked)
        context.lodge.panel.test()
        return {"testing": True}

    return {
        "status": status,
        "load": load,
        "reload": reload,
        "panel_mute": panel_mute,
        "panel_test": panel_test,
    }


def status_now(context: Context, editing: Editing) -> dict[str, Any]:
    """`dyzurka status --json` (CONTRACT), and what the page shows beside it."""
    now, building, calls = context.clock.now(), context.building, context.calls
    zone = building.box.timezone
    duties = duties_now(building, now, calls.overrides)
    change, way = editing.unconfirmed(), context.ways.now()
    return {
        "lines": [_line(config, context) for config in building.lines.values()],
        "calls": [_call(call, calls.rooms, zone) for call in calls.up.values()],
        "on_duty": {name: duty["people"] for name, duty in duties.items()},
        "lamps": context.lodge.lamps(),
        "faults": context.faults_now(),
        "way": _way(way),
        "test_calls": context.prover.told(),
        "panel": context.lodge.told(),
        "time": local(now.isoformat(), zone),
        "box": {
            "name": building.box.name,
            "language": building.box.language,
            "timezone": zone.key,
            "revision": building.revision,
        },
        "claimed": bool(context.accounts.users),
        "duty": duties,
        "scenarios": _scenarios(context, now),
        "announcements": [each.id for each in building.announcements if each.start <= now < each.end],
        "messages": context.messages.now(),
        "mains": context.mains.told(),
        "waiting": {name: len(room) for name, room in calls.rooms.items()},
        "confirm": None
        if change is None
        else {
            "revision": change.revision,
            "until": local(change.until, zone),
            "what": change.what,
            "who": change.who,
        },
    }


def _way(found: Way) -> dict[str, str]:
    return {"level": found.level, "pl": found.pl, "en": found.en}


def _call(call: Call, rooms: Rooms, zone: tzinfo) -> dict[str, Any]:
    queue, place = call.place or (None, None)
    return {
        "id": call.uid,
        "state": call.state,
        "caller": call.leg.caller,
        "number": call.leg.called,
        "line": call.leg.line,
        "since": local(call.since.isoformat(), zone),
        "resident": call.resident.flat if call.resident else None,
        "building": call.building,
        "urgent": call.urgent,
        "queue": queue,
        "place": rooms[queue].ahead(place) + 1 if queue is not None and place is not None else None,
    }


def _scenarios(context: Context, now: datetime) -> list[dict[str, Any]]:
    """What holds on each of our numbers, and until when."""
    building = context.building
    numbers: list[str | None] = [number for line in building.lines.values() for number in line.numbers]
    told = []
    for number in numbers or [None]:
        scenario, until = scenario_at(building, number, now), scenario_until(building, number, now)
        told.append(
            {
                "number": number,
                "scenario": scenario.id,
                "menu": scenario.menu,
                "until": until.isoformat(timespec="seconds") if until else None,
            }
        )
    return told


def _line(config: LineConfig, context: Context) -> dict[str, Any]:
    """A line of the building file; one that the exchange has not come to yet is starting."""
    line = context.fleet.lines.get(config.id)
    state = line.state() if line is not None else LineState("starting")
    kind = line.kind if line is not None else config.kind
    told: dict[str, Any] = {
        "id": config.id,
        "kind": kind,
        "state": state.state,
        "fault": state.fault,
        "proofs": context.prover.told_of(config.id),
        "diverted": context.diverter.told_of(config.id),
    }
    if config.gateway:
        told["gateway"] = config.gateway
    if state.about:
        told["about"] = state.about
    if state.modem is not None:
        told["modem"] = state.modem
    if config.expires is not None:
        told["expires"] = config.expires.isoformat()
    return told
