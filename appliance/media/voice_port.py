"""A voice modem's port while it carries a call: 8,000 unsigned 8-bit samples a second each way, events among them.

It has what `pcm.PcmPort` has, so that one kind of leg serves both, and besides tells signs: what the modem reports
(`dle.py`), what is heard of a call that is placed (`line_tones.py`), keys. Our own sound is taken out of what is
heard (`echo.py`). Tones that end a call are heard by the leg, as on every analogue path (`supervision.py`). Entering
and leaving the stream is done by whoever has the modem's commands: `hardware/fxo`.
"""

from __future__ import annotations

import audioop
from array import array

from appliance.media import dle
from appliance.media.echo import LOUD_RMS, EchoCanceller, Filter
from appliance.media.line_tones import LineTones
from appliance.media.pcm import Meter
from appliance.media.sound_tty import SoundTty
from appliance.media.track import FRAME_SAMPLES

LINEAR, EIGHT = 2, 1  # bytes of a sample
MIDDLE = 128  # what silence is among unsigned samples
LEAD_FRAMES = 5  # 100 ms of silence go ahead of our sound: so long we may be late without an underrun
MOST_OWED = 3  # frames given besides after underruns
OURS_FRAMES = 50  # 1 s after we were heard last, a key that the modem reports may be of our own voice
QUIET_RMS = 300.0
KEY = "key "  # before the digit
BREAK, REVERSAL, END = "break", "reversal", "end"
# That the modem hears a busy or a dial tone is not taken from it: its rules are unknown, and a word may fulfil them.
SIGNS = {
    dle.LOOP_BREAK: BREAK,
    dle.REVERSAL: REVERSAL,
    dle.END: END,
}
_MEAN_SHARE = 0.05  # of a frame's mean in the running one: what the modem adds to every sample
_HALF_STEP = array("h", [MIDDLE] * FRAME_SAMPLES).tobytes()
_SILENT = bytes((MIDDLE,)) * FRAME_SAMPLES


class VoicePort:
    """The descriptor. Owns it. Gains are factors."""

    def __init__(self, descriptor: int, heard_gain: float, said_gain: float) -> None:
        self._tty = SoundTty(descriptor)
        self._heard_gain, self._said_gain = heard_gain, said_gain
        self._decoder, self._tones = dle.Decoder(), LineTones()
        self._echo: EchoCanceller | None = None
        self._pending = bytearray()  # heard, not a frame yet
        self._owed = LEAD_FRAMES
        self._signs: list[str] = []
        self._mean: float | None = None
        self._ours = 0  # frames since we said something, counted down
        self._raw = 0.0  # how loud the last frame was as it came
        self.heard, self.said = Meter(), Meter()

    @property
    def refused(self) -> int:
        """How many frames it would not take."""
        return self._tty.refused

    def cancel_echo(self, adaptive: Filter) -> None:
        """Take our own sound out from now on."""
        self._echo = EchoCanceller(adaptive)

    def take_signs(self) -> list[str]:
        """What was told since the last call: signs of `line_tones`, those above, and keys."""
        signs, self._signs = self._signs, []
        return signs

    def read(self) -> list[bytes]:
        """The frames of A-law that have come. Raises PortGoneError."""
        sound, events = self._decoder.feed(self._tty.read())
        self._pending += sound
        frames = []
        while len(self._pending) >= FRAME_SAMPLES:
            frames.append(self._hear(bytes(self._pending[:FRAME_SAMPLES])))
            del self._pending[:FRAME_SAMPLES]
        for event in events:
            self._told(event.code)
        return frames

    def _told(self, code: str) -> None:
        if code in SIGNS:
            self._signs.append(SIGNS[code])
        elif code == dle.UNDERRUN:
            self._owed = min(self._owed + 1, MOST_OWED)
        elif code in dle.KEYS and (not self._ours or self._raw < QUIET_RMS):
            # While we speak, the receiver behind the canceller knows better, unless the modem keeps tones to itself.
            self._signs.append(KEY + code)

    def _hear(self, unsigned: bytes) -> bytes:
        linear = audioop.lin2lin(audioop.bias(unsigned, EIGHT, -MIDDLE), EIGHT, LINEAR)
        mean = audioop.avg(linear, LINEAR)
        self._mean = mean if self._mean is None else self._mean + _MEAN_SHARE * (mean - self._mean)
        linear = audioop.add(linear, array("h", [-round(self._mean)] * FRAME_SAMPLES).tobytes(), LINEAR)
        self._raw = audioop.rms(linear, LINEAR)
        self._ours = max(0, self._ours - 1)
        if self._echo is not None:
            linear = self._echo.clean(linear)
        if sign := self._tones.hear(linear):
            self._signs.append(sign)
        if self._heard_gain != 1.0:
            linear = audioop.mul(linear, LINEAR, self._heard_gain)
        self.heard.hear(linear)
        return audioop.lin2alaw(linear, LINEAR)

    def write(self, frame: bytes) -> bool:
        """Write one frame of A-law; False when the port would not take it. Raises PortGoneError."""
        while self._owed:
            self._owed -= 1
            self._give(_SILENT)
        linear = audioop.mul(audioop.alaw2lin(frame, LINEAR), LINEAR, self._said_gain)
        self.said.hear(linear)
        signed = audioop.lin2lin(audioop.add(linear, _HALF_STEP, LINEAR), LINEAR, EIGHT)
        return self._give(audioop.bias(signed, EIGHT, MIDDLE))

    def _give(self, unsigned: bytes) -> bool:
        begun = self._tty.write(dle.encode(unsigned))
        if begun:
            linear = audioop.lin2lin(audioop.bias(unsigned, EIGHT, -MIDDLE), EIGHT, LINEAR)
            if audioop.rms(linear, LINEAR) > LOUD_RMS:
                self._ours = OURS_FRAMES
            if self._echo is not None:
                self._echo.said(linear)
        return begun

    def close(self) -> None:
        """Let go of it; the modem goes on until it is told."""
        self._tty.close()
