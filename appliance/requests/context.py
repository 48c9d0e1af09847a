"""What a request may use of the exchange. Only names: `exchange.py` has them all."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from appliance.accounts import Accounts
from appliance.building.model import Building, LineConfig
from appliance.callflow.desk import Desk
from appliance.calls import Calls
from appliance.clock import Clock
from appliance.diverting.diverter import Diverter
from appliance.faults import Faults
from appliance.following import Following
from appliance.health.way_watch import WayWatch
from appliance.lines.fleet import Fleet
from appliance.lines.line import Line
from appliance.lines.routing import Routing
from appliance.mains.keeper import MainsKeeper
from appliance.media.plane import MediaPlane
from appliance.media.prompts import Prompts
from appliance.messages import Messages
from appliance.options import Options
from appliance.panel.lodge import Lodge
from appliance.proving.prover import Prover
from appliance.register.log import Register
from appliance.updates import Updates


class Telephones(Protocol):
    """The telephones in the building."""

    def registered(self, extension: str) -> bool:
        """Whether a telephone of this extension is there."""
        ...


class Context(Protocol):
    """The exchange, as its requests see it. All parts are there from the beginning, started or not."""

    options: Options
    accounts: Accounts
    clock: Clock
    rng: random.Random
    faults: Faults
    following: Following
    calls: Calls
    media: MediaPlane
    prompts: Prompts
    fleet: Fleet
    routing: Routing
    ways: WayWatch
    messages: Messages
    prover: Prover
    diverter: Diverter
    updates: Updates
    lodge: Lodge
    mains: MainsKeeper

    @property
    def building(self) -> Building:
        """The building as its file has it now."""
        ...

    @property
    def telephones(self) -> Telephones:
        """The telephones in the building."""
        ...

    @property
    def sip_address(self) -> tuple[str, int]:
        """Where telephones reach the box: host and port as they were bound."""
        ...

    @property
    def register(self) -> Register:
        """The register, open or not."""
        ...

    def desk(self) -> Desk:
        """What a call may use, as things are now."""
        ...

    def make_line(self, config: LineConfig) -> Line:
        """A line as a building file describes it, not started."""
        ...

    def later(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Do this beside the calls; it ends with the exchange. Its failure is a fault of that name."""
        ...

    def reload(self) -> None:
        """Read the building file again as soon as possible."""
        ...

    def restart(self, between: Callable[[], object]) -> None:
        """End politely, do this while nothing runs, and start again in the same process."""
        ...

    def faults_now(self) -> list[str]:
        """Everything that is wrong now, in words."""
        ...
