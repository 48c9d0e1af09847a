"""One call as both directions share it: its table walked, requests inside its dialog answered, its BYE sent.

`outgoing` and `incoming` add what differs before the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from appliance import PRODUCT
from appliance.lines.sip import digest, sdp, session_timer
from appliance.lines.sip.address import foreign_scheme
from appliance.lines.sip.call import TRANSITIONS, CallAction, CallEvent, CallState
from appliance.lines.sip.core import ALLOWED, Core, Repeater
from appliance.lines.sip.dialog import Dialog
from appliance.lines.sip.events import Digit, Ended, MediaChanged
from appliance.lines.sip.layer import Place, ServerTransaction
from appliance.lines.sip.message import Header, Request, Response
from appliance.lines.sip.place import Host
from appliance.lines.sip.renegotiation import Renegotiation
from appliance.lines.sip.session_timer import SessionTimer
from appliance.lines.sip.text import ProtocolError
from appliance.lines.sip.transactions import GIVE_UP, ImpossibleError

RETRY_SECONDS = 2  # said to a far end whose offer comes too early
# Require: 100rel is met by sending no 18x at all, then nothing is unreliable (RFC 3262 §3).
UNDERSTOOD = frozenset({"100rel", session_timer.OPTION})
GONE = frozenset({408, 481})  # answers inside a call that say: there is none
ASKED_SECONDS = 16.0  # to say that one is still in a call: seven tries on a line that loses packets
DIGITS = frozenset("0123456789*#ABCD")
SDP_TYPE = "application/sdp"


def unsupported(request: Request) -> list[Header]:
    """The Unsupported header for a 420, or nothing when all that is required is understood."""
    unknown = sorted(request.words("Require") - UNDERSTOOD)
    return [("Unsupported", ", ".join(unknown))] if unknown else []


def refusal(request: Request) -> tuple[int, list[Header]] | None:
    """Status and headers for a request that asks for what we do not know, or None (RFC 3261 §8.2.2)."""
    if foreign_scheme(request.uri):
        return 416, []
    unknown = unsupported(request)
    return (420, unknown) if unknown else None


def check_offer(request: Request) -> None:
    """Raises ProtocolError when its body is something else than a session description."""
    if request.body.strip() and request.content_type != SDP_TYPE:
        raise ProtocolError("body is no session description")


class Session:
    """A call. Only `step` changes `state`; the book forgets it (`on_over`) when it has ended."""

    def __init__(
        self,
        core: Core,
        key: tuple[str, str],
        state: CallState,
        on_over: Callable[[Session], None],
        *,
        owner: bool = False,
    ) -> None:
        """`owner`: the Call-ID is ours."""
        self.core = core
        self.id = core.token()
        self.key = key
        self.state = state
        self.dialog: Dialog | None = None
        self.media: Host = ("0.0.0.0", 0)
        self.met: Place = ("0.0.0.0", 0)  # the far end's, where the call began
        self.login: digest.Login | None = None
        self._on_over = on_over
        self._number = core.number()
        self._version = 0
        self._choice: sdp.MediaChoice | None = None
        self._repeaters: dict[int, Repeater] = {}
        self._offered: set[int] = set()  # CSeqs of INVITEs whose ACK brings the answer to our offer
        self._hosts: set[str] = set()
        self._holding = False
        self._asking = Renegotiation(self, owner=owner)
        self._life = SessionTimer(core.schedule, self._asking.refresh, self.deserted)
        self.takes_update = False  # the far end knows UPDATE

    # -- the table ---------------------------------------------------------------------------------------------

    def step(self, event: CallEvent, response: Response | None = None) -> None:
        """Take one step and carry out what it asks for. Raises ImpossibleError for a pair not in the table."""
        try:
            state, actions = TRANSITIONS[self.state, event]
        except KeyError:
            raise ImpossibleError(f"call: {event.name} in {self.state.name}") from None
        before, self.state = self.state, state
        if state in (CallState.CLOSING, CallState.ENDED):
            self._asking.end()
            self._life.stop()
        for action in actions:
            self._do(action, response)
        if self.state is CallState.ENDED and before is not CallState.ENDED:
            for repeater in self._repeaters.values():
                repeater.stop()
            if self._hosts:
                self.core.schedule.after(GIVE_UP, self._part)
            self._on_over(self)

    def _meet(self, host: str) -> None:
        """Let a host named by the far end speak inside this call, whoever it is."""
        if host not in self._hosts:
            self._hosts.add(host)
            self.core.parties[host] += 1

    def _part(self) -> None:
        """No copies of old requests are to be expected any more."""
        self.core.parties.subtract(self._hosts)
        self.core.parties += Counter()  # drops the zeros
        self._hosts.clear()

    def _do(self, action: CallAction, response: Response | None) -> None:
        if action is CallAction.BYE:
            self._bye()
        elif action in (CallAction.TELL_ENDED, CallAction.TELL_LOST):
            self.core.tell(Ended(self.id, lost=action is CallAction.TELL_LOST))

    # -- session descriptions ----------------------------------------------------------------------------------

    def _offer(self) -> bytes:
        self._version += 1
        return self.offer()

    def offer(self) -> bytes:
        """Our description as it stands."""
        return sdp.offer(self._sound(), self._number, self._version, "sendonly" if self._holding else "sendrecv")

    def _sound(self) -> Host:
        """Where we ask for the sound, as the far end sees us."""
        return self.core.media(self.met, self.media)

    def moved(self) -> None:
        """The far end sees us at another address than it was told: tell it, or its requests and sound go astray."""
        self._version += 1
        if self.state is CallState.UP:
            self._asking.redirect()

    def hold(self, on: bool) -> None:
        """Tell the far end that we do not hear it for a while, or do again; it goes on hearing us."""
        if on is self._holding:
            return
        self._holding = on
        self._version += 1
        if self.state in (CallState.UP, CallState.ANSWERED):
            self._asking.redirect()

    def take_answer(self, body: bytes) -> None:
        """The far end's answer to an offer of ours inside the call. Raises ProtocolError."""
        self._settle(sdp.agreed(body))

    @property
    def negotiating(self) -> bool:
        """Whether an INVITE of the far end still waits for its ACK."""
        return bool(self._repeaters)

    def timer_proposal(self, least: int) -> list[Header]:
        """What a request of ours inside the call says of the session timer; `least`: seconds that the far end wants."""
        terms = self._life.terms
        if terms is None:
            return [("Supported", session_timer.OPTION)]
        return session_timer.proposal(max(terms.seconds, least), least, "uac" if terms.ours else "uas")

    def settle_terms(self, message: Request | Response) -> list[Header]:
        """Take what an INVITE, an UPDATE or a 2xx says of the session timer; the headers that answer a request."""
        if message.first("Allow") is not None:
            self.takes_update = "update" in message.words("Allow")
        if isinstance(message, Response):
            self._life.set(session_timer.settled(message))
            return []
        terms, headers = session_timer.answered(message)
        self._life.set(terms)
        return headers

    def _answer(self, offer: bytes) -> bytes:
        """Raises ProtocolError when nothing of the offer can be taken."""
        body, choice = sdp.answer(offer, self._sound(), self._number, self._version + 1, holding=self._holding)
        self._version += 1
        self._settle(choice)
        return body

    def _settle(self, choice: sdp.MediaChoice) -> None:
        """Note what was agreed; tell when it differs from before."""
        if choice != self._choice:
            self._choice = choice
            self.core.tell(MediaChanged(self.id, choice))

    # -- requests of the far end -------------------------------------------------------------------------------

    def receive(self, request: Request, transaction: ServerTransaction) -> None:
        """A request inside the dialog, neither ACK nor CANCEL. Raises ProtocolError: 400."""
        if self.dialog is None:
            self._receive_early(request, transaction)
        elif request.sender.tag != self.dialog.remote_tag or (
            self.state is CallState.CLOSING and request.method != "BYE"
        ):
            self._respond(transaction, 481)
        elif request.method == "BYE":  # in any order: whoever wants to go may go
            self._respond(transaction, 200)
            self.step(CallEvent.PEER_BYE)
        elif not self.dialog.in_order(request):
            self._respond(transaction, 500)
        elif unsupported(request):
            self._respond(transaction, 420, unsupported(request))
        elif request.method in ("INVITE", "UPDATE"):
            self._renegotiate(request, transaction)
        elif request.method == "INFO":
            self._info(request, transaction)
        elif request.method == "OPTIONS":
            self._respond(transaction, 200, [("Allow", ALLOWED)])
        else:
            self._respond(transaction, 405, [("Allow", ALLOWED)])

    def _receive_early(self, request: Request, transaction: ServerTransaction) -> None:
        """Our INVITE has no final response yet: theirs overtook it, or comes too early."""
        if request.method == "BYE":
            self._respond(transaction, 200)
            self.step(CallEvent.PEER_BYE)
        else:
            self._respond(transaction, 491 if request.method in ("INVITE", "UPDATE") else 481)

    def _renegotiate(self, request: Request, transaction: ServerTransaction) -> None:
        """A re-INVITE or UPDATE: accept whatever the far end wants of the sound (RFC 3261 §14.2, RFC 3311 §5.2)."""
        assert self.dialog is not None
        invite = request.method == "INVITE"
        has_offer = bool(request.body.strip())
        if self.state is CallState.OFFERED and (invite or has_offer):
            self._respond(transaction, 500, [("Retry-After", str(RETRY_SECONDS))])
            return
        if (self._offered or self._asking.inviting) and (invite or has_offer):
            self._respond(transaction, 491)
            return
        if session_timer.too_brief(request):
            self._respond(transaction, 422, session_timer.too_brief(request))
            return
        try:
            check_offer(request)
            body = self._answer(request.body) if has_offer else self._offer() if invite else b""
        except ProtocolError:
            self._respond(transaction, 488)
            return
        self.dialog.refresh(request)
        self._meet(self.dialog.place()[0])
        response = self._success(request, transaction.place, body)
        transaction.respond(response)
        if invite:
            self._repeat(request, transaction, response, offered=not has_offer)

    def _success(self, request: Request, place: Place, body: bytes) -> Response:
        """A 200 with our Contact and description."""
        response = self.core.response(request, 200, self.key[1])
        response.headers += [("Contact", self.core.contact(place)), ("Allow", ALLOWED), *self.settle_terms(request)]
        if body:
            response.headers.append(("Content-Type", SDP_TYPE))
            response.body = body
        return response

    def _repeat(self, request: Request, transaction: ServerTransaction, response: Response, *, offered: bool) -> None:
        """Send a 200 to an INVITE until its ACK."""
        number = request.cseq[0]
        if offered:
            self._offered.add(number)
        self._repeaters[number] = Repeater(
            self.core.schedule, lambda: transaction.respond(response), lambda: self._unacknowledged(number)
        )

    def _unacknowledged(self, number: int) -> None:
        self._repeaters.pop(number, None)
        self._offered.discard(number)
        self.step(CallEvent.NO_ACK)

    def acknowledged(self, request: Request) -> None:
        """An ACK to a 200 of ours; copies are ignored."""
        number = request.cseq[0]
        repeater = self._repeaters.pop(number, None)
        if repeater is None or self.dialog is None or request.sender.tag != self.dialog.remote_tag:
            return
        repeater.stop()
        self.step(CallEvent.ACK)
        if number not in self._offered:
            return
        self._offered.discard(number)
        try:
            self._settle(sdp.agreed(request.body))
        except ProtocolError:
            if self._choice is None:  # nothing was ever agreed: a call without sound is none
                self.core.tell(Ended(self.id, lost=True))
                self.step(CallEvent.HANG_UP)

    def _info(self, request: Request, transaction: ServerTransaction) -> None:
        digit = _digit(request)
        if request.body.strip() and digit is None:
            self._respond(transaction, 415, [("Accept", "application/dtmf-relay")])
            return
        self._respond(transaction, 200)
        if digit is not None:
            self.core.tell(Digit(self.id, digit))

    def _respond(self, transaction: ServerTransaction, status: int, extra: list[Header] | None = None) -> None:
        transaction.respond(self.core.response(transaction.request, status, self.key[1], extra or ()))

    # -- our OPTIONS -------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask whether the far end is still in this call: OPTIONS, whose every answer but two says so (§12.2.1.2).

        Timer F would wait 32 s for it. Who has been left alone on the line is not kept so long.
        """
        if self.dialog is None or self.state is not CallState.UP:
            return
        place = self.dialog.place()
        request = self.dialog.request("OPTIONS", self.core.via(place))
        request.headers += [("Accept", SDP_TYPE), ("User-Agent", PRODUCT)]
        patience = self.core.schedule.after(ASKED_SECONDS, self.deserted)

        def answered(response: Response) -> None:
            patience.cancel()
            if response.status in GONE:
                self.deserted()

        self.core.layer.request(request, place, answered, self.deserted)

    def deserted(self) -> None:
        """The far end is not there any more, whatever shows it."""
        if self.state is CallState.UP:
            self.core.tell(Ended(self.id, lost=True))
            self.step(CallEvent.HANG_UP)

    # -- our BYE -----------------------------------------------------------------------------------------------

    def _bye(self, extra: Header | None = None) -> None:
        assert self.dialog is not None
        place = self.dialog.place()
        request = self.dialog.request("BYE", self.core.via(place))
        request.headers += [extra] if extra else []
        request.headers.append(("User-Agent", PRODUCT))

        def answered(response: Response) -> None:
            if response.status < 200:
                return
            credentials = self.credentials(response, request) if extra is None else None
            if credentials is not None and self.state is CallState.CLOSING:
                self._bye(credentials)
            else:
                self._closed()

        self.core.layer.request(request, place, answered, self._closed)

    def _closed(self) -> None:
        if self.state is CallState.CLOSING:
            self.step(CallEvent.BYE_DONE)

    def credentials(self, response: Response, request: Request) -> Header | None:
        """The header that answers a 401 or 407 to our request, or None when we cannot."""
        asked = digest.asked(response)
        if self.login is None or asked is None:
            return None
        challenge, header = asked
        return header, digest.answer(challenge, self.login, request.method, request.uri, self.core.token())


def _digit(request: Request) -> str | None:
    """The digit of an INFO body, "Signal=5" or a bare "5"; None when it holds none."""
    if request.content_type not in ("application/dtmf-relay", "application/dtmf"):
        return None
    for line in request.body.decode("ascii", "replace").splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip().lower() != "signal":
            continue
        found = (value if equals else name).strip().upper()
        if found in DIGITS:
            return found
    return None
