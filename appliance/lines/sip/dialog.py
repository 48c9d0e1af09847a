"""One dialog: who talks to whom, by which route, and in which order (RFC 3261 §12).

Builds requests inside it and judges those that arrive; whether a call is up is `call`'s question.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance.lines.sip.address import DEFAULT_PORT, Uri, is_numeric, parse_address, parse_uri, private_network
from appliance.lines.sip.layer import Place
from appliance.lines.sip.message import Header, Request, Response
from appliance.lines.sip.place import Stream
from appliance.lines.sip.text import ProtocolError, param


@dataclass(slots=True)
class Dialog:
    """`local` and `remote` are From and To values with their tags, as our requests write them.

    `fallback` is where the far end was met: used where its Contact or route is a name, which nothing here looks up,
    and while the connection with that very host is up, whatever port its Contact names (RFC 5923); also where it is
    an address of a private network that the far end was not met in: behind a router, nothing arrives there.
    """

    call_id: str
    local: str
    remote: str
    local_tag: str
    remote_tag: str
    target: str
    routes: list[str]
    fallback: Place
    local_cseq: int = 0
    remote_cseq: int | None = None
    credentials: list[Header] = field(default_factory=list)
    stays: bool = False  # a telephone whose Contact is what it thinks of itself: where it was met, it is
    connected: bool = True  # the connection that `fallback` names has not ended

    def place(self) -> Place:
        """Where its requests go: the first route, else the remote target (RFC 3261 §12.2.1.1)."""
        if self.stays and not self.routes:
            return self.fallback
        try:
            uri = parse_address(self.routes[0]).parsed() if self.routes else parse_uri(self.target)
        except ProtocolError:
            return self.fallback
        if not is_numeric(uri.host):
            return self.fallback
        network = private_network(uri.host)
        if network is not None and network != private_network(self.fallback[0]):
            return self.fallback
        if isinstance(self.fallback, Stream):
            return self._by_stream(uri, self.fallback)
        return _named(uri)

    def _by_stream(self, uri: Uri, met: Stream) -> Place:
        """Over TLS all of a call stays with the server whose certificate was checked: its Contact is no name."""
        if met.transport == "tls" or (self.connected and uri.host == met.host):
            return met
        if param(uri.params, "transport") is None:
            return Stream(uri.host, uri.port or DEFAULT_PORT, "tcp")
        return _named(uri)

    def lost(self, place: Stream) -> None:
        """The connection with `place` has ended: from now on requests go to where the Contact says."""
        if place == self.fallback:
            self.connected = False

    def request(self, method: str, via: str, *, cseq: int | None = None) -> Request:
        """A request to the remote target. Without `cseq` it takes the next number (an ACK names its INVITE's)."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        target, routes = self._routed()
        headers: list[Header] = [("Via", via), ("Max-Forwards", "70")]
        headers += [("Route", route) for route in routes]
        headers += [
            ("From", self.local),
            ("To", self.remote),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
        ]
        return Request(headers, b"", method, target)

    def _routed(self) -> tuple[str, list[str]]:
        """Request-URI and Route values; a first hop that is no loose router becomes the Request-URI."""
        if not self.routes:
            return self.target, []
        try:
            address = parse_address(self.routes[0])
            if address.parsed().loose:
                return self.target, self.routes
        except ProtocolError:
            return self.target, self.routes
        return address.uri, [*self.routes[1:], f"<{self.target}>"]

    def in_order(self, request: Request) -> bool:
        """Whether its CSeq is higher than any before; if so it is remembered (RFC 3261 §12.2.2)."""
        number = request.cseq[0]
        if self.remote_cseq is not None and number <= self.remote_cseq:
            return False
        self.remote_cseq = number
        return True

    def refresh(self, message: Request | Response) -> None:
        """Take the Contact of a re-INVITE or UPDATE as the new remote target."""
        target = readable_target(message)
        if target is not None:
            self.target = target


def _named(uri: Uri) -> Place:
    """Where a numeric URI says that it is."""
    transport = (param(uri.params, "transport") or "udp").lower()
    host, port = uri.host, uri.port or DEFAULT_PORT
    return Stream(host, port, "tcp") if transport == "tcp" else (host, port)


def readable_target(message: Request | Response) -> str | None:
    """The message's Contact where requests can be sent to it, else None."""
    contact = message.contact
    try:
        return contact if contact is not None and parse_uri(contact).host else None
    except ProtocolError:
        return None


def of_invite(request: Request, local_tag: str, source: Place) -> Dialog:
    """The dialog that answering this INVITE makes; without a usable Contact we answer to where it came from."""
    host = f"[{source[0]}]" if ":" in source[0] else source[0]
    return Dialog(
        call_id=request.call_id,
        local=f"{request.required('To')};tag={local_tag}",
        remote=request.required("From"),
        local_tag=local_tag,
        remote_tag=request.sender.tag,
        target=readable_target(request) or f"sip:{host}:{source[1]}",
        routes=request.values("Record-Route"),
        fallback=source,
        remote_cseq=request.cseq[0],
    )


def of_answer(invite: Request, response: Response, place: Place) -> Dialog:
    """The dialog that a 2xx to our INVITE makes; `place` is where the INVITE went."""
    return Dialog(
        call_id=invite.call_id,
        local=invite.required("From"),
        remote=response.required("To"),
        local_tag=invite.sender.tag,
        remote_tag=response.recipient.tag,
        target=readable_target(response) or invite.uri,
        routes=response.values("Record-Route")[::-1],
        fallback=place,
        local_cseq=invite.cseq[0],
        credentials=[each for each in invite.headers if each[0] in ("Authorization", "Proxy-Authorization")],
    )
