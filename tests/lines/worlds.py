"""Where the contract of a line is tried: a world is one line of ours and the far ends it reaches.

`SimulatedWorld` runs on the virtual clock, `SipWorld` on real sockets with telephones of its own in a second stack,
`GsmWorld` and `FxoWorld` on modems in software behind pseudo-terminals.
Every far end is driven by the same verbs, so that one test is written once for all lines.
"""

import asyncio
import os
import pty
import random
import struct
import tty
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from appliance.building.model import LineConfig
from appliance.clock import SystemClock
from appliance.lines.line import Cause, Leg, Line
from appliance.lines.simulated import SimulatedLeg, SimulatedLine
from appliance.lines.simulated_network import SimulatedNetwork
from appliance.lines.sip.extensions import CALLS, Extensions
from appliance.lines.sip.registrar import Binding
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from appliance.media.plane import MediaPlane
from appliance.media.sound import Clip
from appliance.virtual import VirtualLoop, run_virtually
from hardware.fxo.line import FxoLine
from hardware.gsm.line import GsmLine
from hardware.modem.attached import Place
from tests.hardware.ear import Ear
from tests.hardware.modem.copper import Hybrid, Pair, Person, noise
from tests.hardware.modem.firmware import Firmware, Knobs
from tests.hardware.modem.makes import Huawei, Quectel, Simcom
from tests.hardware.modem.network import Far, key
from tests.hardware.modem.usb import Stick
from tests.hardware.modem.voice import Knobs as VoiceKnobs
from tests.hardware.modem.voice import VoiceModem

OURS, THEIRS, NOBODY = "+48221234567", "+48600100200", "+48600999999"
RESIDENT = "+48501502503"
EXTENSION = "21"
CHANNELS = 4
SPEECH_SECONDS = 30.0
SETTLED_BYTES = 8000  # half a second that a far end on a copper pair has heard of us


class FarEnd(Protocol):
    """The other side of one leg."""

    async def is_answered(self) -> None: ...
    async def is_told_that_it_is_over(self) -> None: ...
    async def presses(self, digits: str) -> None: ...
    async def speaks(self) -> None: ...
    def hangs_up(self) -> None: ...


class World(Protocol):
    """One line of ours, started; `offered` gets each new incoming leg.

    `beside`: a line of the same box, maybe the same one, on which somebody can be called while a call is on `line`.
    """

    line: Line
    beside: Line
    offered: asyncio.Queue[Leg]

    def live(self, story: Coroutine[Any, Any, None]) -> None: ...

    called: str  # whom the box dials
    channels: int

    async def calls(self, caller: str | None = RESIDENT) -> FarEnd: ...
    async def is_rung(self) -> FarEnd: ...
    def will(self, deed: str) -> None: ...
    def clip(self, seconds: float) -> Clip: ...


class SimulatedFarEnd:
    """A simulated leg, seen from its far side."""

    def __init__(self, leg: SimulatedLeg) -> None:
        self._leg = leg

    async def is_answered(self) -> None:
        await self._leg.is_answered()

    async def is_told_that_it_is_over(self) -> None:
        await self._leg.gone()

    async def presses(self, digits: str) -> None:
        self._leg.presses(digits)

    async def speaks(self) -> None:
        self._leg.speaks(SPEECH_SECONDS)

    def hangs_up(self) -> None:
        self._leg.hangs_up()


class SimulatedWorld:
    """A simulated line on the virtual clock."""

    called, channels = THEIRS, CHANNELS

    def __init__(self, directory: Path) -> None:
        self._loop = VirtualLoop()
        self._network = SimulatedNetwork({THEIRS: self._person})
        self._deed = "answers"

    def live(self, story: Coroutine[Any, Any, None]) -> None:
        run_virtually(self._loop, self._whole(story))

    async def _whole(self, story: Coroutine[Any, Any, None]) -> None:
        self.line = self.beside = self._line = SimulatedLine("provider", (OURS,), CHANNELS, self._network)
        self.offered: asyncio.Queue[Leg] = asyncio.Queue()
        self._rung: asyncio.Queue[FarEnd] = asyncio.Queue()
        await self.line.start(self.offered.put_nowait)
        await story
        await self.line.stop()

    async def _person(self, leg: SimulatedLeg) -> Cause | None:
        self._rung.put_nowait(SimulatedFarEnd(leg))
        if self._deed == "rings":
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(0.2)
        return {"busy": Cause.BUSY, "wrong": Cause.WRONG_NUMBER, "refuses": Cause.REFUSED}.get(self._deed)

    async def calls(self, caller: str | None = RESIDENT) -> FarEnd:
        return SimulatedFarEnd(self._line.call(caller))

    async def is_rung(self) -> FarEnd:
        return await self._rung.get()

    def will(self, deed: str) -> None:
        self._deed = deed

    def clip(self, seconds: float) -> Clip:
        return Clip("a clip", seconds)


class SipFarEnd:
    """A leg of the telephones' own stack."""

    def __init__(self, leg: Leg, clip: Clip) -> None:
        self._leg, self._clip = leg, clip
        self._speech: asyncio.Task[None] | None = None

    async def is_answered(self) -> None:
        assert self._leg.up

    async def is_told_that_it_is_over(self) -> None:
        await self._leg.gone()

    async def presses(self, digits: str) -> None:
        await self._leg.press(digits)

    async def speaks(self) -> None:
        self._speech = asyncio.ensure_future(self._leg.play(self._clip))
        self._speech.add_done_callback(lambda task: task.cancelled() or task.exception())

    def hangs_up(self) -> None:
        self._leg.hangup()


class SipWorld:
    """Our SIP trunk, and telephones behind a second stack, each with a media process of its own, over loopback."""

    called, channels = THEIRS, CHANNELS

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._deed = "answers"

    def live(self, story: Coroutine[Any, Any, None]) -> None:
        asyncio.run(self._whole(story))

    async def _whole(self, story: Coroutine[Any, Any, None]) -> None:
        self.offered: asyncio.Queue[Leg] = asyncio.Queue()
        self._rung: asyncio.Queue[FarEnd] = asyncio.Queue()
        self._answering: set[asyncio.Task[None]] = set()
        async with AsyncExitStack() as parts:
            ours, theirs = await self._stack(parts, (31000, 31099)), await self._stack(parts, (31100, 31199))
            self.line = self.beside = await self._line(parts, ours, theirs)
            self._phones = await self._trunk(parts, theirs, ours, (THEIRS, EXTENSION), self._on_ring)
            await story

    async def _line(self, parts: AsyncExitStack, ours: SipStack, theirs: SipStack) -> Line:
        return await self._trunk(parts, ours, theirs, (OURS,), self.offered.put_nowait)

    async def _stack(self, parts: AsyncExitStack, ports: tuple[int, int]) -> SipStack:
        media = await a_media_process(parts, ports)
        stack = SipStack(("127.0.0.1", 0), media=media, clock=SystemClock(), rng=random.Random())
        await stack.start()
        parts.push_async_callback(stack.stop)
        return stack

    async def _trunk(
        self, parts: AsyncExitStack, stack: SipStack, to: SipStack, numbers: tuple[str, ...], on_call: Any
    ) -> SipTrunk:
        server = f"127.0.0.1:{to.address[1]}"
        trunk = SipTrunk(LineConfig("provider", "sip", numbers=numbers, channels=CHANNELS, server=server), stack)
        await trunk.start(on_call)
        parts.push_async_callback(trunk.stop)
        return trunk

    def _on_ring(self, leg: Leg) -> None:
        task = asyncio.ensure_future(self._person(leg))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _person(self, leg: Leg) -> None:
        leg.ring()
        self._rung.put_nowait(SipFarEnd(leg, self.clip(SPEECH_SECONDS)))
        refusal = {"busy": Cause.BUSY, "wrong": Cause.WRONG_NUMBER, "refuses": Cause.REFUSED}.get(self._deed)
        if refusal is not None:
            leg.hangup(refusal)
        elif self._deed == "answers":
            leg.answer()

    async def calls(self, caller: str | None = RESIDENT) -> FarEnd:
        """Our side must answer: the call is placed beside, and this returns once it was answered."""
        leg = await self._phones.dial(OURS, shown=caller or "anonymous", ring_seconds=5.0)
        return SipFarEnd(leg, self.clip(SPEECH_SECONDS))

    async def is_rung(self) -> FarEnd:
        return await self._rung.get()

    def will(self, deed: str) -> None:
        self._deed = deed

    def clip(self, seconds: float) -> Clip:
        return a_clip(self._directory, seconds)


async def a_media_process(parts: AsyncExitStack, ports: tuple[int, int]) -> MediaPlane:
    faults: list[str] = []
    media = MediaPlane(ports, clock=SystemClock(), rng=random.Random(), on_fault=faults.append)
    await media.start()
    parts.push_async_callback(media.stop)
    return media


def a_clip(directory: Path, seconds: float) -> Clip:
    path = directory / f"{seconds}.al"
    path.write_bytes(bytes([0x9A, 0x1A]) * int(seconds * 4000))  # a loud square wave: voice by any measure
    return Clip("a clip", seconds, path)


class Forgetful:
    """Remembers no telephone over a restart."""

    async def read(self) -> list[dict[str, Any]]:
        return []

    async def write(self, content: str) -> None:
        """Nothing is kept."""


class ExtensionsWorld(SipWorld):
    """The telephones in the building: the second stack is one of them, registered as 21. Only calls out apply."""

    called, channels = f"ext:{EXTENSION}", CALLS

    async def _line(self, parts: AsyncExitStack, ours: SipStack, theirs: SipStack) -> Line:
        line = Extensions(ours, Forgetful())
        await line.start(self.offered.put_nowait)
        parts.push_async_callback(line.stop)
        place = theirs.address
        binding = Binding(f"sip:{EXTENSION}@{place[0]}:{place[1]}", place, SystemClock().monotonic() + 600.0)
        ours.registrar.restore(EXTENSION, [binding])
        return line


async def hears_tones(media: MediaPlane) -> None:
    """Wait until a media process that was just started has loaded what hears keys as tones."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    channel = media.pcm_channel("warming up")
    channel.open_port(slave)
    heard = asyncio.ensure_future(channel.digit())
    while not heard.done():
        os.write(master, key("5") + bytes(1600))
        await asyncio.wait({heard}, timeout=0.2)
    channel.close()
    await channel.released()
    os.close(master)


class GsmFarEnd:
    """A call of a modem in software, seen from its network."""

    def __init__(self, far: Far) -> None:
        self._far = far

    async def is_answered(self) -> None:
        await self._far.answered.wait()

    async def is_told_that_it_is_over(self) -> None:
        await self._far.over.wait()

    async def presses(self, digits: str) -> None:
        """As the modem has it: told of by a report, or heard as tones; in either case once there is sound."""
        while not self._far.heard:  # noqa: ASYNC110 - bytes at a port
            await asyncio.sleep(0.02)
        if self._far.network.modem.reports_keys:
            self._far.presses(digits)
        else:
            await self._far.sends(digits)

    async def speaks(self) -> None:
        self._far.speech = struct.pack("<2h", 8000, -8000) * 4000

    def hangs_up(self) -> None:
        self._far.hangs_up()


class GsmWorld:
    """Our SIM, and a second one of the same box: each with a modem in software of its own."""

    called, channels = THEIRS, 1
    make: type[Firmware] = Quectel

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._deed = "answers"
        self.knobs = Knobs()
        self.config: dict[str, Any] = {}  # of the lines

    def live(self, story: Coroutine[Any, Any, None]) -> None:
        asyncio.run(self._whole(story))

    async def _whole(self, story: Coroutine[Any, Any, None]) -> None:
        self.offered: asyncio.Queue[Leg] = asyncio.Queue()
        async with AsyncExitStack() as parts:
            media = await a_media_process(parts, (31000, 31099))
            if not self.make.reports_keys:
                await hears_tones(media)
            self.line, self.stick = await self._sim(parts, media, "provider", self.make)
            self.beside, self._second = await self._sim(parts, media, "second", Quectel)
            self._second.network.placed = self.stick.network.placed
            for each in (self.stick, self._second):
                each.network.people[THEIRS] = self._deed
            await story

    async def _sim(
        self, parts: AsyncExitStack, media: MediaPlane, name: str, make: type[Firmware]
    ) -> tuple[GsmLine, Stick]:
        folder = self._directory / name
        stick = Stick(make, folder, knobs=replace(self.knobs))
        stick.plug()
        parts.push_async_callback(stick.network.end)
        parts.callback(stick.unplug)
        line = GsmLine(
            LineConfig(name, "gsm", numbers=(OURS,), channels=1, **self.config),
            media,
            clock=SystemClock(),
            data=folder,
            language=lambda: "en",
            texts=Ear(),
            place=Place("", stick.sys, stick.dev),
        )
        await line.start(self.offered.put_nowait)
        parts.push_async_callback(line.stop)
        while line.state().state != "up":  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.05)
        return line, stick

    async def calls(self, caller: str | None = RESIDENT) -> FarEnd:
        far = self.stick.network.call(caller or "", 145 if caller else 128)
        await far.answered.wait()
        return GsmFarEnd(far)

    async def is_rung(self) -> FarEnd:
        return GsmFarEnd(await self.stick.network.placed.get())

    def will(self, deed: str) -> None:
        self._deed = deed
        self.stick.network.people[THEIRS] = deed

    def clip(self, seconds: float) -> Clip:
        return a_clip(self._directory, seconds)


class FxoFarEnd:
    """A call of a copper pair in software."""

    def __init__(self, person: Person) -> None:
        self._person = person

    async def is_answered(self) -> None:
        await self._person.answered.wait()

    async def is_told_that_it_is_over(self) -> None:
        await self._person.over.wait()

    async def presses(self, digits: str) -> None:
        """Once there is sound both ways: what is said before is not heard."""
        while len(self._person.heard) < SETTLED_BYTES:  # noqa: ASYNC110 - bytes at a port
            await asyncio.sleep(0.02)
        await self._person.sends(digits)

    async def speaks(self) -> None:
        self._person.speech = noise(100)

    def hangs_up(self) -> None:
        self._person.hangs_up()


class FxoWorld:
    """Our copper pair, and a second one of the same box: each behind a voice modem in software."""

    called, channels = THEIRS, 1
    knobs: VoiceKnobs = VoiceKnobs()

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._deed = "answers"

    def live(self, story: Coroutine[Any, Any, None]) -> None:
        asyncio.run(self._whole(story))

    async def _whole(self, story: Coroutine[Any, Any, None]) -> None:
        self.offered: asyncio.Queue[Leg] = asyncio.Queue()
        async with AsyncExitStack() as parts:
            media = await a_media_process(parts, (31000, 31099))
            await hears_tones(media)
            self.line, self.modem = await self._pair(parts, media, "provider")
            self.beside, second = await self._pair(parts, media, "second")
            second.pair.placed = self.modem.pair.placed
            for each in (self.modem, second):
                each.pair.people[THEIRS.removeprefix("+48")] = self._deed
            await story

    async def _pair(self, parts: AsyncExitStack, media: MediaPlane, name: str) -> tuple[FxoLine, VoiceModem]:
        modem = VoiceModem(self._directory / name, Pair(Hybrid(gain=0.15)), replace(self.knobs))
        modem.plug()
        parts.callback(modem.unplug)
        parts.callback(modem.pair.end)
        line = FxoLine(
            LineConfig(name, "fxo", numbers=(OURS,), channels=1),
            media,
            clock=SystemClock(),
            language=lambda: "en",
            place=Place("", modem.sys, modem.dev),
        )
        await line.start(self.offered.put_nowait)
        parts.push_async_callback(line.stop)
        while line.state().state != "up":  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.05)
        return line, modem

    async def calls(self, caller: str | None = RESIDENT) -> FarEnd:
        person = self.modem.pair.call(caller or "")
        await person.answered.wait()
        return FxoFarEnd(person)

    async def is_rung(self) -> FarEnd:
        return FxoFarEnd(await self.modem.pair.placed.get())

    def will(self, deed: str) -> None:
        self._deed = deed
        self.modem.pair.people[THEIRS.removeprefix("+48")] = deed

    def clip(self, seconds: float) -> Clip:
        return a_clip(self._directory, seconds)


class UsrWorld(FxoWorld):
    """With the other make, which rings in its own way and leaves its stream likewise."""

    knobs = VoiceKnobs(
        usb=("0baf", "0303"), leaves_by=b"\x03", rings_by_event=True, names=True, piece_bytes=7, offset=3
    )


class SimcomWorld(GsmWorld):
    """With a modem whose sound comes late, and which restarts after a call."""

    make = Simcom


class HuaweiWorld(GsmWorld):
    """With an old stick."""

    make = Huawei
