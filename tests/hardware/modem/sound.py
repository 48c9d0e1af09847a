"""The PCM port of a modem in software: 320 bytes each way every 20 ms while a call has sound (8 kHz, 16 bits, LE)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

FRAME_BYTES = 320
FRAME_SECONDS = 0.02
SILENCE = bytes(FRAME_BYTES)
MOST_READ = 65536
MOST_WAITING_BYTES = 50 * FRAME_BYTES


class PcmPort:
    """The modem's end of its sound. `speech()` gives the next frame to say, `heard` takes what the box says.

    `ppm`: how fast the modem's clock goes; `piece_bytes`: how it breaks its frames (0: whole).
    """

    def __init__(
        self,
        master: int,
        speech: Callable[[], bytes],
        heard: Callable[[bytes], None],
        *,
        ppm: float = 0.0,
        piece_bytes: int = 0,
    ) -> None:
        self._master, self._speech, self._heard = master, speech, heard
        self._frame_seconds = FRAME_SECONDS / (1.0 + ppm / 1e6)
        self._piece_bytes = piece_bytes
        self._task: asyncio.Task[None] | None = None

    @property
    def on(self) -> bool:
        """Whether it carries sound."""
        return self._task is not None

    def begin(self) -> None:
        """The call has sound from now on; what lay in the port is old."""
        if self._task is None:
            self._read()
            self._task = asyncio.ensure_future(self._run())

    def end(self) -> None:
        """No more sound."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due, waiting = loop.time(), bytearray()
        while True:
            if len(waiting) < MOST_WAITING_BYTES:  # nobody reads: a modem does not wait
                waiting += self._speech() or SILENCE
            size = self._piece_bytes or FRAME_BYTES
            try:
                while waiting:
                    del waiting[: os.write(self._master, waiting[:size])]
            except BlockingIOError:
                pass
            except OSError:
                return
            if data := self._read():
                self._heard(data)
            due += self._frame_seconds
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _read(self) -> bytes:
        try:
            return os.read(self._master, MOST_READ)
        except OSError:
            return b""
