"""A modem's sound on a pseudo-terminal: what a modem in a call does with its port, every 20 ms by its own clock."""

from __future__ import annotations

import asyncio
import audioop
import contextlib
import os
import tty
from collections.abc import Iterator

from appliance.media.pcm_channel import PcmChannel, open_sound_port
from appliance.media.plane import MediaPlane

FRAME_BYTES = 320
PATIENCE_SECONDS = 10.0


class Modem:
    """`path` is the port that the box opens; what the box says is in `heard`, as 16-bit PCM."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        self._ends = [self._master, slave]  # with ours open the port hangs up only when it is unplugged
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(slave)
        self.heard = bytearray()
        self._more = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._read)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                self.heard += os.read(self._master, 65536)
            except OSError:  # nobody has it open
                self._loop.remove_reader(self._master)
        self._more.set()

    def open(self) -> int:
        """The port as the box opens it."""
        return open_sound_port(self.path)

    def unplug(self) -> None:
        """The stick is pulled out. May be called again."""
        for each in self._ends:
            self._loop.remove_reader(each)
            os.close(each)
        self._ends.clear()

    def give(self, data: bytes) -> None:
        """Bytes to the box, in whatever pieces."""
        os.write(self._master, data)

    async def say(self, sound: bytes, piece: int = FRAME_BYTES) -> None:
        """A-law sound to the box, in pieces of so many bytes of PCM, each at its time."""
        linear = audioop.alaw2lin(sound, 2)
        due = self._loop.time()
        for at in range(0, len(linear), piece):
            self.give(linear[at : at + piece])
            due += piece / 16000
            await asyncio.sleep(max(due - self._loop.time(), 0))

    async def hear(self, samples: int) -> bytes:
        """The next so many samples that the box writes, as A-law."""
        async with asyncio.timeout(PATIENCE_SECONDS + samples / 8000):
            while len(self.heard) < 2 * samples:
                self._more.clear()
                await self._more.wait()
        linear = bytes(self.heard[: 2 * samples])
        del self.heard[: 2 * samples]
        return audioop.lin2alaw(linear, 2)

    async def hear_until(self, sound: bytes, samples: int = 80_000) -> bytes:
        """All A-law up to the end of this sound, of at most so many samples."""
        heard = bytearray()
        while sound not in heard:
            assert len(heard) < samples, "it never came"
            heard += await self.hear(160)
        return bytes(heard[: heard.index(sound) + len(sound)])


@contextlib.contextmanager
def modem() -> Iterator[Modem]:
    made = Modem()
    try:
        yield made
    finally:
        made.unplug()


def call(media: MediaPlane, far: Modem) -> PcmChannel:
    """A channel that has the port of this modem, which carries sound."""
    channel = media.pcm_channel("gsm")
    channel.open_port(far.open())
    far.give(bytes(2 * FRAME_BYTES))
    return channel
