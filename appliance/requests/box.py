"""How things stand, reading the building file again, and a sentence spoken over the phone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from appliance.building.rota import on_duty
from appliance.callflow.dictation import dictate
from appliance.control import Handler, RefusedError
from appliance.lines.line import NotAnsweredError
from appliance.media.speech import RenderError
from appliance.requests.context import Context


def handlers(context: Context) -> dict[str, Handler]:
    """The verbs `status`, `load`, `reload`, `dictate`."""

    async def status(_: Mapping[str, Any]) -> Mapping[str, Any]:
        return status_now(context)

    async def load(_: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"tasks": len(asyncio.all_tasks())}

    async def reload(_: Mapping[str, Any]) -> Mapping[str, Any]:
        context.reload()
        return {"reload": "begun"}

    async def dictated(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        return await _dictate(context, str(asked.get("phone", "")), str(asked.get("name", "")))

    return {"status": status, "load": load, "reload": reload, "dictate": dictated}


def status_now(context: Context) -> dict[str, Any]:
    """`dyzurka status --json` (CONTRACT)."""
    now, building = context.clock.now(), context.building
    lines = [(line, line.state()) for line in context.fleet.lines.values()]
    calls = context.calls.up.values()
    people = {each: on_duty(building, each, now, None, context.calls.overrides) for each in building.duties}
    return {
        "lines": [
            {"id": line.id, "kind": line.kind, "state": state.state, "fault": state.fault} for line, state in lines
        ],
        "calls": [{"id": call.uid, "state": call.state, "caller": call.leg.caller} for call in calls],
        "on_duty": {each: [person.id for person in rung] for each, rung in people.items()},
        "lamps": {},
        "faults": context.faults_now(),
    }


async def _dictate(context: Context, phone: str, name: str) -> Mapping[str, Any]:
    """Ring `phone` and keep what is spoken as the sound file `name` (letters, digits, .wav)."""
    raw = context.options.data / "recordings" / f"{context.register.new_uid()}.said.wav"
    try:
        kept = await dictate(context.desk(), phone, raw, lambda: context.prompts.keep_recording(raw, name))
    except (NotAnsweredError, RenderError, OSError, ValueError) as error:
        raise RefusedError(f"nothing was kept: {error}") from error
    finally:
        raw.unlink(missing_ok=True)
    return {"kept": kept}
