"""What every leg in the media process has, whatever its wire: what it plays and presses, what it hears, its partner.

The wire is a subclass's: `rtp_leg.py` (packets to an address), `pcm_leg.py` (a modem's sound port). It decides
nothing: commands come from `process.py`, reports go to the `Bench` it works at.
"""

from __future__ import annotations

from typing import Protocol

from appliance.media import tones
from appliance.media.clips import Playlist
from appliance.media.dtmf import DigitSender
from appliance.media.ear import Ear, Reporter
from appliance.media.g711 import SILENCE
from appliance.media.playout import Playout
from appliance.media.track import FRAME_SAMPLES

SILENT_FRAME = bytes((SILENCE,)) * FRAME_SAMPLES


class Bench(Reporter, Protocol):
    """What all legs share: one buffer to receive into, the tick counter, and the way to the exchange."""

    buffer: bytearray
    view: memoryview
    tick: int  # counts 20 ms of time, not deadlines met

    def wall(self) -> float:
        """The wall clock, seconds since 1970, for RTCP."""

    def disconnect(self, descriptor: int) -> None:
        """Undo the connect of a UDP socket."""


class Leg:
    """One far end's sound, in A-law. Times are monotonic seconds."""

    # Each of many legs is touched every 20 ms, after other programs have had the processor's caches: small is fast.
    __slots__ = ("_bench", "ear", "feed", "number", "partner", "playlist", "pressing")

    def __init__(self, number: int, bench: Bench) -> None:
        self.number = number
        self._bench = bench
        self.playlist: Playlist | None = None
        self.pressing: tuple[int, DigitSender] | None = None
        self.ear = Ear(number, bench)
        self.partner: Leg | None = None
        self.feed: Playout | None = None  # of what the partner says, where it does not come as packets

    def beat(self, now: float) -> None:
        """Every 20 ms: hear what has come, send one frame, look after the rest."""
        raise NotImplementedError

    def hold(self, on: bool, now: float) -> None:
        """While it is held nothing is sent nor expected; what plays goes on unheard."""
        raise NotImplementedError

    def join(self, far: Leg) -> None:
        """Pass on to this partner what is heard."""
        self.partner = far
        if self.ear.supervision is not None:
            self.ear.supervision.joined(True)

    def open_feed(self) -> Playout:
        """Where a partner puts the sound of its far end."""
        self.feed = Playout()
        return self.feed

    def part(self) -> None:
        """The bridge to the partner has ended."""
        self.partner = self.feed = None
        if self.ear.supervision is not None:
            self.ear.supervision.joined(False)

    def close(self, now: float) -> None:
        """Let go of the wire."""
        raise NotImplementedError

    def _press(self, timestamp: int) -> tuple[bytes, bool, int] | None:
        """One step of what it presses, if anything: see `DigitSender.step`."""
        if self.pressing is None:
            return None
        token, sender = self.pressing
        event = sender.step(timestamp)
        if sender.done:
            self.pressing = None
            self._bench.report("pressed", self.number, token)
        return event

    def _frame(self, tone: tuple[str, int] | None) -> bytes:
        """The next `FRAME_SAMPLES` it has to say: a tone that it presses, what it plays, what the partner says."""
        frame = self.feed.frame() if self.feed is not None else None  # goes on unheard where something else is said
        if self.playlist is not None:
            frame = self.playlist.frame()
        if tone is not None:
            frame = tones.frame(*tone)
        return frame or SILENT_FRAME

    def _sent(self) -> None:
        """The frame has left: was it the last one of what it plays?"""
        playlist = self.playlist
        if playlist is not None and playlist.over:
            self.playlist = None
            self._bench.report("played", self.number, playlist.token)
