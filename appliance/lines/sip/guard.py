"""The door: what comes from the wire is measured, cut into lines and checked here before anything believes it.

A datagram becomes a message whose mandatory headers can be read, or a verdict. Who may speak to us at all is
the agent's question; `framing` cuts connections into messages.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.lines.sip.address import via_from
from appliance.lines.sip.message import COMPACT, Header, Request, Response, parse_start
from appliance.lines.sip.place import Place
from appliance.lines.sip.text import ProtocolError, decimal

MAX_BYTES = 65_535
MAX_HEADERS = 200
MAX_LINE = 8_192  # characters of one header, unfolded
MAX_VIAS = 70  # RFC 3261's Max-Forwards starts at 70

MANDATORY = ("Via", "From", "To", "Call-ID", "CSeq")


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Nothing but line ends, or a NAT keep-alive (RFC 5626 §3.5.1). Needs no answer on UDP."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Not to be answered; `why` is for the log."""

    why: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """A request that can be told 400 (`request` has a readable Via); `why` becomes the reason phrase."""

    request: Request
    why: str


Verdict = Request | Response | KeepAlive | Drop | Refuse


def check(data: bytes, source: Place) -> Verdict:
    """Judge one datagram, or one message of a connection. Never raises, whatever the bytes; linear in their number.

    A message that passes has readable Via, From, To, Call-ID and CSeq; the topmost Via of a request says where it
    really came from, whatever it said before.
    """
    if not data.strip(b"\r\n\0 \t"):
        return KeepAlive()
    if len(data) > MAX_BYTES:
        return Drop("too long")
    head, body = _cut(data)
    try:
        text, charset = _decoded(head)
        start, *lines = _unfolded(text)
        message = parse_start(start, _headers(lines), body)
        message.charset = charset
    except ProtocolError as error:
        return Drop(str(error))
    if isinstance(message, Request):
        try:
            _stamp(message, source)
        except ProtocolError as error:
            return Drop(str(error))
    try:
        _check_mandatory(message)
        message.body = _measured(message)
    except ProtocolError as error:
        if isinstance(message, Response) or message.method == "ACK":
            return Drop(str(error))
        return Refuse(message, str(error))
    return message


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """Head and body, at the first empty line, whichever line ends were used."""
    data = data.lstrip(b"\r\n")
    ends = [(at, len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := data.find(mark)) >= 0]
    if not ends:
        return data, b""
    at, length = min(ends)
    return data[:at], data[at + length :]


def _decoded(head: bytes) -> tuple[str, str]:
    """Text and charset: UTF-8 as RFC 3261 §7 wants it, else Latin-2, in which older Polish exchanges write names."""
    if b"\0" in head:
        raise ProtocolError("NUL in a header")
    try:
        return head.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return head.decode("iso-8859-2"), "iso-8859-2"


def _unfolded(text: str) -> list[str]:
    """Lines, with continued ones joined by one space (RFC 3261 §7.3.1)."""
    gathered: list[list[str]] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line[:1] in (" ", "\t") and gathered:
            gathered[-1].append(line.strip())
        else:
            gathered.append([line.rstrip()])
    return [" ".join(parts) for parts in gathered]


def _headers(lines: list[str]) -> list[Header]:
    if len(lines) > MAX_HEADERS:
        raise ProtocolError("too many headers")
    headers: list[Header] = []
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.strip()
        if not colon or not name or " " in name or len(line) > MAX_LINE:
            raise ProtocolError("not a header line")
        headers.append((COMPACT.get(name.lower(), name), value.strip()))
    return headers


def _stamp(request: Request, source: Place) -> None:
    """Write the real source into the topmost Via. Raises ProtocolError when there is no readable one."""
    _ = request.via  # raises, also for a port out of range
    values = request.values("Via")
    if len(values) > MAX_VIAS:
        raise ProtocolError("too many hops")
    values[0] = via_from(values[0], source[0], source[1])
    others = [each for each in request.headers if each[0].lower() != "via"]
    request.headers = [("Via", value) for value in values] + others


def _check_mandatory(message: Request | Response) -> None:
    for name in MANDATORY:
        found = message.all(name)
        if not found:
            raise ProtocolError(f"{name} missing")
        if name != "Via" and len(found) > 1:
            raise ProtocolError(f"{name} twice")
    _ = message.via, message.sender, message.recipient, message.call_id
    _number, method = message.cseq
    if not isinstance(message, Request):
        return
    if method != message.method:
        raise ProtocolError("CSeq names another method")
    if " " in message.uri:
        raise ProtocolError("Request-URI holds a space")


def _measured(message: Request | Response) -> bytes:
    """The body as long as Content-Length says. Raises ProtocolError when less came (RFC 3261 §18.3), or it says two."""
    found = set(message.all("Content-Length"))
    if not found:
        return message.body
    if len(found) > 1:
        raise ProtocolError("Content-Length twice")
    length = decimal(found.pop(), MAX_BYTES)
    if length is None or length > len(message.body):
        raise ProtocolError("Content-Length does not fit")
    if message.body and length and not message.content_type:
        raise ProtocolError("Content-Type missing")
    return message.body[:length]
