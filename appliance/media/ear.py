"""What a leg makes of the sound and the events that it hears: keys, voice, a recording. It has no socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, Protocol

from appliance.media.dtmf import DigitReceiver, PressFilter
from appliance.media.g711 import ALAW_TO_ULAW, ULAW_TO_ALAW, is_voice
from appliance.media.recorder import Keeper
from appliance.media.spandsp import MendedReceiver, ToneReceiver
from appliance.media.supervision import Supervision
from appliance.media.track import REORDER_SAMPLES


class Reporter(Protocol):
    """What an ear needs of the bench."""

    def receive_tones(self, ulaw: bool, take: Callable[[ToneReceiver], None]) -> None:
        """Call `take` with a receiver for digits in sound, now or soon; never where there is none."""

    def report(self, kind: str, *values: object) -> None:
        """Send a message of `wire.KINDS` to the exchange."""


class Ear:
    """One leg's. Times are monotonic seconds."""

    __slots__ = (
        "_bench",
        "_digits",
        "_number",
        "_presses",
        "_toned",
        "_tones",
        "_ulaw",
        "recorder",
        "supervision",
        "voices",
    )

    def __init__(self, number: int, bench: Reporter) -> None:
        self._number, self._bench = number, bench
        self._ulaw = False
        self._digits = DigitReceiver()
        self._tones: ToneReceiver | MendedReceiver | None = None  # where the far end takes no events
        self._toned = False  # a tone goes on
        self._presses = PressFilter()
        self.voices: dict[int, int] = {}  # token → samples of voice still to hear
        self.recorder: tuple[int, Keeper] | None = None  # token, …
        self.supervision: Supervision | None = None  # of an analogue path

    @property
    def listening(self) -> bool:
        """Whether anything wants to hear the sound."""
        return bool(self.voices) or self.recorder is not None or self._tones is not None or self.supervision is not None

    def connect(self, ulaw: bool, events: bool, *, mobile: bool = False) -> None:
        """The far end agreed on this law, and on events or not: then keys are looked for in the sound.

        `mobile`: that has come through a mobile network.
        """
        self._ulaw, self._tones = ulaw, None
        presses = self._presses = PressFilter()

        def take(receiver: ToneReceiver) -> None:
            if presses is self._presses:  # it has not been connected anew meanwhile
                self._tones = MendedReceiver(receiver) if mobile else receiver

        if not events:
            self._bench.receive_tones(ulaw, take)

    def new_source(self) -> None:
        """The far end begins to count anew."""
        self._digits = DigitReceiver()

    def hear_event(self, payload: memoryview, timestamp: int, marker: bool, now: float) -> None:
        """An RFC 4733 packet."""
        digit = self._digits.receive(payload, timestamp, marker)
        if digit is not None:
            self._pressed(digit, "event", now)

    def hear_digit(self, digit: str, now: float) -> None:
        """The line was told of a key."""
        self._pressed(digit, "event", now)

    def hear(self, sound: bytes, ulaw: bool, timestamp: int, gain: int, now: float, pressing: bool) -> None:
        """A packet of sound. `gain`: see `ToneReceiver.hear`; `pressing`: we send keys, their echo is none."""
        if ulaw is not self._ulaw:
            sound = sound.translate(ALAW_TO_ULAW if self._ulaw else ULAW_TO_ALAW)
        if self._tones is not None:
            self._hear_tones(self._tones, sound, timestamp, gain, now, pressing)
            if not self.voices and self.recorder is None and self.supervision is None:
                return
        if self._ulaw:
            sound = sound.translate(ULAW_TO_ALAW)
        voice = is_voice(sound)
        if self.supervision is not None:
            for said in self.supervision.hear(sound, voice):
                self._bench.report("supervised", self._number, said)
            voice = voice and not self.supervision.toned
        if self.recorder is not None:
            self.recorder[1].take(timestamp, sound, gain >= 0, voice, now)
        if voice and self.voices:
            for token in list(self.voices):
                self.voices[token] -= len(sound)
                if self.voices[token] <= 0:
                    del self.voices[token]
                    self._bench.report("voiced", self._number, token)

    def _hear_tones(
        self,
        receiver: ToneReceiver | MendedReceiver,
        sound: bytes,
        timestamp: int,
        gain: int,
        now: float,
        pressing: bool,
    ) -> None:
        digits = receiver.hear(sound, timestamp, gain)
        if not pressing:
            for digit in digits:
                self._pressed(digit, "tone", now)
        if digits:
            self._toned = True
        elif self._toned and not receiver.sounding:
            self._toned = False
            self._presses.released(now)
            self._bench.report("released", self._number)

    def _pressed(self, digit: str, way: Literal["event", "tone"], now: float) -> None:
        if not self._presses.pressed(digit, way, now, held=way == "tone"):
            return
        recorder = self.recorder[1] if self.recorder is not None else None
        if recorder is None or digit not in recorder.end_keys:
            self._bench.report("key", self._number, digit, way == "tone")
            return
        if way == "tone":
            recorder.forget_last(REORDER_SAMPLES)
        self.end_recording("key")

    def tick(self, now: float) -> None:
        """Every 20 ms: end a recording that is over."""
        if self.recorder is not None:
            why = self.recorder[1].tick(now)
            if why is not None:
                self.end_recording(why)

    def end_recording(self, why: str) -> None:
        """Finish the recording, if there is one; its report comes when the file is complete."""
        if self.recorder is not None:
            self.recorder[1].end(why)
            self.recorder = None
