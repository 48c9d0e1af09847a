"""Which alarms are muted. Pure: an alarm is the uids of a call and of its ticket, either of which may come later."""

from __future__ import annotations

from collections.abc import Iterable

from hardware.panel.lamps import BuzzerState

Alarm = frozenset[str]


class Buzzer:
    """Sounds while there is an alarm that nobody has muted; a new one sounds again."""

    def __init__(self) -> None:
        self._alarms: list[Alarm] = []
        self._muted: set[str] = set()

    def alarms(self, now: Iterable[Alarm]) -> None:
        """What is alarmed about now. A muted call stays muted when it becomes a ticket; what is over is forgotten."""
        self._alarms = list(now)
        muted = [each for each in self._alarms if each & self._muted]
        self._muted = set().union(*muted)

    def mute(self) -> None:
        """No more about what is alarmed about now; nothing else changes."""
        self._muted = set().union(*self._alarms)

    def state(self) -> BuzzerState:
        """Whether it sounds."""
        if not self._alarms:
            return "off"
        return "muted" if all(each & self._muted for each in self._alarms) else "sounding"
