"""One call placed by SIM, from ATD to the answer or to why there is none."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Protocol

from appliance.lines.line import RINGING_SECONDS, TRYING_SECONDS, Cause
from hardware.at.port import AtError, PortError
from hardware.at.replies import Report
from hardware.gsm import voice
from hardware.gsm.calls import Call, CallState
from hardware.gsm.causes import cause_in, cause_of, cause_said
from hardware.gsm.leg import GsmLeg
from hardware.gsm.modem import GsmModem
from hardware.gsm.watching import CallWatch
from hardware.modem.verdict import Verdict

CAUSE_SECONDS = 2.0  # for AT+CEER


class Card(Protocol):
    """What is needed of the line."""

    modem: GsmModem
    watch: CallWatch

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    async def cleared(self) -> None:
        """Wait for calls that were ended to be gone."""
        ...

    def dialled(self, leg: GsmLeg) -> tuple[Call, asyncio.Event]:
        """A call is placed: it, and its bell."""
        ...


async def placed(card: Card, leg: GsmLeg, digits: str, until: float, *, beside: bool = False) -> Verdict:
    """Dial and wait until this monotonic second at most. Cancelling leaves a call that the leg's end will end.

    `beside`: another call is held, and the sound is on.
    """
    began = card.now()
    if not beside:
        await card.cleared()
        await voice.prepare(card.modem)
    call, bell = card.dialled(leg)
    try:
        await card.modem.send(f"ATD{digits};", seconds=TRYING_SECONDS, first=True)
    except AtError as error:
        card.watch.settled(call)
        card.watch.table.refused(call)
        value = cause_in(Report(error.final.text))
        return Verdict(cause_of(value, rang=False), str(error))
    except PortError as error:
        card.watch.settled(call)
        return Verdict(Cause.LINE_DOWN, str(error))
    try:
        return await _watched(card, call, bell, began, until)
    finally:
        card.watch.settled(call)


async def _watched(card: Card, call: Call, bell: asyncio.Event, began: float, until: float) -> Verdict:
    while not call.over and call.state is not CallState.ACTIVE:
        limit = until if call.rang else min(until, began + RINGING_SECONDS)
        bell.clear()
        left = limit - card.now()
        if left <= 0:
            if call.rang:
                return Verdict(Cause.NO_ANSWER, "rang its time")
            return Verdict(Cause.LINE_DOWN, f"no ringing within {limit - began:.0f} s")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await bell.wait()
    if not call.over:
        return Verdict(None)
    value = call.cause if call.cause is not None else await _asked(card.modem)
    return Verdict(cause_of(value, rang=call.rang), f"cause {value}" if value is not None else "no cause given")


async def _asked(modem: GsmModem) -> int | None:
    """What the modem says of the end of the last call (27.007 §6.10)."""
    try:
        answer = await modem.send("AT+CEER", "+CEER:", seconds=CAUSE_SECONDS)
    except PortError:
        return None
    return cause_said(answer[0]) if answer else None
