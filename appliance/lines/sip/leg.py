"""A SIP call as the call flow sees it: signalling by the stack, sound by a channel of the media process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from appliance.lines.channel_leg import ChannelLeg
from appliance.lines.line import Cause
from appliance.lines.sip.events import Digit, Ended, Event, MediaChanged
from appliance.lines.sip.place import Host
from appliance.lines.sip.sdp import MediaChoice
from appliance.media.rtp_channel import RtpChannel

REFUSALS = {
    Cause.BUSY: 486,
    Cause.NO_ANSWER: 480,
    Cause.REFUSED: 603,
    Cause.WRONG_NUMBER: 404,
    Cause.LINE_DOWN: 503,
}
OTHER_REFUSAL = 480

log = logging.getLogger(__name__)


class Media(Protocol):
    """Where channels come from. `media.plane.MediaPlane` is one."""

    def channel(self, leg_id: str, local_host: str) -> RtpChannel:
        """A channel bound on `local_host`. Raises OSError when no port is free."""
        ...


class Signalling(Protocol):
    """What a leg asks of the stack."""

    def ring(self, call: str) -> None:
        """Tell the caller that it rings."""
        ...

    def accept(self, call: str, media: Host) -> None:
        """Answer."""
        ...

    def hang_up(self, call: str, status: int = 480) -> None:
        """End the call."""
        ...

    def hold(self, call: str, on: bool) -> None:
        """Tell the far end that nobody hears it for a while, or somebody does again."""
        ...

    def ask(self, call: str) -> None:
        """Ask the far end whether it is still there; `Ended` follows when it is not."""
        ...


class SipLeg(ChannelLeg):
    """One call. `on_over` is called once, when it has ended. See `Leg` and `Sound` for the methods."""

    def __init__(
        self,
        name: str,
        line: str,
        called: str,
        caller: str | None,
        signalling: Signalling,
        channel: RtpChannel,
        on_over: Callable[[SipLeg], None],
    ) -> None:
        self.id = name
        self.line = line
        self.called = called
        self.caller = caller
        super().__init__(channel)
        self.channel: RtpChannel = channel
        self._signalling = signalling
        self._on_over = on_over
        self._call = ""
        self._choice: MediaChoice | None = None
        self._answered = False
        channel.on_lost = self._lost

    @property
    def up(self) -> bool:
        """Answered and not ended."""
        return self._answered and not self._over.done()

    # -- signalling --------------------------------------------------------------------------------------------

    def attach(self, call: str, choice: MediaChoice | None, *, answered: bool = False) -> None:
        """Bind it to the agent's call. An outgoing one is `answered`, and its sound begins."""
        self._call = call
        self._choice = choice
        if answered:
            self._answered = True
            self._connect()

    def ring(self) -> None:
        """Tell the caller that it rings."""
        if not self._answered and not self._over.done():
            self._signalling.ring(self._call)

    def answer(self) -> None:
        """Answer; nothing happens once the caller has gone."""
        if self._answered or self._over.done():
            return
        self._answered = True
        self._signalling.accept(self._call, self.channel.local)
        self._connect()

    def hangup(self, cause: Cause = Cause.HANGUP) -> None:
        """Refuse before the answer, end after it."""
        if self._over.done():
            return
        self._signalling.hang_up(self._call, REFUSALS.get(cause, OTHER_REFUSAL))
        self._end(cause)

    def hold(self) -> None:
        """Tell the far end that nobody hears it for a while; it hears what is played. Does nothing unless up."""
        if self.up:
            self._signalling.hold(self._call, True)

    def resume(self) -> None:
        """Tell the far end that it is heard again."""
        if self.up:
            self._signalling.hold(self._call, False)

    def on_event(self, event: Event) -> None:
        """What the far end did."""
        if isinstance(event, MediaChanged):
            self._choice = event.choice
            self._connect()
        elif isinstance(event, Digit):
            # A far end that sends telephone-event too would press each key twice.
            if self._choice is None or self._choice.event_type is None:
                self.channel.on_digit(event.digit)
        elif isinstance(event, Ended):
            after = Cause.LOST if event.lost else Cause.HANGUP
            self._end(after if self._answered else Cause.CANCELLED)

    def _connect(self) -> None:
        choice = self._choice
        if choice is None or self._over.done() or not self._answered:
            return  # the far end's wishes come with its ACK
        self.channel.connect(choice.remote, choice.codec, choice.payload_type, choice.event_type)
        self.channel.hold(choice.on_hold)

    def _lost(self) -> None:
        """Nothing was heard for a while: who only listens is not gone, and may send nothing at all (RFC 3551 §4.1)."""
        if self._choice is not None and not self._choice.speaks:
            return
        log.info("%s: nothing is heard of the far end; asking whether it is there", self.id)
        self._signalling.ask(self._call)

    def _end(self, cause: Cause) -> None:
        if not self._over.done():
            self._over.set_result(cause)
            self.channel.close()
            self._on_over(self)
