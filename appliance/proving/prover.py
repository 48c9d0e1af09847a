"""Has the box call itself when it is due and nobody else needs the lines; knows each proof and tells what is missing.

Incoming calls pass through `take`: what may be a test call is looked after here, everything else goes on at once, and
ends a test call that is going on.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from appliance.building.model import Building
from appliance.clock import Clock
from appliance.faults import Faults
from appliance.lines.absent import AbsentLine
from appliance.lines.line import Cause, Leg, Line
from appliance.proving import result
from appliance.proving.plan import SPREAD_MINUTES, Attempt, Pair, Proof, due, missing_since, pairs, proofs_of
from appliance.proving.trial import Trial
from appliance.register import events
from appliance.register.fold import local
from appliance.register.log import Register

START_SECONDS = 120.0  # lines register, modems wake
LOOK_SECONDS = 30.0
KINDS = ("sip", "gsm", "simulated")  # of lines that can prove each other

log = logging.getLogger("dyzurka.lines")


class Prover:
    """The test calls of one exchange. `quiet`: whether nobody calls and nobody is in need; `hand_on` takes calls."""

    def __init__(
        self,
        lines: Mapping[str, Line],
        building: Callable[[], Building],
        clock: Clock,
        rng: random.Random,
        register: Register,
        faults: Faults,
        *,
        quiet: Callable[[], bool],
        hand_on: Callable[[Leg], None],
    ) -> None:
        self._lines, self._building, self._clock, self._rng = lines, building, clock, rng
        self._register, self._faults = register, faults
        self._quiet, self._hand_on = quiet, hand_on
        self._offset = timedelta(minutes=rng.randrange(SPREAD_MINUTES))
        self._proofs: dict[Pair, Proof] = {}
        self._told: dict[str, None] = {}  # parts with a fault
        self._trial: Trial | None = None
        self._turn = asyncio.Lock()

    def remember(self, attempts: Iterable[Attempt]) -> None:
        """What the register knows of earlier lives."""
        self._proofs = proofs_of(attempts)

    # -- calls -------------------------------------------------------------------------------------------------

    def take(self, leg: Leg) -> None:
        """A new incoming call."""
        if self._trial is not None and self._trial.expects(leg):
            return
        self.give_way(leg)
        self._hand_on(leg)

    def give_way(self, leg: Leg | None = None) -> None:
        """Somebody needs the lines: a test call that is going on ends."""
        if self._trial is not None:
            self._trial.give_way(leg)

    # -- what it does by itself --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Call when it is due, one call at a time, for as long as it is not cancelled."""
        await asyncio.sleep(START_SECONDS)
        while True:
            if (pair := self._due_now()) is not None:
                await self.prove(pair)
            self._judge()
            await asyncio.sleep(LOOK_SECONDS)

    async def prove_all(self) -> AsyncIterator[tuple[Pair, str]]:
        """Call over all pairs now, one after another; "line down" where one is not there, "busy" where one is used."""
        for pair in self._pairs():
            if any(self._lines[each].state().state != "up" for each in (pair.calling, pair.called)):
                yield pair, Cause.LINE_DOWN.value
            elif not self._may_try(pair):
                yield pair, Cause.BUSY.value
            else:
                yield pair, await self.prove(pair)

    async def prove(self, pair: Pair) -> str:
        """Call over these two lines now, when no other test call goes on; what came of it (`result.py`)."""
        async with self._turn:
            return await self._prove(pair)

    async def _prove(self, pair: Pair) -> str:
        calling, called = self._lines[pair.calling], self._lines[pair.called]
        at, began = self._clock.now(), self._clock.monotonic()
        ours = {number for line in self._lines.values() for number in line.numbers()}
        self._trial = Trial(calling, called, ours, self._rng, self._hand_on)
        try:
            came = await self._trial.run()
        finally:
            self._trial = None
        seconds = round(self._clock.monotonic() - began, 1)
        (log.info if came == result.PROVED else log.warning)("test call %s -> %s: %s", pair.calling, pair.called, came)
        self._register.record(events.BOX_PROOF, calling=pair.calling, called=pair.called, result=came, seconds=seconds)
        self._proofs[pair] = self._proof(pair).after(Attempt(pair, at, came, seconds))
        return came

    def _pairs(self) -> tuple[Pair, ...]:
        """Of the lines that the building has now, and that can call and be called."""
        if self._building().box.test_call is None:
            return ()
        return pairs(name for name, line in self._lines.items() if _can_prove(line))

    def _proof(self, pair: Pair) -> Proof:
        return self._proofs.setdefault(pair, Proof(self._clock.now()))

    def _due(self, pair: Pair) -> datetime:
        box, now = self._building().box, self._clock.now()
        assert box.test_call is not None
        return due(self._proof(pair), now, box.test_call, self._offset, box.timezone)

    def _due_now(self) -> Pair | None:
        """Of the pairs that may be tried the one that waits longest."""
        now = self._clock.now()
        waiting = [(when, pair) for pair in self._pairs() if (when := self._due(pair)) <= now and self._may_try(pair)]
        return min(waiting)[1] if waiting else None

    def _may_try(self, pair: Pair) -> bool:
        """A line that is down is told as such, and called when it is there again."""
        lines = [self._lines[each] for each in (pair.calling, pair.called)]
        return self._quiet() and all(line.idle() and line.state().state == "up" for line in lines)

    def _judge(self) -> None:
        """Show what is missing, and take back what is missing no longer."""
        now, told = self._clock.now(), {}
        for pair in self._pairs():
            since = missing_since(self._proof(pair), now)
            if since is not None:
                told[f"test call {pair.calling} -> {pair.called}"] = self._missing(pair, since)
        for part, (shown, logged) in told.items():
            self._faults.show(part, shown, logged=logged)
        for part in self._told.keys() - told.keys():
            self._faults.clear(part)
        self._told = dict.fromkeys(told)

    def _missing(self, pair: Pair, since: datetime) -> tuple[str, str]:
        """The fault in the box's language, and in English for the log."""
        box, last = self._building().box, self._proof(pair).last
        stamp = since.astimezone(box.timezone)
        when = f"{stamp.day}.{stamp.month:02} {stamp.hour}:{stamp.minute:02}"
        number = self._lines[pair.called].numbers()[0]
        came = last.result if last else result.UNTRIED
        if any(self._lines[each].state().state == "down" for each in (pair.calling, pair.called)):
            came = Cause.LINE_DOWN.value
        shown, logged = (
            result.missing(came, language, when, pair.calling, pair.called, number) for language in (box.language, "en")
        )
        return shown, logged

    # -- for the status ----------------------------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """When the next test call is due, and why there is none: "one line", "never", or None."""
        if self._building().box.test_call is None:
            return {"next": None, "why_not": "never"}
        if not (found := self._pairs()):
            return {"next": None, "why_not": "one line"}
        next_at = max(self._clock.now(), min(map(self._due, found)))
        return {"next": local(next_at.isoformat(), self._building().box.timezone), "why_not": None}

    def told_of(self, line: str) -> list[dict[str, Any]]:
        """The last proof of this line with each other one: first its calls out, then its calls in."""
        found = self._pairs()
        ways = [("out", each.called, each) for each in found if each.calling == line]
        ways += [("in", each.calling, each) for each in found if each.called == line]
        return [{"way": way, "with": other, **self._told_of(pair)} for way, other, pair in ways]

    def _told_of(self, pair: Pair) -> dict[str, Any]:
        proof, zone = self._proof(pair), self._building().box.timezone
        last = proof.last
        return {
            "at": local(last.at.isoformat(), zone) if last else None,
            "result": last.result if last else None,
            "seconds": last.seconds if last else None,
            "proved": local(proof.proved.isoformat(), zone) if proof.proved else None,
        }


def _can_prove(line: Line) -> bool:
    return line.kind in KINDS and bool(line.numbers()) and not isinstance(line, AbsentLine)
