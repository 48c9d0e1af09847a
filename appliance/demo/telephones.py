"""The telephones of the demo, on a SIP socket and media process of their own: they call, are rung, and listen.

What they do is told by the stories; the exchange they call is another process and knows nothing of them.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from appliance.building.model import LineConfig
from appliance.clock import Clock
from appliance.demo.building import EXTENSION, KOWALSKA, NEIGHBOUR, NOWAK, NUMBER, PASSWORD, RESIDENT
from appliance.demo.party import DemoFailedError, Party, in_call
from appliance.lines.line import Leg, Line
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from appliance.media.plane import MediaPlane
from appliance.media.prompts import Prompts

RTP_PORTS = (30000, 30999)
RING_SECONDS = 1.5  # until somebody picks up
RINGING_SECONDS = 10.0  # for the exchange to answer
REGISTERED_SECONDS = 10.0
LOOK_SECONDS = 0.1
OUTSIDE = (RESIDENT, NEIGHBOUR, NOWAK, KOWALSKA)
OFFICE = f"ext:{EXTENSION}"

Tell = Callable[[str], None]


class Telephones:
    """All of them; `start`, then `connected` for the calls, then `stop`."""

    def __init__(self, clock: Clock, rng: random.Random, data: Path, tell: Tell) -> None:
        """`data` is the exchange's directory: its sentences are known from there, recordings are kept in it."""
        self.tell = tell
        self._data = data
        self._media = MediaPlane(RTP_PORTS, clock=clock, rng=rng, on_fault=tell)
        self._stack = SipStack(("127.0.0.1", 0), media=self._media, clock=clock, rng=rng)
        self._rung: defaultdict[str, asyncio.Queue[Leg]] = defaultdict(asyncio.Queue)
        self._line: Line | None = None
        self._prompts: Prompts | None = None

    async def start(self) -> int:
        """Open the socket; returns its port, where the exchange's provider is."""
        await self._media.start()
        await self._stack.start()
        return self._stack.address[1]

    async def stop(self) -> None:
        """Let go of everything."""
        await self._stack.stop()
        await self._media.stop()

    @asynccontextmanager
    async def connected(self, exchange: tuple[str, int], *, office: bool) -> AsyncIterator[None]:
        """Let the telephones outside, and with `office` the one in the building, call and be called.

        Raises DemoFailedError when the office's telephone cannot register.
        """
        server = f"{exchange[0]}:{exchange[1]}"
        outside = LineConfig("telephones", "sip", numbers=OUTSIDE, channels=8, server=server)
        inside = LineConfig(
            "office",
            "sip",
            numbers=(OFFICE,),
            channels=2,
            server=server,
            username=EXTENSION,
            password=PASSWORD,
            register=True,
        )
        lines = [SipTrunk(each, self._stack) for each in ((outside, inside) if office else (outside,))]
        self._line, self._prompts = lines[0], Prompts(self._data / "prompts", engines=())
        try:
            for line in lines:
                await line.start(lambda leg: self._rung[leg.called].put_nowait(leg))
            if office:
                await self._registered(lines[-1])
            yield
        finally:
            for line in lines:
                await line.stop()

    async def call(self, shown: str) -> Leg:
        """Call the building's number from this one; returns once it is answered. Raises NotAnsweredError."""
        assert self._line is not None
        return await self._line.dial(NUMBER, shown=shown, ring_seconds=RINGING_SECONDS)

    async def rung(self, phone: str, who: str) -> Leg:
        """Wait until the exchange rings this phone, and let it ring."""
        leg = await self._rung[phone].get()
        leg.ring()
        self.tell(f"{who}'s telephone rings.")
        return leg

    async def picked_up(self, phone: str, who: str) -> Leg:
        """Wait until the exchange rings this phone, and answer after a moment."""
        leg = await self.rung(phone, who)
        await asyncio.sleep(RING_SECONDS)
        leg.answer()
        return leg

    def in_call(self, who: str, leg: Leg) -> AbstractAsyncContextManager[Party]:
        """Somebody in this call; see `party.in_call`."""
        assert self._prompts is not None
        return in_call(who, leg, self._prompts, self._data)

    async def _registered(self, line: Line) -> None:
        try:
            await asyncio.wait_for(_up(line), REGISTERED_SECONDS)
        except TimeoutError as error:
            raise DemoFailedError(f"the office's telephone could not register: {line.state().fault}") from error
        self.tell(f"The office's telephone has registered as {OFFICE}.")


async def _up(line: Line) -> None:
    """A line tells its state to who asks, and to nobody else."""
    while line.state().state != "up":  # noqa: ASYNC110
        await asyncio.sleep(LOOK_SECONDS)
