"""A SIP trunk as a line: its provider's calls in, ours out, and whether the provider is there (OPTIONS).

It is its server's IP address, any port. Registering with a provider is not done here.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

from appliance.building.model import LineConfig
from appliance.building.numbers import as_dialled, e164
from appliance.lines.line import Cause, Leg, LineState, NotAnsweredError
from appliance.lines.sip.address import DEFAULT_PORT, bracketed, is_numeric, parse_uri, split_host_port
from appliance.lines.sip.attempts import Verdict, Watch
from appliance.lines.sip.digest import Login
from appliance.lines.sip.events import Event, Incoming, Pinged
from appliance.lines.sip.layer import Place
from appliance.lines.sip.leg import SipLeg
from appliance.lines.sip.outgoing import Attempt
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.text import ProtocolError

PING_SECONDS = 15.0
MISSES = 2  # OPTIONS without any answer, after which the line counts as down
RESOLVE_SECONDS = 300.0  # how often the server's name is looked up again

log = logging.getLogger(__name__)


class SipTrunk:
    """One `[[lines]]` entry of kind "sip", carried by a `SipStack`. Implements `Line`."""

    kind = "sip"

    def __init__(self, config: LineConfig, stack: SipStack) -> None:
        """Raises ValueError when `server` is no host or host:port."""
        self.id = config.id
        self._config = config
        self._stack = stack
        try:
            host, port = split_host_port(config.server)
        except ProtocolError as error:
            raise ValueError(f"line {config.id}: server {config.server!r}: {error}") from None
        self._server = host
        self._port = port or DEFAULT_PORT
        self._authority = bracketed(host) + (f":{port}" if port else "")
        self.hosts: frozenset[str] = frozenset({host}) if is_numeric(host) else frozenset()
        self._place: Place | None = (host, self._port) if is_numeric(host) else None
        self._login = Login(config.username, config.password) if config.username else None
        self._legs: set[SipLeg] = set()
        self._count = 0
        self._fault: str | None = None
        self._on_call: Callable[[Leg], None] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._pinged = False
        self._missed = 0

    # -- Line --------------------------------------------------------------------------------------------------

    def state(self) -> LineState:
        """Up, unless the server's name, the last call or two OPTIONS say otherwise."""
        if self._on_call is None:
            return LineState("starting")
        return LineState("down", self._fault) if self._fault else LineState("up")

    def free_channels(self) -> int:
        """Channels that no call uses."""
        return max(0, self._config.channels - len(self._legs))

    def numbers(self) -> tuple[str, ...]:
        """Its own numbers, E.164."""
        return self._config.numbers

    async def start(self, on_call: Callable[[Leg], None]) -> None:
        """Take calls from now on. The stack must have been started."""
        self._on_call = on_call
        for number in self._config.numbers:
            e164(number)  # loads the numbering plan now, not while the first caller waits
        await self._resolve()
        self._stack.add(self)
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.id}")

    async def stop(self) -> None:
        """Hang up every leg and take no more calls; the stack waits for the answers."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        for leg in list(self._legs):
            leg.hangup()
        self._stack.remove(self)
        self._on_call = None

    async def dial(self, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """See `Line.dial`."""
        if self.free_channels() == 0:
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free channel")
        target, place = await self._target(number)
        watch = Watch(self._stack.clock, ring_seconds)
        leg = self._leg(number, shown, place)
        if leg is None:
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free port for sound")
        attempt = Attempt(target, place, shown, self._server, leg.channel.local, self._login)
        call = ""
        try:
            call = self._stack.invite(attempt, watch.on_event)
            verdict = await watch.verdict()
            if place[0] in self.hosts:
                self._judge(verdict)
            if verdict.answered is None:
                raise NotAnsweredError(verdict.cause, watch.seconds(), verdict.detail)
            leg.attach(call, verdict.answered.choice, answered=True)
            self._stack.listen(call, leg.on_event)
            for event in watch.rest():
                leg.on_event(event)
            return leg
        except BaseException:
            leg.attach(call, None)
            leg.hangup(Cause.CANCELLED)
            raise

    # -- calls in ----------------------------------------------------------------------------------------------

    def owned(self, users: tuple[str, ...]) -> str | None:
        """Which of its numbers one of these users is, in any form a provider writes it."""
        for user in users:
            for number in {user, e164(user)}:
                if number in self._config.numbers:
                    return number
        return None

    def offer(self, call: Incoming, number: str) -> None:
        """A new call for one of its numbers."""
        self._alive()
        if self._on_call is None:
            self._stack.hang_up(call.call, 503)
            return
        leg = self._leg(number, caller_of(call), call.source)
        if leg is None:
            self._stack.hang_up(call.call, 503)
            return
        leg.attach(call.call, call.choice)
        self._stack.listen(call.call, leg.on_event)
        try:
            self._on_call(leg)
        except Exception:
            leg.hangup(Cause.LINE_DOWN)
            raise

    def _leg(self, called: str, caller: str | None, place: Place) -> SipLeg | None:
        """A leg with its channel, or None when no port is free."""
        self._count += 1
        leg_id = f"{self.id}-{self._count}"
        try:
            channel = self._stack.media.channel(leg_id, self._stack.local(place))
        except OSError as error:
            log.error("%s: no port for sound: %s", leg_id, error)
            return None
        leg = SipLeg(leg_id, self.id, called, caller, self._stack, channel, self._legs.discard)
        self._legs.add(leg)
        return leg

    # -- calls out ---------------------------------------------------------------------------------------------

    async def _target(self, number: str) -> tuple[str, Place]:
        """Request-URI and destination of a call. Raises NotAnsweredError."""
        if not number.startswith(("sip:", "sips:")):
            if self._place is None:
                raise NotAnsweredError(Cause.LINE_DOWN, 0.0, self._fault or "server unknown")
            return f"sip:{as_dialled(number, self._config.dial_format)}@{self._authority}", self._place
        try:
            uri = parse_uri(number)
        except ProtocolError as error:
            raise NotAnsweredError(Cause.WRONG_NUMBER, 0.0, str(error)) from None
        hosts = [uri.host] if is_numeric(uri.host) else await _looked_up(uri.host)
        if not hosts:
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, f"no address for {uri.host}")
        return number, (hosts[0], uri.port or DEFAULT_PORT)

    def _judge(self, verdict: Verdict) -> None:
        """Learn from a call whether the line works."""
        if verdict.answered is None and verdict.cause is Cause.LINE_DOWN:
            self._fault = verdict.detail
            log.warning("line %s: %s", self.id, verdict.detail)
        else:
            self._alive()

    # -- the provider ------------------------------------------------------------------------------------------

    def _alive(self) -> None:
        self._missed = 0
        self._pinged = False
        self._fault = None

    async def _keep(self) -> None:
        """Ask for a sign of life while no call shows one; look the server's name up again now and then."""
        since = 0.0
        while True:
            await asyncio.sleep(PING_SECONDS)
            since += PING_SECONDS
            if not is_numeric(self._server) and (since >= RESOLVE_SECONDS or self._place is None):
                since = 0.0
                await self._resolve()
            if self._place is not None and not self._legs:
                self._ping(self._place)

    def _ping(self, place: Place) -> None:
        if self._pinged:
            self._missed += 1
            if self._missed >= MISSES:
                self._fault = f"{self._config.server} does not answer"
        self._pinged = True
        self._stack.ping(place, self._on_pinged)

    def _on_pinged(self, event: Event) -> None:
        if isinstance(event, Pinged) and event.status is not None:
            self._alive()

    async def _resolve(self) -> None:
        if is_numeric(self._server):
            return
        hosts = await _looked_up(self._server)
        if hosts:
            self.hosts = frozenset(hosts)
            self._place = (hosts[0], self._port)
        elif self._place is None:
            self._fault = f"no address for {self._server}"


async def _looked_up(host: str) -> list[str]:
    """The IPv4 addresses of a name, in order; empty when there is none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except OSError as error:
        log.warning("%s: %s", host, error)
        return []
    return [str(each[4][0]) for each in found]


def caller_of(call: Incoming) -> str | None:
    """Who calls, E.164: what the provider asserts, else what the caller says; None where withheld or unreadable."""
    if call.anonymous:
        return None
    for user in (*call.asserted, call.sender):
        number = e164(user)
        if number is not None:
            return number
    return None
