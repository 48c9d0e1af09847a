"""One registration with a provider: REGISTER, refresh, back-off, removal (RFC 3261 §10.2, RFC 5626 §4.5).

A table, timers of the agent's schedule, and requests: which of a provider's servers it goes to is `servers`' question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import quote as percent_encoded

from appliance import PRODUCT
from appliance.lines.sip import digest
from appliance.lines.sip.address import bracketed, parse_address
from appliance.lines.sip.core import ALLOWED, Core
from appliance.lines.sip.events import Standing
from appliance.lines.sip.layer import ClientTransaction, Place
from appliance.lines.sip.message import Header, Request, Response
from appliance.lines.sip.schedule import Timer
from appliance.lines.sip.text import ProtocolError, decimal, param
from appliance.lines.sip.transactions import ImpossibleError

ASKED_SECONDS = 600  # for how long we want to be known; short, so that a box that burnt down is soon forgotten
LONGEST_SECONDS = 86_400  # of what a server may grant or demand
REFRESH_SHARE = 0.75  # of what was granted: time for several attempts is left
ANSWER_SECONDS = 8.0  # without a final answer for so long, an attempt has failed
RETRY_FIRST_SECONDS, RETRY_LONGEST_SECONDS = 4.0, 120.0  # a building's number must be reachable again soon
DENIED_FIRST_SECONDS, DENIED_LONGEST_SECONDS = 300.0, 3600.0  # a wrong password does not become right by asking
MOVED_SECONDS = 2.0  # after a change of our address; a router that changes it each time is not chased
JITTER = (0.5, 1.0)  # of a wait, so that a whole town's boxes do not come back in the same second

WRONG_PASSWORD = "wrong password"
NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Account:
    """Who registers where. `domain` names the server in From and To, `place` is where the REGISTER goes.

    `user` is the part before the @ of the address of record and of the Contact.
    """

    user: str
    domain: str
    place: Place
    login: digest.Login


class RegState(Enum):
    """Where a registration stands."""

    TRYING = auto()
    REGISTERED = auto()
    WAITING = auto()  # an attempt failed
    LEAVING = auto()  # the removal is out
    GONE = auto()


class RegEvent(Enum):
    """What happens to it."""

    GRANTED = auto()
    CHALLENGE = auto()  # 401, 407 or 423 that we can answer
    FAILURE = auto()
    SILENCE = auto()
    DUE = auto()  # refresh or next attempt
    NUDGE = auto()  # the server shows life again
    STOP = auto()


class RegAction(Enum):
    """What is to be done."""

    SEND = auto()
    RETRY = auto()  # with credentials, or for longer
    REMOVE = auto()
    TELL_UP = auto()
    TELL_DOWN = auto()
    AWAIT_REFRESH = auto()
    BACK_OFF = auto()
    TELL_GONE = auto()


_S, _E, _A = RegState, RegEvent, RegAction
TRANSITIONS: Mapping[tuple[RegState, RegEvent], tuple[RegState, tuple[RegAction, ...]]] = {
    (_S.TRYING, _E.GRANTED): (_S.REGISTERED, (_A.TELL_UP, _A.AWAIT_REFRESH)),
    (_S.TRYING, _E.CHALLENGE): (_S.TRYING, (_A.RETRY,)),
    (_S.TRYING, _E.FAILURE): (_S.WAITING, (_A.TELL_DOWN, _A.BACK_OFF)),
    (_S.TRYING, _E.SILENCE): (_S.WAITING, (_A.TELL_DOWN, _A.BACK_OFF)),
    (_S.TRYING, _E.NUDGE): (_S.TRYING, ()),
    (_S.TRYING, _E.STOP): (_S.LEAVING, (_A.REMOVE,)),
    (_S.REGISTERED, _E.DUE): (_S.TRYING, (_A.SEND,)),
    (_S.REGISTERED, _E.NUDGE): (_S.REGISTERED, ()),
    (_S.REGISTERED, _E.STOP): (_S.LEAVING, (_A.REMOVE,)),
    (_S.WAITING, _E.DUE): (_S.TRYING, (_A.SEND,)),
    (_S.WAITING, _E.NUDGE): (_S.TRYING, (_A.SEND,)),
    (_S.WAITING, _E.STOP): (_S.GONE, (_A.TELL_GONE,)),
    (_S.LEAVING, _E.CHALLENGE): (_S.LEAVING, (_A.RETRY,)),
    (_S.LEAVING, _E.GRANTED): (_S.GONE, (_A.TELL_GONE,)),
    (_S.LEAVING, _E.FAILURE): (_S.GONE, (_A.TELL_GONE,)),
    (_S.LEAVING, _E.SILENCE): (_S.GONE, (_A.TELL_GONE,)),
    (_S.LEAVING, _E.NUDGE): (_S.LEAVING, ()),
    (_S.LEAVING, _E.STOP): (_S.LEAVING, ()),
    (_S.GONE, _E.NUDGE): (_S.GONE, ()),
    (_S.GONE, _E.STOP): (_S.GONE, ()),
}


class Registration:
    """Registers at once and keeps it so until `stop` or `abandon`; a `Standing` tells the end of each attempt."""

    def __init__(self, core: Core, account: Account) -> None:
        self.name = core.token()
        self.account = account
        self.state = RegState.TRYING
        self._core = core
        self._call_id, self._tag = f"{core.token(12)}@dyzurka", core.token()
        self._user = percent_encoded(account.user, safe="+-_.!~*'()")
        self._cseq = 0
        self._seconds = ASKED_SECONDS
        self._failures = 0
        self._denied = False
        self._silent = False
        self._moved = False  # what the registrar was told is not where it sees us
        self._challenged = 0
        self._lengthened = False
        self._request: Request | None = None
        self._transaction: ClientTransaction | None = None
        self._timer: Timer | None = None
        self._send(self._seconds)

    def stop(self) -> None:
        """Take the binding away; `Standing` "gone" follows within `ANSWER_SECONDS`."""
        self._step(RegEvent.STOP)

    def nudge(self) -> None:
        """The server shows life: an attempt that failed for silence is made again now."""
        if self.state is not RegState.WAITING or self._silent:
            self._step(RegEvent.NUDGE)

    def moved(self) -> None:
        """Our address as seen from the server has changed: register the new one soon."""
        self._moved = True
        if self.state is RegState.REGISTERED:
            self._arm(MOVED_SECONDS, RegEvent.DUE)

    def abandon(self) -> None:
        """Forget it without a word: the binding is left to expire."""
        self.state = RegState.GONE
        self._let_go()

    # -- the table ---------------------------------------------------------------------------------------------

    def _step(self, event: RegEvent, response: Response | None = None) -> None:
        try:
            state, actions = TRANSITIONS[self.state, event]
        except KeyError:
            raise ImpossibleError(f"registration: {event.name} in {self.state.name}") from None
        self.state = state
        for action in actions:
            self._do(action, response)

    def _do(self, action: RegAction, response: Response | None) -> None:
        if action is RegAction.SEND:
            self._send(self._seconds)
        elif action is RegAction.REMOVE:
            self._send(0)
        elif action is RegAction.RETRY and response is not None:
            self._retry(response)
        elif action is RegAction.TELL_UP:
            self._failures, self._denied, self._silent = 0, False, False
            self._core.tell(Standing(self.name, "up"))
        elif action is RegAction.TELL_DOWN:
            self._let_go()
            self._failed(response)
        elif action is RegAction.AWAIT_REFRESH and response is not None:
            share = REFRESH_SHARE * self._core.uniform(0.9, 1.0)
            wait = share * self._granted(response)
            self._arm(min(wait, MOVED_SECONDS) if self._moved else wait, RegEvent.DUE)
        elif action is RegAction.BACK_OFF:
            self._arm(self._back_off(response), RegEvent.DUE)
        elif action is RegAction.TELL_GONE:
            self._let_go()
            self._core.tell(Standing(self.name, "gone"))

    def _arm(self, seconds: float, event: RegEvent) -> None:
        self._disarm()
        self._timer = self._core.schedule.after(seconds, lambda: self._step(event))

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _let_go(self) -> None:
        self._disarm()
        if self._transaction is not None and not self._transaction.over:
            self._transaction.abandon()

    # -- requests ----------------------------------------------------------------------------------------------

    def _send(self, seconds: int) -> None:
        """A REGISTER of its own, not yet with credentials."""
        self._let_go()
        self._challenged, self._lengthened = 0, False
        domain = bracketed(self.account.domain)
        us = f"<sip:{self._user}@{domain}>"
        headers: list[Header] = [
            ("Via", ""),
            ("Max-Forwards", "70"),
            ("From", f"{us};tag={self._tag}"),
            ("To", us),
            ("Call-ID", self._call_id),
            ("CSeq", ""),
            ("Contact", ""),
            ("Expires", ""),
            ("Allow", ALLOWED),
            ("User-Agent", PRODUCT),
        ]
        self._transmit(Request(headers, b"", "REGISTER", f"sip:{domain}"), seconds)

    def _transmit(self, request: Request, seconds: int) -> None:
        place = self.account.place
        self._cseq += 1
        self._moved = False
        request.replace("Contact", f"{self._core.contact(place, self._user)};expires={seconds}")
        request.replace("Expires", str(seconds))
        request.replace("Via", self._core.via(place))
        request.replace("CSeq", f"{self._cseq} REGISTER")
        self._request = request
        self._arm(ANSWER_SECONDS, RegEvent.SILENCE)
        self._transaction = self._core.layer.request(request, place, self._responded, lambda: None)

    def _responded(self, response: Response) -> None:
        if response.status < 200 or self._request is None or response.cseq[0] != self._cseq:
            return
        if response.status < 300:
            self._step(RegEvent.GRANTED, response)
        elif self._answerable(response):
            self._step(RegEvent.CHALLENGE, response)
        else:
            self._step(RegEvent.FAILURE, response)

    def _answerable(self, response: Response) -> bool:
        if response.status == 423:
            return not self._lengthened and _min_expires(response) is not None
        asked = digest.asked(response)
        return asked is not None and (self._challenged == 0 or (self._challenged == 1 and asked[0].stale))

    def _retry(self, response: Response) -> None:
        assert self._request is not None
        request = Request(list(self._request.headers), b"", "REGISTER", self._request.uri)
        if response.status == 423:
            self._lengthened, self._challenged = True, 0
            self._seconds = _min_expires(response) or self._seconds
            request.headers = [each for each in request.headers if not each[0].endswith("Authorization")]
        else:
            found = digest.asked(response)
            assert found is not None
            self._challenged += 1
            challenge, header = found
            login = self.account.login
            value = digest.answer(challenge, login, "REGISTER", request.uri, self._core.token())
            request.replace(header, value)
        self._transmit(request, 0 if self.state is RegState.LEAVING else self._seconds)

    # -- what came of it ---------------------------------------------------------------------------------------

    def _granted(self, response: Response) -> int:
        """Seconds until the binding expires: its own, else the header's, else what we asked for (§10.2.4)."""
        for value in response.values("Contact"):
            try:
                address = parse_address(value)
                ours = address.parsed().user == self.account.user
            except ProtocolError:
                continue
            seconds = decimal(param(address.params, "expires") or "", LONGEST_SECONDS)
            if ours and seconds:
                return seconds
        return decimal(response.first("Expires") or "", LONGEST_SECONDS) or self._seconds

    def _failed(self, response: Response | None) -> None:
        self._failures += 1
        self._silent = response is None
        self._denied = response is not None and response.status in (401, 403, 407)
        self._core.tell(Standing(self.name, "down", _fault(response), self._silent, self._denied))

    def _back_off(self, response: Response | None) -> float:
        """Seconds to the next attempt: what the server asks for, else twice as long each time, with jitter."""
        named = _retry_after(response)
        if named is not None:
            return float(max(named, RETRY_FIRST_SECONDS))
        first, longest = RETRY_FIRST_SECONDS, RETRY_LONGEST_SECONDS
        if self._denied:
            first, longest = DENIED_FIRST_SECONDS, DENIED_LONGEST_SECONDS
        doubled: float = first * 2 ** min(self._failures - 1, 10)
        return min(longest, doubled) * self._core.uniform(*JITTER)


def _fault(response: Response | None) -> str:
    if response is None:
        return NO_ANSWER
    if response.status in (401, 407):
        return WRONG_PASSWORD
    return f"registration refused: {response.status} {response.reason}".rstrip()


def _min_expires(response: Response) -> int | None:
    return decimal((response.first("Min-Expires") or "").strip(), LONGEST_SECONDS) or None


def _retry_after(response: Response | None) -> int | None:
    if response is None:
        return None
    text = (response.first("Retry-After") or "").partition(";")[0].partition("(")[0].strip()
    return decimal(text, LONGEST_SECONDS)
