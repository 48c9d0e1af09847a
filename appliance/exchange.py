"""The exchange: builds lines, call flow and register from a building file, and runs them until told to stop.

Parts start in order and stop in reverse, one helper a part. It looks after no call itself: `callflow` does.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import platform
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance import VERSION, page, service
from appliance.building import file
from appliance.building.errors import BuildingErrors
from appliance.building.model import Building
from appliance.building.rota import on_duty
from appliance.callflow.call import Call
from appliance.callflow.desk import Desk
from appliance.callflow.reception import receive
from appliance.callflow.sentences import everything, stand_ins
from appliance.clock import Clock
from appliance.control import ControlServer
from appliance.lines.line import Leg, Line
from appliance.lines.routing import Routing
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from appliance.media.plane import MediaPlane
from appliance.media.prompts import Prompts
from appliance.media.wav import repair
from appliance.networks import within
from appliance.public_holidays import HolidaysUnknownError, filled
from appliance.register import events
from appliance.register.log import Register
from appliance.register.memory import MemoryRegister
from appliance.register.retention import Policy, tidy_nightly
from appliance.register.shelf import DiskShelf
from appliance.register.store import RegisterStore, RegisterUnavailableError
from appliance.timesync import synchronised

STOP_SECONDS = 3.0  # for calls to close their rows when the exchange stops
WATCH_SECONDS = 2.0  # between two looks at the building file
PROMPTS_SECONDS = 10.0  # for the association's own texts, before the first call is taken
FAULTS_KEPT = 20

log = logging.getLogger("dyzurka.exchange")


@dataclass(frozen=True, slots=True)
class Options:
    """What `dyzurka run` was given. Addresses are (host, port); port 0 takes a free one."""

    data: Path
    building_file: Path
    sip: tuple[str, int]
    rtp_ports: tuple[int, int]
    web: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Ready:
    """The addresses that were really taken."""

    sip: tuple[str, int]
    web: tuple[str, int]


class Exchange:
    """One exchange on one data directory. `run` is its whole life."""

    def __init__(self, options: Options, building: Building, clock: Clock, rng: random.Random) -> None:
        self.options, self.building, self.clock, self.rng = options, building, clock, rng
        self.lines: dict[str, Line] = {}
        self.calls: dict[str, Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults: list[str] = []
        self.page: page.Page | None = None
        self._reload = asyncio.Event()
        self._phone_networks = within(building.phone_networks)

    # -- its life ----------------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event, on_ready: Callable[[Ready], None]) -> None:
        """Start everything, call `on_ready`, and go on until `stop` is set; then stop everything in reverse.

        Raises OSError (an address in use) and AlreadyRunningError before it is ready, nothing afterwards.
        """
        async with AsyncExitStack() as parts:
            await parts.enter_async_context(self._control())
            self.building = await self._with_holidays(self.building)
            self.register = await parts.enter_async_context(self._register())
            await parts.enter_async_context(self._prompts())
            self.media = await parts.enter_async_context(self._media())
            self.routing = Routing(self.lines, lambda: self.building)
            sip = await parts.enter_async_context(self._sip())
            await parts.enter_async_context(self._calls())
            web = await parts.enter_async_context(self._page())
            await parts.enter_async_context(self._watching())
            await parts.enter_async_context(self._tidying())
            gc.collect()
            gc.freeze()
            self.register.record(events.BOX_STARTED, version=VERSION, python=platform.python_version())
            self.register.record(events.BOX_CONFIGURED, revision=self.building.revision)
            on_ready(Ready(sip, web))
            service.notify("READY=1")
            await stop.wait()
            service.notify("STOPPING=1")
            log.info("stopping")
            self.register.record(events.BOX_STOPPED)

    def reload(self) -> None:
        """Read the building file again as soon as possible; calls that are up are not touched."""
        self._reload.set()

    # -- its parts, in the order of their start -----------------------------------------------------------------

    @asynccontextmanager
    async def _control(self) -> AsyncIterator[None]:
        server = ControlServer(self.options.data, {"status": self._status, "reload": self._asked_to_reload})
        await server.start()
        try:
            yield
        finally:
            await server.stop()

    @asynccontextmanager
    async def _register(self) -> AsyncIterator[Register]:
        """The register on disk; where it cannot be opened, calls are taken and nothing is claimed as saved."""
        box = self.building.box
        try:
            store = await RegisterStore.open(
                self.options.data / "register.db",
                self.clock,
                self.rng,
                box_name=box.name,
                timezone=box.timezone.key,
                synced=synchronised,
            )
        except RegisterUnavailableError as fault:
            self._fault(str(fault))
            yield MemoryRegister(self.clock, self.rng, fails=True)
            return
        try:
            interrupted = await store.recover(repair)
            if interrupted:
                log.warning("%d calls were interrupted when the exchange last ended", interrupted)
            yield store
        finally:
            await store.close()

    @asynccontextmanager
    async def _prompts(self) -> AsyncIterator[None]:
        """The sentences; what is not rendered within `PROMPTS_SECONDS` is rendered while calls are taken."""
        self.prompts = Prompts(self.options.data / "prompts")
        rendering = asyncio.get_running_loop().create_task(self._prepare_prompts(self.building))
        try:
            await asyncio.wait({rendering}, timeout=PROMPTS_SECONDS)
            yield
        finally:
            rendering.cancel()
            await asyncio.wait({rendering})

    @asynccontextmanager
    async def _media(self) -> AsyncIterator[MediaPlane]:
        try:
            (self.options.data / "recordings").mkdir(exist_ok=True)
        except OSError as error:
            self._fault(f"messages cannot be recorded: {error}")
        plane = MediaPlane(self.options.rtp_ports, clock=self.clock, rng=self.rng, on_fault=self._fault)
        await plane.start()
        try:
            yield plane
        finally:
            await plane.stop()

    @asynccontextmanager
    async def _sip(self) -> AsyncIterator[tuple[str, int]]:
        """The SIP socket and its trunks; yields the real address."""
        stack = SipStack(
            self.options.sip,
            media=self.media,
            clock=self.clock,
            rng=self.rng,
            phones=self._phone_networks,
            password=self._password,
        )
        await stack.start()
        try:
            for config in self.building.lines.values():
                if config.kind == "sip":
                    self.lines[config.id] = SipTrunk(config, stack)
            yield stack.address
        finally:
            await stack.stop()

    def _password(self, extension: str) -> str | None:
        """The password of a telephone in the building."""
        known = self.building.extensions.get(extension)
        return known.password if known else None

    @asynccontextmanager
    async def _calls(self) -> AsyncIterator[None]:
        """Lines take calls from here on; on the way out the calls close their rows before the lines go."""
        try:
            for line in self.lines.values():
                await line.start(self._on_call)
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for line in self.lines.values():
                await line.stop()

    def _on_call(self, leg: Leg) -> None:
        """A new incoming call: its own task, with the building as it is now."""
        if leg.caller is not None:
            self.routing.hold(leg.caller, leg)
        desk = Desk(self.building, self.clock, self.register, self.routing, self.prompts, self.options.data, self.calls)
        task = asyncio.get_running_loop().create_task(receive(leg, desk), name=leg.id)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @asynccontextmanager
    async def _page(self) -> AsyncIterator[tuple[str, int]]:
        """The page process; yields the real address."""
        listener = page.listen(*self.options.web)
        self.page = page.Page(listener, self.options.data, self.options.building_file)
        await self.page.start()
        try:
            yield listener.getsockname()[:2]
        finally:
            await self.page.stop()

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        """Notice a changed building file, and tell the service manager that we live."""
        task = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    @asynccontextmanager
    async def _tidying(self) -> AsyncIterator[None]:
        """At night erase what is kept no longer; without a register on disk there is nothing to erase."""
        if not isinstance(self.register, RegisterStore):
            yield
            return
        tidying = tidy_nightly(
            self.register,
            DiskShelf(self.options.data),
            self.clock,
            zone=lambda: self.building.box.timezone,
            policy=lambda: Policy(self.building.recording.keep_days, self.building.recording.keep_register_days),
            synchronised=synchronised,
        )
        task = asyncio.get_running_loop().create_task(tidying)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    # -- what it does by itself ---------------------------------------------------------------------------------

    async def _watch(self) -> None:
        seen = _stamp(self.options.building_file)
        while True:
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._reload.wait()
            except TimeoutError:
                service.notify("WATCHDOG=1")
            now = _stamp(self.options.building_file)
            if self._reload.is_set() or now != seen:
                self._reload.clear()
                seen = now
                await self._read_again()

    async def _read_again(self) -> None:
        """Take over a changed building file; a mistake in it keeps the old one and says so."""
        try:
            building = await asyncio.to_thread(file.read, self.options.building_file)
        except BuildingErrors as errors:
            self._fault(f"the changed building file was not taken over: {errors}")
            return
        await self._prepare_prompts(building)
        self.building = await self._with_holidays(building)
        self.register.record(events.BOX_CONFIGURED, revision=building.revision)
        log.info("building file taken over, revision %s", building.revision[:8])

    async def _prepare_prompts(self, building: Building) -> None:
        for fault in await self.prompts.prepare(everything(building), stand_ins(building)):
            self._fault(fault)

    async def _with_holidays(self, building: Building) -> Building:
        """The building with its public holidays; what is not known now is looked up when a call needs it."""
        try:
            return await filled(building)
        except HolidaysUnknownError as error:
            log.warning("%s", error)
            return building

    def _fault(self, text: str) -> None:
        """Something to be seen by people: in the log, in the register, in the status."""
        log.error("%s", text)
        self._faults = [*self._faults, text][-FAULTS_KEPT:]

    # -- what it is asked ---------------------------------------------------------------------------------------

    async def _status(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        now = self.clock.now()
        lines = [(line, line.state()) for line in self.lines.values()]
        return {
            "lines": [
                {"id": line.id, "kind": line.kind, "state": state.state, "fault": state.fault} for line, state in lines
            ],
            "calls": [{"id": call.uid, "state": call.state, "caller": call.leg.caller} for call in self.calls.values()],
            "on_duty": {
                each: [person.id for person in on_duty(self.building, each, now)] for each in self.building.duties
            },
            "lamps": {},
            "faults": self._faults_now(),
        }

    def _faults_now(self) -> list[str]:
        lasting = [self.page.fault if self.page else None]
        if isinstance(self.register, RegisterStore):
            lasting.append(self.register.fault())
        return [*self._faults, *(fault for fault in lasting if fault)]

    async def _asked_to_reload(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        self.reload()
        return {"reload": "begun"}


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file is written: its time and size; None when it is away."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
