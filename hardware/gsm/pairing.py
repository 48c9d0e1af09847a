"""Two calls on one card: the first is held, the second placed beside it, both joined by the network (27.007 §7.13).

CHLD=2 holds and takes back, CHLD=3 joins, CHLD=1x ends one; ATH would end both. What the modem answers is not believed:
its list of calls tells (state 1 held, mpty 1 joined). Where a network does not do it, that is remembered by card and
day in a file, and not tried again for `RETRY`; who wants it tried before deletes the file.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from appliance.clock import Clock
from appliance.lines.line import Cause, NotAnsweredError
from hardware.at.port import AtError, PortError
from hardware.gsm.calls import Call, CallState
from hardware.gsm.leg import GsmLeg
from hardware.gsm.modem import GsmModem
from hardware.gsm.watching import CallWatch

RETRY = timedelta(days=30)
HOLD_SECONDS = 4.0  # for the list to say so
JOIN_SECONDS = 5.0
MISSED_SECONDS = 2.5  # for a call that has ended to be missing in two lists
RINGS = (CallState.INCOMING, CallState.WAITING)

log = logging.getLogger("dyzurka.gsm")


class Card(Protocol):
    """What is needed of the line."""

    id: str
    modem: GsmModem
    watch: CallWatch

    def call_of(self, leg: GsmLeg) -> Call | None:
        """Its call in the modem."""
        ...

    async def take_port(self, leg: GsmLeg) -> None:
        """Give this leg the modem's sound."""
        ...


def ends(call: Call, *, alone: bool, paired: bool) -> tuple[str, ...]:
    """The commands that end this call, each for where the one before is refused.

    ATH and CHUP may end a caller who waits too (27.007 §7.13: 1x ends just one), and one who is on hold (`paired`).
    """
    if paired:
        return ("AT+CHLD=1" if call.index is None else f"AT+CHLD=1{call.index}",)
    if alone or call.index is None:
        return ("AT+CHUP", "ATH")
    return (f"AT+CHLD=1{call.index}", "AT+CHUP")


class Pairing:
    """The holding and joining of one line. `path`: what does not work, by card."""

    def __init__(self, card: Card, path: Path, clock: Clock, *, allowed: bool) -> None:
        self._card, self._path, self._clock, self._allowed = card, path, clock, allowed
        self.held: GsmLeg | None = None
        self._works = True  # as far as this life of the box knows

    def may(self) -> bool:
        """Whether it is worth a try."""
        return self._allowed and self._works

    def alone(self, leg: GsmLeg) -> bool:
        """Whether this leg's is the only call on the card, and nobody waits."""
        call = self._card.call_of(leg)
        return call is not None and all(each is call for each in self._card.watch.table.calls)

    async def hold(self, leg: GsmLeg) -> None:
        """Put it on hold. Raises NotAnsweredError: it is as before."""
        call = self._card.call_of(leg)
        if not await self._card.watch.listed(lambda: self._ready(leg), HOLD_SECONDS) or call is None:
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "the card has no room for a second call")
        if await self._known_not_to_work():
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "this card's network joins no calls")
        self.held = leg
        try:
            await self._card.modem.send("AT+CHLD=2")
        except AtError as error:
            self.held = None
            await self._refused("hold", [call])
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, f"not held: {error}") from None
        except PortError as error:
            self.held = None
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, str(error)) from None
        if not await self._card.watch.listed(lambda: call.over or call.state is CallState.HELD, HOLD_SECONDS):
            self.held = None
            await self._does_not_work("hold", [call])
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "the network does not hold the call")
        leg.channel.close_port()

    def _ready(self, leg: GsmLeg) -> bool:
        call = self._card.call_of(leg)
        return self.held is None and self.alone(leg) and call is not None and call.state is CallState.ACTIVE

    async def join(self) -> bool:
        """Join the held leg and the one beside it; whether the list says so. Who leaves meanwhile proves nothing."""
        calls = list(self._card.watch.table.calls)
        try:
            await self._card.modem.send("AT+CHLD=3")
        except AtError:
            await self._refused("join", calls)
            return False
        except PortError as error:
            log.warning("line %s: %s", self._card.id, error)
            return False
        two = 2

        def settled() -> bool:
            return any(each.over for each in calls) or sum(each.joined for each in calls) >= two

        await self._card.watch.listed(settled, JOIN_SECONDS)
        if sum(each.joined for each in calls) >= two:
            self.held = None
            return True
        await self._does_not_work("join", calls)
        return False

    async def take_back(self, leg: GsmLeg) -> None:
        """The call beside it is over: it is heard again."""
        call = self._card.call_of(leg)
        calls = self._card.watch.table.calls
        try:
            if any(each.state in RINGS for each in calls):
                await self._card.modem.try_send("AT+CHLD=0")  # who waits hears busy: else CHLD=2 would answer them
            await self._card.watch.listed(lambda: call is None or call.over or len(calls) == 1, HOLD_SECONDS)
            if call is not None and not call.over and call.state is CallState.HELD:
                await self._card.modem.try_send("AT+CHLD=2")
                await self._card.watch.listed(lambda: call.over or call.state is CallState.ACTIVE, HOLD_SECONDS)
        finally:
            if self.held is leg:
                self.held = None
        if leg.up:
            await self._card.take_port(leg)

    async def _known_not_to_work(self) -> bool:
        """Whether this card was refused not long ago."""
        noted = (await asyncio.to_thread(self._read)).get(await self._key())
        try:
            since = datetime.fromisoformat(noted) if noted else None
        except ValueError:
            since = None
        self._works = since is None or not timedelta() <= self._clock.now() - since < RETRY
        return not self._works

    async def _refused(self, what: str, calls: list[Call]) -> None:
        """The modem said no: perhaps because one of these has just ended, which the list tells in a moment."""
        await self._card.watch.listed(lambda: any(each.over for each in calls), MISSED_SECONDS)
        await self._does_not_work(what, calls)

    async def _does_not_work(self, what: str, calls: list[Call]) -> None:
        """Remembered, unless one of these calls has ended: that one could not be dealt with."""
        if any(each.over for each in calls):
            return
        log.warning("line %s: its network refuses to %s calls: not tried again for %d days", self._card.id, what,
                    RETRY.days)  # fmt: skip
        self._works = False
        key, day = await self._key(), self._clock.now().isoformat()
        try:
            await asyncio.to_thread(lambda: self._write({**self._read(), key: day}))
        except OSError as error:
            log.error("that two calls cannot be joined is not written down: %s", error)

    async def _key(self) -> str:
        """The card's number, not to be read by others."""
        number = ""
        for question in self._card.modem.profile.card:
            try:
                answer = await self._card.modem.send(question.command, question.prefix)
            except PortError:
                continue
            number = answer[0] if answer else number
            break
        return hashlib.sha256(f"{self._card.id}:{number}".encode()).hexdigest()

    def _read(self) -> dict[str, str]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def _write(self, entries: dict[str, str]) -> None:
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(entries), encoding="utf-8")
        beside.replace(self._path)
