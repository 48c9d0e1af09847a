"""The sound of every leg whose sound is a channel of the media process, whatever line carries its signalling.

And the end of one on an analogue path, where a hang-up is only a tone, or nothing at all (`supervise`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from appliance.lines.line import LONGEST, SILENCE, TONE, Cause, Leg
from appliance.media import supervision
from appliance.media.channel import Channel
from appliance.media.sound import Clip, Recording
from appliance.media.supervision import Tone

log = logging.getLogger("dyzurka.lines")


class ChannelLeg:
    """The half of a `Leg` that is about sound and about its end. The line resolves `_over` and closes the channel."""

    id: str
    may_ring = 0.0
    guessed = False
    ended_by = ""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._over: asyncio.Future[Cause] = asyncio.get_running_loop().create_future()

    def supervise(self, silence_seconds: float, longest_seconds: float) -> None:
        """It runs over an analogue path, where the far end's hang-up is only a tone. 0: without that bound."""
        self.channel.supervise(self._supervised, silence_seconds)
        if longest_seconds:
            longest = asyncio.get_running_loop().call_later(longest_seconds, self._too_long)
            self._over.add_done_callback(lambda _: longest.cancel())

    def _supervised(self, heard: str) -> None:
        """A tone of the exchange (a value of `Tone`), or silence for too long."""
        if heard == Tone.RINGING.value or self._over.done():
            return
        log.info("%s: %s on the copper line: the far end is gone", self.id, heard)
        self.ended_by = SILENCE if heard == supervision.SILENCE else TONE
        self.hangup(Cause.BUSY if heard == Tone.BUSY.value and self.may_ring else Cause.HANGUP)

    def _too_long(self) -> None:
        log.warning("%s: the longest time of a call on this line is over", self.id)
        self.ended_by = LONGEST
        self.hangup()

    def hangup(self, cause: Cause = Cause.HANGUP) -> None:
        """See `Leg`: the line's."""
        raise NotImplementedError

    async def gone(self) -> Cause:
        """See `Leg`."""
        return await asyncio.shield(self._over)

    async def bridge(self, other: Leg, *, recording: Path | None = None) -> None:
        """Join the two channels until one leg ends. Raises ValueError for a leg without one, LegGoneError."""
        self.channel.join(getattr(other, "channel", None), recording)
        ends = [asyncio.ensure_future(leg.gone()) for leg in (self, other)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            self.channel.part()

    async def play(self, *clips: Clip, loop: bool = False) -> None:
        """See `Sound`."""
        await self.channel.play(*clips, loop=loop)

    async def digit(self) -> str:
        """See `Sound`."""
        return await self.channel.digit()

    def forget_digits(self) -> None:
        """See `Sound`."""
        self.channel.forget_digits()

    async def voice(self, seconds: float) -> None:
        """See `Sound`."""
        await self.channel.voice(seconds)

    async def record(
        self,
        path: Path,
        *,
        max_seconds: float,
        silence_seconds: float,
        end_keys: str,
        over: Callable[[], None] | None = None,
    ) -> Recording:
        """See `Sound`."""
        return await self.channel.record(
            path, max_seconds=max_seconds, silence_seconds=silence_seconds, end_keys=end_keys, over=over
        )

    async def press(self, digits: str) -> None:
        """See `Sound`."""
        await self.channel.press(digits)
