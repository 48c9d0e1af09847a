"""A call that we make: INVITE, credentials, CANCEL, and the ACKs of every 2xx, wanted or not (RFC 3261 §13.2, §9.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance import PRODUCT
from appliance.lines.sip import digest, sdp, session_timer
from appliance.lines.sip.address import bracketed, parse_address
from appliance.lines.sip.call import CallAction, CallEvent, CallState
from appliance.lines.sip.core import ALLOWED, Core
from appliance.lines.sip.dialog import Dialog, of_answer
from appliance.lines.sip.events import Answered, Progress, Rejected
from appliance.lines.sip.layer import ClientTransaction, Place
from appliance.lines.sip.message import Header, Request, Response
from appliance.lines.sip.place import Host
from appliance.lines.sip.session import SDP_TYPE, Session
from appliance.lines.sip.text import ProtocolError, decimal, param, quote
from appliance.lines.sip.transactions import GIVE_UP

LONGEST_RETRY_AFTER = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whom to call and as whom. `target` is the Request-URI, `place` where it goes, `media` where we want the sound.

    `shown` is one of our own numbers, `domain` the host that From and P-Asserted-Identity name it at, `display` a name
    beside it. `stays`: it is where it was met, whatever its Contact says.
    """

    target: str
    place: Place
    shown: str
    domain: str
    media: Host
    login: digest.Login | None = None
    display: str = ""
    stays: bool = False


class OutgoingSession(Session):
    """A call of ours."""

    def __init__(self, core: Core, attempt: Attempt, on_over: Callable[[Session], None]) -> None:
        tag = core.token()
        super().__init__(core, (f"{core.token(12)}@dyzurka", tag), CallState.CALLING, on_over, owner=True)
        self.media, self.met = attempt.media, attempt.place
        self.login = attempt.login
        self._attempt = attempt
        self._heard = False
        self._challenged = 0
        self._lengthened = False  # the session timer, for a far end that wants it longer
        self._early = b""
        self._acks: dict[str, tuple[bytes, Place]] = {}  # by To tag
        self._meet(attempt.place[0])
        self._invite = self._first_invite()
        self._transaction = self._send_invite()

    def _first_invite(self) -> Request:
        attempt = self._attempt
        name = f"{quote(attempt.display)} " if attempt.display else ""
        us = f"{name}<sip:{attempt.shown}@{bracketed(attempt.domain)}>"
        headers: list[Header] = [
            ("Via", self.core.via(attempt.place)),
            ("Max-Forwards", "70"),
            ("From", f"{us};tag={self.key[1]}"),
            ("To", f"<{attempt.target}>"),
            ("Call-ID", self.key[0]),
            ("CSeq", "1 INVITE"),
            ("Contact", self.core.contact(attempt.place, attempt.shown)),
            ("P-Asserted-Identity", us),
            ("Allow", ALLOWED),
            *session_timer.proposal(session_timer.SESSION_SECONDS),
            ("User-Agent", PRODUCT),
            ("Content-Type", SDP_TYPE),
        ]
        return Request(headers, self._offer(), "INVITE", attempt.target)

    def _send_invite(self) -> ClientTransaction:
        return self.core.layer.request(self._invite, self._attempt.place, self._responded, self._silent)

    def _silent(self) -> None:
        self.step(CallEvent.SILENCE)

    def _responded(self, response: Response) -> None:
        """A response to the INVITE that counts (the transaction keeps copies of refusals away)."""
        self._heard = True
        if response.status < 200:
            self._early = response.body or self._early
            self.step(CallEvent.PROVISIONAL, response)
        elif response.status >= 300:
            self.step(CallEvent.CHALLENGE if self._answerable(response) else CallEvent.FAILURE, response)
        elif self.dialog is not None and response.recipient.tag != self.dialog.remote_tag:
            self._refuse_fork(response)
        else:
            self.step(CallEvent.SUCCESS, response)

    def _answerable(self, response: Response) -> bool:
        """Challenges are answered once, and once more when only the nonce had aged (RFC 7616 §3.3)."""
        if response.status == 422:
            return not self._lengthened and response.first("Min-SE") is not None
        if self._challenged > 1 or self.credentials(response, self._invite) is None:
            return False
        lines = [*response.all("WWW-Authenticate"), *response.all("Proxy-Authenticate")]
        challenge = digest.strongest(lines)
        return self._challenged == 0 or (challenge is not None and challenge.stale)

    def _do(self, action: CallAction, response: Response | None) -> None:
        if action is CallAction.CANCEL:
            self._cancel()
        elif action is CallAction.AWAIT_END:
            self.core.schedule.after(GIVE_UP, self._never_ended)
        elif action is CallAction.FORGET_INVITE:
            self._transaction.abandon()
        elif action is CallAction.TELL_REJECTED:
            self._rejected(response)
        elif response is None:
            super()._do(action, response)
        elif action is CallAction.ACK:
            self._acknowledge(response)
        elif action is CallAction.RETRY:
            self._retry(response)
        elif action is CallAction.TELL_PROGRESS:
            self.core.tell(Progress(self.id, response.status))
        elif action is CallAction.TELL_ANSWERED:
            self._answered(response)
        else:
            super()._do(action, response)

    def _retry(self, response: Response) -> None:
        """The INVITE again as a new transaction of the same call (RFC 3261 §22.2)."""
        number = self._invite.cseq[0] + 1
        self._invite = Request(list(self._invite.headers), self._invite.body, "INVITE", self._invite.uri)
        if response.status == 422:
            self._lengthened, least = True, session_timer.min_se(response)
            self._invite.replace("Session-Expires", str(max(least, session_timer.SESSION_SECONDS)))
            self._invite.replace("Min-SE", str(least))
        else:
            credentials = self.credentials(response, self._invite)
            assert credentials is not None
            self._challenged += 1
            self._invite.replace(*credentials)
        self._invite.replace("CSeq", f"{number} INVITE")
        self._invite.replace("Via", self.core.via(self._attempt.place))
        self._transaction = self._send_invite()

    def _cancel(self) -> None:
        invite = self._invite
        kept = [each for each in invite.headers if each[0] in ("Via", "Max-Forwards", "From", "To", "Call-ID")]
        headers: list[Header] = [*kept, ("CSeq", f"{invite.cseq[0]} CANCEL"), ("User-Agent", PRODUCT)]
        request = Request(headers, b"", "CANCEL", invite.uri)
        self.core.layer.request(request, self._attempt.place, lambda response: None, lambda: None)

    def _never_ended(self) -> None:
        if self.state is CallState.CANCELLED:
            self.step(CallEvent.SILENCE)

    def _acknowledge(self, response: Response) -> None:
        """Send the ACK of a 2xx, the same one for each copy (RFC 3261 §13.2.2.4)."""
        if self.dialog is None:
            self.dialog = self._dialog_of(response)
            self._meet(self.dialog.place()[0])
        self._send_ack(self.dialog)

    def _dialog_of(self, response: Response) -> Dialog:
        dialog = of_answer(self._invite, response, self._attempt.place)
        dialog.stays = self._attempt.stays
        return dialog

    def _send_ack(self, dialog: Dialog) -> None:
        if dialog.remote_tag not in self._acks:
            place = dialog.place()
            ack = dialog.request("ACK", self.core.via(place), cseq=self._invite.cseq[0])
            ack.headers += dialog.credentials
            self._acks[dialog.remote_tag] = ack.encode(), place
        self.core.send(*self._acks[dialog.remote_tag])

    def _refuse_fork(self, response: Response) -> None:
        """A second telephone answered the same INVITE: take it politely and hang up, once."""
        dialog = self._dialog_of(response)
        first = dialog.remote_tag not in self._acks
        self._send_ack(dialog)
        if first:
            place = dialog.place()
            bye = dialog.request("BYE", self.core.via(place))
            bye.headers.append(("User-Agent", PRODUCT))
            self.core.layer.request(bye, place, lambda response: None, lambda: None)

    def _answered(self, response: Response) -> None:
        # Some far ends describe the sound in a 183 and leave it out of the 200.
        try:
            choice = sdp.agreed(response.body if response.body.strip() else self._early)
        except ProtocolError as error:
            self.core.tell(Rejected(self.id, 488, str(error), heard=True))
            self.step(CallEvent.HANG_UP)
            return
        self._choice = choice
        self.settle_terms(response)
        self.core.tell(Answered(self.id, choice))

    def _rejected(self, response: Response | None) -> None:
        if response is None:
            self.core.tell(Rejected(self.id, 408, "no response", heard=self._heard))
            return
        after = (response.first("Retry-After") or "").partition(";")[0].partition("(")[0].strip()
        retry = decimal(after, LONGEST_RETRY_AFTER)
        onward = _onward(response) if 300 <= response.status < 400 else ()
        self.core.tell(
            Rejected(self.id, response.status, response.reason, heard=True, retry_after=retry, contacts=onward)
        )


def _onward(response: Response) -> tuple[str, ...]:
    """The URIs of its Contacts, by their q (RFC 3261 §20.10), unreadable ones left out."""
    found: list[tuple[float, str]] = []
    for value in response.values("Contact"):
        try:
            address = parse_address(value)
            found.append((-float(param(address.params, "q") or "1"), address.uri))
        except ValueError:
            continue
    return tuple(uri for _, uri in sorted(found, key=lambda each: each[0]))
