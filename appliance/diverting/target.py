"""To whom calls go while the box is dead: whoever is first on duty now on the main duty list. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.building.model import Building, Override
from appliance.building.numbers import is_e164, may_dial
from appliance.building.rota import on_duty


@dataclass(frozen=True, slots=True)
class Target:
    """A person (their id) and the telephone of theirs that the outside world can reach, E.164."""

    who: str
    number: str


def target(building: Building, at: datetime, overrides: Sequence[Override] = ()) -> Target | None:
    """Who it is at the aware moment `at`; the main duty list is the first of the file.

    Whoever has no telephone that the outside can reach and `[outbound]` allows is passed over. None: nobody is left.
    """
    main = next(iter(building.duties), None)
    if main is None:
        return None
    ours = {number for line in building.lines.values() for number in line.numbers}
    for person in on_duty(building, main, at, None, overrides):
        for phone in person.phones:
            if is_e164(phone) and phone not in ours and may_dial(building, phone) is None:
                return Target(person.id, phone)
    return None
