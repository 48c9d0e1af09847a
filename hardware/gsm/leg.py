"""A call by SIM as the call flow sees it: signalling by its line, sound by a channel of the media process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from appliance.lines.channel_leg import ChannelLeg
from appliance.lines.line import Cause, Leg
from appliance.media.pcm_channel import PcmChannel
from appliance.media.sound import DIGITS, LegGoneError

TALK_SECONDS = 86_400.0  # of a recorded conversation: no limit
TONE_SECONDS = 0.2  # from one key to the next: 100 ms of tone, 100 ms of pause


class Signalling(Protocol):
    """What a leg asks of its line."""

    def answer(self, leg: GsmLeg) -> None:
        """Answer it, soon."""
        ...

    def hang_up(self, leg: GsmLeg) -> None:
        """End or refuse it, soon. The leg is over already."""
        ...

    async def tone(self, digit: str) -> bool:
        """Have the modem send a key (AT+VTS, 27.007 §C.2.11); False where it cannot."""
        ...


class GsmLeg(ChannelLeg):
    """One call. See `Leg` and `Sound` for the methods. `on_over` is called once, when it has ended."""

    channel: PcmChannel

    def __init__(
        self,
        name: str,
        line: str,
        called: str,
        caller: str | None,
        signalling: Signalling,
        channel: PcmChannel,
        on_over: Callable[[GsmLeg], None],
    ) -> None:
        super().__init__(channel)
        self.id, self.line, self.called, self.caller = name, line, called, caller
        self._signalling, self._on_over = signalling, on_over
        self._answered = False

    @property
    def up(self) -> bool:
        """Answered and not ended."""
        return self._answered and not self._over.done()

    def ring(self) -> None:
        """The network has told the caller already."""

    def answer(self) -> None:
        """Answer; nothing happens once the caller has gone."""
        if not self._answered and not self._over.done():
            self._answered = True
            self._signalling.answer(self)

    def attach(self) -> None:
        """An outgoing one was answered."""
        self._answered = True

    def hangup(self, cause: Cause = Cause.HANGUP) -> None:
        """Refuse before the answer, end after it. The network knows one refusal only: busy."""
        if not self._over.done():
            self.end(cause)
            self._signalling.hang_up(self)

    def end(self, cause: Cause) -> None:
        """It is over; the modem knows."""
        if not self._over.done():
            self._over.set_result(cause)
            self.channel.close()
            self._on_over(self)

    def far_end_is_gone(self, *, lost: bool) -> None:
        """The far end hung up, or with `lost` vanished."""
        after = Cause.LOST if lost else Cause.HANGUP
        self.end(after if self._answered else Cause.CANCELLED)

    async def bridge(self, other: Leg, *, recording: Path | None = None) -> None:
        """See `Leg`. Another call of the same card is joined by the network: we hear both, and only wait."""
        if not isinstance(other, GsmLeg) or other.line != self.line:
            await super().bridge(other, recording=recording)
            return
        if not self.up or not other.up:
            raise LegGoneError(self.id)
        ends = [asyncio.ensure_future(leg.gone()) for leg in (self, other)]
        heard = next((leg for leg in (self, other) if leg.channel.has_port), None)
        taping = None
        if recording is not None and heard is not None:
            taping = asyncio.ensure_future(
                heard.record(recording, max_seconds=TALK_SECONDS, silence_seconds=TALK_SECONDS, end_keys="")
            )
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (*ends, *([taping] if taping is not None else [])):
                each.cancel()

    async def press(self, digits: str) -> None:
        """See `Sound`. By the modem, so that a codec of the network cannot spoil the tone; else in the sound."""
        if self._over.done():
            raise LegGoneError(self.id)
        if not DIGITS.issuperset(digits):
            raise ValueError(f"{digits!r} are not digits")
        for place, digit in enumerate(digits):
            if not await self._signalling.tone(digit):
                await self.channel.press(digits[place:])
                return
            await asyncio.wait({self._over}, timeout=TONE_SECONDS)
            if self._over.done():
                raise LegGoneError(self.id)
