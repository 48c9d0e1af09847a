"""A modem's sound port: 8 kHz, 16 bits, signed, little-endian, 320 bytes every 20 ms each way; a tty or a pty.

Bytes come in any pieces and leave in any pieces: samples are never torn. The port is non-blocking and raw; it may be
pulled out at any moment. Sources: Quectel EC2x&EG9x Voice Over USB and UAC Application Note (AT+QPCMV); SIMCom
SIM7500/SIM7600 AT Command Manual (AT+CPCMREG); Huawei's voice port carries the same (AT^DDSETEX).
"""

from __future__ import annotations

import audioop
import errno
import os
import select
import sys
from contextlib import suppress

from appliance.media.track import FRAME_SAMPLES

SAMPLE_BYTES = 2
FRAME_BYTES = SAMPLE_BYTES * FRAME_SAMPLES
READ_BYTES = 4096  # a tty gives no more at once
MOST_READS = 4  # in one tick: a second of sound; a port that gives more must not hold up the others
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


def factor(decibels: float) -> float:
    """By what sound is multiplied to be so much louder."""
    return float(10 ** (decibels / 20))


class PortGoneError(Exception):
    """The port was pulled out, or its other end was closed. Says why."""


class Samples:
    """Bytes in any pieces to A-law frames; what is not yet a whole frame waits."""

    def __init__(self, gain: float) -> None:
        """`gain`: a factor."""
        self._gain = gain
        self._bytes = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """The frames, `FRAME_SAMPLES` of A-law each, that are whole now."""
        self._bytes += data
        whole = len(self._bytes) // FRAME_BYTES * FRAME_BYTES
        if not whole:
            return []
        linear = bytes(self._bytes[:whole])
        del self._bytes[:whole]
        sound = audioop.lin2alaw(_scaled(_native(linear), self._gain), SAMPLE_BYTES)
        return [sound[at : at + FRAME_SAMPLES] for at in range(0, len(sound), FRAME_SAMPLES)]


class PcmPort:
    """The descriptor. Owns it. Gains are factors."""

    def __init__(self, descriptor: int, heard_gain: float, said_gain: float) -> None:
        self._descriptor, self._said_gain = descriptor, said_gain
        self._samples = Samples(heard_gain)
        self._rest = b""  # of a frame of which the port took a part
        self.refused = 0  # frames that it would not take
        os.set_blocking(descriptor, False)
        os.set_inheritable(descriptor, False)

    def read(self) -> list[bytes]:
        """The frames that have come. Raises PortGoneError."""
        frames: list[bytes] = []
        for _ in range(MOST_READS):
            try:
                data = os.read(self._descriptor, READ_BYTES)
            except BlockingIOError:
                break
            except OSError as error:
                raise PortGoneError(_reason(error)) from None
            if not data:
                self._require_there()
                break
            frames += self._samples.take(data)
            if len(data) < READ_BYTES:
                break
        return frames

    def write(self, frame: bytes) -> bool:
        """Write one frame of A-law; False when the port would not take it. Raises PortGoneError."""
        linear = _native(_scaled(audioop.alaw2lin(frame, SAMPLE_BYTES), self._said_gain))
        data = self._rest + linear
        try:
            taken = os.write(self._descriptor, data)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            raise PortGoneError(_reason(error)) from None
        begun = taken > len(self._rest)
        self._rest = data[taken:] if begun else self._rest[taken:]
        self.refused += not begun
        return begun

    def close(self) -> None:
        """Let go of it."""
        with suppress(OSError):
            os.close(self._descriptor)

    def _require_there(self) -> None:
        """No bytes are no end of file on a tty whose VMIN is 0."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        if any(events & _GONE for _, events in poll.poll(0)):
            raise PortGoneError("hung up")


def _native(linear: bytes) -> bytes:
    """Little-endian samples in this machine's order, or back."""
    return audioop.byteswap(linear, SAMPLE_BYTES) if sys.byteorder == "big" else linear


def _scaled(linear: bytes, gain: float) -> bytes:
    """Louder or softer; what does not fit is clipped."""
    return linear if gain == 1.0 else audioop.mul(linear, SAMPLE_BYTES, gain)


def _reason(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, str(error))
