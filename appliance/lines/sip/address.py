"""What names somebody in SIP: URIs, addresses with a display name, and Via hops (RFC 3261 §19.1, §20.10, §20.42).

Tolerant on reading: short host names, underscores, capitals, bare IPv6 in parameters. Nothing is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, ip_address
from urllib.parse import unquote as percent_decoded

from appliance.lines.sip.text import (
    Params,
    ProtocolError,
    decimal,
    ends_quoted,
    param,
    parse_params,
    split_outside,
    unquote,
)

HIGHEST_PORT = 65535
DEFAULT_PORT = 5060
READ_AGAIN = 256  # values kept as read: each layer asks for the same From, To and Via of a packet anew
SCHEMES = ("sip", "sips", "tel")
_SCHEME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.")  # RFC 3986 §3.1
_HOST_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
PRIVATE = tuple(IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918 §3


def is_numeric(host: str) -> bool:
    """Whether the host is an IPv4 or IPv6 address, so that nothing need be looked up."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def private_network(host: str) -> IPv4Network | None:
    """Which network of RFC 1918 an address lies in; None for any other host."""
    if not is_numeric(host):
        return None
    return next((each for each in PRIVATE if ip_address(host) in each), None)


def bracketed(host: str) -> str:
    """The host as a URI writes it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def split_host_port(text: str) -> tuple[str, int | None]:
    """`host`, `host:5060`, `[::1]:5060` or a bare IPv6 address as (host without brackets, port or None).

    Raises ProtocolError for an empty or impossible host and for a port that is no number from 1 to 65535.
    """
    text = text.strip()
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or ":" not in host or not is_numeric(host):
            raise ProtocolError("IPv6 address expected in brackets")
        port_text = rest.strip()
        if port_text and not port_text.startswith(":"):
            raise ProtocolError("port expected after an address")
        return host, _port(port_text[1:]) if port_text else None
    if text.count(":") > 1 and is_numeric(text):
        return text, None
    host, colon, port_text = text.partition(":")
    host = host.strip()
    if not host or not _HOST_CHARS.issuperset(host):
        raise ProtocolError("host expected")
    return host, _port(port_text) if colon else None


def _port(text: str) -> int:
    port = decimal(text.strip(), HIGHEST_PORT)
    if not port:
        raise ProtocolError("port out of range")
    return port


@dataclass(frozen=True, slots=True)
class Uri:
    """A `sip:`, `sips:` or `tel:` URI. `user` is percent-decoded; `host` has no brackets; a tel: URI has no host."""

    scheme: str
    user: str
    host: str
    port: int | None = None
    params: Params = ()

    @property
    def loose(self) -> bool:
        """Whether a route with this URI is a loose one (RFC 3261 §16.12)."""
        return param(self.params, "lr") is not None


def foreign_scheme(text: str) -> bool:
    """Whether this is a URI of a scheme that we do not know, rather than none at all."""
    scheme, colon, _ = text.partition(":")
    return bool(colon and scheme) and _SCHEME_CHARS.issuperset(scheme) and scheme.lower() not in SCHEMES


@lru_cache(READ_AGAIN)
def parse_uri(text: str) -> Uri:
    """Read a URI. Raises ProtocolError for other schemes and for what is none."""
    scheme, colon, rest = text.strip().partition(":")
    scheme = scheme.strip().lower()
    if not colon or scheme not in SCHEMES:
        raise ProtocolError("sip:, sips: or tel: URI expected")
    if any(char <= " " or char == "\x7f" for char in rest):
        raise ProtocolError("URI holds a space or control character")
    if scheme == "tel":
        number, *params = rest.split(";")
        if not number:
            raise ProtocolError("tel: URI without a number")
        return Uri("tel", percent_decoded(number), "", None, parse_params(params))
    userinfo, at, hostpart = rest.partition("@")
    if not at:
        userinfo, hostpart = "", rest
    user = percent_decoded(userinfo.partition(":")[0])
    hostpart = hostpart.partition("?")[0]
    host_port, *params = hostpart.split(";")
    host, port = split_host_port(host_port)
    return Uri(scheme, user, host, port, parse_params(params))


@dataclass(frozen=True, slots=True)
class Address:
    """One value of From, To, Contact, Route, …: `uri` is the text between the brackets, as received."""

    display: str
    uri: str
    params: Params = ()

    @property
    def tag(self) -> str:
        """The dialog tag, "" without one."""
        return param(self.params, "tag") or ""

    def parsed(self) -> Uri:
        """Its URI read. Raises ProtocolError."""
        return parse_uri(self.uri)


@lru_cache(READ_AGAIN)
def parse_address(text: str) -> Address:
    """Read a name-addr or addr-spec with its parameters. Raises ProtocolError when no address is there.

    A quote before the name that never ends is passed over: else it hides the tag that we set behind it ourselves.
    """
    text = text.strip()
    if text.startswith('"') and ends_quoted(text):
        text = text.lstrip('"')
    parts = split_outside(text, ";")
    if not parts:
        raise ProtocolError("address expected")
    first = parts[0]
    opening = _opening_bracket(first)
    if opening < 0:
        # Without brackets every parameter belongs to the header, not to the URI (RFC 3261 §20).
        if ":" not in first:
            raise ProtocolError("address expected")
        return Address("", first, parse_params(parts[1:]))
    closing = first.find(">", opening)
    if closing < 0:
        raise ProtocolError("address bracket left open")
    uri = first[opening + 1 : closing].strip()
    if not uri:
        raise ProtocolError("empty address")
    return Address(unquote(first[:opening].strip()), uri, parse_params(parts[1:]))


def _opening_bracket(text: str) -> int:
    """Index of the first `<` outside quotes, or -1."""
    quoted = escaped = False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            escaped = char == "\\"
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif char == "<":
            return index
    return -1


@dataclass(frozen=True, slots=True)
class Via:
    """One hop. `host` and `port` are the sent-by; `port` is None where none was written."""

    transport: str
    host: str
    port: int | None
    params: Params = ()

    @property
    def branch(self) -> str:
        """The branch parameter, "" without one."""
        return param(self.params, "branch") or ""

    @property
    def sent_by(self) -> str:
        """Host and port as one key; the default port is written out."""
        return f"{self.host.lower()}:{self.port or DEFAULT_PORT}"


@lru_cache(READ_AGAIN)
def parse_via(text: str) -> Via:
    """Read one Via value. Raises ProtocolError, also for a port out of range."""
    hop, *params = split_outside(text, ";") or [""]
    protocol, _, sent_by = " ".join(hop.split()).replace(" /", "/").replace("/ ", "/").partition(" ")
    pieces = protocol.split("/")
    if len(pieces) != 3 or pieces[0].upper() != "SIP" or pieces[1] != "2.0":
        raise ProtocolError("SIP/2.0 expected in Via")
    host, port = split_host_port(sent_by)
    return Via(pieces[2].upper(), host, port, parse_params(params))


def via_from(text: str, host: str, port: int) -> str:
    """The Via value with `received` and `rport` set to where it really came from (RFC 3261 §18.2.1, RFC 3581 §4).

    Whatever the sender wrote there is thrown away. Everything else stays as received.
    """
    first, *params = split_outside(text, ";")
    kept = [each for each in params if each.partition("=")[0].strip().lower() not in ("received", "rport")]
    return ";".join([first, *kept, f"received={host}", f"rport={port}"])
