"""What every step of a call may use, handed to it as one `Desk`: the building as it was when the call came in, the
switchboard that reaches people, the voice, the register, the clock. Only names; `exchange.py` puts it together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from appliance.building.model import Building, Language, Override, Person
from appliance.callflow.waiting_room import Rooms
from appliance.clock import Clock
from appliance.lines.line import Leg
from appliance.media.sound import Clip
from appliance.register.log import Register

if TYPE_CHECKING:
    from appliance.callflow.call import Call
    from appliance.callflow.case import Aftercare


class Voice(Protocol):
    """Texts as sound. Looking up never waits: what can be needed was rendered before the call."""

    def clip(self, language: Language, text: str) -> Clip:
        """The text spoken, or a clip of no length where it could not be rendered."""
        ...

    def silence(self, seconds: float) -> Clip:
        """Nothing, for so long."""
        ...

    def beep(self) -> Clip:
        """The tone after which a message begins."""
        ...

    def hold_music(self) -> Clip:
        """What waiting callers hear, to be looped."""
        ...

    def message(self, path: Path) -> Clip | None:
        """A recording as a clip; None where it cannot be played."""
        ...


class Switchboard(Protocol):
    """Reaches people over whichever line works, and knows who is on a call."""

    async def dial(
        self, phone: str, *, building: str, ring_seconds: float, rationed: bool = False, beside: Leg | None = None
    ) -> Leg:
        """Ring a phone of the building file and return the answered leg.

        `rationed`: it may be refused (REFUSED) when the day's minutes are used up; nobody in need is.

        `beside`: somebody on the line who may be put on hold meanwhile, where there is no other way: they hear what
        the network plays, and are back when the call fails or ends.

        Tries the outbound lines in order; the next one at once when a line is down or full. Shows the number that
        `building` (a premises id, may be empty) calls with. Raises NotAnsweredError; cancelling stops the ringing.
        """
        ...

    def engaged(self, person: Person) -> bool:
        """Whether a phone of theirs is on a call or being rung."""
        ...

    def reachable(self, person: Person) -> bool:
        """Whether one of their phones could be rung now: a telephone that is registered, or a number and a line."""
        ...

    def waits_for(self, leg: Leg, person: Person) -> bool:
        """Whether they can be rung only once this call is over: no other way out works, and this one has no room."""
        ...

    def must_hold(self, leg: Leg, person: Person) -> bool:
        """Whether they can be rung only while this call is on hold."""
        ...

    async def join(self, leg: Leg, other: Leg) -> bool:
        """Before the two are bridged: false where they share a line that cannot join them. All is as before then."""
        ...

    async def back(self, leg: Leg) -> None:
        """Wait, some seconds at most, until this leg is not on hold any more."""
        ...

    def room(self) -> int:
        """How many calls more could go out to the world now."""
        ...

    def on_a_call(self, number: str) -> bool:
        """Whether this number is on a call with us, either way, or being rung."""
        ...

    async def somebody_free(self, people: Sequence[Person]) -> None:
        """Return when one of these people is not engaged; at once if so already."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """All that a call may use. `recordings` is where messages go, `data` the directory their paths are told from."""

    building: Building
    clock: Clock
    register: Register
    switchboard: Switchboard
    voice: Voice
    data: Path
    calls: dict[str, Call]  # the calls that are not closed, by uid: each step of a call keeps its entry's state
    rooms: Rooms
    aftercare: Aftercare
    overrides: Sequence[Override] = ()  # of duty, as the register has them
    fault: Callable[[str], None] = lambda text: None  # told in words what went wrong and is over

    @property
    def recordings(self) -> Path:
        """The directory of recordings."""
        return self.data / "recordings"
