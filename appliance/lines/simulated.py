"""A line without a telephone: far ends are objects with verbs, sound is the text of its clips, time is the loop's.

Ships with the product: the scenarios, the nights and a box without a line run on it. It passes the same contract
tests as every other line. Nothing here knows a socket, a file or a codec.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.lines.line import RINGING_SECONDS, TRANSFER, TRYING_SECONDS, Cause, Leg, LineState, NotAnsweredError
from appliance.lines.simulated_network import Behaviour, SimulatedNetwork
from appliance.lines.simulated_pair import SimulatedPair
from appliance.media.sound import DIGITS, DIGITS_KEPT, FRAME_SECONDS, Clip, LegGoneError, Recording

A_MOMENT = 1e-6  # seconds: less is the rest of a subtraction, not a time to wait
NOTICED_SECONDS = {"silent": TRYING_SECONDS, "deaf": RINGING_SECONDS, "refusing": 0.0}  # by how a line is broken
LISTENED_SECONDS = 1.0  # a modem's guess is mostly right (`hardware/fxo/leg.py`)
BUSY_TONE_SECONDS = 3.5  # until it is known for one
PRESS_SECONDS = 0.2  # one digit of `press`: 100 ms of tone, 100 ms of pause


async def _first(*waits: asyncio.Future[Any], seconds: float | None = None) -> None:
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip that began to play to a far end: when (the loop's seconds) and what it said."""

    at: float
    text: str


class SimulatedLeg:
    """A `Leg` whose far end is driven by verbs: `presses`, `speaks`, `hangs_up`; `heard` is what it was told."""

    def __init__(self, name: str, line: SimulatedLine, called: str, caller: str | None) -> None:
        self.id, self.called, self.caller = name, called, caller
        self._line = line
        self._loop = asyncio.get_running_loop()
        self._end: asyncio.Future[Cause] = self._loop.create_future()
        self._answered: asyncio.Future[None] = self._loop.create_future()
        self._digits: asyncio.Queue[str] = asyncio.Queue(DIGITS_KEPT)
        self._playing: asyncio.Task[None] | None = None
        self._words = ""  # of the clip that plays
        self._listening = 0  # how many wait for a digit
        self._recording: tuple[Path, float] | None = None  # the file and since when
        self._speaking_until = 0.0
        self._news = asyncio.Event()  # something was heard, said, bridged or ended: whoever waits looks again
        self.heard: list[Heard] = []
        self.pressed_by_box = ""
        self.pressed = ""  # by the far end
        self.spoken: list[tuple[float, float]] = []  # by the far end: from when to when, the loop's seconds
        self.ringing = False
        self.may_ring, self.guessed = 0.0, False  # see `Leg`
        self.ended_by = ""  # see `Leg`
        self.picked_up: float | None = None  # of an early answer: when somebody was there (the loop's seconds)
        self.held = False  # by the network: it hears that, and nothing of ours
        self.talking_to: SimulatedLeg | None = None
        self.comes_out: SimulatedLeg | None = None  # where the call is another leg of ours
        self.talk_recorded: Path | None = None  # where the last conversation with `bridge` is recorded

    # What the box does: the contract of `Leg`.

    @property
    def line(self) -> str:
        """The id of its line."""
        return self._line.id

    @property
    def up(self) -> bool:
        """Answered and not ended."""
        return self._answered.done() and not self._end.done()

    @property
    def answered(self) -> bool:
        """Answered, whether it has ended since or not."""
        return self._answered.done()

    @property
    def ended(self) -> Cause | None:
        """How it ended; None while it has not."""
        return self._end.result() if self._end.done() else None

    @property
    def hearing(self) -> bool:
        """Whether the far end hears something now: words, music, or somebody to talk to."""
        playing = self._playing is not None and not self._playing.done() and bool(self._words)
        return playing or self.held or self.talking_to is not None

    @property
    def asked(self) -> bool:
        """Whether a key is waited for."""
        return self._listening > 0

    @property
    def recorded(self) -> bool:
        """Whether it is the far end's turn to speak, after the tone."""
        return self._recording is not None

    def ring(self) -> None:
        """Tell the far end that it rings."""
        self.ringing = True
        self._tell()

    def answer(self) -> None:
        """Answer, unless the caller has gone."""
        if not self._end.done() and not self._answered.done():
            self._answered.set_result(None)
            self._tell()

    def hangup(self, cause: Cause = Cause.HANGUP) -> None:
        """End the leg, whoever does it."""
        if self._end.done():
            return
        self._end.set_result(cause)
        self.talking_to = None
        self._line.forget(self)
        self._tell()
        if self.comes_out is not None:
            self.comes_out.hangup(Cause.HANGUP if cause in (Cause.HANGUP, Cause.LOST) else Cause.CANCELLED)

    async def gone(self) -> Cause:
        """Wait for the end."""
        return await asyncio.shield(self._end)

    async def bridge(self, other: Leg, *, recording: Path | None = None) -> None:
        """Join two simulated far ends until one of them ends; no file is made."""
        if not isinstance(other, SimulatedLeg):
            raise ValueError(f"{self.id} and {other.id} have their sound in different places")
        self._check()
        other._check()
        if self._line.hands_over(self, other):
            for leg in (self, other):
                leg.ended_by = TRANSFER
                leg.hangup()
            return
        for leg in (self, other):
            leg._stop_playing()
        self.talking_to, other.talking_to = other, self
        self.talk_recorded = other.talk_recorded = recording
        self._tell()
        other._tell()
        try:
            await _first(self._end, other._end)
        finally:
            self.talking_to = other.talking_to = None

    async def play(self, *clips: Clip, loop: bool = False) -> None:
        """Let the far end hear the clips for as long as they last."""
        self._check()
        self._stop_playing()
        task = self._playing = self._loop.create_task(self._play(clips, loop))
        try:
            await _first(task, self._end)
        finally:
            task.cancel()
        self._check()

    async def _play(self, clips: Iterable[Clip], loop: bool) -> None:
        for clip in itertools.cycle(clips) if loop else clips:
            if not self.held:
                self.heard.append(Heard(self._loop.time(), clip.text))
            self._words = clip.text
            self._tell()
            await asyncio.sleep(max(clip.seconds, FRAME_SECONDS if loop else 0.0))

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.cancel()

    async def digit(self) -> str:
        """The next digit that the far end pressed."""
        self._check()
        getter = self._loop.create_task(self._digits.get())
        self._listening += 1
        try:
            await _first(getter, self._end)
            self._check()
            return getter.result()
        finally:
            self._listening -= 1
            getter.cancel()

    def forget_digits(self) -> None:
        """Drop the digits pressed so far."""
        while not self._digits.empty():
            self._digits.get_nowait()

    async def voice(self, seconds: float) -> None:
        """Return once so much voice was heard since now."""
        missing = seconds
        while missing > A_MOMENT:
            self._check()
            speaking = self._speaking_until - self._loop.time()
            if speaking > A_MOMENT:
                await self._wait_for_news(min(speaking, missing))
                missing -= min(speaking, missing)
            else:
                await self._wait_for_news(None)

    async def record(
        self,
        path: Path,
        *,
        max_seconds: float,
        silence_seconds: float,
        end_keys: str,
        over: Callable[[], None] | None = None,
    ) -> Recording:
        """Keep how long the far end spoke; no file is made. Raises OSError where the network's box cannot record."""
        if self._line.network.recorder_fails:
            raise OSError("no space left on device")
        begun, voice = self._loop.time(), 0.0
        self._recording = path, begun
        digits = self._loop.create_task(self._end_key(end_keys))
        try:
            while True:
                now = self._loop.time()
                quiet_from = max(begun, self._speaking_until)
                left = min(begun + max_seconds, quiet_from + silence_seconds) - now
                speaking = self._speaking_until - now > A_MOMENT
                if self._end.done() or digits.done() or left <= A_MOMENT:
                    break
                await self._wait_for_news(min(left, quiet_from - now) if speaking else left, digits)
                voice += self._loop.time() - now if speaking else 0.0
            seconds = self._loop.time() - begun
        finally:
            self._recording = None
            self._line.network.recordings[path] = self._loop.time() - begun
            digits.cancel()
        if self._end.done():
            return Recording(path, seconds, voice, "gone")
        if digits.done():
            return Recording(path, seconds, voice, "key")
        return Recording(path, seconds, voice, "limit" if seconds >= max_seconds else "silence")

    async def _end_key(self, end_keys: str) -> None:
        while (await self._digits.get()) not in end_keys:
            pass

    async def press(self, digits: str) -> None:
        """Send digits to the far end."""
        for digit in digits:
            self._check()
            await asyncio.sleep(PRESS_SECONDS)
            self.pressed_by_box += digit
            if self.comes_out is not None:
                self.comes_out.presses(digit)

    def _check(self) -> None:
        if self._end.done():
            raise LegGoneError(f"{self.id}: {self._end.result().value}")

    # What the far end does: the verbs of a simulated person.

    def presses(self, digits: str) -> None:
        """Press keys at once; what nobody reads is kept up to `DIGITS_KEPT`. Talking people hear them too."""
        for digit in digits:
            if digit not in DIGITS:
                raise ValueError(f"no such key: {digit!r}")
            self.pressed += digit
            if not self._digits.full():
                self._digits.put_nowait(digit)

    def speaks(self, seconds: float) -> None:
        """Say something that lasts so long, from now."""
        now = self._loop.time()
        self.spoken.append((now, now + seconds))
        self._speaking_until = max(self._speaking_until, now + seconds)
        self._tell()

    def hangs_up(self) -> None:
        """Put the phone down, or give up ringing."""
        self.hangup(Cause.HANGUP if self.up else Cause.CANCELLED)

    def vanishes(self) -> None:
        """Go without a word, as a phone in a lift does."""
        self.hangup(Cause.LOST)

    async def is_answered(self) -> None:
        """Wait until the box answers. Raises LegGoneError when it refuses."""
        await _first(self._answered, self._end)
        if not self._answered.done():
            self._check()

    async def hears(self, words: str, *, after: int = 0) -> float:
        """Wait until a clip whose text contains the words begins; return when (the loop's seconds).

        `after`: pass over so many entries of `heard`, to wait for a repetition. Raises LegGoneError.
        """
        while True:
            for heard in self.heard[after:]:
                if words in heard.text:
                    return heard.at
            self._check()
            await self._wait_for_news(None)

    async def talks(self) -> SimulatedLeg:
        """Wait until somebody is connected; return their leg. Raises LegGoneError."""
        while self.talking_to is None:
            self._check()
            await self._wait_for_news(None)
        return self.talking_to

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _wait_for_news(self, seconds: float | None, *also: asyncio.Future[None]) -> None:
        news = self._loop.create_task(self._news.wait())
        try:
            await _first(news, *also, seconds=seconds)
        finally:
            news.cancel()


class SimulatedLine(SimulatedPair):
    """A `Line` into a simulated network.

    `broken` makes it "silent" (no answer at all), "deaf" (a sign of life, but no ringing), "refusing" (a 503 at
    once) or "raising" (an error that no line may raise, as a defect does); like a real line, it learns of that from
    the first call that fails.

    `early` makes its answers guesses: a "gateway" answers before it rings, a "modem" has listened (`Leg.guessed`).
    """

    kind = "simulated"

    def __init__(self, line_id: str, numbers: tuple[str, ...], channels: int, network: SimulatedNetwork) -> None:
        self.id = line_id
        self._numbers = numbers
        self.channels = channels
        self.network = network
        self._legs: dict[SimulatedLeg, None] = {}  # in the order of their beginning
        self._names = itertools.count(1)
        self._on_call: Callable[[Leg], None] | None = None
        self._fault: str | None = None
        self.broken: str = ""
        self.early: str = ""
        self._ringing: set[asyncio.Task[None]] = set()  # after an early answer
        super().__init__()
        self.shown: list[str] = []  # the caller number of every call placed

    def state(self) -> LineState:
        """Up unless the last call that it placed said otherwise."""
        if self._fault:
            return LineState("down", self._fault)
        return LineState("up" if self._on_call else "starting")

    def free_channels(self) -> int:
        """Channels less the legs that are not ended."""
        return self.channels - len(self._legs)

    def capacity(self) -> int:
        """Its channels."""
        return self.channels

    def idle(self) -> bool:
        """Whether no leg is left."""
        return not self._legs

    def numbers(self) -> tuple[str, ...]:
        """Its own numbers."""
        return self._numbers

    def legs(self) -> frozenset[SimulatedLeg]:
        """The legs that are not ended."""
        return frozenset(self._legs)

    def forget(self, leg: SimulatedLeg) -> None:
        """Called by a leg that ended."""
        self._legs.pop(leg, None)
        if len(self._legs) <= 1:
            self._take_back()

    async def start(self, on_call: Callable[[Leg], None]) -> None:
        """Take calls from now on."""
        self._on_call = on_call

    def call(self, caller: str | None, called: str = "") -> SimulatedLeg:
        """Somebody calls one of our numbers: the far end's leg, already offered to the box.

        Raises ConnectionError when the line cannot carry it.
        """
        if self._on_call is None or self.broken or self.free_channels() <= 0:
            raise ConnectionError(f"line {self.id} does not take the call")
        leg = self._leg(called or self._numbers[0], caller)
        self._on_call(leg)
        return leg

    async def dial(self, number: str, *, shown: str, ring_seconds: float) -> SimulatedLeg:
        """Ring somebody of the network."""
        begun = asyncio.get_running_loop().time()
        if self.free_channels() <= 0:
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free channel")
        return await self._dial(begun, number, shown, ring_seconds)

    async def _dial(self, begun: float, number: str, shown: str, ring_seconds: float) -> SimulatedLeg:
        if self.broken == "raising":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if self.broken:
            fault = f"the line is {self.broken}"
            await asyncio.sleep(NOTICED_SECONDS.get(self.broken, TRYING_SECONDS))
            self._fault = fault
            raise NotAnsweredError(Cause.LINE_DOWN, asyncio.get_running_loop().time() - begun, fault)
        self._fault = None
        self.shown.append(shown)
        self.network.rung.append((begun, number))
        person = self.network.people.get(number)
        if person is None:
            raise NotAnsweredError(Cause.WRONG_NUMBER, 0.0, number)
        leg = self._leg(number, shown)
        if self.early == "gateway":
            return self._answered_early(leg, person, ring_seconds)
        refusal: Cause | None = Cause.CANCELLED
        try:
            async with asyncio.timeout(ring_seconds):
                refusal = await self._rings(person, leg)
        except TimeoutError:
            refusal = Cause.NO_ANSWER
        finally:
            if refusal is not None:
                leg.hangup(refusal)
        if refusal is not None:
            raise NotAnsweredError(refusal, round(asyncio.get_running_loop().time() - begun, 3))
        leg.answer()
        if self.early:
            leg.may_ring, leg.guessed = LISTENED_SECONDS, True
        return leg

    def _answered_early(self, leg: SimulatedLeg, person: Behaviour, ring_seconds: float) -> SimulatedLeg:
        """The leg, up while it rings on, for as long as we let it."""

        async def rings_on() -> None:
            refusal = await self._rings(person, leg)
            if refusal is None:
                leg.picked_up = asyncio.get_running_loop().time()
            elif leg.ended is None:
                await asyncio.sleep(BUSY_TONE_SECONDS)
                leg.hangup(refusal)

        leg.answer()
        leg.may_ring = ring_seconds
        task = asyncio.get_running_loop().create_task(rings_on())
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)
        return leg

    async def _rings(self, person: Behaviour, leg: SimulatedLeg) -> Cause | None:
        """What comes of the ringing; a line that dies meanwhile is down."""
        deed = asyncio.ensure_future(person(leg))
        end = asyncio.ensure_future(leg.gone())
        try:
            await _first(deed, end)
            return deed.result() if deed.done() else Cause.LINE_DOWN
        finally:
            for each in (deed, end):
                each.cancel()

    def dies(self) -> None:
        """Every call on it ends without a word, those that ring too."""
        for leg in tuple(self._legs):
            leg.vanishes()

    def _leg(self, called: str, caller: str | None) -> SimulatedLeg:
        leg = SimulatedLeg(f"{self.id}-{next(self._names)}", self, called, caller)
        self._legs[leg] = None
        return leg

    async def retire(self) -> None:
        """Take no more calls."""
        self._on_call = None

    async def stop(self) -> None:
        """End all legs."""
        self._on_call = None
        for leg in tuple(self._legs):
            leg.hangup()
