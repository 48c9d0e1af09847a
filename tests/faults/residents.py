"""What residents do with a box in which something breaks."""

from __future__ import annotations

from tests.bench.parties import Caller
from tests.bench.sipwire import HOST
from tests.faults.town import Town
from tests.peers import building
from tests.peers.exchange import Exchange
from tests.peers.program import until

UP_SECONDS, BRIDGED_SECONDS = 10.0, 25.0


def resident(town: Town, box: Exchange, key: str, caller: str = building.RESIDENT) -> Caller:
    """Somebody who has called, was answered, and presses a key."""
    made: list[Caller] = []
    town.calls((HOST, box.port), building.NUMBER, caller, town.presses(key, 0.3), into=made)
    until("the box has answered", UP_SECONDS, lambda: bool(made) and made[0].up)
    return made[0]


def goes_through(town: Town, box: Exchange, caller: str) -> None:
    """Somebody calls, presses 1, and talks to the person on duty."""
    one = resident(town, box, "1", caller)
    until("the two are bridged", BRIDGED_SECONDS, lambda: one.leg.bridged)
    town.do(one.hang_up)
    until("the call is over", UP_SECONDS, lambda: one.over)
