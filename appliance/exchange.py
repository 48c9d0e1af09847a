"""The exchange: builds lines, call flow and register from a building file, and runs them until told to stop.

Parts start in order and stop in reverse, one helper a part. It looks after no call itself: `callflow` does.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import random
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from appliance import VERSION, page, resuming, service
from appliance.accounts import Accounts
from appliance.beside import Chores
from appliance.building.model import Building, LineConfig
from appliance.callflow.desk import Desk
from appliance.calls import Calls
from appliance.clock import Clock
from appliance.control import ControlServer
from appliance.diverting.diverter import Diverter
from appliance.faults import Faults
from appliance.following import PROMPTS_SECONDS, Following
from appliance.health.measuring import Measuring
from appliance.health.watch import Watch
from appliance.lines.line import Leg, Line
from appliance.mains import here as mains_here
from appliance.mains.keeper import MainsKeeper
from appliance.media.prompts import Prompts
from appliance.media.wav import repair
from appliance.messages import Messages
from appliance.options import Options, Ready
from appliance.panel.lodge import Lodge
from appliance.proving.plan import attempts_in
from appliance.proving.prover import Prover
from appliance.register import events
from appliance.register.journal import Journal
from appliance.register.keeper import RegisterKeeper
from appliance.register.retention import Policy, tidy_nightly
from appliance.register.shelf import DiskShelf
from appliance.register.watched import WatchedRegister
from appliance.requests.all import Requests
from appliance.requests.https import keep_renewed
from appliance.telephony import Telephony
from appliance.timesync import synchronised
from appliance.updates import Updates
from hardware.panel.gpiod_pins import GpiodPins

REGISTER_SECONDS = 10.0  # for the register to open; then calls are taken, and it opens beside them
CHORES_SECONDS = 0.5  # for what is done beside the calls to end when the exchange stops
STOP_SECONDS = 4.0  # for all of it: whatever still hangs then is left behind (CONTRACT: 5 s)
UNWRITABLE = (errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO)  # the disk's own faults: calls are taken without it

__all__ = ["Exchange", "Options", "Ready"]

log = logging.getLogger("dyzurka.exchange")


class Exchange:
    """One exchange on one data directory. `run` is its whole life."""

    def __init__(self, options: Options, building: Building, clock: Clock, rng: random.Random) -> None:
        self.options, self.clock, self.rng = options, clock, rng
        self.faults = Faults(clock)
        self.accounts = Accounts(options.data, clock)
        self.chores = Chores(self.faults)
        self.page: page.Page | None = None
        self.prompts = Prompts(options.data / "prompts")
        self.following = Following(
            options.building_file, building, self.prompts, self.faults, self._take_over, self.chores.later
        )
        self.register = self._register_keeper()
        self.watched = WatchedRegister(Journal(self.register))
        self.telephony = self._telephony()
        self.media, self.telephones = self.telephony.media, self.telephony.telephones
        self.fleet, self.ways, self.routing = self.telephony.fleet, self.telephony.ways, self.telephony.routing
        self.calls = Calls(
            lambda: self.building,
            clock,
            self.watched,
            self.routing,
            self.prompts,
            options.data,
            self.faults.tell,
            lambda text: self.faults.set("calls", text, passing=True),
        )
        self.messages = self._messages()
        self.prover, self.diverter = self._prover(), self._diverter()
        self.page_address: tuple[str, int] | None = None
        self.updates = self._updates()
        self.pins = GpiodPins()
        self.lodge = self._lodge()
        self.mains = self._mains()
        self.requests = Requests(self)
        self.between: Callable[[], object] | None = None  # what is to be done before it is started again, if it is
        self._stop, self._ready = asyncio.Event(), asyncio.Event()

    def _register_keeper(self) -> RegisterKeeper:
        return RegisterKeeper(
            self.options.data / "register.db",
            self.clock,
            self.rng,
            about=lambda: (self.building.box.name, self.building.box.timezone.key),
            repair=repair,
            synced=synchronised,
        )

    def _telephony(self) -> Telephony:
        return Telephony(
            self.options,
            self.clock,
            self.rng,
            self.faults,
            building=lambda: self.building,
            on_call=lambda leg: self.prover.take(leg),
            texts=lambda: self.messages.notifier,
            code=self.accounts.spoken_code,
        )

    def _diverter(self) -> Diverter:
        return Diverter(
            self.fleet.lines,
            lambda: self.building,
            lambda: self.calls.overrides,
            self.clock,
            self.watched,
            self.faults,
        )

    def _prover(self) -> Prover:
        return Prover(
            self.fleet.lines,
            lambda: self.building,
            self.clock,
            self.rng,
            self.watched,
            self.faults,
            quiet=lambda: not self.calls.tasks and not self.calls.aftercare.urgent_waits(),
            hand_on=self.calls.take,
        )

    def _updates(self) -> Updates:
        return Updates(
            self.options,
            self.clock,
            building=lambda: self.building,
            lines=self.fleet.lines,
            calls=self.calls,
            register=self.watched,
            media=self.media,
            faults=self.faults,
            page_at=lambda: self.page_address,
            later=self.later,
            restart=self.restart,
        )

    def _lodge(self) -> Lodge:
        return Lodge(
            self.pins,
            self.clock,
            building=lambda: self.building,
            calls=self.calls,
            register=self.watched,
            accounts=self.accounts,
            faults=self.faults,
            level=lambda: self.ways.now().level,
            faults_now=self.faults_now,
        )

    def _mains(self) -> MainsKeeper:
        here = mains_here.Here(
            self.clock,
            building=lambda: self.building,
            calls=self.calls,
            messages=self.messages,
            updates=self.updates,
            faults=self.faults,
            restart=self.restart,
            pins=GpiodPins,
            data=self.options.data,
        )
        return mains_here.keeper(
            here,
            self.watched,
            self.clock,
            building=lambda: self.building,
            overrides=lambda: self.calls.overrides,
            faults=self.faults,
            pins=self.pins,
        )

    def _messages(self) -> Messages:
        return Messages(
            self.watched,
            self.register.path,
            self.clock,
            building=lambda: self.building,
            overrides=lambda: self.calls.overrides,
            lines=self.fleet.lines,
            settled=self.calls.settled,
            faults=self.faults,
            faults_now=self.faults_by_part,
        )

    @property
    def building(self) -> Building:
        """The building as its file has it now."""
        return self.following.building

    # -- its life ----------------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event, on_ready: Callable[[Ready], None]) -> None:
        """Start everything, call `on_ready`, and go on until `stop` is set; then stop everything in reverse.

        Raises OSError (an address in use) and AlreadyRunningError before it is ready, nothing afterwards.
        """
        self._stop = stop
        async with AsyncExitStack() as parts:
            await parts.enter_async_context(self._control())
            if fault := self.accounts.prepare():
                self.faults.set("accounts", fault)
            await self.following.fill_in_holidays()
            await parts.enter_async_context(self._register())
            await parts.enter_async_context(self._prompts())
            sip = await parts.enter_async_context(self.telephony.running())
            await parts.enter_async_context(self._calls())
            web = await parts.enter_async_context(self._page())
            await parts.enter_async_context(self._health())
            await parts.enter_async_context(self.chores.beside("watching the building file", self.following.watch()))
            await parts.enter_async_context(self.chores.beside("tidying up at night", self._tidy()))
            await parts.enter_async_context(self.chores.beside("renewing the page's certificate", keep_renewed(self)))
            gc.collect()
            gc.freeze()
            self.register.record(events.BOX_STARTED, version=VERSION, python=sys.version.split()[0])
            self.register.record(events.BOX_CONFIGURED, revision=self.building.revision)
            self.requests.resume()
            self.updates.resume()
            on_ready(Ready(sip, web, self.accounts.code))
            service.notify("READY=1")
            self._ready.set()
            await stop.wait()
            if self.between is None:
                service.notify("STOPPING=1")
            log.info("stopping")
            self.register.record(events.BOX_STOPPED)
            if (running := asyncio.current_task()) is not None:
                asyncio.get_running_loop().call_later(STOP_SECONDS, running.cancel)

    def restart(self, between: Callable[[], object]) -> None:
        """End politely; whoever runs it does `between` while nothing runs, and starts another one."""
        self.between = between
        self._stop.set()

    def reload(self) -> None:
        """Read the building file again as soon as possible; calls that are up are not touched."""
        self.following.reload()

    # -- its parts, in the order of their start -----------------------------------------------------------------

    @asynccontextmanager
    async def _control(self) -> AsyncIterator[None]:
        server = ControlServer(self.options.data, self.requests.handlers)
        try:
            await server.start()
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            self.faults.set("control", f"the exchange takes calls but answers no question: {error}")
            yield
            return
        try:
            yield
        finally:
            await server.stop()

    @asynccontextmanager
    async def _register(self) -> AsyncIterator[None]:
        """The register on disk; where it cannot be opened, calls are taken and nothing is claimed as saved."""
        opened = await self.register.open(patience=REGISTER_SECONDS)
        async with self.chores.beside("opening the register", self._open_later(opened)):
            try:
                yield
            finally:
                await self.register.close()

    @asynccontextmanager
    async def _prompts(self) -> AsyncIterator[None]:
        """The sentences. What every call needs first is waited for; the rest is rendered while calls are taken."""
        beside = self.chores.beside
        async with beside("rendering the sentences", self.following.prepare_prompts()) as rendering:
            async with beside("the first sentences", self.following.first_prompts()) as first:
                await asyncio.wait({rendering, first}, timeout=PROMPTS_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            yield

    def make_line(self, config: LineConfig) -> Line:
        """A line as the building file describes it, not started."""
        return self.telephony.make_line(config)

    @asynccontextmanager
    async def _calls(self) -> AsyncIterator[None]:
        """Lines take calls from here on; on the way out the calls close their rows before the lines go."""
        try:
            left = await self._left()
            await self.telephones.start(self._telephoned)
            self.calls.overrides = await self.register.overrides(self.clock.now())
            await self.messages.resume()
            self.prover.remember(attempts_in(await self.register.lately(events.BOX_PROOF)))
            self.diverter.remember(await self.register.lately(events.BOX_DIVERTED))
            self.lodge.sensors.remember(await self.register.lately(events.BOX_SENSOR))
            self.mains.remember(await self.register.lately(events.BOX_POWER))
            await self.telephony.follow(self.building)
            self.calls.resume(left)
            beside = self.chores.beside
            tending, proving = (
                beside("looking after the lines", self.fleet.tend()),
                beside("test calls", self.prover.run()),
            )
            diverting = beside("diversions", self.diverter.run())
            messages, panel = beside("messages", self.messages.watch()), beside("lamps and contacts", self.lodge.run())
            mains = beside("the mains", self.mains.run())
            async with tending, proving, diverting, messages, panel, mains:
                yield
        finally:
            await self.chores.stop(CHORES_SECONDS)
            await self.calls.stop()
            if ending := self.messages.stop():
                await asyncio.wait(ending, timeout=CHORES_SECONDS)
            await self.fleet.stop()
            await self.telephones.stop()

    def _telephoned(self, leg: Leg) -> None:
        """A telephone in the building calls: a test call is not in its way."""
        self.prover.give_way()
        self.calls.from_telephone(leg, self.accounts.spoken_code())

    @property
    def sip_address(self) -> tuple[str, int]:
        """Where telephones reach the box."""
        return self.telephony.address

    async def _open_later(self, opened: bool) -> None:
        """Take over what earlier lives have left, when the register opens at last; then do what older versions left."""
        if not opened:
            await self.register.keep_trying(self._resume)
            self.calls.overrides = await self.register.overrides(self.clock.now())
        await self._ready.wait()
        await self.register.catch_up()

    async def _left(self, settled: frozenset[str] = frozenset()) -> list[resuming.Resume]:
        return await asyncio.to_thread(resuming.open_matters, self.options.data, self.building, settled)

    async def _resume(self, settled: frozenset[str]) -> None:
        self.calls.resume(await self._left(settled))
        await self.messages.resume()

    def desk(self) -> Desk:
        """What a call may use, as things are now."""
        return self.calls.desk()

    @asynccontextmanager
    async def _page(self) -> AsyncIterator[tuple[str, int]]:
        """The page process, unless somebody else runs it; yields its address."""
        if not self.options.page:
            self.page_address = self.options.web
            yield self.options.web
            return
        listener = page.listen(*self.options.web)
        self.page = page.Page(listener, self.options.data, self.options.building_file)
        await self.page.start()
        try:
            self.page_address = listener.getsockname()[:2]
            yield listener.getsockname()[:2]
        finally:
            await self.page.stop()

    @asynccontextmanager
    async def _health(self) -> AsyncIterator[None]:
        """It watches itself, and tells the service manager that it lives."""
        measuring = Measuring(
            self.options.data,
            clock=self.clock,
            media=self.media,
            register=self.register,
            lines=self.fleet.lines,
            building=lambda: self.building,
            synchronised=synchronised,
        )
        watch = Watch(
            measuring.measure,
            self.faults,
            self.clock,
            language=lambda: self.building.box.language,
            sign_of_life=lambda: service.notify("WATCHDOG=1"),
        )
        beside = self.chores.beside
        looking = beside("looking at disk and clock", measuring.machine())
        async with looking, beside("looking at the lines", self.ways.run()), beside("sign of life", watch.run()):
            yield

    # -- what it does by itself ---------------------------------------------------------------------------------

    async def _tidy(self) -> None:
        """At night erase what is kept no longer."""
        await tidy_nightly(
            self.register,
            DiskShelf(self.options.data),
            self.clock,
            zone=lambda: self.building.box.timezone,
            policy=lambda: Policy(self.building.recording.keep_days, self.building.recording.keep_register_days),
            synchronised=synchronised,
        )

    async def _take_over(self, building: Building) -> None:
        """The building file has changed."""
        await self.telephony.follow(building)
        self.register.record(events.BOX_CONFIGURED, revision=building.revision)

    def later(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside the calls; it ends with the exchange. Its failure is a fault of that name."""
        self.chores.later(name, work)

    def faults_now(self) -> list[str]:
        """Everything that is wrong now, in words."""
        return list(self.faults_by_part().values())

    def faults_by_part(self) -> dict[str, str]:
        """The same, each with the part of the exchange that it is about."""
        lasting = {"page": self.page.fault if self.page else None, "register": self.register.fault()}
        return {**self.faults.by_part(), **{part: fault for part, fault in lasting.items() if fault}}
