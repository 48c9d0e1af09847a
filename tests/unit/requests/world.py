"""An exchange as its requests see it, without sockets: simulated lines, a register in memory, a voice that is text."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Coroutine
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
from appliance.faults import Faults
from appliance.following import Following
from appliance.lines.fleet import Fleet
from appliance.lines.routing import Routing
from appliance.lines.simulated import SimulatedLine, SimulatedNetwork
from appliance.options import Options
from appliance.register.memory import MemoryRegister
from appliance.requests.all import Requests
from tests.scenarios.stage import SpokenText

EXAMPLES = Path(__file__).parents[3] / "examples"
LOOPBACK = ("127.0.0.1", 0)


class Voice(SpokenText):
    """Text, and nothing to be rendered."""

    async def prepare(self, texts: Any, stand_ins: Any = None) -> list[str]:
        return []


class World:
    """Implements `Context`. Make it within the loop; `ask` asks as the page does, through JSON."""

    def __init__(self, data: Path, clock: Clock, example: str = "lipowa7.toml") -> None:
        data.mkdir(exist_ok=True)
        building_file = data / "building.toml"
        if not building_file.exists():
            shutil.copy(EXAMPLES / example, building_file)
        self.options = Options(data, building_file, LOOPBACK, (20000, 20099), LOOPBACK)
        building = file.read(building_file)
        self.clock, self.rng = clock, random.Random(7)
        self.faults = Faults(clock)
        self.accounts = Accounts(data, clock)
        self.accounts.prepare()
        self.register = MemoryRegister(clock, random.Random(8))
        self.prompts: Any = Voice()
        self.chores = Chores(self.faults)
        self.network = SimulatedNetwork()
        self.following = Following(
            building_file, building, self.prompts, self.faults, self._take_over, self.chores.later
        )
        self.fleet = Fleet(self.make_line, lambda leg: self.calls.take(leg))
        self.routing = Routing(self.fleet.lines, lambda: self.building, clock)
        self.calls = Calls(lambda: self.building, clock, self.register, self.routing, self.prompts, data)
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

    def faults_now(self) -> list[str]:
        return self.faults.texts()

    async def _take_over(self, building: Building) -> None:
        await self.fleet.follow(building.lines)
