"""A modem whose sound is a USB sound card: `arecord` and `aplay` (alsa-utils) carry it between the card and one socket.

What is said and heard at that socket is what a modem's sound port has: 8 kHz, 16 bits, little-endian, one channel; the
media process serves it likewise. Both programs end when the socket is closed. No real card was seen (docs/hardware.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

RECORD, PLAY = "arecord", "aplay"
FORM = ("-q", "-t", "raw", "-f", "S16_LE", "-r", "8000", "-c", "1", "--period-time=20000", "--buffer-time=200000")
WAITING_BYTES = 8192  # in the kernel, its own book-keeping included: some ten frames towards the card, not seconds


class SoundCard:
    """The sound of one modem's calls, one after another."""

    def __init__(self) -> None:
        self._carriers: list[asyncio.subprocess.Process] = []
        self._watch: asyncio.Task[None] | None = None

    async def open(self, number: int) -> int:
        """Begin to carry the sound of ALSA card `number`; the descriptor of our end, the caller's from now on.

        Raises OSError where alsa-utils are not installed. A card that is not there closes the other end at once.
        """
        await self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            ours.setblocking(False)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WAITING_BYTES)
            for program in (RECORD, PLAY):
                self._carriers.append(
                    await asyncio.create_subprocess_exec(
                        program, "-D", f"plughw:{number},0", *FORM, stdin=theirs.fileno(), stdout=theirs.fileno()
                    )
                )
        except BaseException:
            ours.close()
            self._end()
            raise
        finally:
            theirs.close()
        self._watch = asyncio.create_task(self._until_one_ends(list(self._carriers)), name=f"sound card {number}")
        return ours.detach()

    async def close(self) -> None:
        """Carry nothing more."""
        self._end()
        watch, self._watch = self._watch, None
        if watch is not None:
            await watch
        for each in self._carriers:
            await each.wait()
        self._carriers.clear()

    def _end(self) -> None:
        for each in self._carriers:
            with contextlib.suppress(ProcessLookupError):
                each.terminate()

    async def _until_one_ends(self, carriers: list[asyncio.subprocess.Process]) -> None:
        """Half a sound is none: the other one ends too, and whoever has our end is told that the far end is gone."""
        ends = [asyncio.ensure_future(each.wait()) for each in carriers]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for each in carriers:
                if each.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        each.terminate()
            await asyncio.wait(ends)
        finally:
            for end in ends:
                end.cancel()
