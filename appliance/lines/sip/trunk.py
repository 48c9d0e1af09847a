"""A SIP trunk as a line: its provider's calls in, ours out, by whichever of the provider's servers works.

Whether a server works, and registering with it, is `provider`'s; this is about calls.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from appliance.building.model import Language, LineConfig
from appliance.building.numbers import as_dialled, e164, is_e164, is_emergency
from appliance.gateways.watch import CopperWatch
from appliance.lines.line import Cause, Leg, LineState, NotAnsweredError
from appliance.lines.sip.address import DEFAULT_PORT, is_numeric, parse_uri
from appliance.lines.sip.attempts import Verdict, Watch
from appliance.lines.sip.digest import Login
from appliance.lines.sip.events import Incoming
from appliance.lines.sip.layer import Place
from appliance.lines.sip.leg import SipLeg
from appliance.lines.sip.outgoing import Attempt
from appliance.lines.sip.placing import placed
from appliance.lines.sip.provider import Provider
from appliance.lines.sip.resolver import Resolver, SystemResolver
from appliance.lines.sip.servers import Candidate
from appliance.lines.sip.stack import SipStack
from appliance.lines.sip.strays import Strays
from appliance.lines.sip.text import ProtocolError

MOST_HOPS = 3  # of redirections that one call follows
MOST_TRIED = 3  # servers for one call, each of which may cost 3 s


@dataclass(frozen=True, slots=True)
class _Wish:
    """What `dial` was asked: `number` as the leg is called by; `until`: the monotonic second at which it has rung."""

    number: str
    shown: str
    began: float
    until: float


class SipTrunk:
    """One `[[lines]]` entry of kind "sip", carried by a `SipStack`. Implements `Line`.

    `language`: of what is told of its copper, where it is a gateway's.

    `allowed(number)`: whether a redirection to this E.164 number may be followed. Raises ValueError when `server` is no
    host or host:port.
    """

    kind = "sip"

    def __init__(
        self,
        config: LineConfig,
        stack: SipStack,
        *,
        allowed: Callable[[str], bool] = lambda number: False,
        resolver: Resolver | None = None,
        rng: random.Random | None = None,
        language: Callable[[], Language] = lambda: "en",
    ) -> None:
        self.id = config.id
        self._config = config
        self._stack = stack
        self._allowed = allowed
        rng = rng or random.Random()
        self._resolver = resolver or SystemResolver(rng)
        try:
            self._provider = Provider(config, stack, self._resolver, rng)
        except ProtocolError as error:
            raise ValueError(f"line {config.id}: server {config.server!r}: {error}") from None
        self._login = Login(config.username, config.password) if config.username else None
        self._strays = Strays(config.id, stack.clock)
        self._copper = CopperWatch(config.id, config.status_page, language) if config.status_page else None
        self._legs: set[SipLeg] = set()
        self._ringing: dict[Watch, Place] = {}  # attempts that go on, and by which server
        self._provider.on_dead = self._server_died
        self._count = 0
        self._on_call: Callable[[Leg], None] | None = None

    # -- Line --------------------------------------------------------------------------------------------------

    def state(self) -> LineState:
        """Starting until it is registered (where it is to be); down when all its servers are, or refuse us.

        A gateway that is there, and tells that its copper is not, is a line that is down.
        """
        if self._on_call is None:
            return LineState("starting")
        state, copper = self._provider.state(), self._copper
        if copper is not None and copper.fault and state.state == "up":
            return LineState("down", copper.fault, copper.about)
        return LineState(state.state, state.fault or self._strays.fault, copper.about if copper is not None else "")

    def free_channels(self) -> int:
        """Channels that no call uses; 0 too where the provider brought more calls than were agreed."""
        return max(0, self._config.channels - len(self._legs))

    def capacity(self) -> int:
        """As agreed with the provider."""
        return self._config.channels

    def idle(self) -> bool:
        """Whether no leg is left."""
        return not self._legs

    def numbers(self) -> tuple[str, ...]:
        """Its own numbers, E.164."""
        return self._config.numbers

    @property
    def hosts(self) -> frozenset[str]:
        """The addresses of all its servers: INVITEs from there are its calls."""
        return self._provider.servers.hosts

    async def start(self, on_call: Callable[[Leg], None]) -> None:
        """Take calls from now on. The stack must have been started."""
        self._on_call = on_call
        for number in self._config.numbers:
            e164(number)  # loads the numbering plan now, not while the first caller waits
        self._stack.add(self)
        if self._copper is not None:
            self._copper.start()
        await self._provider.start()

    async def retire(self) -> None:
        """Take the registration away; legs that are up go on."""
        self._stack.remove(self)
        self._on_call = None
        if self._copper is not None:
            await self._copper.stop()
        await self._provider.stop()

    async def registration_tried(self) -> LineState:
        """How it stands once a first attempt to register has ended."""
        await self._provider.tried()
        return self.state()

    def register_again(self, other: LineConfig) -> None:
        """Another line has registered as this one does, where `other` has the same account, and has gone."""
        ours = self._config
        if self._on_call is not None and (ours.username, ours.server) == (other.username, other.server):
            self._provider.register_again()

    async def stop(self) -> None:
        """Hang up every leg, take the registration away and take no more calls; the stack waits for the answers."""
        for leg in list(self._legs):
            leg.hangup()
        await self.retire()

    async def dial(self, number: str, *, shown: str, ring_seconds: float) -> Leg:
        """See `Line.dial`. A server that is down is followed by the next one within the same ringing time."""
        if self._on_call is None:
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "the line is not started")
        if self.free_channels() == 0 and not is_emergency(number):
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, "no free channel")
        began = self._stack.clock.monotonic()
        wish = _Wish(number, shown, began, began + ring_seconds)
        if number.startswith(("sip:", "sips:")):
            place, domain = await self._address(number)
            leg, verdict = await self._attempt(number, place, domain, wish)
        else:
            leg, verdict = await self._by_provider(number, wish)
        if leg is None:
            raise NotAnsweredError(verdict.cause, self._stack.clock.monotonic() - began, verdict.detail)
        return leg

    # -- calls in ----------------------------------------------------------------------------------------------

    def owned(self, users: tuple[str, ...]) -> str | None:
        """Which of its numbers one of these users is, in any form a provider writes it.

        Where it registers, the user of its Contact is the line too: then its first number.
        """
        for user in users:
            for number in {user, e164(user)}:
                if number in self._config.numbers:
                    return number
        if self._provider.contact_user in users:
            return next(iter(self._config.numbers), None)
        return None

    def unlisted(self, users: tuple[str, ...]) -> None:
        """One of its servers called a number that is not ours as far as we know."""
        self._strays.note(users)

    def offer(self, call: Incoming, number: str) -> None:
        """A new call for one of its numbers. Taken even when all channels are used: who is let through is not busy."""
        leg = self._leg(number, self._caller(call), call.source) if self._on_call is not None else None
        if leg is None or self._on_call is None:
            self._stack.hang_up(call.call, 503)
            return
        leg.attach(call.call, call.choice)
        self._stack.listen(call.call, leg.on_event)
        try:
            self._on_call(leg)
        except Exception:
            leg.hangup(Cause.LINE_DOWN)
            raise

    def _caller(self, call: Incoming) -> str | None:
        """Who calls. A gateway that was told no number shows the copper line's own: nobody's, then."""
        caller = caller_of(call)
        return None if self._config.gateway and caller in self._config.numbers else caller

    def _leg(self, called: str, caller: str | None, place: Place) -> SipLeg | None:
        """A leg with its channel, or None when no port is free."""
        self._count += 1
        leg = self._stack.leg(f"{self.id}-{self._count}", self.id, called, caller, place, self._legs.discard)
        if leg is not None:
            self._legs.add(leg)
            if self._config.gateway:
                leg.supervise(60 * self._config.silence_minutes, 60 * self._config.longest_minutes)
        return leg

    # -- calls out ---------------------------------------------------------------------------------------------

    async def _by_provider(self, number: str, wish: _Wish) -> tuple[SipLeg | None, Verdict]:
        """Dial by the provider's servers in turn, and where they redirect to a number that is allowed, that one."""
        for _ in range(1 + MOST_HOPS):
            leg, verdict = await self._on_servers(number, wish)
            if not verdict.redirected:
                return leg, verdict
            onward = self._onward(verdict.redirected)
            if onward is None:
                return None, Verdict(Cause.REFUSED, f"{verdict.detail}: redirected to what may not be dialled")
            number = onward
        return None, Verdict(Cause.REFUSED, "redirected in circles")

    def _onward(self, contacts: tuple[str, ...]) -> str | None:
        """The first of these Contacts that is a number which may be dialled, E.164."""
        for contact in contacts:
            try:
                user = parse_uri(contact).user
            except ProtocolError:
                continue
            number = None if is_emergency(user) else e164(user)
            if number is not None and is_e164(number) and self._allowed(number):
                return number
        return None

    async def _on_servers(self, number: str, wish: _Wish) -> tuple[SipLeg | None, Verdict]:
        user = number if is_emergency(number) else as_dialled(number, self._config.dial_format)
        leg, verdict = None, Verdict(Cause.LINE_DOWN, self._provider.state().fault or "server unknown")
        for candidate in self._provider.preferred()[:MOST_TRIED]:
            if wish.until <= self._stack.clock.monotonic():
                break  # another line has its own time
            target = f"sip:{user}@{candidate.server.authority}"
            leg, verdict = await self._attempt(target, candidate.place, candidate.server.host, wish)
            self._judge(candidate, verdict)
            if leg is not None or verdict.cause is not Cause.LINE_DOWN:
                break
        return leg, verdict

    def _server_died(self, place: Place) -> None:
        """Calls that ring by this server are the next line's, now."""
        for watch, server in tuple(self._ringing.items()):
            if server == place:
                watch.server_died()

    def _judge(self, candidate: Candidate, verdict: Verdict) -> None:
        """Learn from a call whether its server works."""
        if verdict.failing:
            self._provider.failed(candidate, verdict)
        elif verdict.heard:
            self._provider.works(candidate)

    async def _attempt(self, target: str, place: Place, domain: str, wish: _Wish) -> tuple[SipLeg | None, Verdict]:
        """One INVITE and what came of it; the leg is up, or there is none."""
        leg = self._leg(wish.number, wish.shown, place)
        if leg is None:
            return None, Verdict(Cause.LINE_DOWN, "no free port for sound")
        attempt = Attempt(target, place, wish.shown, domain, leg.channel.local, self._login)
        watch = Watch(self._stack.clock, wish.until - self._stack.clock.monotonic())
        self._ringing[watch] = place
        try:
            verdict = await placed(self._stack, leg, attempt, watch)
        finally:
            del self._ringing[watch]
        if self._config.gateway:
            # It answers once it has dialled: the telephone at the far end begins to ring only now.
            leg.may_ring = max(0.1, wish.until - self._stack.clock.monotonic())
        return (None if verdict.answered is None else leg), verdict

    async def _address(self, address: str) -> tuple[Place, str]:
        """Where a `sip:` address is, and what we call ourselves there. Raises NotAnsweredError."""
        try:
            uri = parse_uri(address)
        except ProtocolError as error:
            raise NotAnsweredError(Cause.WRONG_NUMBER, 0.0, str(error)) from None
        hosts = [uri.host] if is_numeric(uri.host) else await self._resolver.addresses(uri.host)
        if not hosts:
            raise NotAnsweredError(Cause.LINE_DOWN, 0.0, f"no address for {uri.host}")
        return (hosts[0], uri.port or DEFAULT_PORT), self._provider.servers.servers[0].host


def caller_of(call: Incoming) -> str | None:
    """Who calls, E.164: what the provider asserts, else what the caller says; None where withheld or unreadable."""
    if call.anonymous:
        return None
    for user in (*call.asserted, call.sender):
        number = e164(user)
        if number is not None:
            return number
    return None
