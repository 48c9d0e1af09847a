"""What a press of the one button means. Pure: changes with their moments in, deeds out.

1. Shorter than `LONG_SECONDS`: "short", when it is let go.
2. Held that long: "long", while it is still held; letting go means nothing more.
3. Held since the box was switched on, for `RESET_SECONDS`: "reset". Let go before: nothing at all.
4. Held for `STUCK_SECONDS`: "stuck", once; "free" when it comes free again.
"""

from __future__ import annotations

from typing import Literal

Deed = Literal["short", "long", "reset", "stuck", "free"]

BOUNCE_SECONDS = 0.03  # a press is longer
LONG_SECONDS = 3.0
RESET_SECONDS = 10.0
STUCK_SECONDS = 60.0
EPSILON = 1e-6


class Button:
    """One button. Moments are monotonic seconds. `pressed`: at first; `power_on`: the box was just switched on."""

    def __init__(self, pressed: bool, at: float, *, power_on: bool) -> None:
        self._since: float | None = at if pressed else None
        self._resets = pressed and power_on
        self._due: list[tuple[float, Deed]] = []
        if self._resets:
            self._due.append((RESET_SECONDS, "reset"))
        if pressed:
            self._due.append((STUCK_SECONDS, "stuck"))
        self._short = False  # whether letting go now would be a short press
        self._stuck = False

    @property
    def counting(self) -> bool:
        """Whether it is held towards a reset, which is not reached yet."""
        return self._resets

    def changed(self, pressed: bool, at: float) -> list[Deed]:
        """It was pressed or let go. What is due by then comes first."""
        deeds = self.look(at)
        if pressed and self._since is None:
            self._since, self._short = at, True
            self._due = [(LONG_SECONDS, "long"), (STUCK_SECONDS, "stuck")]
        elif not pressed and self._since is not None:
            if self._short and at - self._since >= BOUNCE_SECONDS - EPSILON:
                deeds.append("short")
            if self._stuck:
                deeds.append("free")
            self._since, self._due, self._short, self._resets, self._stuck = None, [], False, False, False
        return deeds

    def look(self, at: float) -> list[Deed]:
        """What has come due by itself."""
        deeds: list[Deed] = []
        while self._since is not None and self._due and at - self._since >= self._due[0][0] - EPSILON:
            deed = self._due.pop(0)[1]
            self._short = False
            self._resets = self._resets and deed != "reset"
            self._stuck = self._stuck or deed == "stuck"
            deeds.append(deed)
        return deeds

    def next(self) -> float | None:
        """When to look again; None: when it changes."""
        return None if self._since is None or not self._due else self._since + self._due[0][0]
