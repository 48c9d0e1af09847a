"""Asks upsd over TCP how its UPS is: one connection, made anew after any trouble. What answers mean is `nut.py`'s."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from hardware.mains.nut import Answer, Answers, ProtocolError, place, question, reading
from hardware.mains.reading import Reading

ANSWER_SECONDS = 5.0
READ_BYTES = 4096


class NutUps:
    """Implements `Ups`. `name`: "ups@host:port"."""

    def __init__(self, name: str) -> None:
        self._ups, self._host, self._port = place(name)
        self._wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def read(self) -> Reading:
        """See `Ups`."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return reading(await self._ask())
        except (OSError, TimeoutError, EOFError, OverflowError) as error:
            trouble = Reading(None, trouble="away", detail=str(error))
        except ProtocolError as error:
            trouble = Reading(None, trouble="nonsense", detail=str(error))
        await self.close()
        return trouble

    async def _ask(self) -> Answer:
        if self._wire is None:
            self._wire = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._wire
        answers = Answers(self._ups)
        writer.write(question(self._ups))
        await writer.drain()
        while data := await reader.read(READ_BYTES):
            if found := answers.receive(data):
                return found[-1]
        raise EOFError("the connection was closed")

    async def close(self) -> None:
        """See `Ups`."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire[1].close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await wire[1].wait_closed()
