"""An exchange as its requests see it, without sockets: simulated lines, a register in memory, a voice that is text."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.accounts import Accounts
from appliance.beside import Chores
from appliance.building import file
from appliance.building.model import Building
from appliance.callflow.desk import Desk
from appliance.calls import Calls
from appliance.clock import Clock
from appliance.control import ControlServer, RefusedError
from appliance.diverting.diverter import Diverter
from appliance.faults import Faults
from appliance.following import Following
from appliance.health.way_watch import WayWatch
from appliance.lines.fleet import Fleet
from appliance.lines.line import Cause
from appliance.lines.routing import Routing
from appliance.lines.simulated import SimulatedLeg, SimulatedLine
from appliance.lines.simulated_network import SimulatedNetwork
from appliance.mains.keeper import MainsKeeper
from appliance.messages import Messages
from appliance.options import Options
from appliance.panel.lodge import Lodge
from appliance.proving.prover import Prover
from appliance.register.memory import MemoryRegister
from appliance.register.watched import WatchedRegister
from appliance.requests.all import Requests
from appliance.updates import Updates
from appliance.virtual import VirtualClock, VirtualLoop, run_virtually
from hardware.mains.simulated import SimulatedUps
from hardware.panel.simulated import SimulatedPins
from tests.scenarios.stage import SUNDAY_NIGHT, SpokenText

EXAMPLES = Path(__file__).parents[3] / "examples"
LOOPBACK = ("127.0.0.1", 0)


class Voice(SpokenText):
    """Text, and nothing to be rendered."""

    async def prepare(self, texts: Any, stand_ins: Any = None) -> list[str]:
        return []


class NoTelephones:
    """A building whose telephones are unplugged, all but number 21."""

    def registered(self, extension: str) -> bool:
        return extension == "21"


class NoEnd:
    """Whatever the mains do, this exchange goes on."""

    def tell(self, notice: Any) -> None:
        pass

    def telling(self) -> int:
        return 0

    def urgent(self) -> bool:
        return False

    async def stop(self, config: Any) -> None:
        pass


class World:
    """Implements `Context`. Make it within the loop; `ask` asks as the page does, through JSON."""

    def __init__(
        self, data: Path, clock: Clock, example: str = "lipowa7.toml", register: Any = None, slots: str = "auto"
    ) -> None:
        data.mkdir(exist_ok=True)
        building_file = data / "building.toml"
        if not building_file.exists():
            shutil.copy(EXAMPLES / example, building_file)
        self.options = Options(data, building_file, LOOPBACK, (20000, 20099), LOOPBACK, slots=slots)
        building = file.read(building_file)
        self.clock, self.rng = clock, random.Random(7)
        self.faults = Faults(clock)
        self.accounts = Accounts(data, clock)
        self.accounts.prepare()
        self.register: Any = register or MemoryRegister(clock, random.Random(8))
        self.prompts: Any = Voice()
        self.chores = Chores(self.faults)
        self.media: Any = None
        self.network = SimulatedNetwork()
        self.following = Following(
            building_file, building, self.prompts, self.faults, self._take_over, self.chores.later
        )
        self.fleet = Fleet(self.make_line, lambda leg: self.prover.take(leg))
        self.routing = Routing(self.fleet.lines, lambda: self.building, clock)
        self.ways = WayWatch(self.fleet.lines, lambda: self.building, clock)
        self.watched = WatchedRegister(self.register)
        self.calls = Calls(lambda: self.building, clock, self.watched, self.routing, self.prompts, data)
        self.messages = Messages(
            self.watched,
            data / "register.db",
            clock,
            building=lambda: self.building,
            overrides=lambda: self.calls.overrides,
            lines=self.fleet.lines,
            settled=self.calls.settled,
            faults=self.faults,
            faults_now=self.faults.by_part,
        )
        self.prover = Prover(
            self.fleet.lines,
            lambda: self.building,
            clock,
            random.Random(9),
            self.register,
            self.faults,
            quiet=lambda: not self.calls.tasks and not self.calls.aftercare.urgent_waits(),
            hand_on=self.calls.take,
        )
        self.diverter = Diverter(
            self.fleet.lines,
            lambda: self.building,
            lambda: self.calls.overrides,
            clock,
            self.register,
            self.faults,
        )
        self.updates = Updates(
            self.options,
            clock,
            building=lambda: self.building,
            lines=self.fleet.lines,
            calls=self.calls,
            register=self.watched,
            media=self.media,
            faults=self.faults,
            page_at=lambda: None,
            later=self.later,
            restart=self.restart,
        )
        self.pins = SimulatedPins()
        self.lodge = Lodge(
            self.pins,
            clock,
            building=lambda: self.building,
            calls=self.calls,
            register=self.watched,
            accounts=self.accounts,
            faults=self.faults,
            level=lambda: self.ways.now().level,
            faults_now=self.faults.texts,
        )
        self.mains: Any = MainsKeeper(
            self.register,
            clock,
            NoEnd(),
            building=lambda: self.building,
            overrides=lambda: self.calls.overrides,
            faults=self.faults,
            make=lambda config: self.ups,
        )
        self.ups = SimulatedUps()
        self.telephones = NoTelephones()
        self.sip_address = ("127.0.0.1", 5080)
        self.requests = Requests(self)
        self._server = ControlServer(data, self.requests.handlers)

    async def start(self) -> World:
        """Let its lines take calls."""
        await self.fleet.follow(self.building.lines)
        self.requests.resume()
        return self

    async def stop(self) -> None:
        """As the exchange stops."""
        await self.chores.stop(5.0)
        await self.calls.stop()
        if ending := self.messages.stop():
            await asyncio.wait(ending)
        await self.fleet.stop()

    async def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """The answer, after a way through JSON in both directions. Raises RefusedError."""
        line = json.dumps({"ask": verb, **arguments}).encode()
        answer = json.loads(json.dumps(await self._server._answer(line)))
        if "error" in answer:
            raise RefusedError(answer["error"], answer.get("code", ""), **answer.get("values", {}))
        return dict(answer)

    async def refused(self, verb: str, **arguments: Any) -> str:
        """The code of a refusal; it must be one."""
        try:
            answer = await self.ask(verb, **arguments)
        except RefusedError as error:
            return error.code
        raise AssertionError(f"not refused: {answer}")

    def audit(self) -> list[tuple[str, str]]:
        """Who changed what, so far."""
        return [(event.get("who"), event.get("what")) for event in self.register.events if event.kind == "box.changed"]

    # -- Context -------------------------------------------------------------------------------------------------

    @property
    def building(self) -> Building:
        return self.following.building

    def desk(self) -> Desk:
        return self.calls.desk()

    def make_line(self, config: Any) -> SimulatedLine:
        return SimulatedLine(config.id, config.numbers, config.channels, self.network)

    def later(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self.chores.later(name, work)

    def reload(self) -> None:
        self.following.reload()

    def restart(self, between: Any) -> None:
        self.restarted = between

    def faults_now(self) -> list[str]:
        return self.faults.texts()

    async def _take_over(self, building: Building) -> None:
        await self.fleet.follow(building.lines)


def virtually(data: Path, story: Any, start: datetime = SUNDAY_NIGHT, example: str = "lipowa7.toml") -> None:
    """Live a story with such an exchange on virtual time; afterwards nothing of it may be left on a line."""
    loop = VirtualLoop()

    async def life() -> None:
        world = await World(data, VirtualClock(loop, start), example).start()
        await story(world)
        await world.stop()
        for line in world.fleet.lines.values():
            assert isinstance(line, SimulatedLine)
            assert not line.legs(), f"legs left on {line.id}"

    run_virtually(loop, life())


class Phone:
    """Somebody's telephone: what becomes of each ringing, in order; the last one holds for all further ones.

    A word of `Cause`, or keys that are pressed once it has answered ("" for none), each after two seconds.
    """

    def __init__(self, world: World, number: str, *deeds: str | Cause, seconds: float = 3.0) -> None:
        self.legs: list[SimulatedLeg] = []
        self._ringing: asyncio.Queue[SimulatedLeg] = asyncio.Queue()
        self._deeds, self._seconds, self._world = list(deeds), seconds, world
        world.network.people[number] = self._rung

    async def is_rung(self) -> SimulatedLeg:
        """Wait until it rings (again)."""
        return await self._ringing.get()

    async def _rung(self, leg: SimulatedLeg) -> Cause | None:
        self.legs.append(leg)
        self._ringing.put_nowait(leg)
        deed = self._deeds.pop(0) if len(self._deeds) > 1 else self._deeds[0]
        await asyncio.sleep(self._seconds)
        if isinstance(deed, Cause):
            return deed
        self._world.later(f"pressing on {leg.id}", self._presses(leg, deed))
        return None

    async def _presses(self, leg: SimulatedLeg, keys: str) -> None:
        await leg.is_answered()
        for key in keys:
            await asyncio.sleep(2.0)
            leg.presses(key)


async def ended(world: World, job: dict[str, Any]) -> dict[str, Any]:
    """What `job` tells once it is over."""
    going = {each for each in asyncio.all_tasks() if each.get_name().endswith(job["job"])}
    if going:
        await asyncio.wait(going)
    look = await world.ask("job", id=job["job"])
    assert look["state"] != "running"
    return look
