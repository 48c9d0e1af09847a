"""The exchange's telephony: the media process, SIP, the building's telephones, the lines and the choice among them.

The parts are there from the beginning; `running` starts those that need no register, and the exchange has the lines
take calls once it can look after one. It knows no call.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from appliance.building.model import Building, LineConfig
from appliance.building.numbers import may_dial
from appliance.clock import Clock
from appliance.faults import Faults
from appliance.health.judge import Fault
from appliance.health.way_watch import WayWatch
from appliance.health.words import said
from appliance.lines.absent import AbsentLine
from appliance.lines.fleet import Fleet
from appliance.lines.line import Leg, Line
from appliance.lines.routing import Routing
from appliance.lines.sip.extensions import Extensions
from appliance.lines.sip.phonebook import FileStore
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.trunk import SipTrunk
from appliance.media.plane import MediaPlane
from appliance.networks import within
from appliance.notify.sms import Listener
from appliance.options import Options


class Telephony:
    """`building` gives the one that holds now; `on_call` takes each new call; `texts` hears what the SIM cards get.

    `code()`: the claim code that the building's telephones may hear, or "".
    """

    def __init__(
        self,
        options: Options,
        clock: Clock,
        rng: random.Random,
        faults: Faults,
        *,
        building: Callable[[], Building],
        on_call: Callable[[Leg], None],
        texts: Callable[[], Listener],
        code: Callable[[], str],
    ) -> None:
        self._options, self._clock, self._rng, self._faults = options, clock, rng, faults
        self._building, self._texts = building, texts
        self._phone_networks = within(building().phone_networks)
        self.media = MediaPlane(options.rtp_ports, clock=clock, rng=rng, on_fault=self._media_fault)
        self._stack = SipStack(
            options.sip,
            media=self.media,
            clock=clock,
            rng=rng,
            phones=lambda host: self._phone_networks(host),
            password=self._password,
            advertised=options.advertised,
        )
        known = FileStore(options.data / "phones.json")
        self.telephones = Extensions(self._stack, known, lambda: building().box.name, code)
        self.fleet = Fleet(self.make_line, on_call)
        self.ways = WayWatch(self.fleet.lines, building, clock)
        self.routing = Routing(self.fleet.lines, building, clock, self.telephones)

    @property
    def address(self) -> tuple[str, int]:
        """Where telephones reach the box."""
        return self._stack.address

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[str, int]]:
        """The media process and the SIP socket, without lines yet; yields the real address. Raises OSError (in use)."""
        try:
            (self._options.data / "recordings").mkdir(exist_ok=True)
        except OSError as error:
            self._faults.set("recordings", f"messages cannot be recorded: {error}")
        await self.media.start()
        try:
            await self._stack.start()
            try:
                yield self.address
            finally:
                await self._stack.stop()
        finally:
            await self.media.stop()

    async def follow(self, building: Building) -> None:
        """Run just the lines of this building from now on, and let its telephones' networks speak to us."""
        self._phone_networks = within(building.phone_networks)
        await self.fleet.follow(building.lines)

    def make_line(self, config: LineConfig) -> Line:
        """A line as the building file describes it. What this version cannot do is said, not passed over."""
        if config.kind == "sip":
            return SipTrunk(
                config,
                self._stack,
                allowed=lambda number: may_dial(self._building(), number) is None,
                rng=self._rng,
                language=lambda: self._building().box.language,
            )
        if config.kind == "gsm":  # what only some boxes have is loaded by them alone
            from hardware.gsm.line import GsmLine

            return GsmLine(
                config,
                self.media,
                clock=self._clock,
                data=self._options.data,
                language=lambda: self._building().box.language,
                texts=self._texts(),
            )
        if config.kind == "fxo":
            from hardware.fxo.line import FxoLine

            return FxoLine(config, self.media, clock=self._clock, language=lambda: self._building().box.language)
        return AbsentLine(config, f"lines of kind {config.kind} are not supported by this version")

    def _password(self, extension: str) -> str | None:
        """The password of a telephone in the building."""
        known = self._building().extensions.get(extension)
        return known.password if known else None

    def _media_fault(self, text: str) -> None:
        fault = Fault("media", "media_trouble", {"text": text.removeprefix("media process: ")})
        shown, logged = said(fault, self._building().box.language), said(fault, "en")
        self._faults.set("media", shown, passing=True, logged=logged)
