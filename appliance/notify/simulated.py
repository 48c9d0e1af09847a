"""SMS and mail without a modem or a server: ship with the product, for the scenarios, the nights and a box on trial.

Telephones keep what they get; each can be unreachable, and the line broken, as long as somebody wants it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.building.model import Notify
from appliance.notify.notice import Notice
from appliance.notify.sms import Listener, NotSentError, Received, Report

SEND_SECONDS = 3.0  # what a modem takes for one


@dataclass(slots=True)
class SimulatedAir:
    """The network behind the simulated SIMs: what arrived at whom, in order; whose phone is off; who is nobody."""

    texts: list[tuple[str, str]] = field(default_factory=list)
    off: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    arrives: Callable[[str, str], None] = lambda number, text: None

    def to(self, number: str) -> list[str]:
        """What arrived at a number."""
        return [text for to, text in self.texts if to == number]


class SimulatedSms:
    """Implements `Sms`. `broken`: why it cannot send now, "" when it can."""

    def __init__(self, name: str, air: SimulatedAir, listener: Listener | None = None) -> None:
        self.id, self.air, self.listener = name, air, listener
        self.broken = ""
        self.sent: list[tuple[float, str, str]] = []  # when (the loop's seconds), to whom, what
        self._references = itertools.count(1)

    def ready(self) -> bool:
        """See `Sms`."""
        return not self.broken

    async def send(self, to: str, text: str) -> str:
        """See `Sms`."""
        await asyncio.sleep(SEND_SECONDS)
        if self.broken:
            raise NotSentError(self.broken)
        if to in self.air.unknown:
            raise NotSentError("unassigned number", final=True)
        loop, reference = asyncio.get_running_loop(), str(next(self._references))
        self.sent.append((loop.time(), to, text))
        if to not in self.air.off:
            self.air.texts.append((to, text))
            self.air.arrives(to, text)
            loop.call_soon(self._reported, Report(to, reference, delivered=True))
        return reference

    def mended(self) -> None:
        """It works again."""
        self.broken = ""
        if self.listener is not None:
            self.listener.ready_again()

    async def receives(self, sender: str, text: str) -> None:
        """An SMS comes in. Raises NotSavedError."""
        assert self.listener is not None
        await self.listener.received(Received(sender, text, self.id))

    def _reported(self, report: Report) -> None:
        if self.listener is not None:
            self.listener.reported(report)


class SimulatedPost:
    """Implements `Post`. `broken` as above."""

    def __init__(self) -> None:
        self.broken = ""
        self.sent: list[Notice] = []

    async def send(self, notice: Notice, how: Notify) -> None:
        """See `Post`."""
        if self.broken:
            raise NotSentError(self.broken)
        self.sent.append(notice)
