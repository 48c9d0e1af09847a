"""A call that comes in: offered, then rung, accepted or refused; or cancelled by the caller (RFC 3261 §13.3)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from appliance.lines.sip import sdp
from appliance.lines.sip.address import parse_address, parse_uri
from appliance.lines.sip.call import CallAction, CallEvent, CallState
from appliance.lines.sip.core import Core
from appliance.lines.sip.dialog import of_invite
from appliance.lines.sip.events import Ended, Incoming
from appliance.lines.sip.layer import Place, ServerTransaction
from appliance.lines.sip.message import Request, Response
from appliance.lines.sip.place import Host
from appliance.lines.sip.session import Session, check_offer
from appliance.lines.sip.text import ProtocolError

OFFER_SECONDS = 180.0  # a call that we neither answer nor refuse is given up (RFC 3261 §16.6, timer C)
WITHHELD = frozenset({"id", "user", "header"})  # RFC 3323, RFC 3325


def users(request: Request) -> tuple[str, ...]:
    """Who is called: the users of Request-URI and To, as written. Raises ProtocolError."""
    called = [parse_uri(request.uri).user]
    with suppress(ProtocolError):  # a To that only its own network understands
        called.append(request.recipient.parsed().user)
    return tuple(dict.fromkeys(user for user in called if user))


def _asserted(request: Request) -> tuple[str, ...]:
    found: list[str] = []
    for value in request.values("P-Asserted-Identity"):
        try:
            found.append(parse_address(value).parsed().user)
        except ProtocolError:
            continue
    return tuple(user for user in found if user)


def _anonymous(request: Request) -> bool:
    words = {word.strip() for value in request.words("Privacy") for word in value.split(";")}
    try:
        sender = request.sender.parsed()
    except ProtocolError:
        return bool(words & WITHHELD)
    return bool(words & WITHHELD) or sender.user.lower() == "anonymous" or sender.host.lower() == "anonymous.invalid"


def _sender(request: Request) -> str:
    try:
        return request.sender.parsed().user
    except ProtocolError:
        return ""


class IncomingSession(Session):
    """A call of the far end. Says 100 at once and tells `Incoming`. Raises ProtocolError: 488."""

    def __init__(
        self,
        core: Core,
        request: Request,
        source: Place,
        serve: Callable[[], ServerTransaction],
        on_over: Callable[[Session], None],
        extension: str | None = None,
    ) -> None:
        check_offer(request)
        choice = sdp.pick(request.body) if request.body.strip() else None
        called = users(request)
        tag = core.token()
        super().__init__(core, (request.call_id, tag), CallState.OFFERED, on_over)
        self.dialog = of_invite(request, tag, source)
        self.dialog.stays = extension is not None
        self.met = source
        self._meet(self.dialog.place()[0])
        self._choice = choice
        self._patience = core.schedule.after(OFFER_SECONDS, self._impatient)
        self._request = request
        self._refusal = 480
        self._transaction = serve()
        self._transaction.on_cancel = self._cancelled
        self._transaction.respond(core.response(request, 100))
        core.tell(
            Incoming(
                call=self.id,
                source=source,
                called=called,
                asserted=_asserted(request),
                sender=_sender(request),
                anonymous=_anonymous(request),
                choice=choice,
                extension=extension,
            )
        )

    def step(self, event: CallEvent, response: Response | None = None) -> None:
        """See `Session.step`."""
        super().step(event, response)
        if self.state is not CallState.OFFERED:
            self._patience.cancel()

    def _cancelled(self) -> None:
        self.step(CallEvent.PEER_CANCEL)

    def accept(self, media: Host) -> None:
        """Answer, with our sound at `media`."""
        self.media = media
        self.step(CallEvent.ACCEPT)

    def refuse(self, status: int) -> None:
        """Refuse with `status` before the answer, hang up after it."""
        self._refusal = status
        self.step(CallEvent.HANG_UP)

    def _impatient(self) -> None:
        self.core.tell(Ended(self.id, lost=True))
        self.refuse(480)

    def _do(self, action: CallAction, response: Response | None) -> None:
        if action is CallAction.SEND_RINGING:
            if "100rel" not in self._request.words("Require"):
                self._provisional(180)
        elif action is CallAction.SEND_ANSWER:
            self._send_answer()
        elif action is CallAction.SEND_REFUSAL:
            self._respond(self._transaction, self._refusal)
        elif action is CallAction.SEND_TERMINATED:
            self._respond(self._transaction, 487)
        else:
            super()._do(action, response)

    def _provisional(self, status: int) -> None:
        response = self.core.response(self._request, status, self.key[1])
        response.headers.append(("Contact", self.core.contact(self._transaction.place)))
        self._transaction.respond(response)

    def _send_answer(self) -> None:
        has_offer = self._choice is not None
        body = self._answer(self._request.body) if has_offer else self._offer()
        response = self._success(self._request, self._transaction.place, body)
        self._transaction.respond(response)
        self._repeat(self._request, self._transaction, response, offered=not has_offer)
