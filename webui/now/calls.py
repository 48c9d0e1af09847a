"""The calls of this moment as a caretaker reads them: a row each, its words ready.

The rows are made here: with a hundred calls up, a template that makes them takes half as long again for the whole page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import g

from webui import shown, vocabulary
from webui.words import gettext


class CallNow(NamedTuple):
    """A call that is up: the caller's number or that it is withheld, the flat it belongs to, how long it lasts, what
    is happening, the place in a queue and the building where there are several; "" for what is not known."""

    caller: str
    flat: str
    urgent: bool
    lasts: str
    state: str
    place: str
    building: str


def calls_now(calls: Sequence[Mapping[str, Any]], now: datetime) -> list[CallNow]:
    """The rows for the `calls` of a status, in their order."""
    withheld, buildings = gettext("number withheld"), g.names.buildings
    states = {state: vocabulary.word(vocabulary.CALL_STATES, state) for state in {each.get("state") for each in calls}}
    rows = []
    for each in calls:
        seconds = _seconds_since(each.get("since"), now)
        flat, building = each.get("resident"), each.get("building")
        rows.append(
            CallNow(
                shown.phone(each.get("caller")) or withheld,
                gettext("flat %(flat)s", flat=flat) if flat else "",
                bool(each.get("urgent")),
                shown.duration(seconds),
                states[each.get("state")],
                _place(each) if each.get("place") else "",
                buildings.get(building, building) if building and len(buildings) > 1 else "",
            )
        )
    return rows


def _place(call: Mapping[str, Any]) -> str:
    queue = call.get("queue")
    return gettext("(place %(place)s, %(queue)s)", place=call["place"], queue=g.names.queues.get(queue, queue))


def _seconds_since(at: str | None, now: datetime) -> float | None:
    """How long ago a time of the exchange was."""
    try:
        return max((now - datetime.fromisoformat(at or "")).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None
