"""The half of a SIM line that carries two calls at once: implements `Joining`. How it is done tells `pairing.py`."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any

from appliance.building.model import LineConfig
from appliance.building.numbers import as_dialled
from appliance.lines.line import Cause, Leg, NotAnsweredError
from hardware.gsm import placing, voice
from hardware.gsm.calls import Call, CallState
from hardware.gsm.leg import GsmLeg
from hardware.gsm.modem import GsmModem
from hardware.gsm.pairing import Pairing
from hardware.gsm.watching import CallWatch

BACK_SECONDS = 10.0  # for a held call to be heard again: the one beside it is ended, the modem looked at twice


class PairedCalls(ABC):
    """What it needs of the line stands first."""

    id: str
    modem: GsmModem
    watch: CallWatch
    pairing: Pairing
    _config: LineConfig
    _legs: dict[GsmLeg, Call | None]

    @abstractmethod
    def now(self) -> float:
        """Monotonic seconds."""

    @abstractmethod
    async def cleared(self) -> None:
        """See `placing.Card`."""

    @abstractmethod
    def dialled(self, leg: GsmLeg) -> tuple[Call, asyncio.Event]:
        """See `placing.Card`."""

    @abstractmethod
    def _leg(self, called: str, caller: str | None) -> GsmLeg:
        """A new one."""

    @abstractmethod
    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside everything else."""

    def holds(self, leg: Leg) -> bool:
        """See `Joining`."""
        if not isinstance(leg, GsmLeg) or not leg.up or any(each is not leg for each in self._legs):
            return False
        waits = any(each.state is CallState.WAITING for each in self.watch.table.calls)
        return self.pairing.may() and self.call_of(leg) is not None and not waits

    async def dial_beside(self, leg: Leg, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """See `Joining`."""
        if not isinstance(leg, GsmLeg) or not self.holds(leg):
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free channel")
        began = self.now()
        second = self._leg(number, shown or None)
        self._legs[second] = None
        try:
            await self.pairing.hold(leg)
            digits = as_dialled(number, self._config.dial_format)
            verdict = await placing.placed(self, second, digits, began + ring_seconds, beside=True)
        except BaseException:
            second.hangup(Cause.CANCELLED)
            raise
        if verdict.cause is not None:
            second.hangup(Cause.CANCELLED)
            raise NotAnsweredError(verdict.cause, self.now() - began, verdict.detail)
        second.attach()
        await self.take_port(second)
        return second

    async def join(self, leg: Leg, other: Leg) -> bool:
        """See `Joining`."""
        return self.pairing.held not in (leg, other) or await self.pairing.join()

    async def back(self, leg: Leg) -> None:
        """See `Joining`."""
        await self.watch.listed(lambda: self.pairing.held is not leg, BACK_SECONDS)

    def call_of(self, leg: GsmLeg) -> Call | None:
        """See `pairing.Card`."""
        return self._legs.get(leg)

    async def take_port(self, leg: GsmLeg) -> None:
        """See `pairing.Card`."""
        await voice.move(self.modem, leg.channel, heard_db=self._config.louder_in, said_db=self._config.louder_out)

    def _alone_again(self, leg: GsmLeg) -> None:
        """One of two is over: the held one comes back."""
        held = self.pairing.held
        if held is leg:
            self.pairing.held = None
        elif held is not None:
            self._beside(self.pairing.take_back(held))
        else:
            for other in self._legs:  # a conference ends: who is left is heard
                if other.up and not other.channel.has_port and self.call_of(other) is not None:
                    self._beside(self.take_port(other))
