"""One test call: over one line to the number of another, where each end presses digits that the other must hear.

The caller's number alone proves nothing: a resident whose call is diverted to us may come with it. Whoever is taken for
our own call hears digits of ours at once; where they do not reach our calling end, it is a resident, and handed on as
one. Our calling end presses nothing before it has heard the called one, so that it never chooses from anybody's menu.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Collection

from appliance.lines.line import Cause, Leg, Line, NotAnsweredError
from appliance.media.sound import LegGoneError
from appliance.proving import result

RING_SECONDS = 30.0
ANSWER_SECONDS = 6.0  # from the called end's answer until the calling one knows of it
ARRIVE_SECONDS = 3.0  # from the calling end's answer until the call is here
HEAR_SECONDS = 8.0  # for each direction: a modem's sound may need some
PAUSE_SECONDS = 1.0  # between two tries to be heard: tones are lost on a bad radio link
GRACE_SECONDS = 3.0  # a call that ends so soon after we hung up the other end was ours
DIGITS = 5

log = logging.getLogger("dyzurka.lines")


def some_digits(rng: random.Random) -> str:
    """Digits to be recognised by, no two alike beside each other: a detector may take those for one."""
    found = ""
    while len(found) < DIGITS:
        digit = str(rng.randrange(10))
        found += digit if not found.endswith(digit) else ""
    return found


class Trial:
    """Calls from `calling` to the first number of `called`.

    `ours`: all our numbers, one of which the call shows. `hand_on` looks after a call that was not this one.
    """

    def __init__(
        self, calling: Line, called: Line, ours: Collection[str], rng: random.Random, hand_on: Callable[[Leg], None]
    ) -> None:
        self._calling, self._called, self._hand_on = calling, called, hand_on
        self._numbers = ours
        self._back, self._out = some_digits(rng), some_digits(rng)
        self._near: Leg | None = None  # the calling end
        self._far: Leg | None = None  # the called end, or somebody who looks like it
        self._ours = False
        self._arrived, self._given_way = asyncio.Event(), asyncio.Event()
        self._other: Leg | None = None  # who called meanwhile
        self._bound: asyncio.Timeout | None = None

    def expects(self, leg: Leg) -> bool:
        """Whether this new call may be ours; then it is answered and looked after here."""
        if self._far is not None or leg.line != self._called.id or leg.caller not in self._numbers:
            return False
        self._far = leg
        leg.answer()
        if self._bound is not None:
            self._bound.reschedule(asyncio.get_running_loop().time() + ANSWER_SECONDS)
        self._arrived.set()
        return True

    def give_way(self, leg: Leg | None = None) -> None:
        """End at once: somebody needs the lines; `leg` is the call that came in."""
        self._other = self._other or leg
        self._given_way.set()

    async def run(self) -> str:
        """What came of it (`result.py`). Nothing of it is left afterwards. Raises nothing but CancelledError."""
        talk = asyncio.ensure_future(self._talk())
        way = asyncio.ensure_future(self._given_way.wait())
        pressing = asyncio.ensure_future(self._show_ourselves())
        try:
            await asyncio.wait({talk, way}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (talk, way, pressing):
                each.cancel()
            await asyncio.wait({talk, way, pressing})
            if self._near is not None:
                self._near.hangup()
        if self._far is not None and not await _ends(self._far):
            self._let_go(self._far)
        if talk.cancelled():
            other = self._other
            ours = other is not None and other.line == self._called.id and await _ends(other)
            return result.NOT_RECOGNISED if ours else result.INTERRUPTED
        return talk.result()

    def _let_go(self, far: Leg) -> None:
        """The called end goes on although the calling one was hung up."""
        if self._ours:
            far.hangup()
        else:
            far.forget_digits()
            self._hand_on(far)

    async def _talk(self) -> str:
        try:
            return await self._both_ways()
        except NotAnsweredError as unanswered:
            log.info("test call %s -> %s: %s", self._calling.id, self._called.id, unanswered)
            return unanswered.cause.value
        except LegGoneError:
            return result.CUT_OFF
        except Exception:
            log.exception("test call %s -> %s failed", self._calling.id, self._called.id)
            return result.FAILED

    async def _both_ways(self) -> str:
        number, shown = self._called.numbers()[0], self._calling.numbers()[0]
        try:
            async with asyncio.timeout(None) as self._bound:
                self._near = await self._calling.dial(number, shown=shown, ring_seconds=RING_SECONDS)
        except TimeoutError:
            return Cause.NO_ANSWER.value  # what came in was not ours
        finally:
            self._bound = None
        if not await self._comes(self._near):
            return await _why_not(self._near)
        assert self._far is not None
        if not await _hears(self._near, self._back):
            return result.NO_SOUND_BACK
        self._ours = True
        pressing = asyncio.ensure_future(_press(self._near, self._out))
        try:
            return result.PROVED if await _hears(self._far, self._out) else result.NO_SOUND_OUT
        finally:
            pressing.cancel()
            await asyncio.wait({pressing})

    async def _comes(self, near: Leg) -> bool:
        """Whether the call is here before its calling end is over, or in time: it may ring on after an early answer."""
        arrived, gone = asyncio.ensure_future(self._arrived.wait()), asyncio.ensure_future(near.gone())
        try:
            patience = near.may_ring + ARRIVE_SECONDS
            await asyncio.wait({arrived, gone}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (arrived, gone):
                each.cancel()
            await asyncio.wait({arrived, gone})
        return self._arrived.is_set()

    async def _show_ourselves(self) -> None:
        """Let the called end be recognised, until it was."""
        await self._arrived.wait()
        if self._far is not None:
            await _press(self._far, self._back, until=lambda: self._ours)


async def _press(leg: Leg, digits: str, until: Callable[[], bool] = lambda: False) -> None:
    """Press them again and again."""
    try:
        while not until():
            await leg.press(digits)
            await asyncio.sleep(PAUSE_SECONDS)
    except LegGoneError:
        pass  # whoever listens notices


async def _hears(leg: Leg, digits: str) -> bool:
    """Whether they are heard in time. Raises LegGoneError."""
    heard = ""
    try:
        async with asyncio.timeout(HEAR_SECONDS):
            while digits not in heard:
                heard += await leg.digit()
    except TimeoutError:
        log.info("%s: %r heard instead of a test call's digits", leg.id, heard)
        return False
    return True


async def _why_not(near: Leg) -> str:
    """What became of a call that was answered, and that never came to us. A gateway's answer is nobody's."""
    if not near.up and await near.gone() is Cause.BUSY:
        return Cause.BUSY.value
    if near.may_ring:
        return Cause.NO_ANSWER.value
    return result.ELSEWHERE if near.up else result.CUT_OFF


async def _ends(leg: Leg) -> bool:
    """Whether it is over within a moment."""
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            await leg.gone()
    except TimeoutError:
        return False
    return True
