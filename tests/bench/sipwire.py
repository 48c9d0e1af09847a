"""Just enough SIP over UDP for a load: messages as text, read without suspicion. Not for the open network."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

HOST = "127.0.0.1"
EVENT_TYPE = 101
PCMA = 8


@dataclass(slots=True)
class Message:
    """One message that came in; header names are in lower case."""

    start: str
    headers: list[tuple[str, str]]
    body: str

    @property
    def status(self) -> int:
        """The status of a response, 0 for a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        return self.header("cseq").split()[1]

    def header(self, name: str) -> str:
        """The first value of that name, "" where there is none."""
        return next((value for each, value in self.headers if each == name), "")

    def all(self, name: str) -> list[str]:
        """Every value of that name."""
        return [value for each, value in self.headers if each == name]


COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}


def parse(data: bytes) -> Message | None:
    """A message, or None for a keep-alive."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    if not start.strip():
        return None
    headers = []
    for line in lines:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers.append((COMPACT.get(name, name), value.strip()))
    return Message(start, headers, body)


def sdp(port: int, host: str = HOST) -> str:
    """An offer, or an answer, of A-law and telephone-event at this port."""
    lines = (
        "v=0",
        f"o=bench {port} 1 IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {PCMA} {EVENT_TYPE}",
        f"a=rtpmap:{PCMA} PCMA/8000",
        f"a=rtpmap:{EVENT_TYPE} telephone-event/8000",
        f"a=fmtp:{EVENT_TYPE} 0-15",
        "a=ptime:20",
        "a=sendrecv",
    )
    return "\r\n".join(lines) + "\r\n"


def media_address(body: str) -> tuple[str, int]:
    """Where the far end wants its sound."""
    host, port = HOST, 0
    for line in body.split("\r\n"):
        if line.startswith("c="):
            host = line.split()[-1]
        elif line.startswith("m=audio"):
            port = int(line.split()[1])
    return host, port


def uri_of(value: str) -> str:
    """The URI of a name-addr."""
    return value.partition("<")[2].partition(">")[0] if "<" in value else value.partition(";")[0].strip()


def address_of(uri: str) -> tuple[str, int]:
    """Host and port of a SIP URI."""
    place = uri.partition("@")[2] or uri.partition(":")[2]
    host, _, port = place.partition(";")[0].partition(":")
    return host, int(port or 5060)


def answer(request: Message, status: str, tag: str, contact: str, body: str = "") -> bytes:
    """A response to a request; `status` is the code with its phrase."""
    lines = [f"SIP/2.0 {status}"]
    lines += [f"Via: {value}" for value in request.all("via")]
    lines += [f"Record-Route: {value}" for value in request.all("record-route")]
    to = request.header("to")
    lines += [
        f"From: {request.header('from')}",
        f"To: {to if ';tag=' in to else f'{to};tag={tag}'}",
        f"Call-ID: {request.header('call-id')}",
        f"CSeq: {request.header('cseq')}",
        f"Contact: <{contact}>",
    ]
    return _finished(lines, body)


def _finished(lines: list[str], body: str) -> bytes:
    if body:
        lines.append("Content-Type: application/sdp")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body]).encode()


@dataclass(slots=True)
class Dialog:
    """Our side of one call: what requests within it are made of."""

    local: str  # From or To value, ours, with tag
    remote: str
    target: str  # request-URI
    call_id: str
    contact: str
    place: tuple[str, int]
    cseq: int = 1
    branch: str = field(default="")

    def request(self, method: str, rng: random.Random, body: str = "") -> bytes:
        """A request; an ACK to a 2xx has a branch of its own and the number of its INVITE."""
        if method not in ("ACK", "INVITE"):
            self.cseq += 1
        self.branch = f"z9hG4bK{rng.getrandbits(64):016x}"
        return self.again(method, body)

    def again(self, method: str, body: str = "") -> bytes:
        """The request with the branch of the one before: a retransmission, or the ACK to a refusal."""
        host, port = address_of(self.contact)
        lines = [
            f"{method} {self.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch={self.branch};rport",
            "Max-Forwards: 70",
            f"From: {self.local}",
            f"To: {self.remote}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq if method != 'ACK' else 1} {method}",
            f"Contact: <{self.contact}>",
        ]
        return _finished(lines, body)
