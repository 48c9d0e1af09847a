"""The two telephones of the demo: a resident's and the duty person's, on a SIP socket and media process of their own.

They play their parts and tell what happens; the exchange they call is another process and knows nothing of them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from appliance.building.model import LineConfig
from appliance.clock import Clock
from appliance.demo.building import DUTY, NUMBER, RESIDENT
from appliance.demo.tones import DUTY_HERTZ, RESIDENT_HERTZ, SHARE_HEARD, share, tone_of
from appliance.lines.line import Leg, Line
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from appliance.media.plane import MediaPlane
from appliance.media.sound import BYTES_PER_SECOND, Clip
from appliance.media.wav import read

RTP_PORTS = (30000, 30999)
GREETING_SECONDS = 1.0  # of voice: that is a greeting, not a click
RING_SECONDS = 1.5  # until the duty person picks up
LISTEN_SECONDS = 2.0  # of the other's tone, to recognise it
PATIENCE_SECONDS = 40.0  # for the whole call

Tell = Callable[[str], None]


class DemoFailedError(Exception):
    """Something that should have happened did not; the text says what."""


class Telephones:
    """Both telephones; `start`, then `play`, then `stop`."""

    def __init__(self, clock: Clock, rng: random.Random, directory: Path, tell: Tell) -> None:
        """`directory` is where tones and recordings may be kept."""
        self._directory, self._tell = directory, tell
        self._media = MediaPlane(RTP_PORTS, clock=clock, rng=rng, on_fault=tell)
        self._stack = SipStack(("127.0.0.1", 0), media=self._media, clock=clock, rng=rng)
        self._rung: asyncio.Queue[Leg] = asyncio.Queue()
        self._both_heard = asyncio.Barrier(2)

    async def start(self) -> int:
        """Open the socket; returns its port, where the exchange's provider is."""
        await self._media.start()
        await self._stack.start()
        return self._stack.address[1]

    async def stop(self) -> None:
        """Let go of everything."""
        await self._stack.stop()
        await self._media.stop()

    async def play(self, exchange: tuple[str, int]) -> None:
        """Live through one urgent call. Raises DemoFailedError."""
        server = f"{exchange[0]}:{exchange[1]}"
        config = LineConfig("telephones", "sip", numbers=(DUTY,), channels=4, server=server)
        line: Line = SipTrunk(config, self._stack)
        await line.start(self._rung.put_nowait)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
                group.create_task(self._resident(line))
                group.create_task(self._duty())
        except TimeoutError as error:
            raise DemoFailedError(f"the call did not come to its end within {PATIENCE_SECONDS:.0f} s") from error
        finally:
            await line.stop()

    async def _resident(self, line: Line) -> None:
        self._tell(f"The resident of flat 12 calls {NUMBER}.")
        leg = await line.dial(NUMBER, shown=RESIDENT, ring_seconds=10.0)
        await leg.voice(GREETING_SECONDS)
        self._tell("The resident hears the greeting and presses 1: an urgent failure.")
        await leg.press("1")
        await self._recognise(leg, "resident", RESIDENT_HERTZ, DUTY_HERTZ)
        leg.hangup()
        self._tell("The resident hangs up.")

    async def _duty(self) -> None:
        leg = await self._rung.get()
        leg.ring()
        self._tell("Jan Nowak's telephone rings.")
        await asyncio.sleep(RING_SECONDS)
        leg.answer()
        await leg.voice(GREETING_SECONDS)
        self._tell("Jan Nowak hears what it is about and presses 1: accepted.")
        await leg.press("1")
        await self._recognise(leg, "person on duty", DUTY_HERTZ, RESIDENT_HERTZ)
        await leg.gone()

    async def _recognise(self, leg: Leg, who: str, own_hertz: float, other_hertz: float) -> None:
        """Speak a tone of one's own until the other's has been heard. Raises DemoFailedError."""
        path = self._directory / f"{own_hertz:.0f}.al"
        path.write_bytes(tone_of(own_hertz, 1.0))
        speaking = asyncio.ensure_future(leg.play(Clip("tone", 1.0, path), loop=True))
        try:
            while not await self._hears(leg, other_hertz):
                pass
            self._tell(f"The {who} hears the other ({other_hertz:.0f} Hz recognised).")
            await self._both_heard.wait()
        finally:
            speaking.cancel()
            await asyncio.wait({speaking})

    async def _hears(self, leg: Leg, hertz: float) -> bool:
        """Listen for a while. Raises DemoFailedError when the call is over."""
        path = self._directory / f"heard-{hertz:.0f}.wav"
        heard = await leg.record(path, max_seconds=LISTEN_SECONDS, silence_seconds=LISTEN_SECONDS, end_keys="")
        if heard.ended == "gone":
            raise DemoFailedError("the call ended before both had heard each other")
        return share(read(path)[-BYTES_PER_SECOND:], hertz) > SHARE_HEARD
