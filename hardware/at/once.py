"""Reports of a modem that talks on two ports: each of them once, whichever port tells it first. Pure."""

from __future__ import annotations

from collections import deque

from hardware.at.replies import Report

TWIN_SECONDS = 2.0  # the same report on the other port comes within so long; a ring comes every 5 s


class Once:
    """Of what two ports tell. Two keys pressed are two reports on each port, and stay two."""

    def __init__(self) -> None:
        self._told: deque[tuple[float, int, Report]] = deque()

    def is_new(self, report: Report, port: int, now: float) -> bool:
        """Whether this report of this port is not the twin of one that the other port has told. `now`: monotonic."""
        while self._told and now - self._told[0][0] > TWIN_SECONDS:
            self._told.popleft()
        twin = next((each for each in self._told if each[1] != port and each[2] == report), None)
        if twin is not None:
            self._told.remove(twin)
            return False
        self._told.append((now, port, report))
        return True
