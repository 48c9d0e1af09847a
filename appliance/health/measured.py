"""What one look at the exchange and its machine saw: figures, no opinion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from appliance.register.log import Load


@dataclass(frozen=True, slots=True)
class Machine:
    """The disk of the data directory, and whether the kernel trusts its clock."""

    free_bytes: int
    read_only: bool
    synchronised: bool


@dataclass(frozen=True, slots=True)
class LineSeen:
    """A line: its id, its kind, whether it is "down", and the fault that it names.

    `expires`: the last day of a prepaid card, and `days_left` until then, less than 0 afterwards.
    """

    id: str
    kind: str
    down: bool
    fault: str = ""
    expires: date | None = None
    days_left: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """One look.

    `lag_seconds`: how late the event loop woke this time. `media_late_beats`: seconds since the start in which a tick
    of the media process was late (`plane.LATE_MS`); `media_silent_seconds`: since it was last heard. `machine` and
    `writer` are None where nobody could look.
    """

    lag_seconds: float
    media_late_beats: int
    media_silent_seconds: float
    writer: Load | None
    machine: Machine | None
    lines: tuple[LineSeen, ...] = ()
