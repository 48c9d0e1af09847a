"""Our own requests inside a call that is up: re-INVITE to hold and resume, UPDATE or re-INVITE to refresh.

One at a time; glare is waited out (RFC 3261 §14.1). Requests of the far end are `session`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import Enum, auto
from typing import TYPE_CHECKING

from appliance import PRODUCT
from appliance.lines.sip import session_timer
from appliance.lines.sip.core import ALLOWED
from appliance.lines.sip.layer import ClientTransaction, Place
from appliance.lines.sip.message import Header, Request, Response
from appliance.lines.sip.schedule import Timer
from appliance.lines.sip.text import ProtocolError
from appliance.lines.sip.transactions import ImpossibleError

if TYPE_CHECKING:
    from appliance.lines.sip.session import Session

OWNER_WAIT, OTHER_WAIT = (2.1, 4.0), (0.0, 2.0)  # seconds after glare: whoever made the Call-ID waits longer (§14.1)
SDP_TYPE = "application/sdp"
GONE = frozenset({408, 481})  # the far end has no such call any more


class AskState(Enum):
    """Whether something is asked."""

    IDLE = auto()
    ASKED = auto()
    WAITING = auto()  # both asked at once, or the far end's request is not finished
    OVER = auto()


class AskEvent(Enum):
    """What happens to it."""

    ASK = auto()
    ACCEPTED = auto()
    AGAIN = auto()  # 401, 407 or 422: the same once more, with what is missing
    GLARE = auto()
    REFUSED = auto()
    LOST = auto()  # the far end is gone, or says nothing
    DUE = auto()
    END = auto()


class AskAction(Enum):
    """What is to be done."""

    SEND = auto()
    SEND_AGAIN = auto()
    TAKE = auto()
    AWAIT = auto()
    GO_ON = auto()  # with what was asked meanwhile
    GIVE_UP = auto()
    STOP = auto()


_S, _E, _A = AskState, AskEvent, AskAction
TRANSITIONS: Mapping[tuple[AskState, AskEvent], tuple[AskState, tuple[AskAction, ...]]] = {
    (_S.IDLE, _E.ASK): (_S.ASKED, (_A.SEND,)),
    (_S.IDLE, _E.END): (_S.OVER, ()),
    (_S.ASKED, _E.ASK): (_S.ASKED, ()),
    (_S.ASKED, _E.ACCEPTED): (_S.IDLE, (_A.TAKE, _A.GO_ON)),
    (_S.ASKED, _E.AGAIN): (_S.ASKED, (_A.SEND_AGAIN,)),
    (_S.ASKED, _E.GLARE): (_S.WAITING, (_A.AWAIT,)),
    (_S.ASKED, _E.REFUSED): (_S.IDLE, (_A.GO_ON,)),
    (_S.ASKED, _E.LOST): (_S.OVER, (_A.GIVE_UP,)),
    (_S.ASKED, _E.END): (_S.OVER, (_A.STOP,)),
    (_S.WAITING, _E.ASK): (_S.WAITING, ()),
    (_S.WAITING, _E.DUE): (_S.ASKED, (_A.SEND,)),
    (_S.WAITING, _E.END): (_S.OVER, (_A.STOP,)),
    (_S.OVER, _E.ASK): (_S.OVER, ()),
    (_S.OVER, _E.END): (_S.OVER, ()),
}


class Renegotiation:
    """What one call asks of its far end while it is up. `owner`: we made its Call-ID."""

    def __init__(self, session: Session, *, owner: bool) -> None:
        self.state = AskState.IDLE
        self._session = session
        self._owner = owner
        self._sound = False  # another direction is wanted than was agreed
        self._refresh = False
        self._invites = False  # what is out is an INVITE
        self._least = session_timer.SHORTEST_SECONDS  # of the session timer, as the far end wants it
        self._request: Request | None = None
        self._again = 0
        self._transaction: ClientTransaction | None = None
        self._timer: Timer | None = None
        self._acks: dict[int, tuple[bytes, Place]] = {}  # by CSeq

    @property
    def inviting(self) -> bool:
        """Whether an offer of ours is out: the far end's must wait (491)."""
        return self.state is AskState.ASKED and self._invites

    def redirect(self) -> None:
        """The session wants its sound in another direction: agree on it."""
        self._sound = True
        self._ask()

    def refresh(self) -> None:
        """Show the far end that we live, and see that it does."""
        self._refresh = True
        self._ask()

    def end(self) -> None:
        """The call ends: ask nothing more."""
        self._step(AskEvent.END)

    # -- the table ---------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self.state is AskState.IDLE and self._session.negotiating:
            self.state = AskState.WAITING  # their re-INVITE has no ACK yet: two may not cross
            self._await()
        else:
            self._step(AskEvent.ASK)

    def _step(self, event: AskEvent, response: Response | None = None) -> None:
        try:
            state, actions = TRANSITIONS[self.state, event]
        except KeyError:
            raise ImpossibleError(f"renegotiation: {event.name} in {self.state.name}") from None
        self.state = state
        for action in actions:
            self._do(action, response)

    def _do(self, action: AskAction, response: Response | None) -> None:
        if action is AskAction.SEND:
            self._again = 0
            self._send([])
        elif action is AskAction.SEND_AGAIN and response is not None:
            self._send_again(response)
        elif action is AskAction.TAKE and response is not None:
            self._take(response)
        elif action is AskAction.AWAIT:
            self._await()
        elif action is AskAction.GO_ON and (self._sound or self._refresh):
            self._ask()
        elif action is AskAction.GIVE_UP:
            self._session.deserted()
        elif action is AskAction.STOP:
            self._let_go()

    def _let_go(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transaction is not None and not self._transaction.over:
            self._transaction.abandon()  # an INVITE that was only ever answered by 100 has no end of its own

    def _await(self) -> None:
        low, high = OWNER_WAIT if self._owner else OTHER_WAIT
        self._timer = self._session.core.schedule.after(self._session.core.uniform(low, high), self._due)

    def _due(self) -> None:
        if self._session.negotiating:
            self._await()
        else:
            self._step(AskEvent.DUE)

    # -- requests ----------------------------------------------------------------------------------------------

    def _send(self, extra: list[Header]) -> None:
        session = self._session
        assert session.dialog is not None
        self._invites = self._sound or not session.takes_update
        self._sound = self._refresh = False
        place = session.dialog.place()
        method = "INVITE" if self._invites else "UPDATE"
        request = session.dialog.request(method, session.core.via(place))
        request.headers += [("Contact", session.core.contact(place)), ("Allow", ALLOWED), ("User-Agent", PRODUCT)]
        request.headers += [*session.timer_proposal(self._least), *extra]
        if self._invites:
            request.headers.append(("Content-Type", SDP_TYPE))
            request.body = session.offer()
        self._request = request
        self._transaction = session.core.layer.request(request, place, self._responded, self._silent)

    def _send_again(self, response: Response) -> None:
        assert self._request is not None
        self._again += 1
        credentials = self._session.credentials(response, self._request)
        if response.status == 422:
            self._least = session_timer.min_se(response)
        self._sound, self._refresh = self._invites, True
        self._send([credentials] if credentials else [])

    def _silent(self) -> None:
        if self.state is AskState.ASKED:
            self._step(AskEvent.LOST)

    def _responded(self, response: Response) -> None:
        if response.status < 200:
            return
        if response.status < 300 and response.cseq[1] == "INVITE":
            self._acknowledge(response)
        current = self._request is not None and response.cseq == self._request.cseq
        if self.state is not AskState.ASKED or not current:
            return  # a copy, or the call is ending
        if response.status < 300:
            self._step(AskEvent.ACCEPTED, response)
        elif response.status == 491:
            self._sound, self._refresh = self._sound or self._invites, True
            self._step(AskEvent.GLARE)
        elif self._again == 0 and self._answerable(response):
            self._step(AskEvent.AGAIN, response)
        else:
            self._step(AskEvent.LOST if response.status in GONE else AskEvent.REFUSED)

    def _answerable(self, response: Response) -> bool:
        assert self._request is not None
        return response.status == 422 or self._session.credentials(response, self._request) is not None

    def _acknowledge(self, response: Response) -> None:
        """The ACK of a 200 to a re-INVITE; the same one for each copy."""
        dialog = self._session.dialog
        assert dialog is not None
        number = response.cseq[0]
        if number not in self._acks:
            place = dialog.place()
            ack = dialog.request("ACK", self._session.core.via(place), cseq=number)
            self._acks[number] = ack.encode(), place
        self._session.core.send(*self._acks[number])

    def _take(self, response: Response) -> None:
        session = self._session
        assert session.dialog is not None
        session.dialog.refresh(response)
        if self._invites:
            with suppress(ProtocolError):  # an answer that cannot be read: the sound stays as it was
                session.take_answer(response.body)
        session.settle_terms(response)
