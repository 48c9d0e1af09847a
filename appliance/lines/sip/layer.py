"""Which transaction a message belongs to (RFC 3261 §17.1.3, §17.2.3), and its timers, kept in a `Schedule`.

It sends packets through a function given to it and decides nothing about calls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from appliance.lines.sip.address import DEFAULT_PORT
from appliance.lines.sip.message import Header, Request, Response
from appliance.lines.sip.place import Place as Place  # where most look for it
from appliance.lines.sip.place import Stream
from appliance.lines.sip.schedule import Schedule, Timer
from appliance.lines.sip.transactions import (
    CLIENT,
    INVITE_CLIENT,
    INVITE_SERVER,
    SERVER,
    Action,
    Event,
    Kind,
    Machine,
    State,
    Step,
)

MAGIC = "z9hG4bK"  # branches of RFC 3261 begin so
MAX_TRANSACTIONS = 2_000

Send = Callable[[bytes, Place], None]
Key = tuple[str, ...]


class _Transaction:
    """What client and server transactions share: a machine, its timers, and the packet it repeats."""

    def __init__(self, kind: Kind, key: Key, place: Place, layer: Layer) -> None:
        self.key = key
        self.place = place
        self.machine = Machine(kind, reliable=isinstance(place, Stream))
        self.packet = b""
        self._layer = layer
        self._timers: dict[Event, Timer] = {}

    @property
    def over(self) -> bool:
        """Terminated: forgotten by the layer."""
        return self.machine.state is State.TERMINATED

    def _carry_out(self, step: Step) -> None:
        for event in step.cancel:
            self._timers.pop(event).cancel()
        for event, seconds in step.start:
            if event in self._timers:
                self._timers[event].cancel()
            self._timers[event] = self._layer.schedule.after(seconds, partial(self._apply, event))
        for action in step.actions:
            self._do(action)
        if self.over:
            self.abandon()

    def _apply(self, event: Event) -> None:
        self._carry_out(self.machine.apply(event))

    def moved(self) -> None:
        """The connection it used is gone: what may have been lost with it is sent again, over a new one.

        To the far end that is a copy, as any network may make one.
        """
        if self.machine.knows(Event.RESEND):
            self._apply(Event.RESEND)

    def _do(self, action: Action) -> None:
        raise NotImplementedError

    def _forget(self) -> None:
        raise NotImplementedError

    def abandon(self) -> None:
        """Forget it now, whatever its state: no timer of it is left."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._forget()


class ClientTransaction(_Transaction):
    """A request of ours. `on_response` gets each response once; `on_silence` when nobody answered in 32 s."""

    def __init__(
        self,
        layer: Layer,
        request: Request,
        place: Place,
        on_response: Callable[[Response], None],
        on_silence: Callable[[], None],
    ) -> None:
        super().__init__(
            INVITE_CLIENT if request.method == "INVITE" else CLIENT,
            (request.via.branch, request.method),
            place,
            layer,
        )
        self.request = request
        self.packet = request.encode()
        self._on_response = on_response
        self._on_silence = on_silence
        self._response: Response | None = None

    def begin(self) -> None:
        """Send it for the first time."""
        self._layer.send(self.packet, self.place)
        self._carry_out(self.machine.begin())

    def undeliverable(self) -> None:
        """No connection can be made: nobody will answer (RFC 3261 §17.1.4). A telephone that rings already rings on."""
        if self.machine.knows(Event.EXPIRE):
            self._apply(Event.EXPIRE)

    def receive(self, response: Response) -> None:
        """One response that belongs to it."""
        self._response = response
        if response.status < 200:
            self._apply(Event.PROVISIONAL)
        else:
            self._apply(Event.SUCCESS if response.status < 300 else Event.FAILURE)

    def _forget(self) -> None:
        self._layer.forget(self)

    def _do(self, action: Action) -> None:
        if action is Action.SEND:
            self._layer.send(self.packet, self.place)
        elif action is Action.REPORT:
            self._on_silence()
        elif self._response is not None and action is Action.ACK:
            self._layer.send(failure_ack(self.request, self._response).encode(), self.place)
        elif self._response is not None:
            self._on_response(self._response)


class ServerTransaction(_Transaction):
    """A request of the far end; answers go to where it came from. `on_cancel`: a CANCEL for it came."""

    def __init__(self, layer: Layer, request: Request, place: Place, key: Key) -> None:
        super().__init__(INVITE_SERVER if request.method == "INVITE" else SERVER, key, place, layer)
        self.request = request
        self.identity = identity(request)
        self.on_cancel: Callable[[], None] | None = None

    @property
    def answered(self) -> bool:
        """A final response was sent."""
        return self.machine.state not in (State.TRYING, State.PROCEEDING)

    def moved(self) -> None:
        """The caller's connection is gone: answers go to where its Via says that it listens (RFC 3261 §18.2.2)."""
        if isinstance(self.place, Stream):
            self.place = self.place._replace(port=self.request.via.port or DEFAULT_PORT)
        super().moved()

    def receive(self, request: Request) -> None:
        """A copy of the request, or the ACK to a refusal."""
        self._apply(Event.ACK if request.method == "ACK" else Event.REQUEST)

    def respond(self, response: Response) -> None:
        """Send a response; a second final one is not sent, except a repeated 2xx to an INVITE."""
        success = 200 <= response.status < 300
        if self.over or (self.answered and not (success and self.machine.state is State.ACCEPTED)):
            return
        self.packet = response.encode()
        if response.status < 200:
            self._apply(Event.SEND_PROVISIONAL)
        else:
            self._apply(Event.SEND_SUCCESS if success else Event.SEND_FAILURE)

    def _forget(self) -> None:
        self._layer.forget(self)

    def _do(self, action: Action) -> None:
        if action is Action.SEND and self.packet:
            self._layer.send(self.packet, self.place)


def failure_ack(invite: Request, response: Response) -> Request:
    """The ACK to a 3xx–6xx: the INVITE's own branch, target and route (RFC 3261 §17.1.1.3)."""
    headers: list[Header] = [("Via", invite.required("Via")), ("Max-Forwards", "70")]
    headers += [("Route", value) for value in invite.all("Route")]
    headers += [
        ("From", invite.required("From")),
        ("To", response.required("To")),
        ("Call-ID", invite.call_id),
        ("CSeq", f"{invite.cseq[0]} ACK"),
    ]
    return Request(headers, b"", "ACK", invite.uri)


def identity(request: Request) -> Key:
    """What stays the same when one request arrives by two paths (RFC 3261 §8.2.2.2)."""
    number, method = request.cseq
    return (request.call_id, request.sender.tag, str(number), method)


def server_key(request: Request, method: str) -> Key:
    """Names the transaction of a request as if its method were `method` (for ACK and CANCEL: INVITE)."""
    via = request.via
    if via.branch.startswith(MAGIC) and len(via.branch) > len(MAGIC):
        return (via.branch, via.sent_by, method)
    # A sender of RFC 2543 without unique branches: §17.2.3's comparison, less the tag that only an ACK has.
    number = str(request.cseq[0])
    return (request.call_id, number, request.sender.tag, request.uri, via.sent_by, via.branch, method)


class Layer:
    """All transactions that live. At most `MAX_TRANSACTIONS` of the far ends' are kept."""

    def __init__(self, schedule: Schedule, send: Send) -> None:
        self.schedule = schedule
        self.send = send
        self._clients: dict[Key, ClientTransaction] = {}
        self._servers: dict[Key, ServerTransaction] = {}
        self._identities: dict[Key, ServerTransaction] = {}

    def __len__(self) -> int:
        """How many transactions live."""
        return len(self._clients) + len(self._servers)

    @property
    def full(self) -> bool:
        """No further request can be kept."""
        return len(self._servers) >= MAX_TRANSACTIONS

    def request(
        self,
        request: Request,
        place: Place,
        on_response: Callable[[Response], None],
        on_silence: Callable[[], None],
    ) -> ClientTransaction:
        """Send a request reliably."""
        transaction = ClientTransaction(self, request, place, on_response, on_silence)
        self._clients[transaction.key] = transaction
        transaction.begin()
        return transaction

    def asked(self, response: Response) -> ClientTransaction | None:
        """The transaction that a response answers, or None. Raises ProtocolError."""
        return self._clients.get((response.via.branch, response.cseq[1]))

    def lost(self, place: Stream) -> None:
        """The connection with `place` has ended."""
        for transaction in [*self._clients.values(), *self._servers.values()]:
            if transaction.place == place:
                transaction.moved()

    def undeliverable(self, place: Stream) -> None:
        """No connection with `place` can be made."""
        for transaction in list(self._clients.values()):
            if transaction.place == place:
                transaction.undeliverable()

    def serving(self, request: Request, method: str = "") -> ServerTransaction | None:
        """The transaction this request repeats (or, with `method`, refers to), or None."""
        return self._servers.get(server_key(request, method or request.method))

    def serve(self, request: Request, place: Place) -> ServerTransaction:
        """A new transaction for a request of the far end."""
        transaction = ServerTransaction(self, request, place, server_key(request, request.method))
        self._servers[transaction.key] = transaction
        self._identities[transaction.identity] = transaction
        return transaction

    def merged(self, request: Request) -> bool:
        """Whether the same request is being served already by another path (RFC 3261 §8.2.2.2): 482."""
        return identity(request) in self._identities

    def forget(self, transaction: ClientTransaction | ServerTransaction) -> None:
        """Drop a transaction; `abandon` calls it."""
        if isinstance(transaction, ClientTransaction):
            if self._clients.get(transaction.key) is transaction:
                del self._clients[transaction.key]
            return
        if self._servers.get(transaction.key) is transaction:
            del self._servers[transaction.key]
        if self._identities.get(transaction.identity) is transaction:
            del self._identities[transaction.identity]
