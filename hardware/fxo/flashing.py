"""The half of a copper line that carries two calls on one pair by the exchange's recall: implements `Joining`.

The line is broken for a moment (hook flash, R): the exchange holds the caller and gives a dial tone for a second call.
Then it joins the two by itself and the box leaves (`transfer` in building.toml: "hang-up", or "R4", ETS 300 738), or R1
brings the caller back. Only who called us is held: who takes part in a call of ours is never.

What the exchange does is not known here. Where it gives no dial tone, that is not tried again before the next start,
and the caller, who never was on hold, hears what `callflow/one_line.py` has to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any

from appliance.building.model import LineConfig
from appliance.lines.line import TRANSFER, Cause, Leg, NotAnsweredError
from appliance.media.sound import LegGoneError
from hardware.at.port import PortError
from hardware.fxo.leg import FxoLeg
from hardware.fxo.modem import FxoModem

BACK_SECONDS = 10.0  # for a held caller to be heard again: out of the stream and into it takes a modem one or two
BACK_KEYS = {"hang-up": "", "R4": "1"}  # after a flash; without a key it is the flash alone
JOIN_KEYS = {"hang-up": "", "R4": "4"}
JOINED_SECONDS = 0.5  # for the exchange to have taken the key, before we hang up

log = logging.getLogger("dyzurka.fxo")


class FlashCalls(ABC):
    """What it needs of the line stands first."""

    id: str
    modem: FxoModem
    _config: LineConfig
    _leg: FxoLeg | None

    @abstractmethod
    def _made(self, called: str, caller: str | None) -> FxoLeg:
        """A new leg."""

    @abstractmethod
    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside everything else."""

    @abstractmethod
    async def _called(self, leg: FxoLeg, number: str, ring_seconds: float) -> FxoLeg:
        """Place the call; see `Line.dial`."""

    def __init__(self) -> None:
        self._held: FxoLeg | None = None
        self._recalls = True  # as far as is known
        self._back = asyncio.Event()
        self._flashing = asyncio.Lock()

    def holds(self, leg: Leg) -> bool:
        """See `Joining`."""
        if not self._config.transfer or not self._recalls or self._held is not None:
            return False
        return leg is self._leg and isinstance(leg, FxoLeg) and leg.can_be_held()

    async def dial_beside(self, leg: Leg, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """See `Joining`."""
        if not isinstance(leg, FxoLeg) or not self.holds(leg):
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free channel")
        second = self._made(number, shown)
        self._held, self._leg, leg.beside = leg, second, second
        self._back.clear()
        return await self._called(second, number, ring_seconds)

    async def hold(self, second: FxoLeg) -> None:
        """Let the second call have the pair. Raises PortError."""
        async with self._flashing:
            if self._held is None or second.over:
                raise PortError("the call is over")
            await self.modem.flash(self._held.channel, second.channel)

    def no_recall(self) -> None:
        """A flash brought no dial tone."""
        log.warning("line %s: its exchange gives no dial tone after a flash: no second call is tried again", self.id)
        self._recalls = False

    async def join(self, leg: Leg, other: Leg) -> bool:
        """See `Joining`. By R4 here, for nobody may be said to talk before; by hanging up it is done in `transfer`."""
        held, second = self._held, self._leg
        if held is None or second is None or {leg, other} != {held, second}:
            return True
        key = JOIN_KEYS[self._config.transfer]
        if not key:
            return True
        async with self._flashing:
            if self._held is not held or second.over:
                return True  # the caller is fetched back
            self._let_be(held)
            try:
                await self.modem.flash(second.channel, second.channel)
                second.on_sign = lambda sign: None  # from here on of a pair that carries neither of them
                await second.channel.press(key)
                await asyncio.sleep(JOINED_SECONDS)
                if held.over or second.over:
                    raise PortError("the line is gone")
            except BaseException as error:
                log.warning("line %s: the two are not joined, and lost: %r", self.id, error)
                for each in (held, second):
                    each.far_end_is_gone(lost=True)
                if isinstance(error, PortError):
                    raise LegGoneError(f"{held.id}: {error}") from error
                raise
        return True

    def _let_be(self, held: FxoLeg) -> None:
        """It is not fetched back."""
        if self._held is held:
            self._held = None
        self._back.set()

    async def back(self, leg: Leg) -> None:
        """See `Joining`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BACK_SECONDS):
                while self._held is leg:
                    await self._back.wait()

    async def transfer(self, leg: FxoLeg, other: FxoLeg) -> None:
        """See `leg.Signalling`."""
        async with self._flashing:
            for each in (leg, other):
                if each.over:
                    raise LegGoneError(each.id)
            if self._held is not None:
                self._let_be(self._held)
        for each in (leg, other):
            each.ended_by = TRANSFER
            each.hangup()

    def _over_beside(self, leg: FxoLeg) -> None:
        """One of two is over: the caller is fetched back, or is not there to be."""
        if self._held is leg:
            self._free(leg)
        elif self._held is not None:
            self._leg = self._held
            self._beside(self._fetch_back(leg, self._held))

    async def _fetch_back(self, second: FxoLeg, held: FxoLeg) -> None:
        try:
            async with self._flashing:
                if held.over:
                    return
                await self.modem.flash(second.channel, held.channel)
                if key := BACK_KEYS[self._config.transfer]:
                    await held.channel.press(key)
        except (PortError, LegGoneError) as error:
            log.warning("line %s: the caller is not back: %s", self.id, error)
            held.far_end_is_gone(lost=True)
        finally:
            self._free(held)

    def _free(self, held: FxoLeg) -> None:
        """It is on hold no more."""
        self._let_be(held)
        if not held.over:
            held.beside = None
