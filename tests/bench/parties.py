"""The people of the load: callers, and the people on duty that the exchange rings."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Protocol

from tests.bench.rtpleg import RtpLeg
from tests.bench.sipwire import HOST, Dialog, Message, address_of, answer, media_address, sdp, uri_of

T1_SECONDS = 0.5  # RFC 3261's first retransmission
T2_SECONDS = 4.0  # the longest between two, but of an INVITE
TRIES = 11  # within 64 × T1
LATE_MOST_SECONDS = 0.1
ANSWER_SECONDS = (0.2, 0.4)  # how long somebody on duty lets it ring
REACTION_SECONDS = (0.5, 1.0)  # and thinks before pressing the key


class Stage(Protocol):
    """What the driver does for everybody."""

    rng: random.Random
    contact: str

    def at(self, due: float, action: Callable[[], None]) -> None:
        """Do it when the monotonic clock shows `due`."""

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Do it so much later."""

    def send(self, data: bytes, place: tuple[str, int]) -> None:
        """One datagram."""

    def new_leg(self) -> RtpLeg:
        """A leg with the next index."""

    def late(self, seconds: float) -> None:
        """A packet left so long after it should have."""


class Party:
    """One end of one call: its dialog, its sound, and requests repeated until they are answered."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.leg = stage.new_leg()
        self.dialog: Dialog | None = None
        self.up = self.over = False
        self.answered_at = self.ended_at = 0.0  # monotonic
        self._waiting = ""  # the method whose response is awaited
        self._due = 0.0  # of the next packet of sound

    def _repeat(self, data: bytes, method: str, tries: int = TRIES, seconds: float = T1_SECONDS) -> None:
        if self._waiting != method or not tries or self.dialog is None:
            return
        self.stage.send(data, self.dialog.place)
        later = seconds * 2 if method == "INVITE" else min(seconds * 2, T2_SECONDS)
        self.stage.after(seconds, lambda: self._repeat(data, method, tries - 1, later))

    def request(self, method: str, body: str = "") -> None:
        """Send a request and repeat it until something answers."""
        if self.dialog is not None:
            self._waiting = method
            self._repeat(self.dialog.request(method, self.stage.rng, body), method)

    def talk(self, remote: tuple[str, int]) -> None:
        """Sound from now on; its phase has nothing to do with anybody else's."""
        now = time.monotonic()
        self.up, self.answered_at = True, now
        self.leg.connect(remote, now)
        self._due = now + self.leg.first_beat
        self.stage.at(self._due, self._beat)

    def _beat(self) -> None:
        if not self.up:
            return
        now = time.monotonic()
        self.stage.late(now - self._due)
        self.leg.beat(now)
        # A telephone that was held up sends what it has, but not a second's worth at once.
        self._due = max(self._due, now - LATE_MOST_SECONDS) + self.leg.period
        self.stage.at(self._due, self._beat)

    def hang_up(self) -> None:
        """BYE, where there is somebody to say it to."""
        if self.up:
            self.end()
            self.over = False
            self.request("BYE")

    def end(self) -> None:
        """No more sound."""
        if self.up:
            self.up, self.ended_at = False, time.monotonic()
            self.leg.close()
        self.over = True

    def seconds(self) -> float:
        """How long it was answered."""
        return max(0.0, (self.ended_at or time.monotonic()) - self.answered_at) if self.answered_at else 0.0

    def on_request(self, message: Message) -> bytes | None:
        """What to answer a request within this call."""
        method = message.method
        if method == "ACK":
            if self._waiting == "ACK":  # a late copy ends nothing else
                self._waiting = ""
            return None
        if method in ("BYE", "CANCEL"):
            self.end()
        body = sdp(self.leg.port, self.leg.host) if method == "INVITE" else ""
        return answer(message, "200 OK", f"b{self.leg.index}", self.stage.contact, body)

    def on_response(self, message: Message) -> None:
        """A response to our BYE."""
        if message.method == "BYE" and message.status >= 200:
            self._waiting, self.over = "", True


class Caller(Party):
    """Calls a number; `then` is done when the call is answered."""

    def __init__(
        self, stage: Stage, server: tuple[str, int], number: str, caller: str, then: Callable[[Caller], None]
    ) -> None:
        super().__init__(stage)
        self.failed = 0  # status of a refusal
        self.answer_ns = 0  # from INVITE to 200, by the kernel's clock
        self._then = then
        self.sent_ns = 0
        self.dialog = Dialog(
            local=f"<sip:{caller}@{HOST}>;tag={stage.rng.getrandbits(32):08x}",
            remote=f"<sip:{number}@{server[0]}:{server[1]}>",
            target=f"sip:{number}@{server[0]}:{server[1]}",
            call_id=f"{stage.rng.getrandbits(64):016x}@bench",
            contact=stage.contact,
            place=server,
        )

    def call(self) -> None:
        """Send the INVITE."""
        self.sent_ns = time.time_ns()
        self.request("INVITE", sdp(self.leg.port, self.leg.host))

    def received(self, message: Message, at_ns: int) -> None:
        """A response, with the kernel's time of its arrival."""
        dialog = self.dialog
        if message.method != "INVITE" or dialog is None:
            self.on_response(message)
            return
        if self._waiting == "INVITE":
            self._waiting = ""
        if message.status < 200:
            return
        dialog.remote = message.header("to")
        if message.status >= 300:
            self.stage.send(dialog.again("ACK"), dialog.place)
            self.failed, self.over = message.status, True
            return
        dialog.target = uri_of(message.header("contact"))
        branch, dialog.branch = dialog.branch, f"z9hG4bK{self.stage.rng.getrandbits(64):016x}"
        self.stage.send(dialog.again("ACK"), dialog.place)
        dialog.branch = branch
        if not self.answered_at:
            self.answer_ns = at_ns - self.sent_ns
            self.talk(media_address(message.body))
            self._then(self)


class OnDuty(Party):
    """Is rung, answers (where `answers`), and presses a key (none where it is empty)."""

    def __init__(
        self, stage: Stage, invite: Message, place: tuple[str, int], key: str, *, answers: bool = True
    ) -> None:
        super().__init__(stage)
        self._invite, self._key = invite, key
        tag = f"b{self.leg.index}"
        contact = uri_of(invite.header("contact"))
        self.dialog = Dialog(
            local=f"{invite.header('to')};tag={tag}",
            remote=invite.header("from"),
            target=contact,
            call_id=invite.header("call-id"),
            contact=stage.contact,
            place=address_of(contact) if contact else place,
        )
        stage.send(answer(invite, "180 Ringing", tag, stage.contact), place)
        if answers:
            stage.after(stage.rng.uniform(*ANSWER_SECONDS), lambda: self._pick_up(place))

    def on_request(self, message: Message) -> bytes | None:
        """A CANCEL before the answer is the end of the INVITE too (RFC 3261 §9.2)."""
        if message.method == "CANCEL" and not self.up and self.dialog is not None:
            refusal = answer(self._invite, "487 Request Terminated", f"b{self.leg.index}", self.stage.contact)
            self.stage.send(refusal, self.dialog.place)
            self.over = True
        return super().on_request(message)

    def _pick_up(self, place: tuple[str, int]) -> None:
        if self.over:
            return
        self._waiting = "ACK"
        ok = answer(self._invite, "200 OK", f"b{self.leg.index}", self.stage.contact, sdp(self.leg.port, self.leg.host))
        self._repeat(ok, "ACK")
        self.talk(media_address(self._invite.body))
        if self._key:
            self.stage.after(self.stage.rng.uniform(*REACTION_SECONDS), lambda: self.leg.press(self._key))
