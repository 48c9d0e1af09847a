"""A call by SIM as the call flow sees it: signalling by its line, sound by a channel of the media process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from appliance.lines.channel_leg import ChannelLeg
from appliance.lines.line import Cause
from appliance.media.pcm_channel import PcmChannel
from appliance.media.sound import DIGITS, LegGoneError

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
