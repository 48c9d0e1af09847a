"""All SIP of the box: sockets and one agent, shared by its trunks. Carries packets, timers and events between them.

Which calls are taken is the trunks' business; what they say is the agent's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Protocol

from appliance.clock import Clock
from appliance.lines.sip.agent import Agent
from appliance.lines.sip.core import AgentConfig, Role
from appliance.lines.sip.events import Ended, Event, Incoming, Pulsed, Registered, Rejected, Standing, Unlisted
from appliance.lines.sip.layer import Place
from appliance.lines.sip.leg import Media, SipLeg
from appliance.lines.sip.outgoing import Attempt
from appliance.lines.sip.place import Host, Stream
from appliance.lines.sip.registrar import Registrar
from appliance.lines.sip.registration import Account
from appliance.lines.sip.services import Services
from appliance.lines.sip.streams import Reports
from appliance.lines.sip.tls import Security
from appliance.lines.sip.wires import Wires

STOP_SECONDS = 1.5  # for BYEs to be answered: the second copy goes out after 0.5 s, the third after 1.5 s

log = logging.getLogger(__name__)
Listener = Callable[[Event], None]


class Trunk(Protocol):
    """What the stack asks of a line that it carries."""

    @property
    def hosts(self) -> frozenset[str]:
        """The addresses of its server."""
        ...

    def owned(self, users: tuple[str, ...]) -> str | None:
        """Which of its numbers is called, E.164, or None."""
        ...

    def unlisted(self, users: tuple[str, ...]) -> None:
        """Its server called a number that it does not own; nobody takes that call."""
        ...

    def offer(self, call: Incoming, number: str) -> None:
        """Take a new call for `number`."""
        ...


class Phones(Protocol):
    """What the stack asks of the line that the building's telephones are."""

    def calls(self, extension: str, called: str) -> bool:
        """Whether a telephone may call there."""
        ...

    def offer(self, call: Incoming) -> None:
        """Take a new call of a telephone."""
        ...

    def moved(self, extension: str) -> None:
        """A telephone has registered, or said that it goes."""
        ...


class SipStack:
    """Owns UDP and TCP of `bind` (host, port; port 0 takes a free one) and everything that is said there.

    `phones(host)`: whether an address lies in the telephones' networks; `password(user)`: a telephone's password.
    `advertised`: the IP address that providers are told in place of the one bound, "" for none.
    All methods belong to the event loop's thread.
    """

    def __init__(
        self,
        bind: Host,
        *,
        media: Media,
        clock: Clock,
        rng: random.Random,
        phones: Callable[[str], bool] = lambda host: False,
        password: Callable[[str], str | None] = lambda user: None,
        advertised: str = "",
    ) -> None:
        self.media = media
        self.clock = clock
        self._phones = phones
        self._wires = Wires(
            bind,
            Reports(
                hears=lambda host: self._agent.hears(host),
                on_message=self._received,
                on_up=lambda place: self._tell(self._agent.connected, place),
                on_lost=lambda place: self._tell(self._agent.lost, place),
                on_failed=lambda place: self._tell(self._agent.undeliverable, place),
            ),
        )
        config = AgentConfig(
            admits=self._admits,
            owns=self._owns,
            local=self._wires.local,
            phones=phones,
            password=password,
            calls=self._calls,
            advertised=advertised,
        )
        self._agent = Agent(config, rng)
        self._trunks: list[Trunk] = []
        self._telephones: Phones | None = None
        self._listeners: dict[str, Listener] = {}  # by call
        self._followers: dict[str, Listener] = {}  # by watch or registration
        self._timer: asyncio.TimerHandle | None = None
        self._pumping = False
        self._stopping = False
        self._quiet = asyncio.Event()

    # -- life --------------------------------------------------------------------------------------------------

    @property
    def address(self) -> Host:
        """The real (host, port) once started."""
        return self._wires.address

    async def start(self) -> None:
        """Bind UDP, and TCP at the same port. Raises OSError (address in use)."""
        await self._wires.open()

    async def stop(self) -> None:
        """Refuse what comes, hang up what is up, wait at most `STOP_SECONDS` for the answers, let the socket go."""
        self._stopping = True
        for call in list(self._listeners):
            self.hang_up(call)
        self._pump()
        if self._agent.calls:
            self._quiet.clear()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._quiet.wait()
            except TimeoutError:
                log.warning("%d calls did not end within %.1f s", self._agent.calls, STOP_SECONDS)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._wires.close()

    # -- for trunks and legs -----------------------------------------------------------------------------------

    def add(self, trunk: Trunk) -> None:
        """Take calls for a trunk."""
        self._trunks.append(trunk)

    def remove(self, trunk: Trunk) -> None:
        """Take no more calls for it."""
        if trunk in self._trunks:
            self._trunks.remove(trunk)

    @property
    def registrar(self) -> Registrar:
        """Where the building's telephones are."""
        return self._agent.telephones.registrar

    def serve(self, phones: Phones | None) -> None:
        """Tell this line what telephones do, from now on; None: nobody."""
        self._telephones = phones

    def keep(self, place: Place, name: str, ca_file: str = "") -> None:
        """Stay connected with a server that is reached by TCP or TLS; over TLS it must prove that it is `name`."""
        self._wires.keep(place, Security(name, ca_file))

    def let_go(self, place: Place) -> None:
        """The server is nobody's any more."""
        self._wires.let_go(place)

    def fault(self, place: Place) -> str | None:
        """Why the connection with a kept server cannot be made, and what to do about it; None while all is well."""
        return self._wires.fault(place)

    def local(self, place: Place) -> str:
        """The host that `place` sees us at; sound to and from there is bound to it."""
        return self._wires.local(place)[0]

    def leg(
        self, name: str, line: str, called: str, caller: str | None, place: Place, on_over: Callable[[SipLeg], None]
    ) -> SipLeg | None:
        """A leg with a channel for its sound, as `place` sees it; None when no port is free."""
        try:
            channel = self.media.channel(name, self.local(place))
        except OSError as error:
            log.error("%s: no port for sound: %s", name, error)
            return None
        return SipLeg(name, line, called, caller, self, channel, on_over)

    def invite(self, attempt: Attempt, listener: Listener) -> str:
        """Begin a call; its events go to `listener` until it is over."""
        call = self._agent.invite(attempt, self._now())
        self._listeners[call] = listener
        self._pump()
        return call

    def listen(self, call: str, listener: Listener) -> None:
        """Send the events of an incoming call to `listener`."""
        self._listeners[call] = listener

    def ring(self, call: str) -> None:
        """Tell the caller that it rings."""
        self._agent.ring(call, self._now())
        self._pump()

    def accept(self, call: str, media: Host) -> None:
        """Answer, with our sound at `media`."""
        self._agent.accept(call, media, self._now())
        self._pump()

    def hold(self, call: str, on: bool) -> None:
        """Tell the far end that we do not hear it for a while, or do again."""
        self._agent.hold(call, on, self._now())
        self._pump()

    def ask(self, call: str) -> None:
        """Ask the far end of a call that is up whether it is still there; `Ended` follows when it is not."""
        self._agent.ask(call, self._now())
        self._pump()

    def hang_up(self, call: str, status: int = 480) -> None:
        """End a call in any state; nothing more is told about it."""
        self._listeners.pop(call, None)
        self._agent.hang_up(call, self._now(), status)
        self._pump()

    def watch(self, place: Place, listener: Listener) -> str:
        """Watch whether a server is there; each `Pulsed` goes to `listener`. The watch's name."""
        name = self._services().watch(place)
        self._followers[name] = listener
        self._pump()
        return name

    def unwatch(self, name: str) -> None:
        """Watch it no longer."""
        self._followers.pop(name, None)
        self._services().unwatch(name)
        self._pump()

    def doubt(self, name: str) -> None:
        """A watched server did not answer a call: it counts as dead until it says something."""
        self._services().doubt(name)
        self._pump()

    def prove(self, name: str) -> None:
        """A watched server lives: ask it at once whether it answers such questions, unless that is known."""
        self._services().prove(name)
        self._pump()

    def register(self, account: Account, listener: Listener) -> str:
        """Register and stay so; each `Standing` goes to `listener`. The registration's name."""
        name = self._services().register(account)
        self._followers[name] = listener
        self._pump()
        return name

    def unregister(self, name: str, *, politely: bool = True) -> None:
        """Take a registration away; "gone" still follows, unless it is only forgotten (not `politely`)."""
        if not politely:
            self._followers.pop(name, None)
        self._services().unregister(name, politely=politely)
        self._pump()

    def nudge(self, name: str) -> None:
        """The server of a registration shows life."""
        self._services().nudge(name)
        self._pump()

    def _services(self) -> Services:
        self._agent.advance(self._now())
        return self._agent.services

    # -- between sockets, clock and agent ----------------------------------------------------------------------

    def _now(self) -> float:
        return self.clock.monotonic()

    def _admits(self, host: str) -> Role | None:
        if any(host in trunk.hosts for trunk in self._trunks):
            return "trunk"
        return "phones" if self._phones(host) else None

    def _owner(self, host: str, users: tuple[str, ...]) -> tuple[Trunk, str] | None:
        for trunk in self._trunks:
            number = trunk.owned(users) if host in trunk.hosts else None
            if number is not None:
                return trunk, number
        return None

    def _calls(self, extension: str, called: str) -> bool:
        return self._telephones is not None and self._telephones.calls(extension, called)

    def _owns(self, host: str, users: tuple[str, ...]) -> bool:
        return self._owner(host, users) is not None

    def _received(self, data: bytes, source: Place) -> None:
        try:
            self._agent.receive(data, source, self._now())
        except Exception:  # a mistake of ours about one packet must not make us deaf to the next
            log.exception("a packet from %s was not understood", source[0])
        self._pump()

    def _tell(self, what: Callable[[Stream, float], None], place: Stream) -> None:
        """Something happened to a connection."""
        try:
            what(place, self._now())
        except Exception:
            log.exception("the connection with %s", place.host)
        self._pump()

    def _due(self, deadline: float) -> None:
        # A loop may ring a hair early: what it rang for is due all the same, or it would ring again at once, for ever.
        try:
            self._agent.advance(max(deadline, self._now()))
        except Exception:
            log.exception("a SIP timer failed")
        self._pump()

    def _pump(self) -> None:
        """Carry out what the agent wants, also what its listeners make it want meanwhile; set the next alarm."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while True:
                packets, events = self._agent.take_packets(), self._agent.take_events()
                if not packets and not events:
                    break
                for data, place in packets:
                    self._wires.send(data, place)
                for event in events:
                    self._dispatch(event)
        finally:
            self._pumping = False
        self._set_alarm()
        if not self._agent.calls:
            self._quiet.set()

    def _set_alarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._agent.next_deadline()
        if deadline is not None:
            wait = max(0.0, deadline - self._now())
            self._timer = asyncio.get_running_loop().call_later(wait, self._due, deadline)

    def _dispatch(self, event: Event) -> None:
        if isinstance(event, Incoming):
            self._offer(event)
            return
        if isinstance(event, Unlisted):
            for trunk in self._trunks:
                if event.host in trunk.hosts:
                    trunk.unlisted(event.called)
            return
        if isinstance(event, Registered):
            if self._telephones is not None:
                self._telephones.moved(event.extension)
            return
        if isinstance(event, Pulsed | Standing):
            name, known = event.name, self._followers
            over = isinstance(event, Standing) and event.state == "gone"
        else:
            name, known, over = event.call, self._listeners, isinstance(event, Rejected | Ended)
        listener = known.pop(name, None) if over else known.get(name)
        if listener is not None:
            try:
                listener(event)
            except Exception:
                log.exception("call %s: %s was not understood", name, event)

    def _offer(self, call: Incoming) -> None:
        phones = self._telephones if call.extension is not None and not self._stopping else None
        owner = None if self._stopping or call.extension else self._owner(call.source[0], call.called)
        if owner is None and phones is None:
            self.hang_up(call.call, 503)
            return
        try:
            if phones is not None:
                phones.offer(call)
            elif owner is not None:
                owner[0].offer(call, owner[1])
        except Exception:
            log.exception("call %s from %s could not be taken", call.call, call.source[0])
            self.hang_up(call.call, 500)
