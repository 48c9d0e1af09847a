"""What a contact tells: a real closing, its end, that it chatters or is stuck. Pure: changes with moments in, news out.

1. Closed for `CLOSED_SECONDS` without a break: "closed", once.
2. Open for `OPEN_SECONDS` after that, and not chattering: "opened"; the next closing is news again.
3. More than `CHATTER_CHANGES` changes in `CHATTER_SECONDS`: "chatters", once. After as long without any: "calm".
   Meanwhile a closing that lasts is still told, but only once: water is water, on a bad contact too.
4. Closed for `STUCK_SECONDS`: "stuck", once, until "opened".
"""

from __future__ import annotations

from collections import deque
from typing import Literal

News = Literal["closed", "opened", "chatters", "calm", "stuck"]
State = Literal["open", "closed", "chattering", "stuck"]

CLOSED_SECONDS, OPEN_SECONDS = 2.0, 10.0
CHATTER_CHANGES, CHATTER_SECONDS = 10, 60.0
STUCK_SECONDS = 24 * 3600.0
EPSILON = 1e-6


class Contact:
    """One contact. Moments are monotonic seconds. `told`: its closing was told in an earlier life, and did not end."""

    def __init__(self, closed: bool, at: float, *, told: bool = False) -> None:
        self.closed, self._since = closed, at
        self._told = told
        self._changes: deque[float] = deque()
        self._chatters = self._stuck = False

    def changed(self, closed: bool, at: float) -> list[News]:
        """It closed or opened. What is due by then comes first."""
        news = self.look(at)
        if closed is self.closed:
            return news
        self.closed, self._since = closed, at
        self._changes.append(at)
        while at - self._changes[0] >= CHATTER_SECONDS:
            self._changes.popleft()
        if len(self._changes) > CHATTER_CHANGES and not self._chatters:
            self._chatters = True
            news.append("chatters")
        return news

    def look(self, at: float) -> list[News]:
        """What has come due by itself."""
        news: list[News] = []
        lasted = at - self._since + EPSILON
        if self._chatters and lasted >= CHATTER_SECONDS:
            self._chatters = False
            self._changes.clear()
            news.append("calm")
        if self.closed and not self._told and lasted >= CLOSED_SECONDS:
            self._told = True
            news.append("closed")
        if self.closed and not self._stuck and lasted >= STUCK_SECONDS:
            self._stuck = True
            news.append("stuck")
        if not self.closed and self._told and not self._chatters and lasted >= OPEN_SECONDS:
            self._told = self._stuck = False
            news.append("opened")
        return news

    def next(self) -> float | None:
        """When to look again; None: when it changes."""
        waits = []
        if self._chatters:
            waits.append(CHATTER_SECONDS)
        if not self._told if self.closed else self._told and not self._chatters:
            waits.append(CLOSED_SECONDS if self.closed else OPEN_SECONDS)
        if self.closed and not self._stuck:
            waits.append(STUCK_SECONDS)
        return self._since + min(waits) if waits else None

    def state(self) -> State:
        """As people are told of it."""
        if self._chatters:
            return "chattering"
        if self._stuck:
            return "stuck"
        return "closed" if self.closed else "open"
