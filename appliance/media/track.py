"""One direction of sound on its way into a file: every packet is put where its timestamp says.

It knows no file and no clock: positions are samples since the recording began, `clock` is the position of now.
"""

from __future__ import annotations

from appliance.media.g711 import SILENCE
from appliance.media.rtp import ahead32

FRAME_SAMPLES = 160
REORDER_SAMPLES = 3 * FRAME_SAMPLES  # a packet this late is still put in its place
JUMP_SAMPLES = 5 * 8000  # timestamps further off than this from the clock are a new count


class Track:
    """A-law sound; what was cut off its beginning can no longer change."""

    __slots__ = ("_base", "_pending", "start")

    def __init__(self) -> None:
        self.start = 0  # the position of the first sample that was not cut off
        self._base: int | None = None  # the timestamp of position 0
        self._pending = bytearray()

    @property
    def end(self) -> int:
        """The position after the last sample."""
        return self.start + len(self._pending)

    def put(self, timestamp: int, payload: bytes, newest: bool, clock: int) -> bool:
        """Take a packet; False when it is too late or too odd. `newest`: no later packet has come before it."""
        end = self.end
        if self._base is None:
            late = clock - FRAME_SAMPLES - end
            self._base = (timestamp - end - (late if late > REORDER_SAMPLES else 0)) & 0xFFFFFFFF
        at = ahead32(timestamp, self._base)
        if newest and (at < self.start or abs(at - clock) > JUMP_SAMPLES):
            # The count began anew, or stood still in a pause.
            self._base = (timestamp - end) & 0xFFFFFFFF
            at = end
        if at < self.start or at > clock + JUMP_SAMPLES:
            return False
        self.fill(at)
        offset = at - self.start
        self._pending[offset : offset + len(payload)] = payload
        return True

    def fill(self, position: int) -> None:
        """Silence up to this position, where there is nothing yet."""
        missing = position - self.end
        if missing > 0:
            self._pending += bytes((SILENCE,)) * missing

    def shorten(self, position: int) -> None:
        """Forget what lies after this position."""
        del self._pending[max(position - self.start, 0) :]

    def cut(self, count: int) -> bytes:
        """So many samples off the beginning."""
        sound = bytes(self._pending[:count])
        del self._pending[:count]
        self.start += len(sound)
        return sound
