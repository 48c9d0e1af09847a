"""Who has duty when, who would be rung at a moment, "we swap tonight". What it means is `building/rota.py`'s."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from appliance.building.model import Building, Duty, Override
from appliance.building.rota import changes, gaps, on_duty, order, reasons
from appliance.control import Handler
from appliance.control_client import RefusedError
from appliance.register import events
from appliance.register.log import NotSavedError
from appliance.requests.asked import Answer, Asked, changed, text, who_asks
from appliance.requests.context import Context

MOST_DAYS = 400
LONGEST_OVERRIDE = timedelta(days=31)


def handlers(context: Context) -> dict[str, Handler]:
    """The verbs `duty_calendar`, `who`, `duty_override`."""

    async def duty_calendar(asked: Asked) -> Answer:
        building = context.building
        duty, premises = duty_of(building, asked), premises_of(building, asked)
        start, end = interval_of(building, asked)
        if end - start > timedelta(days=MOST_DAYS):
            raise RefusedError(f"at most {MOST_DAYS} days at once", "bad_time")
        overrides = known_overrides(context)
        empty = gaps(duty, start, end, building.box.timezone, premises)
        return {
            "spans": list(spans(building, duty, start, end, premises, overrides)),
            "gaps": [{"from": begin.isoformat(), "to": finish.isoformat()} for begin, finish in empty],
            "agreed": [_shown(building, each) for each in in_effect(overrides, duty.id, start, end)],
        }

    async def who(asked: Asked) -> Answer:
        building = context.building
        duty, premises = duty_of(building, asked), premises_of(building, asked)
        at, overrides = moment_of(building, asked, "at"), known_overrides(context)
        why = reasons(duty, at, building.box.timezone, premises, overrides)
        people = [
            {"id": each.id, "name": each.name, "phones": list(each.phones), "why": why[each.id]}
            for each in on_duty(building, duty.id, at, premises, overrides)
        ]
        return {"at": at.isoformat(), "people": people}

    async def duty_override(asked: Asked) -> Answer:
        return await _override(context, asked)

    return {"duty_calendar": duty_calendar, "who": who, "duty_override": duty_override}


def spans(
    building: Building,
    duty: Duty,
    start: datetime,
    end: datetime,
    premises: str | None = None,
    overrides: Sequence[Override] = (),
) -> Iterator[dict[str, Any]]:
    """Who is rung, in order, from `start` to `end`: one span for each stretch in which that stays the same."""
    zone = building.box.timezone
    turns = changes(building, duty.id, start, end, premises, overrides)
    edges = [start.astimezone(zone), *(each for each in turns if each < end), end.astimezone(zone)]
    for begin, finish in pairwise(edges):
        people = order(duty, begin, zone, premises, overrides)
        why = reasons(duty, begin, zone, premises, overrides)
        yield {
            "from": begin.isoformat(),
            "to": finish.isoformat(),
            "people": list(people),
            "why": why[people[0]] if people else "list",
        }


def in_effect(overrides: Sequence[Override], duty: str, start: datetime, end: datetime) -> Iterator[Override]:
    """Those of a duty list that still mean something in that time: none that was taken back or agreed anew."""
    ours = [each for each in overrides if each.duty == duty and each.start < end and start < each.end]
    for index, each in enumerate(ours):
        later = [other for other in ours[index + 1 :] if other.instead_of == each.instead_of]
        if each.who != each.instead_of and not any(
            other.start <= each.start and each.end <= other.end for other in later
        ):
            yield each


def known_overrides(context: Context) -> tuple[Override, ...]:
    """What was agreed, by people whom the building file knows."""
    return tuple(each for each in context.calls.overrides if each.who in context.building.people)


def duty_of(building: Building, asked: Asked) -> Duty:
    """The duty list that is asked about. Raises RefusedError."""
    duty = building.duties.get(text(asked, "duty"))
    if duty is None:
        raise RefusedError("there is no such duty list", "no_such_duty")
    return duty


def premises_of(building: Building, asked: Asked) -> str | None:
    """The building that is asked about; one that is not known is all of them."""
    asked_for = text(asked, "building", "")
    return asked_for if asked_for in building.premises else None


def moment_of(building: Building, asked: Asked, name: str) -> datetime:
    """A moment, local and aware. Raises RefusedError."""
    try:
        found = datetime.fromisoformat(text(asked, name))
        if found.tzinfo is None:
            raise ValueError("no offset")
        return found.astimezone(building.box.timezone)
    except (ValueError, OverflowError) as error:
        raise RefusedError(f"{name}: a time with its offset is needed", "bad_time") from error


def interval_of(building: Building, asked: Asked) -> tuple[datetime, datetime]:
    """`from` and `to`. Raises RefusedError."""
    start, end = moment_of(building, asked, "from"), moment_of(building, asked, "to")
    if end <= start:
        raise RefusedError("it ends before it begins", "bad_time")
    return start, end


async def _override(context: Context, asked: Asked) -> Answer:
    who, building = who_asks(asked), context.building
    duty = duty_of(building, asked)
    person, instead_of = text(asked, "person"), text(asked, "instead_of")
    if person not in building.people or instead_of not in building.people:
        raise RefusedError("there is no such person", "no_such_person")
    start, end = interval_of(building, asked)
    if end - start > LONGEST_OVERRIDE:
        raise RefusedError(f"at most {LONGEST_OVERRIDE.days} days: for longer, a substitution", "bad_time")
    agreed = Override(duty.id, person, instead_of, start, end)
    span = {"from": start.isoformat(), "to": end.isoformat()}
    saved = context.register.record(events.DUTY_OVERRIDE, duty=duty.id, who=person, instead_of=instead_of, **span)
    try:
        await saved
    except NotSavedError as error:
        raise RefusedError(f"nothing was changed: {error}", "not_saved") from error
    now = context.clock.now()
    context.calls.overrides = (*(each for each in context.calls.overrides if each.end > now), agreed)
    changed(context, who, "duty_override", duty=duty.id, person=person, instead_of=instead_of, **span)
    return {"agreed": True}


def _shown(building: Building, each: Override) -> dict[str, str]:
    zone = building.box.timezone
    return {
        "who": each.who,
        "instead_of": each.instead_of,
        "from": each.start.astimezone(zone).isoformat(),
        "to": each.end.astimezone(zone).isoformat(),
    }
