"""What survives of an update when the machine is restarted: written by one version of the program, read by the other.

So its form only grows: what is not known is passed over, what is missing has a default. The file is replaced in one
step; half a file is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from appliance.media.durable import write_durably
from appliance.sharing import make_private
from appliance.updating.slots import Installation
from appliance.updating.states import STOPPABLE, Event, State, after

FOLDER = "update"  # below the data directory
FILE = "journal.json"
PRIVATE_MODE = 0o600

Kind = Literal["update", "return"]
"""From a bundle, or to what the other slot holds already."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it stood before: its kind, and whether it was up."""

    kind: str
    up: bool


@dataclass(frozen=True, slots=True)
class Journal:
    """One update. Times are ISO 8601 in UTC; a slot is "" where it is not known yet.

    `boot`: the run of the machine in which it was last written. `why` and `values`: a key of `words.py` and what fills
    it, of the step that did not go well. `before`: the lines as they stood when it began.
    """

    id: str = ""
    kind: Kind = "update"
    state: State = State.NONE
    who: str = ""
    begun: str = ""
    changed: str = ""
    boot: str = ""
    old_slot: str = ""
    old_version: str = ""
    new_slot: str = ""
    new_version: str = ""
    description: str = ""
    signer: str = ""
    bundle: str = ""
    downgrade: bool = False
    backup: str = ""
    why: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, Line] = field(default_factory=dict)

    def moved(self, event: Event, at: str, **changes: Any) -> Journal:
        """The journal after an event. Raises NoSuchStepError."""
        return replace(self, state=after(self.state, event), changed=at, **changes)


def found_at_start(journal: Journal, machine: Installation) -> Event | None:
    """What has become of an update while the exchange did not run; None where none goes on."""
    if journal.state in STOPPABLE:
        moved = journal.state is State.WAITING and machine.booted != journal.old_slot
        return Event.STOPPED if moved else Event.CUT_OFF  # somebody else has restarted it into the other slot
    if journal.state not in (State.RESTARTING, State.PROVING, State.COMMITTING, State.LEAVING):
        return None
    if machine.booted == journal.new_slot:
        committed = machine.committed == journal.new_slot and journal.state is not State.RESTARTING
        return Event.COMMITTED if committed else Event.IN_NEW
    if journal.state is State.RESTARTING and machine.boot == journal.boot:
        return Event.NOT_YET
    return Event.IN_OLD


def read(data: Path) -> Journal:
    """The journal of a data directory; one without an update where there is none, or it cannot be understood."""
    try:
        told = json.loads((data / FOLDER / FILE).read_text(encoding="utf-8"))
        return _understood(told)
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return Journal()


def write(data: Path, journal: Journal) -> None:
    """Put it on disk, in one step. Raises OSError."""
    folder = data / FOLDER
    make_private(folder)
    write_durably(folder / FILE, json.dumps(asdict(journal), indent=1, ensure_ascii=False).encode(), PRIVATE_MODE)


def _understood(told: Mapping[str, Any]) -> Journal:
    """Raises ValueError, TypeError, AttributeError, KeyError."""
    texts = {each.name: str(told.get(each.name, "")) for each in fields(Journal) if each.type == "str"}
    known = Journal(
        kind="return" if told.get("kind") == "return" else "update",
        state=State(told.get("state", "none")),
        downgrade=told.get("downgrade") is True,
        before={
            str(name): Line(str(each["kind"]), each["up"] is True) for name, each in told.get("before", {}).items()
        },
        values={str(key): str(value) for key, value in told.get("values", {}).items()},
    )
    changes: dict[str, Any] = dict(texts)
    return replace(known, **changes)
