"""The telephone network behind simulated lines: who has which number, and what they do when they are rung."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.lines.line import Cause
from appliance.media.sound import LegGoneError

if TYPE_CHECKING:
    from appliance.lines.simulated import SimulatedLeg, SimulatedLine

Behaviour = Callable[["SimulatedLeg"], Awaitable[Cause | None]]


@dataclass(slots=True)
class SimulatedNetwork:
    """The telephone network behind simulated lines: who has which number, and who is being rung.

    A person is asked for each call that a line places to them: they do what they do, and it comes to
    None (they answered) or to the Cause why not. An unknown number is a wrong number.
    """

    people: dict[str, Behaviour] = field(default_factory=dict)
    rung: list[tuple[float, str]] = field(default_factory=list)  # every call placed: the loop's seconds, number
    recordings: dict[Path, float] = field(default_factory=dict)  # what the box recorded: seconds
    recorder_fails: bool = False

    def leads_to(self, line: SimulatedLine) -> None:
        """A call to a number of this line comes in on it: the box calls itself."""

        async def comes_in(leg: SimulatedLeg) -> Cause | None:
            try:
                leg.comes_out = line.call(leg.caller, leg.called)
            except ConnectionError:
                return Cause.BUSY
            leg.comes_out.comes_out = leg
            try:
                await leg.comes_out.is_answered()
            except LegGoneError:
                return Cause.BUSY
            return None

        self.people.update(dict.fromkeys(line.numbers(), comes_in))
