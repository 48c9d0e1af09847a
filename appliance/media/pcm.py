"""A modem's sound port: 8 kHz, 16 bits, signed, little-endian, 320 bytes every 20 ms each way; a tty or a pty.

Bytes come in any pieces and leave in any pieces: samples are never torn. The port is non-blocking and raw; it may be
pulled out at any moment. Sources: Quectel EC2x&EG9x Voice Over USB and UAC Application Note (AT+QPCMV); SIMCom
SIM7500/SIM7600 AT Command Manual (AT+CPCMREG); Huawei's voice port carries the same (AT^DDSETEX).
"""

from __future__ import annotations

import audioop
import math
import sys

from appliance.media.g711 import SQUARE_AT_0_DBM0, VOICE_DBM0
from appliance.media.sound_tty import SoundTty
from appliance.media.track import FRAME_SAMPLES

SAMPLE_BYTES = 2
FRAME_BYTES = SAMPLE_BYTES * FRAME_SAMPLES
CERTAIN_VOTES = 2  # frames that say the same
MUCH_ROUGHER = 4  # times; white noise is 1.4 times as rough one way as the other at most, a full tone of 3.4 kHz 1.7
QUIET_RMS = math.sqrt(SQUARE_AT_0_DBM0 * 10 ** (VOICE_DBM0 / 10))
NO_VOICE_DBM0 = -99.0


def factor(decibels: float) -> float:
    """By what sound is multiplied to be so much louder."""
    return float(10 ** (decibels / 20))


class Alignment:
    """Where samples begin in bytes whose beginning is not known: a process that died may have read half of one.

    From one sample to the next sound changes little. With the bytes paired wrongly their low halves lead, and it is
    a roar. Silence, and noise as loud as that, tell nothing and are left as they are.
    """

    def __init__(self) -> None:
        self._votes = 0  # for the pairs as they are; below 0, for the others

    @property
    def certain(self) -> bool:
        """There is nothing to look for any more."""
        return self._votes >= CERTAIN_VOTES

    def torn(self, data: bytes) -> bool:
        """Whether a frame and one byte more, at least, are paired wrongly: then this is not sound."""
        as_is, other = _roughness(data[:FRAME_BYTES]), _roughness(data[1 : FRAME_BYTES + 1])
        if MUCH_ROUGHER * as_is < other:
            self._votes = max(self._votes, 0) + 1
        torn = MUCH_ROUGHER * other < as_is
        if torn:
            self._votes = min(self._votes, 0) - 1
        return torn

    @property
    def wrong(self) -> bool:
        """The first byte belongs to a sample that is gone."""
        return self._votes <= -CERTAIN_VOTES


class Samples:
    """Bytes in any pieces to frames of 16-bit samples; what is not yet a whole frame waits."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._alignment: Alignment | None = Alignment()

    def take(self, data: bytes) -> list[bytes]:
        """The frames that are whole now: `FRAME_SAMPLES` of this machine's 16-bit samples each."""
        pending = self._bytes
        pending += data
        frames = []
        while len(pending) > FRAME_BYTES or (self._alignment is None and len(pending) == FRAME_BYTES):
            frame = bytes(pending[:FRAME_BYTES])
            if self._alignment is not None and self._torn(self._alignment):
                frame = bytes(FRAME_BYTES)
            del pending[:FRAME_BYTES]
            frames.append(_native(frame))
        return frames

    def _torn(self, alignment: Alignment) -> bool:
        torn = alignment.torn(bytes(self._bytes[: FRAME_BYTES + 1]))
        if alignment.wrong:
            del self._bytes[:1]
        if alignment.wrong or alignment.certain:
            self._alignment = None
        return torn


class Meter:
    """How loud the voice in some sound is, in dBm0 (ITU-T G.711): the mean of what is louder than a quiet room."""

    def __init__(self) -> None:
        self._squares = self._frames = 0

    def hear(self, linear: bytes) -> None:
        """A frame of this machine's 16-bit samples."""
        rms = audioop.rms(linear, SAMPLE_BYTES)
        if rms > QUIET_RMS:
            self._squares += rms * rms
            self._frames += 1

    def take(self) -> float:
        """The level since the last call; `NO_VOICE_DBM0` where there was none."""
        squares, frames = self._squares, self._frames
        self._squares = self._frames = 0
        return 10 * math.log10(squares / frames / SQUARE_AT_0_DBM0) if frames else NO_VOICE_DBM0


class PcmPort:
    """The descriptor. Owns it. Gains are factors."""

    def __init__(self, descriptor: int, heard_gain: float, said_gain: float) -> None:
        self._tty = SoundTty(descriptor)
        self._heard_gain, self._said_gain = heard_gain, said_gain
        self._samples = Samples()
        self.heard, self.said = Meter(), Meter()

    @property
    def refused(self) -> int:
        """How many frames it would not take."""
        return self._tty.refused

    def read(self) -> list[bytes]:
        """The frames of A-law that have come. Raises PortGoneError."""
        return [self._hear(linear) for linear in self._samples.take(self._tty.read())]

    def _hear(self, linear: bytes) -> bytes:
        linear = _scaled(linear, self._heard_gain)
        self.heard.hear(linear)
        return audioop.lin2alaw(linear, SAMPLE_BYTES)

    def write(self, frame: bytes) -> bool:
        """Write one frame of A-law; False when the port would not take it. Raises PortGoneError."""
        linear = _scaled(audioop.alaw2lin(frame, SAMPLE_BYTES), self._said_gain)
        self.said.hear(linear)
        return self._tty.write(_native(linear))

    def close(self) -> None:
        """Let go of it."""
        self._tty.close()


def _roughness(data: bytes) -> int:
    """By how much samples differ from their neighbours."""
    linear = _native(data)
    steps = audioop.add(linear[SAMPLE_BYTES:], audioop.mul(linear[:-SAMPLE_BYTES], SAMPLE_BYTES, -1), SAMPLE_BYTES)
    return audioop.rms(steps, SAMPLE_BYTES)


def _native(linear: bytes) -> bytes:
    """Little-endian samples in this machine's order, or back."""
    return audioop.byteswap(linear, SAMPLE_BYTES) if sys.byteorder == "big" else linear


def _scaled(linear: bytes, gain: float) -> bytes:
    """Louder or softer; what does not fit is clipped."""
    return linear if gain == 1.0 else audioop.mul(linear, SAMPLE_BYTES, gain)
