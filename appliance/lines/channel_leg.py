"""The sound of every leg whose sound is a channel of the media process, whatever line carries its signalling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from appliance.lines.line import Cause, Leg
from appliance.media.channel import Channel
from appliance.media.sound import Clip, Recording


class ChannelLeg:
    """The half of a `Leg` that is about sound and about its end. The line resolves `_over` and closes the channel."""

    may_ring = 0.0
    guessed = False

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._over: asyncio.Future[Cause] = asyncio.get_running_loop().create_future()

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
