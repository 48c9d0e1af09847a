"""Everybody with a telephone: residents who call, people of duty and office who are rung. What they do is chance.

A `Party` knows nothing of the box: it hears, presses, speaks, answers and hangs up. `Town` is what it may ask of the
night.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from appliance.lines.line import Cause
from appliance.lines.simulated import SimulatedLeg
from appliance.media.sound import LegGoneError

DECISION_SECONDS = 15.0  # after which a 1 is too late
PATIENCE_SECONDS = 900.0  # nobody stays on the line longer without a reason
FRAMES_A_SECOND = 50
TURNS_MAX = 12  # of the loop, by which something may come later within one moment
ALL_KEYS = "1234567890*#"
RIGHT_KEYS = ("1", "1", "1", "2", "2", "3", "4", "5", "6", "7", "8")


class Chance(random.Random):
    """Chance in steps that telephones and people share, so that things often happen in the same moment."""

    def uniform(self, a: float, b: float) -> float:
        """As `random.Random.uniform`, in fiftieths of a second."""
        return round(super().uniform(a, b) * FRAMES_A_SECOND) / FRAMES_A_SECOND


class Town(Protocol):
    """The night as its people see it."""

    rng: random.Random

    @property
    def settling(self) -> bool:
        """Everybody is reliable now: what was left open must come to its end."""
        ...

    def tell(self, what: str) -> None:
        """For the chronicle."""
        ...

    def call(self, party: Party, called: str) -> SimulatedLeg:
        """Call the building. Raises ConnectionError."""
        ...

    def rings(self, party: Party, leg: SimulatedLeg) -> None:
        """The box rings somebody."""
        ...

    def alongside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside everything else, outside the box."""
        ...

    def stir(self) -> None:
        """Something happened: whoever waits for a moment to act in may take this one."""
        ...

    async def stirred(self) -> None:
        """Wait until something happens anywhere, and then some turns of the loop within the same moment."""
        ...


@dataclass(frozen=True, slots=True)
class Mood:
    """How likely somebody is, this night, to answer when rung, and to press what they should."""

    answers: float = 1.0
    accepts: float = 1.0


class Party:
    """One telephone and who holds it. `shown` is its number as the box sees it, None where withheld."""

    def __init__(self, town: Town, name: str, number: str, *, mood: Mood, withheld: bool = False) -> None:
        self.town, self.name, self.number, self.mood = town, name, number, mood
        self.shown = None if withheld else number
        self.legs: dict[SimulatedLeg, None] = {}
        self.elsewhere = False  # on a call that is not ours

    # Being rung.

    async def rung(self, leg: SimulatedLeg) -> Cause | None:
        """What they do when the box rings them; see `simulated.Behaviour`."""
        town, rng = self.town, self.town.rng
        town.rings(self, leg)
        town.stir()
        if self.elsewhere:
            return self._not(Cause.BUSY)
        if not town.settling and rng.random() > self.mood.answers:
            return await self._does_not_answer()
        await asyncio.sleep(3.0 if town.settling else rng.choice((0.0, rng.uniform(0.5, 8.0), rng.uniform(5.0, 30.0))))
        town.tell(f"{self.name} answers {leg.id}")
        town.stir()
        town.alongside(self._answered(leg))
        return None

    def _not(self, cause: Cause) -> Cause:
        self.town.tell(f"{self.name} does not answer: {cause.value}")
        return cause

    async def _does_not_answer(self) -> Cause:
        rng = self.town.rng
        await asyncio.sleep(rng.choice((0.0, 0.1, rng.uniform(0.0, 10.0))))
        verdict = rng.choice((Cause.BUSY, Cause.REFUSED, Cause.NO_ANSWER, Cause.LINE_DOWN, None, None, None))
        if verdict is None and rng.random() < 0.95:
            await asyncio.get_running_loop().create_future()  # it rings and rings
        return self._not(verdict or Cause.WRONG_NUMBER)

    async def _answered(self, leg: SimulatedLeg) -> None:
        rng = self.town.rng
        try:
            await leg.is_answered()
            deed = self._accepts if self.town.settling or rng.random() < self.mood.accepts else self._disappoints
            await deed(leg)
            await self._talks(leg)
        except LegGoneError:
            self.town.tell(f"{self.name} is let go on {leg.id}")

    async def _accepts(self, leg: SimulatedLeg) -> None:
        rng = self.town.rng
        if self.town.settling:
            await asyncio.sleep(2.0)
            self._presses(leg, "1")
            return
        await asyncio.sleep(rng.choice((0.0, rng.uniform(0.0, 12.0))))
        if rng.random() < 0.15:
            self._presses(leg, rng.choice(("3", "5", "23", "4", "*", "33")))
            await asyncio.sleep(rng.uniform(0.0, 5.0))
        self._presses(leg, rng.choice(("1", "1", "1", "1", "4", "11")))

    async def _disappoints(self, leg: SimulatedLeg) -> None:
        """Not what was hoped for: a no, a mailbox, a hang-up, a 1 too late, a phone that vanishes, any keys."""
        rng = self.town.rng
        match rng.choice(
            ("declines", "mailbox", "hangs up", "at a moment", "late", "vanishes", "mashes", "says nothing")
        ):
            case "declines":
                await asyncio.sleep(rng.uniform(0.0, 10.0))
                self._presses(leg, "2")
            case "mailbox":
                leg.speaks(rng.uniform(5.0, 20.0))
                await asyncio.sleep(rng.uniform(10.0, 90.0))
                self._hangs_up(leg)
            case "hangs up":
                await asyncio.sleep(rng.uniform(0.0, 14.0))
                self._hangs_up(leg)
            case "at a moment":
                await self.town.stirred()
                self._hangs_up(leg)
            case "late":
                await asyncio.sleep(rng.choice((DECISION_SECONDS, DECISION_SECONDS - 1e-3, rng.uniform(14.0, 20.0))))
                self._presses(leg, "1")
            case "vanishes":
                await asyncio.sleep(rng.uniform(0.0, 8.0))
                self.town.tell(f"{self.name} vanishes from {leg.id}")
                leg.vanishes()
            case "mashes":
                for _ in range(rng.randint(2, 8)):
                    self._presses(leg, rng.choice(ALL_KEYS))
                    await asyncio.sleep(rng.choice((0.0, 0.2, 2.0)))

    async def _talks(self, leg: SimulatedLeg) -> None:
        """Wait to be put through, talk, end it or let the other end it."""
        rng = self.town.rng
        try:
            async with asyncio.timeout(rng.uniform(30.0, PATIENCE_SECONDS)):
                other = await leg.talks()
                self.town.tell(f"{self.name} talks on {leg.id} with {other.id}")
                self.town.stir()
                await asyncio.sleep(5.0 if self.town.settling else rng.choice((0.0, rng.uniform(1.0, 240.0))))
                if rng.random() < 0.2:
                    self._presses(leg, rng.choice(("*", "1", "9")))
                if rng.random() < 0.5 and not self.town.settling:
                    await leg.gone()
        except TimeoutError:
            self.town.tell(f"{self.name} has waited long enough")
        self._hangs_up(leg)

    def _presses(self, leg: SimulatedLeg, keys: str) -> None:
        if leg.up:
            self.town.tell(f"{self.name} presses {keys} on {leg.id}")
            leg.presses(keys)
            self.town.stir()

    def _hangs_up(self, leg: SimulatedLeg) -> None:
        if leg.up:
            self.town.tell(f"{self.name} hangs up {leg.id}")
            leg.hangs_up()
            self.town.stir()

    # Calling.

    async def calls(self, called: str, *, tries: int) -> None:
        """Call the building, live through it, and perhaps call again."""
        rng = self.town.rng
        for _ in range(tries):
            if self.legs:
                return  # on the telephone with the box already
            try:
                leg = self.town.call(self, called)
            except ConnectionError as refused:
                self.town.tell(f"{self.name} gets no connection: {refused}")
                await asyncio.sleep(rng.uniform(1.0, 60.0))
                continue
            await self._lives_through(leg)
            if rng.random() < 0.6 or self.town.settling:
                return
            await asyncio.sleep(rng.choice((0.0, 0.0, rng.uniform(0.0, 20.0), rng.uniform(1.0, 400.0))))

    async def _lives_through(self, leg: SimulatedLeg) -> None:
        rng = self.town.rng
        self.town.stir()
        acts = asyncio.get_running_loop().create_task(self._acts(leg))
        try:
            match rng.choice(("stays", "stays", "stays", "hangs up", "at a moment")):
                case "hangs up":
                    await self._patience(leg, rng.choice((0.0, rng.uniform(0.0, 30.0), rng.uniform(0.0, 240.0))))
                case "at a moment":
                    for _ in range(rng.randint(1, 12)):
                        if leg.up:
                            await self.town.stirred()
            await self._patience(leg, rng.uniform(60.0, PATIENCE_SECONDS) if not acts.done() and leg.up else 0.0)
            self._hangs_up(leg)
        finally:
            acts.cancel()
            await asyncio.wait({acts})

    async def _patience(self, leg: SimulatedLeg, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await leg.gone()
        except TimeoutError:
            return

    async def _acts(self, leg: SimulatedLeg) -> None:
        rng = self.town.rng
        try:
            match rng.choice(("sensible",) * 6 + ("mute", "mashes", "speaks")):
                case "sensible":
                    await self._sensible(leg)
                case "mashes":
                    while leg.up:
                        self._presses(leg, rng.choice((rng.choice(ALL_KEYS), ALL_KEYS, "11", "19")))
                        await asyncio.sleep(rng.choice((0.0, 0.3, 3.0, 20.0)))
                        if rng.random() < 0.05:
                            break
                case "speaks":
                    await asyncio.sleep(rng.uniform(0.0, 25.0))
                    leg.speaks(rng.uniform(0.3, 5.0))
            await self._carries_on(leg)
        except LegGoneError:
            self.town.tell(f"{self.name} is let go on {leg.id}")

    async def _sensible(self, leg: SimulatedLeg) -> None:
        rng = self.town.rng
        for _ in range(rng.randint(1, 3)):
            await asyncio.sleep(rng.choice((0.0, rng.uniform(0.0, 4.0), rng.uniform(3.0, 25.0))))
            self._presses(leg, rng.choice(RIGHT_KEYS))
        if rng.random() < 0.25:
            await asyncio.sleep(rng.uniform(3.0, 60.0))
            self._presses(leg, rng.choice(("9", "9", "0", "#", "1")))

    async def _carries_on(self, leg: SimulatedLeg) -> None:
        """Talk when put through, leave a message after the tone."""
        rng = self.town.rng
        loop = asyncio.get_running_loop()
        beep, talk = loop.create_task(leg.hears("(beep)")), loop.create_task(leg.talks())
        try:
            await asyncio.wait({beep, talk}, return_when=asyncio.FIRST_COMPLETED)
            if talk.done():
                talk.result()
                await asyncio.sleep(rng.choice((0.0, rng.uniform(1.0, 200.0))))
                if rng.random() < 0.7:
                    self._hangs_up(leg)
                return
            beep.result()
            await asyncio.sleep(rng.uniform(0.0, 2.0))
            for _ in range(rng.randint(0, 3)):
                leg.speaks(rng.uniform(0.2, 12.0))
                await asyncio.sleep(rng.uniform(0.0, 9.0))
            if rng.random() < 0.5:
                self._presses(leg, "#")
            if rng.random() < 0.4:
                self._hangs_up(leg)
            await leg.talks()
        finally:
            for task in (beep, talk):
                task.cancel()
            await asyncio.wait({beep, talk})
            for task in (beep, talk):
                if not task.cancelled():
                    task.exception()
