"""Whether a trunk's provider is there and knows us: its servers watched, registration kept with the one in use.

Calls are `trunk`'s business. What is wrong is told in words for the page.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial

from appliance.building.model import LineConfig
from appliance.lines.line import LineState
from appliance.lines.sip.attempts import Verdict
from appliance.lines.sip.digest import Login
from appliance.lines.sip.events import Event, Pulsed, Standing
from appliance.lines.sip.place import Place
from appliance.lines.sip.registration import Account
from appliance.lines.sip.resolver import Resolver
from appliance.lines.sip.servers import Candidate, Servers, parse_server, told
from appliance.lines.sip.stack import SipStack

LOOK_UP_SECONDS = 300.0  # between two look-ups of names
LOOK_UP_AGAIN_SECONDS = 15.0  # where nothing was found
TICK_SECONDS = 5.0  # how soon the end of a server's being passed over is noticed
FAILED_SECONDS = 10.0  # for which a server that could not place a call is passed over
UNREGISTERED_SECONDS = 60.0  # likewise one that would not register us
LONGEST_SECONDS = 300.0  # of what a Retry-After may ask for: the building must be reachable again
START_SECONDS = 2.0  # for the first look-up of names
LEAVE_SECONDS = 2.0  # for the answer to the removal of our registration

log = logging.getLogger(__name__)


class Provider:
    """The provider of one line. Raises ProtocolError when a server is no host or host:port."""

    def __init__(self, config: LineConfig, stack: SipStack, resolver: Resolver, rng: random.Random) -> None:
        self._config = config
        self._stack = stack
        self._resolver = resolver
        self._rng = rng
        self.servers = Servers(
            [parse_server(each, config.transport) for each in config.servers or (config.server,)],
        )
        self._watches: dict[Place, str] = {}
        self.on_dead: Callable[[Place], None] = lambda place: None  # told of a server that answers no more
        self._registration = ""  # its name, while there is one
        self._registered_at: Candidate | None = None
        self._standing: Standing | None = None  # how it stands, once an attempt has ended
        self._gone = asyncio.Event()
        self._tried = asyncio.Event()  # an attempt to register has ended
        self._known = asyncio.Event()  # the servers' places were looked up once
        self._keeper: asyncio.Task[None] | None = None

    @property
    def contact_user(self) -> str | None:
        """Who we register as, and the user of our Contact by which calls reach us; None where we do not register.

        An account without a user name is known by its number.
        """
        if not self._config.register:
            return None
        return self._config.username or next(iter(self._config.numbers), None)

    def state(self) -> LineState:
        """Of the line, while it is started."""
        if not self._known.is_set():
            return LineState("starting")
        if self.servers.candidates and self.servers.fault(self._now()) is None:
            if not self._config.register or (self._standing is not None and self._standing.state == "up"):
                return LineState("up")
            return LineState("down", self._standing.fault) if self._standing else LineState("starting")
        refused = self._standing.fault if self._standing is not None and not self._standing.silent else None
        return LineState("down", refused or self._connection_fault() or self.servers.fault(self._now()))

    def _connection_fault(self) -> str | None:
        """Why the first server cannot be connected with, where it is reached by TCP or TLS."""
        return next((self._stack.fault(each.place) for each in self.servers.candidates), None)

    def preferred(self) -> list[Candidate]:
        """The servers to try for a call, in order."""
        return self.servers.preferred(self._now())

    # -- life --------------------------------------------------------------------------------------------------

    async def look_up(self) -> None:
        """Find out where the servers are, and watch them."""
        await self.servers.look_up(self._resolver, self._rng)
        places = {each.place: each for each in self.servers.candidates}
        for place in [each for each in self._watches if each not in places]:
            self._stack.unwatch(self._watches.pop(place))
            self._stack.let_go(place)
        for place, candidate in places.items():
            if place not in self._watches:
                self._stack.keep(place, candidate.server.host, self._config.ca_file)
                self._watches[place] = self._stack.watch(place, partial(self._on_pulse, place))

    async def start(self) -> None:
        """Find the servers, register where the line does, and keep an eye on all of it from now on.

        Waits `START_SECONDS` at most: a box without internet takes the calls of its other lines meanwhile.
        """
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self._config.id}")
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._known.wait()
        except TimeoutError:
            log.warning("line %s: nobody tells where its servers are yet", self._config.id)

    async def stop(self) -> None:
        """Take the registration away, waiting `LEAVE_SECONDS` at most for the answer; watch nobody."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self._registration:
            self._gone.clear()
            self._stack.unregister(self._registration)
            try:
                async with asyncio.timeout(LEAVE_SECONDS):
                    await self._gone.wait()
            except TimeoutError:
                log.info("line %s: nobody answers the end of our registration", self._config.id)
        self._registration, self._registered_at, self._standing = "", None, None
        for place, name in self._watches.items():
            self._stack.unwatch(name)
            self._stack.let_go(place)
        self._watches.clear()

    async def _keep(self) -> None:
        """Look names up again now and then; go back to the first server when its time has come."""
        await self.look_up()
        self._known.set()
        self._settle()
        since = 0.0
        while True:
            await asyncio.sleep(TICK_SECONDS)
            since += TICK_SECONDS
            due = LOOK_UP_SECONDS if self.servers.candidates else LOOK_UP_AGAIN_SECONDS
            if self.servers.named and since >= due:
                since = 0.0
                await self.look_up()
            self._settle()

    # -- what is learned about a server ------------------------------------------------------------------------

    def works(self, candidate: Candidate) -> None:
        """It carried a call, or told us the callee's own refusal."""
        self.servers.lives(candidate.place)
        self._settle()

    def failed(self, candidate: Candidate, verdict: Verdict) -> None:
        """It did not carry a call: silent, refusing, or asking to be left alone for a while (Retry-After)."""
        log.warning("line %s, %s: %s", self._config.id, told(candidate.place), verdict.detail)
        if verdict.silent:
            self.servers.dead(candidate.place, verdict.detail)
            self._stack.doubt(self._watches.get(candidate.place, ""))
        else:
            seconds = min(float(verdict.retry_after or FAILED_SECONDS), LONGEST_SECONDS)
            self.servers.pass_over(candidate.place, self._now() + seconds, verdict.detail)
        self._settle()

    def _on_pulse(self, place: Place, event: Event) -> None:
        if not isinstance(event, Pulsed):
            return
        if event.alive:
            log.info("line %s: %s answers", self._config.id, told(place))
            self.servers.lives(place)
            if self._registered_at is not None and self._registered_at.place == place:
                self._stack.nudge(self._registration)
        else:
            log.warning("line %s: no answer from %s", self._config.id, told(place))
            self.servers.dead(place, f"no answer from {told(place)}")
            self.on_dead(place)
        self._settle()

    async def tried(self) -> None:
        """Wait until a first attempt to register has ended."""
        await self._tried.wait()

    def register_again(self) -> None:
        """The server may have forgotten us: tell it anew where we are."""
        if self._registration and self._standing is not None:
            self._stack.unregister(self._registration, politely=False)
            self._registration, self._registered_at = "", None
            self._settle()

    # -- registration ------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Be registered with the server that is in use: the first with which nothing is wrong."""
        best = next(iter(self.preferred()), None)
        if self.contact_user is None or best is None or best == self._registered_at:
            return
        if self._registered_at is not None and self.servers.fault_of(best, self._now()) is not None:
            return  # nothing is well: stay where we are
        if self._registration:
            self._stack.unregister(self._registration, politely=False)
        log.info("line %s: registering with %s", self._config.id, told(best.place))
        login = Login(self._config.username, self._config.password)
        account = Account(self.contact_user or "", best.server.host, best.place, login)
        self._registered_at, self._standing = best, None
        self._registration = self._stack.register(account, partial(self._on_standing, best))

    def _on_standing(self, candidate: Candidate, event: Event) -> None:
        if not isinstance(event, Standing):
            return
        if event.state == "gone":
            self._gone.set()
            return
        before, self._standing = self._standing, event
        self._tried.set()
        if before is None or before.state != event.state:
            log.info(
                "line %s, %s: registration %s %s", self._config.id, told(candidate.place), event.state, event.fault
            )
        if event.state == "up":
            self.servers.lives(candidate.place)
            self._stack.prove(self._watches.get(candidate.place, ""))
        elif not event.denied:
            until = self._now() + UNREGISTERED_SECONDS
            self.servers.pass_over(candidate.place, until, event.fault or "no registration")
        self._settle()

    def _now(self) -> float:
        return self._stack.clock.monotonic()
