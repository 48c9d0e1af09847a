"""May this be done now? Pure: what is known of the box comes in, the first thing that speaks against it goes out.

A refusal is a key of `words.py` with what fills it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from appliance.updating.slots import Bundle, Installation

SPARE_BYTES = 200_000_000  # stays free for the calls: below it the box tells a fault
Why = tuple[str, dict[str, str]]

_NUMBERS = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:[-~]?([0-9A-Za-z.+-]+))?")


@dataclass(frozen=True, slots=True)
class Box:
    """The box as it is now. `calls`: how many are up; `urgent`: somebody in need waits for a human.

    `weak_power`: the power supply does not hold its voltage; `unconfirmed`: a change of the settings waits for its yes.
    """

    calls: int = 0
    urgent: bool = False
    weak_power: bool = False
    unconfirmed: bool = False
    free_bytes: int = 10**12


def why_not_begin(box: Box, needed_bytes: int) -> Why | None:
    """What speaks against beginning now; `needed_bytes` will be written to the data partition."""
    if box.calls:
        return "calls_up", {"count": str(box.calls)}
    if box.urgent:
        return "urgent_waits", {}
    if box.unconfirmed:
        return "unconfirmed_edit", {}
    if box.weak_power:
        return "weak_power", {}
    if box.free_bytes - needed_bytes < SPARE_BYTES:
        needed, free = needed_bytes + SPARE_BYTES, box.free_bytes
        return "no_room", {"needed": str(needed // 1_000_000), "free": str(free // 1_000_000)}
    return None


def why_not_restart(box: Box) -> Why | None:
    """What speaks against restarting at this moment: it is waited for."""
    if box.calls:
        return "calls_up", {"count": str(box.calls)}
    if box.urgent:
        return "urgent_waits", {}
    if box.unconfirmed:
        return "unconfirmed_edit", {}
    return None


def why_not_install(bundle: Bundle, machine: Installation, *, downgrade: bool) -> Why | None:
    """What speaks against this bundle on this machine; `downgrade`: an older or the same version is wanted."""
    if bundle.compatible != machine.compatible:
        return "other_machine", {"bundle": bundle.compatible, "machine": machine.compatible}
    if machine.on_probation:
        return "on_probation", {}
    running = machine.slots[machine.booted].version
    if not downgrade and not newer(bundle.version, running):
        return "not_newer", {"bundle": bundle.version, "running": running}
    return None


def why_not_return(machine: Installation) -> Why | None:
    """What speaks against going back to what the other slot holds."""
    if machine.on_probation:
        return "on_probation", {}
    slot = machine.slots.get(machine.other)
    if slot is None or not slot.good or not slot.version:
        return "other_slot_empty", {}
    return None


def newer(version: str, than: str) -> bool:
    """Whether a version is later than another by Semantic Versioning 2.0.0 §11; what is no version never is.

    "1.2.0-rc1" comes before "1.2.0"; a build after "+" does not count.
    """
    one, other = _order(version), _order(than)
    return one is not None and (other is None or one > other)


def _order(version: str) -> tuple[tuple[int, ...], bool, tuple[tuple[int, int, str], ...]] | None:
    found = _NUMBERS.fullmatch(version.partition("+")[0])
    if found is None:
        return None
    parts = (found[4] or "").split(".") if found[4] else []
    early = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
    return (int(found[1]), int(found[2]), int(found[3])), not parts, early
