"""Reads who stands in on a duty list by agreement (`duty.override`) out of the log. What it means is `rota.py`'s."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from appliance.building.model import Override
from appliance.register.event import Event


def overrides_in(log: Iterable[Event]) -> tuple[Override, ...]:
    """The overrides among these `duty.override` events, in the order of their hybrid clocks, whichever box wrote them.

    One that cannot be understood (of a newer version, perhaps) is left out: the calendar holds then.
    """
    found = (_override(each) for each in sorted(log, key=lambda event: event.hlc))
    return tuple(each for each in found if each is not None)


def _override(event: Event) -> Override | None:
    duty, who, instead_of = (event.text(field) for field in ("duty", "who", "instead_of"))
    start, end = (_moment(event.text(field)) for field in ("from", "to"))
    if not (duty and who and instead_of and start and end):
        return None
    return Override(duty, who, instead_of, start, end)


def _moment(text: str | None) -> datetime | None:
    """An aware moment, or None."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
