"""A call on a copper pair as the call flow sees it: signalling by its line, sound by a channel of the media process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from appliance.lines.channel_leg import ChannelLeg
from appliance.lines.line import Cause, Leg
from appliance.media.pcm_channel import PcmChannel
from appliance.media.supervision import Tone

MAY_RING_SECONDS = 1.0  # a guessed answer is mostly right: no more is waited for, but 1 must be pressed


class Signalling(Protocol):
    """What a leg asks of its line."""

    def answer(self, leg: FxoLeg) -> None:
        """Go off hook, soon."""
        ...

    def over(self, leg: FxoLeg) -> None:
        """It has ended: go on hook, soon."""
        ...

    async def transfer(self, leg: FxoLeg, other: FxoLeg) -> None:
        """Leave these two to the exchange, which joins them by that or has done so. Raises LegGoneError: it cannot."""
        ...


class FxoLeg(ChannelLeg):
    """One call. See `Leg` and `Sound` for the methods. Nothing can be refused on a copper pair: it rings on unheard."""

    channel: PcmChannel

    def __init__(
        self, name: str, line: str, called: str, caller: str | None, signalling: Signalling, channel: PcmChannel
    ) -> None:
        super().__init__(channel)
        self.id, self.line, self.called, self.caller = name, line, called, caller
        self._signalling = signalling
        self._answered = False
        self.on_sign: Callable[[str], None] = lambda sign: None
        self.handed_on: FxoLeg | None = None  # whose the line is now
        self.beside: FxoLeg | None = None  # for whose sake it is on hold (`flashing.py`)

    @property
    def up(self) -> bool:
        """Answered and not ended."""
        return self._answered and not self._over.done()

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._over.done()

    def can_be_held(self) -> bool:
        """Whether it is somebody who called us, and is heard."""
        return self.up and not self.may_ring and self.channel.has_port

    async def bridge(self, other: Leg, *, recording: Path | None = None) -> None:
        """See `Leg`. Two calls of one pair are joined by its exchange, and over for us; nothing is recorded then."""
        if isinstance(other, FxoLeg) and (other is self.beside or self is other.beside):
            await self._signalling.transfer(self, other)
        else:
            await super().bridge(other, recording=recording)

    def ring(self) -> None:
        """The exchange of the network has told the caller already."""

    def answer(self) -> None:
        """Answer; nothing happens once the caller has gone."""
        if not self._answered and not self._over.done():
            self._answered = True
            self._signalling.answer(self)

    def attach(self) -> None:
        """An outgoing one was answered, as far as a copper pair tells: see `Leg.may_ring`."""
        self._answered = self.guessed = True
        self.may_ring = MAY_RING_SECONDS

    def hangup(self, cause: Cause = Cause.HANGUP) -> None:
        """End it."""
        if not self._over.done():
            self._over.set_result(cause)
            self.channel.close()
            self._signalling.over(self)

    def _supervised(self, heard: str) -> None:
        """A tone before the answer is about the call that is placed."""
        if self._answered:
            super()._supervised(heard)
        elif heard == Tone.BUSY.value:
            self.on_sign(heard)

    def hand_on(self, other: FxoLeg) -> None:
        """It came to nothing, and its line, with its channel, is another call's."""
        self.handed_on = other
        if not self._over.done():
            self._over.set_result(Cause.CANCELLED)

    def far_end_is_gone(self, *, lost: bool) -> None:
        """The far end hung up, or with `lost` vanished."""
        after = Cause.LOST if lost else Cause.HANGUP
        self.hangup(after if self._answered else Cause.CANCELLED)
