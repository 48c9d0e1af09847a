"""The user agent without I/O: datagrams, times and commands go in; packets and events come out (RFC 3261).

It decides who may speak to us and which call a message belongs to. Sockets are `transport`'s, meaning is the line's.
"""

from __future__ import annotations

import random

from appliance.lines.sip import guard
from appliance.lines.sip.call import CallEvent
from appliance.lines.sip.core import ALLOWED, AgentConfig, Core, Role
from appliance.lines.sip.events import Event, Unlisted
from appliance.lines.sip.incoming import IncomingSession, users
from appliance.lines.sip.layer import Place
from appliance.lines.sip.message import Request, Response
from appliance.lines.sip.outgoing import Attempt, OutgoingSession
from appliance.lines.sip.place import Host, Stream, transport_of
from appliance.lines.sip.services import Services
from appliance.lines.sip.session import SDP_TYPE, Session, check_offer, refusal
from appliance.lines.sip.session_timer import too_brief
from appliance.lines.sip.telephones import Telephones
from appliance.lines.sip.text import ProtocolError

BUSY_RETRY_SECONDS = 5  # said with 503 when the box is full
RESPONSE_START = b"SIP/2.0 "


class Agent:
    """All SIP of one socket. Times are seconds of any one steady clock, never going back.

    After every call of a method, take packets and events and ask for `next_deadline`.
    """

    def __init__(self, config: AgentConfig, rng: random.Random) -> None:
        self._core = Core(config, rng)
        self.telephones = Telephones(self._core)
        self._sessions: dict[str, Session] = {}
        self._by_key: dict[tuple[str, str], Session] = {}
        self.services = Services(self._core)  # `advance` before each call of its methods

    # -- in and out --------------------------------------------------------------------------------------------

    def receive(self, data: bytes, source: Place, now: float) -> None:
        """One datagram. Never raises, whatever the bytes."""
        self.advance(now)
        role = self._core.config.admits(source[0])
        # A response is believed by its branch, which nobody else can guess. A stranger's request is not even read,
        # unless that host takes part in a call (we called there, or a trunk's Contact is there): it may speak in it.
        party = role is None and source[0] in self._core.parties
        if role is None and not party and not data.startswith(RESPONSE_START):
            return
        verdict = guard.check(data, source)
        if isinstance(verdict, Response):
            self._receive_response(verdict)
        elif role is not None and isinstance(verdict, guard.Refuse):
            self._core.say(verdict.request, 400, source, reason=f"Bad Request: {verdict.why}")
        elif isinstance(verdict, Request) and (role is not None or (party and self._inside(verdict))):
            if role == "trunk":
                self.services.heard(source)
            try:
                self._receive_request(verdict, source, role or "phones")
            except ProtocolError as error:
                if verdict.method != "ACK":
                    self._core.say(verdict, 400, source, reason=f"Bad Request: {error}")

    def hears(self, host: str) -> bool:
        """Whether anything that this host says may be read: else its connections need not be taken."""
        return self._core.config.admits(host) is not None or host in self._core.parties

    def connected(self, place: Stream, now: float) -> None:
        """A connection with a server is up: it may have to learn anew where it reaches us."""
        self.advance(now)
        self.services.connected(place)
        if place.transport == "tls":  # our Contact there is the connection itself
            self._moved(place)

    def lost(self, place: Stream, now: float) -> None:
        """The connection with `place` has ended, whoever ended it. Its calls go on: over a new one, if need be."""
        self.advance(now)
        self._core.nat.forget(place)
        for session in self._sessions.values():
            if session.dialog is not None:
                session.dialog.lost(place)
        self._core.layer.lost(place)

    def undeliverable(self, place: Stream, now: float) -> None:
        """No connection with `place` can be made; what was to go there is lost."""
        self.advance(now)
        self._core.layer.undeliverable(place)
        self.services.unreachable(place)

    def advance(self, now: float) -> None:
        """Do what is due up to `now`."""
        self._core.schedule.advance(now)

    def next_deadline(self) -> float | None:
        """When `advance` is next needed, or None."""
        return self._core.schedule.next_deadline()

    def take_packets(self) -> list[tuple[bytes, Place]]:
        """What is to be sent, and where to, in order; each packet is given once."""
        packets, self._core.packets = self._core.packets, []
        return packets

    def take_events(self) -> list[Event]:
        """What happened, in order; each event is given once."""
        events, self._core.events = self._core.events, []
        return events

    @property
    def calls(self) -> int:
        """How many calls live, protocol ends included."""
        return len(self._sessions)

    def idle(self) -> bool:
        """Nothing is left: no call, no transaction, no timer."""
        return not self._sessions and not len(self._core.layer) and not len(self._core.schedule)

    # -- commands ----------------------------------------------------------------------------------------------

    def invite(self, attempt: Attempt, now: float) -> str:
        """Begin a call; its id. `Progress`, then one of `Answered` and `Rejected` follow, unless we hang up first."""
        self.advance(now)
        session = OutgoingSession(self._core, attempt, self._forget)
        self._keep(session)
        return session.id

    def ring(self, call: str, now: float) -> None:
        """Tell the caller that it rings. Does nothing for a call that is over."""
        self.advance(now)
        if call in self._sessions:
            self._sessions[call].step(CallEvent.RING)

    def accept(self, call: str, media: Host, now: float) -> None:
        """Answer, with our sound at `media` (host, port). Does nothing for a call that is over."""
        self.advance(now)
        session = self._sessions.get(call)
        if isinstance(session, IncomingSession):
            session.accept(media)

    def hold(self, call: str, on: bool, now: float) -> None:
        """Tell the far end of a call that we do not hear it for a while, or do again. May be repeated."""
        self.advance(now)
        if call in self._sessions:
            self._sessions[call].hold(on)

    def ask(self, call: str, now: float) -> None:
        """Ask the far end of a call that is up whether it is still there; `Ended` (lost) follows when it is not."""
        self.advance(now)
        if call in self._sessions:
            self._sessions[call].ask()

    def hang_up(self, call: str, now: float, status: int = 480) -> None:
        """End a call in any state: CANCEL, a refusal with `status`, or BYE. No event follows. May be repeated."""
        self.advance(now)
        session = self._sessions.get(call)
        if isinstance(session, IncomingSession):
            session.refuse(status)
        elif session is not None:
            session.step(CallEvent.HANG_UP)

    # -- messages ----------------------------------------------------------------------------------------------

    def _receive_response(self, response: Response) -> None:
        core = self._core
        try:
            transaction = core.layer.asked(response)
        except ProtocolError:
            return  # an answer that cannot be read is as good as none
        if transaction is None:
            return
        place = transaction.place
        if transaction.request.method != "OPTIONS":
            self.services.heard(place)
        if core.nat.learn(place, response.via, core.config.local(place)) and not core.config.advertised:
            self._moved(place)
        try:
            transaction.receive(response)
        except ProtocolError:
            return

    def _moved(self, place: Place) -> None:
        """There we are seen at another address than before: whoever was told the old one is told the new one."""
        self.services.moved(place)
        for session in list(self._sessions.values()):
            if session.met[0] == place[0] and transport_of(session.met) == transport_of(place):
                session.moved()

    def _receive_request(self, request: Request, source: Place, role: Role) -> None:
        layer = self._core.layer
        if request.method == "ACK":
            self._receive_ack(request)
            return
        known = layer.serving(request)
        if known is not None:
            known.receive(request)
        elif request.method == "CANCEL":
            self._receive_cancel(request, source)
        elif request.recipient.tag:
            self._receive_inside(request, source)
        elif layer.merged(request) or self._looped(request, source):
            self._core.say(request, 482, source)  # by two paths, or our own call come back
        else:
            self._receive_outside(request, source, role)

    def _looped(self, request: Request, source: Place) -> bool:
        """Whether our own call came back by a proxy, unless we dialled a number of ours: then it is meant to."""
        if (request.call_id, request.sender.tag) not in self._by_key:
            return False
        try:
            dialled = request.recipient.parsed().user
        except ProtocolError:
            return True
        return not self._core.config.owns(source[0], (dialled,))

    def _inside(self, request: Request) -> bool:
        """Whether it belongs to a call that lives, or is a copy of one that did."""
        return (request.call_id, request.recipient.tag) in self._by_key or self._core.layer.serving(request) is not None

    def _receive_ack(self, request: Request) -> None:
        transaction = self._core.layer.serving(request, "INVITE")
        if transaction is not None:
            transaction.receive(request)
        session = self._by_key.get((request.call_id, request.recipient.tag))
        if session is not None:
            session.acknowledged(request)

    def _receive_cancel(self, request: Request, source: Place) -> None:
        invite = self._core.layer.serving(request, "INVITE")
        if invite is None or self._core.layer.full:
            self._core.say(request, 481, source)
            return
        self._core.layer.serve(request, source).respond(self._core.response(request, 200, self._core.token()))
        if invite.on_cancel is not None:
            invite.on_cancel()

    def _receive_inside(self, request: Request, source: Place) -> None:
        session = self._by_key.get((request.call_id, request.recipient.tag))
        if session is None:
            self._core.say(request, 481, source)
        elif self._core.layer.full and request.method != "BYE":
            self._core.say(request, 503, source, [("Retry-After", str(BUSY_RETRY_SECONDS))])
        else:
            session.receive(request, self._core.layer.serve(request, source))

    def _receive_outside(self, request: Request, source: Place, role: Role) -> None:
        """A request outside any dialog: a new call, a question, or something that we do not do."""
        core, host = self._core, source[0]
        if role == "trunk":
            if request.method in ("OPTIONS", "INVITE") and (refused := refusal(request)):
                core.say(request, refused[0], source, refused[1])
                return
            if request.method == "OPTIONS":
                core.say(request, 200, source, [("Allow", ALLOWED), ("Accept", SDP_TYPE)])
                return
            if request.method == "INVITE":
                if core.config.owns(host, users(request)):
                    self._offered(request, source)
                    return
                if not request.all("Authorization"):  # else a telephone that shares the provider's address
                    core.tell(Unlisted(host, users(request)))
            if not core.config.phones(host):
                return
        extension = self.telephones.receive(request, source)
        if extension is not None:
            self._offered(request, source, extension)

    def _offered(self, request: Request, source: Place, extension: str | None = None) -> None:
        core = self._core
        if too_brief(request):
            core.say(request, 422, source, too_brief(request))
        elif core.layer.full or len(self._sessions) >= core.config.max_calls:
            core.say(request, 503, source, [("Retry-After", str(BUSY_RETRY_SECONDS))])
        else:
            try:
                check_offer(request)
            except ProtocolError:
                core.say(request, 415, source, [("Accept", SDP_TYPE)])
                return
            try:
                session = IncomingSession(
                    core, request, source, lambda: core.layer.serve(request, source), self._forget, extension
                )
            except ProtocolError:
                core.say(request, 488, source)
                return
            self._keep(session)

    def _keep(self, session: Session) -> None:
        self._sessions[session.id] = session
        self._by_key[session.key] = session

    def _forget(self, session: Session) -> None:
        self._sessions.pop(session.id, None)
        self._by_key.pop(session.key, None)
