"""The exchange's hand on one leg's sound: the `Sound` of a leg, done by the media process.

It remembers what was asked, so that a media process that died and came back can be told again. It sends and
receives no sound itself, and knows no wire: see `rtp_channel.py` and `pcm_channel.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, cast

from appliance.media import wav
from appliance.media.dtmf import PressFilter
from appliance.media.g711 import voice_samples
from appliance.media.sound import DIGITS, DIGITS_KEPT, Clip, LegGoneError, Recording

LONGEST_SECONDS = 86_400.0  # of a recording; also stands for "no limit"
FAREWELL_SECONDS = 6.0  # what a recording gets to be completed once the leg is closed: two waits for a slow disk

log = logging.getLogger(__name__)

Ended = Literal["key", "silence", "limit", "gone"]


@dataclass(frozen=True, slots=True)
class ChannelStats:
    """Last known counters: packets or frames each way, those missing, jitter in ms, those refused.

    Refused are datagrams that were not the peer's, or frames that a sound port would not take.
    """

    sent: int = 0
    received: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    refused: int = 0


class Courier(Protocol):
    """What a channel needs of the plane."""

    def send(self, kind: str, *values: object) -> bool:
        """Send a message; False while the media process is away (then everything is told again later)."""

    def monotonic(self) -> float:
        """Seconds, for durations."""

    def forget(self, channel: Channel) -> None:
        """The channel is closed."""


@dataclass(slots=True)
class _Wish:
    """Something asked of the media process whose end is awaited."""

    token: int
    message: tuple[object, ...]  # the fields after leg and token
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    told: bool = False


@dataclass(slots=True)
class _RecordWish:
    token: int
    path: Path
    max_seconds: float
    silence_seconds: float
    end_keys: str
    began: float
    over: Callable[[], None] | None
    done: asyncio.Future[Recording] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Channel:
    """One leg's sound. All methods belong to the event loop's thread. See `Sound` for the waiting ones."""

    def __init__(self, number: int, leg_id: str, courier: Courier) -> None:
        self.number, self.leg_id = number, leg_id
        self.on_lost: Callable[[], None] | None = None
        self.on_supervised: Callable[[str], None] | None = None
        self.closed = False
        self._supervised: float | None = None  # seconds of silence that are told
        self._courier = courier
        self._held = False
        self._partner: Channel | None = None
        self._talk: tuple[Path, float] | None = None  # where the conversation is recorded, and since when
        self._token = 0
        self._play: _Wish | None = None
        self._press: _Wish | None = None
        self._voices: dict[int, _Wish] = {}
        self._recording: _RecordWish | None = None
        self._digits: deque[str] = deque()
        self._presses = PressFilter()
        self._digit_waiters: set[asyncio.Future[None]] = set()
        self._released: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stats = ChannelStats()

    # The far end

    def tell_wire(self) -> None:
        """Tell a media process that does not know it of the wire; its descriptors go with it."""
        raise NotImplementedError

    def descriptors(self, kind: str) -> list[int]:
        """What goes with a message of this kind; none: it is too late for the message."""
        raise NotImplementedError

    def hold(self, on: bool) -> None:
        """The far end put us on hold, or took us back: nothing is sent nor expected. What plays goes on unheard.

        A sound port that is held is not written to.
        """
        self._held = on
        self._tell("hold", on)

    def supervise(self, heard: Callable[[str], None], silence_seconds: float) -> None:
        """Its far end is on an analogue path: call `heard` with each tone of the exchange (values of `Tone`).

        With `SILENCE` too, once it is joined and was silent for so many seconds (0: never).
        """
        self.on_supervised, self._supervised = heard, silence_seconds
        self._tell("supervise", silence_seconds)

    def join(self, other: Channel | None, recording: Path | None = None) -> None:
        """Let both far ends hear each other; whatever either of them was playing ends. Raises ValueError, LegGoneError.

        Either of them may have been joined to somebody else before. `recording`: a WAV file for the conversation
        (A-law, 8 kHz, stereo: this far end left, the other one right), true on disk once a second and complete
        soon after they part. A recording of one of them ends. A file that cannot be written is a fault of the
        plane; they talk all the same.
        """
        if other is None or other is self or other._courier is not self._courier:
            raise ValueError("a channel can be joined to another one of the same plane")
        self._require_open()
        other._require_open()
        for one, far in ((self, other), (other, self)):
            one.part()
            one._end_play()
            one._partner = far
        self._tell("join", other.number)
        if recording is not None:
            self._talk = (recording, self._courier.monotonic())
            self._tell("talk", other.number, str(recording), 0.0, False)

    def part(self) -> None:
        """End a join, from either side; both hear silence again."""
        partner = self._partner
        if partner is not None:
            self._partner = partner._partner = None
            self._talk = partner._talk = None
            self._tell("part")

    def close(self) -> None:
        """Let go of everything; waiting methods raise LegGoneError, a recording returns. May be called again."""
        if self.closed:
            return
        self.part()
        self.closed = True
        self._end_play(LegGoneError())
        for wish in (*self._voices.values(), *([self._press] if self._press else [])):
            _fail(wish.done)
        for waiter in self._digit_waiters:
            _fail(waiter)
        if self._courier.send("close", self.number):
            recording = self._recording
            if recording is not None:
                asyncio.get_running_loop().call_later(FAREWELL_SECONDS, self._keep_recording, recording)
        else:
            self.on_closed()
        self._let_go()
        self._courier.forget(self)

    async def released(self) -> None:
        """Wait until the media process has let go of a closed channel's ports."""
        await asyncio.shield(self._released)

    def stats(self) -> ChannelStats:
        """The last known counters; they come every few seconds and at the end."""
        return self._stats

    # Sound

    async def play(self, *clips: Clip, loop: bool = False) -> None:
        """See `Sound.play`. When the media process dies, the clips are played again from the first."""
        self._require_open()
        self._end_play()
        paths = [str(clip.path) for clip in clips if clip.path is not None]
        wish = self._play = self._wish("play", paths, loop)
        try:
            await wish.done
        finally:
            if self._play is wish:
                self._play = None
                if not wish.done.done() or wish.done.cancelled():
                    self._tell("stop", wish.token)

    async def digit(self) -> str:
        """See `Sound.digit`."""
        self._require_open()
        while not self._digits:
            waiter = asyncio.get_running_loop().create_future()
            self._digit_waiters.add(waiter)
            try:
                await waiter
            finally:
                self._digit_waiters.discard(waiter)
        return self._digits.popleft()

    def forget_digits(self) -> None:
        """See `Sound.forget_digits`."""
        self._digits.clear()

    async def voice(self, seconds: float) -> None:
        """See `Sound.voice`. When the media process dies, counting begins anew."""
        self._require_open()
        wish = self._wish("voice", float(seconds))
        self._voices[wish.token] = wish
        try:
            await wish.done
        finally:
            del self._voices[wish.token]
            if not wish.done.done() or wish.done.cancelled():
                self._tell("unvoice", wish.token)

    async def record(
        self,
        path: Path,
        *,
        max_seconds: float,
        silence_seconds: float,
        end_keys: str,
        over: Callable[[], None] | None = None,
    ) -> Recording:
        """See `Sound.record`. The key that ends it is not kept for `digit`. Raises RuntimeError when one is running.

        When the media process dies, the same file goes on.
        """
        if self.closed:
            return Recording(path, 0.0, 0.0, "gone")
        if self._recording is not None:
            raise RuntimeError(f"{self.leg_id} is being recorded already")
        self._token += 1
        began = self._courier.monotonic()
        wish = self._recording = _RecordWish(self._token, path, max_seconds, silence_seconds, end_keys, began, over)
        self._tell_record(wish, append=False)
        try:
            return await wish.done
        finally:
            self._recording = None
            if wish.done.cancelled():
                self._tell("unrecord", wish.token)

    async def press(self, digits: str) -> None:
        """See `Sound.press`. Raises ValueError for what is no digit. Digits lost with the media process stay lost."""
        self._require_open()
        if not DIGITS.issuperset(digits):
            raise ValueError(f"{digits!r} are not digits")
        if self._press is not None:
            self._press.done.cancel()
        wish = self._press = self._wish("press", digits)
        try:
            await wish.done
        finally:
            if self._press is wish:
                self._press = None
                if wish.done.cancelled():
                    self._tell("unpress", wish.token)

    # From the plane

    def tell_again(self) -> None:
        """Tell a new media process everything."""
        self.tell_wire()
        self.on_released()
        if self._supervised is not None:
            self._tell("supervise", self._supervised)
        if self._held:
            self._tell("hold", True)
        for kind, wish in (("play", self._play), *(("voice", each) for each in self._voices.values())):
            if wish is not None:
                wish.told = self._tell(kind, wish.token, *wish.message)
        if self._press is not None and self._press.told:
            _resolve(self._press.done)
        elif self._press is not None:
            self._press.told = self._tell("press", self._press.token, *self._press.message)
        if self._recording is not None:
            self._tell_record(self._recording, append=True)

    def join_again(self) -> None:
        """After `tell_again` of all channels: be joined to the partner, told by one of the two."""
        partner = self._partner
        if partner is None or self.number > partner.number:
            return
        self._tell("join", partner.number)
        for left, right in ((self, partner), (partner, self)):
            if left._talk is not None:
                path, since = left._talk
                left._tell("talk", right.number, str(path), self._courier.monotonic() - since, True)

    def on_played(self, token: int) -> None:
        """The media process has sent the last frame."""
        if self._play is not None and self._play.token == token:
            _resolve(self._play.done)

    def on_voiced(self, token: int) -> None:
        """Enough voice was heard."""
        if token in self._voices:
            _resolve(self._voices[token].done)

    def on_pressed(self, token: int) -> None:
        """All digits were sent."""
        if self._press is not None and self._press.token == token:
            _resolve(self._press.done)

    def on_key(self, digit: str, tone: bool) -> None:
        """The far end pressed a key. `tone`: it is heard as a tone, until `on_released`."""
        self._pressed(digit, "sound", held=tone)

    def on_released(self) -> None:
        """The tone has ended."""
        self._presses.released(self._courier.monotonic())

    def on_digit(self, digit: str) -> None:
        """The far end's signalling told of a key; what it sends as a tone too is one press all the same."""
        self._pressed(digit, "signalling", held=False)

    def _pressed(self, digit: str, way: str, *, held: bool) -> None:
        if not self._presses.pressed(digit, way, self._courier.monotonic(), held=held):
            return
        if len(self._digits) < DIGITS_KEPT:
            self._digits.append(digit)
        for waiter in self._digit_waiters:
            _resolve(waiter)

    def on_over(self, token: int) -> None:
        """A recording has ended; the disk may still be busy with it."""
        wish = self._recording
        if wish is not None and wish.token == token and wish.over is not None:
            wish.over()

    def on_recorded(self, token: int, seconds: float, voice_seconds: float, ended: str) -> None:
        """A recording is complete on disk."""
        wish = self._recording
        if wish is not None and wish.token == token and not wish.done.done():
            wish.done.set_result(Recording(wish.path, seconds, voice_seconds, cast(Ended, ended)))

    def on_unrecorded(self, token: int, errno: int, text: str) -> None:
        """A recording could not be made."""
        wish = self._recording
        if wish is not None and wish.token == token and not wish.done.done():
            wish.done.set_exception(OSError(errno, text, str(wish.path)))

    def on_unread(self, path: str, text: str) -> None:
        """A clip was passed over."""
        log.warning("%s: cannot play %s: %s", self.leg_id, path, text)

    def on_heard(self, heard: str) -> None:
        """A tone or silence on a path that is supervised."""
        if self.on_supervised is not None and not self.closed:
            self.on_supervised(heard)

    def on_lost_peer(self) -> None:
        """Nothing came for too long; told again for as long as it lasts."""
        if self.on_lost is not None and not self.closed:
            self.on_lost()

    def on_stats(self, stats: ChannelStats) -> None:
        """New counters."""
        self._stats = stats

    def on_closed(self) -> None:
        """The media process has let go of it, or is gone itself."""
        _resolve(self._released)
        if self._recording is not None:
            self._keep_recording(self._recording)

    # The wire's

    def _let_go(self) -> None:
        """Close the descriptors."""
        raise NotImplementedError

    # Inside

    def _require_open(self) -> None:
        if self.closed:
            raise LegGoneError(self.leg_id)

    def _tell(self, kind: str, *values: object) -> bool:
        return not self.closed and self._courier.send(kind, self.number, *values)

    def _wish(self, kind: str, *message: object) -> _Wish:
        self._token += 1
        wish = _Wish(self._token, message)
        wish.told = self._tell(kind, wish.token, *message)
        return wish

    def _tell_record(self, wish: _RecordWish, append: bool) -> None:
        left = max(wish.max_seconds - (self._courier.monotonic() - wish.began), 0.0)
        limits = (min(left, LONGEST_SECONDS), min(wish.silence_seconds, LONGEST_SECONDS), wish.end_keys)
        self._tell("record", wish.token, str(wish.path), *limits, append)

    def _keep_recording(self, wish: _RecordWish) -> None:
        """The leg is gone and nobody completes its recording: what is on disk counts."""
        if wish.done.done():
            return
        try:
            sound = wav.read(wish.path)
        except (OSError, wav.WavError) as error:
            log.warning("%s: recording %s: %s", self.leg_id, wish.path, error)
            sound = b""
        wish.done.set_result(Recording(wish.path, len(sound) / wav.RATE, voice_samples(sound) / wav.RATE, "gone"))

    def _end_play(self, error: Exception | None = None) -> None:
        wish, self._play = self._play, None
        if wish is None:
            return
        self._tell("stop", wish.token)
        if error is None:
            _resolve(wish.done)
        else:
            _fail(wish.done)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _fail(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_exception(LegGoneError())
