"""One call placed on a copper pair: dial tone, keys, and what the line lets one hear of the far end. No port, no clock.

A copper pair never says that somebody has answered, unless its exchange turns the polarity round. What it does say:
it rings, it is busy, or there is other sound, or the ringing has stopped. That is taken for an answer and nothing more
is claimed: who really took the call is known when they press 1.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from appliance.lines.line import RINGING_SECONDS, Cause
from appliance.media.line_tones import DIAL, RINGING, VOICE
from appliance.media.supervision import Tone
from appliance.media.voice_port import BREAK, END, REVERSAL
from hardware.modem.verdict import Verdict

DIAL_TONE_SECONDS = 4.0  # off hook; an exchange gives it within one (ITU-T E.543), and 1.5 s of it are listened to
NEXT_RING_SECONDS = 5.8  # from one ring to the next are 5
VOICES = 2  # of 0.3 s, before any ringing; after it one is enough
DEAD = "no dial tone"


class Listening:
    """What the line has said since it was taken. `now`: monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.bell = asyncio.Event()
        self.dial_tone = self.sound = self.dialled = self.rang = False  # sound: before anything was dialled
        self.last_ring = float("-inf")
        self.voices = 0
        self.verdict: Verdict | None = None

    def sign(self, what: str) -> None:
        """The line said this: see `voice_port.py` and `supervision.Tone`."""
        if not self.dialled:
            self.dial_tone = self.dial_tone or what == DIAL
            self.sound = self.sound or what == VOICE
        elif what == Tone.BUSY.value:
            self.verdict = Verdict(Cause.BUSY, "busy tone")
        elif what == RINGING:
            self.rang, self.last_ring, self.voices = True, self._now(), 0
        elif what == VOICE:
            self.voices += 1
        elif what == REVERSAL:
            self.verdict = Verdict(None, "polarity")
        if what == END:
            self.verdict = Verdict(Cause.LINE_DOWN, "the modem ended the call")
        elif what == BREAK and self.dialled and self.rang:
            self.verdict = Verdict(Cause.BUSY, "the line was cut")
        self.bell.set()

    def answered(self) -> bool:
        """Whether there is more than ringing, or no more of it."""
        if not self.rang:
            return self.voices >= VOICES
        return self.voices > 0 or self._now() - self.last_ring > NEXT_RING_SECONDS

    async def until(self, when: Callable[[], bool], at: float) -> bool:
        """Wait until this holds; False at that monotonic second."""
        while not when():
            left = at - self._now()
            if left <= 0 or self.verdict is not None:
                return False
            self.bell.clear()
            limit = min(left, max(0.05, self.last_ring + NEXT_RING_SECONDS - self._now())) if self.rang else left
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(limit):
                    await self.bell.wait()
        return True


async def listened(line: Listening, now: Callable[[], float], ring_seconds: float) -> Verdict:
    """After the last key: wait for the answer, or for why there is none."""
    began = now()
    until = began + ring_seconds
    if not await line.until(lambda: line.rang or line.answered(), min(until, began + RINGING_SECONDS)):
        return line.verdict or Verdict(Cause.LINE_DOWN, "neither ringing nor a voice")
    if not await line.until(line.answered, until):
        return line.verdict or Verdict(Cause.NO_ANSWER, "rang its time")
    return line.verdict or Verdict(None)
