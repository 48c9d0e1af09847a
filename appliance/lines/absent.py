"""A line that the building file names and that carries no calls here: shown with the reason, and passed over."""

from __future__ import annotations

from collections.abc import Callable

from appliance.building.model import LineConfig
from appliance.lines.line import Cause, Leg, LineState, NotAnsweredError


class AbsentLine:
    """Implements `Line` without carrying anything."""

    def __init__(self, config: LineConfig, reason: str) -> None:
        self.id = config.id
        self.kind = config.kind
        self._config = config
        self._reason = reason

    def state(self) -> LineState:
        """Down, with the reason."""
        return LineState("down", self._reason)

    def free_channels(self) -> int:
        """None."""
        return 0

    def capacity(self) -> int:
        """None."""
        return 0

    def idle(self) -> bool:
        """Always."""
        return True

    def numbers(self) -> tuple[str, ...]:
        """Its numbers all the same."""
        return self._config.numbers

    async def start(self, on_call: Callable[[Leg], None]) -> None:
        """Nothing will call."""

    async def dial(self, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """Never answered."""
        raise NotAnsweredError(Cause.LINE_DOWN, 0.0, self._reason)

    async def retire(self) -> None:
        """Nothing to end."""

    async def stop(self) -> None:
        """Nothing to end."""
