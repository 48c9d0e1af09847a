"""Who is on duty now, until when, and who comes next: what the status tells of each duty list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from appliance.building.model import Building, Override
from appliance.building.rota import changes, on_duty

LOOKS_AHEAD = (timedelta(days=1), timedelta(days=7), timedelta(days=35))  # for the next change: near ones cost little


def duties_now(building: Building, at: datetime, overrides: Sequence[Override]) -> dict[str, Any]:
    """By the id of the list; `until` and `next` are None where nothing changes within 35 days."""
    found = {}
    for duty in building.duties.values():
        until = _next_change(building, duty.id, at, overrides)
        following = on_duty(building, duty.id, until, None, overrides) if until else ()
        found[duty.id] = {
            "name": duty.name,
            "people": [each.id for each in on_duty(building, duty.id, at, None, overrides)],
            "until": until.isoformat(timespec="seconds") if until else None,
            "next": [each.id for each in following] if until else None,
        }
    return found


def _next_change(building: Building, duty: str, at: datetime, overrides: Sequence[Override]) -> datetime | None:
    for ahead in LOOKS_AHEAD:
        if changed := changes(building, duty, at, at + ahead, None, overrides):
            return changed[0]
    return None
