"""SIP requests and responses as values: headers in order and as received, and their bytes.

Reads what `guard` has cut into lines; knows no transaction and no dialog.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from appliance.lines.sip.address import Address, Via, parse_address, parse_via
from appliance.lines.sip.text import ProtocolError, decimal, split_outside

VERSION_WORD = "SIP/2.0"
HIGHEST_CSEQ = 2**31 - 1  # RFC 3261 §8.1.1.5
TOKEN_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~")  # RFC 3261 §25.1

COMPACT = {
    "i": "Call-ID",
    "m": "Contact",
    "e": "Content-Encoding",
    "l": "Content-Length",
    "c": "Content-Type",
    "f": "From",
    "s": "Subject",
    "k": "Supported",
    "t": "To",
    "v": "Via",
    "o": "Event",
    "u": "Allow-Events",
    "r": "Refer-To",
    "b": "Referred-By",
    "x": "Session-Expires",
}

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    423: "Interval Too Brief",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    603: "Decline",
}

Header = tuple[str, str]


@dataclass(slots=True)
class Message:
    """What requests and responses share. Header names keep their order; compact ones are written out.

    `charset` is the one it came in: an answer echoes the very bytes.
    """

    headers: list[Header] = field(default_factory=list)
    body: bytes = b""
    charset: str = field(default="utf-8", kw_only=True)

    def first(self, name: str) -> str | None:
        """The first value of a header as received, or None. Names are compared without case."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None

    def all(self, name: str) -> list[str]:
        """Every line of a header, in order, as received."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    def values(self, name: str) -> list[str]:
        """Every value of a header that may hold a list, commas outside quotes and brackets split."""
        return [part for line in self.all(name) for part in split_outside(line, ",")]

    def words(self, name: str) -> set[str]:
        """The values of a list of tokens (Require, Supported, Privacy), in lower case."""
        return {part.lower() for part in self.values(name)}

    def replace(self, name: str, value: str) -> None:
        """Put one value in the place of the first of that name, dropping the others; append where none was."""
        wanted = name.lower()
        kept: list[Header] = []
        placed = False
        for key, old in self.headers:
            if key.lower() != wanted:
                kept.append((key, old))
            elif not placed:
                kept.append((key, value))
                placed = True
        if not placed:
            kept.append((name, value))
        self.headers = kept

    def required(self, name: str) -> str:
        """The first value of a header. Raises ProtocolError when it is missing or empty."""
        value = self.first(name)
        if not value:
            raise ProtocolError(f"{name} missing")
        return value

    @property
    def call_id(self) -> str:
        """Call-ID. Raises ProtocolError."""
        return self.required("Call-ID")

    @property
    def via(self) -> Via:
        """The topmost hop. Raises ProtocolError."""
        values = split_outside(self.required("Via"), ",")
        return parse_via(values[0] if values else "")

    @property
    def sender(self) -> Address:
        """From. Raises ProtocolError."""
        return parse_address(self.required("From"))

    @property
    def recipient(self) -> Address:
        """To. Raises ProtocolError."""
        return parse_address(self.required("To"))

    @property
    def cseq(self) -> tuple[int, str]:
        """CSeq: number and method. Raises ProtocolError."""
        words = self.required("CSeq").split()
        number = decimal(words[0], HIGHEST_CSEQ) if len(words) == 2 else None
        if number is None:
            raise ProtocolError("CSeq is not a number and a method")
        return number, words[1]

    @property
    def contact(self) -> str | None:
        """The URI of the first Contact, or None without a readable one (also for `*`)."""
        for value in self.values("Contact"):
            try:
                return parse_address(value).uri
            except ProtocolError:
                return None
        return None

    @property
    def content_type(self) -> str:
        """Type and subtype in lower case, without parameters; "" without the header."""
        return (self.first("Content-Type") or "").partition(";")[0].strip().lower()

    def start_line(self) -> str:
        """The first line, without its line end."""
        raise NotImplementedError

    def encode(self) -> bytes:
        """The bytes for the wire; Content-Length is counted here."""
        lines = [self.start_line()]
        lines += [f"{key}: {value}" for key, value in self.headers if key.lower() != "content-length"]
        lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode(self.charset, "replace") + self.body


@dataclass(slots=True)
class Request(Message):
    """A request; `uri` is the Request-URI as received."""

    method: str = ""
    uri: str = ""

    def start_line(self) -> str:
        """As RFC 3261 §7.1."""
        return f"{self.method} {self.uri} {VERSION_WORD}"


@dataclass(slots=True)
class Response(Message):
    """A response."""

    status: int = 0
    reason: str = ""

    def start_line(self) -> str:
        """As RFC 3261 §7.2."""
        return f"{VERSION_WORD} {self.status} {self.reason}"


def parse_start(line: str, headers: list[Header], body: bytes) -> Request | Response:
    """A message of its start line and headers. Raises ProtocolError.

    The Request-URI is whatever stands between the first word and the last: `guard` refuses one with a space in it.
    """
    words = line.split(None, 2)
    if len(words) >= 2 and words[0].upper() == VERSION_WORD:
        status = decimal(words[1], 699)
        if status is None or status < 100:
            raise ProtocolError("status out of range")
        return Response(headers, body, status, words[2] if len(words) == 3 else "")
    words = line.split()
    if len(words) < 3 or words[-1].upper() != VERSION_WORD:
        raise ProtocolError("neither a SIP/2.0 request nor a response")
    method = words[0]
    if not TOKEN_CHARS.issuperset(method):
        raise ProtocolError("method expected")
    return Request(headers, body, method, " ".join(words[1:-1]))


def response_to(
    request: Request, status: int, *, tag: str = "", reason: str = "", extra: Iterable[Header] = ()
) -> Response:
    """A response that echoes Via, From, To, Call-ID and CSeq as received (RFC 3261 §8.2.6).

    `tag` is added to To where it has none. Missing headers are left out, so that a 400 can be said to anything.
    """
    headers = [("Via", value) for value in request.all("Via")]
    for name in ("From", "To", "Call-ID", "CSeq"):
        value = request.first(name)
        if value is not None:
            headers.append((name, _tagged(value, tag) if name == "To" and tag else value))
    headers += [("Record-Route", value) for value in request.all("Record-Route")] if 100 < status < 300 else []
    headers += extra
    return Response(headers, b"", status, reason or REASONS.get(status, "Refused"), charset=request.charset)


def _tagged(to: str, tag: str) -> str:
    try:
        return to if parse_address(to).tag else f"{to};tag={tag}"
    except ProtocolError:
        return to
