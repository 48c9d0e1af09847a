"""How a torturing message is put together: a plain one, of which some lines are replaced, left out or added."""

from __future__ import annotations

from dataclasses import dataclass

CALL = 100  # "Trying", and a call that can be answered
SILENT = 0  # no packet, no event

SOUND = b"\r\n".join(
    [
        b"v=0",
        b"o=far 29739 7272939 IN IP4 $THEM",
        b"s=-",
        b"c=IN IP4 $THEM",
        b"t=0 0",
        b"m=audio 49216 RTP/AVP 0 12",
        b"m=video 3228 RTP/AVP 31",
        b"a=rtpmap:31 LPC",
        b"",
    ]
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a message is used: our host and port, theirs, and the number that they call."""

    us: str = "192.0.2.1:5060"
    them: str = "192.0.2.2"
    number: str = "+48221234567"

    def dressed(self, text: bytes) -> bytes:
        """With the real names in place of $US, $THEM and $NUMBER."""
        for mark, value in ((b"$US", self.us), (b"$THEM", self.them), (b"$NUMBER", self.number)):
            text = text.replace(mark, value.encode())
        return text


@dataclass(frozen=True, slots=True)
class Torture:
    """One message. `trunk` and `phones`: what it brings about from the provider, and from the telephones' networks.

    That is `CALL`, `SILENT` or the status of the answer; `why` says in words what makes it so.
    """

    name: str
    section: str
    trunk: int
    phones: int
    why: str
    head: bytes
    body: bytes = b""

    def packet(self, stage: Stage) -> bytes:
        """Its bytes, with the length of what is really there in place of $LENGTH."""
        body = stage.dressed(self.body)
        return stage.dressed(self.head).replace(b"$LENGTH", str(len(body)).encode()) + b"\r\n\r\n" + body


def whole(*lines: str | bytes) -> bytes:
    """A head, line by line."""
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)


def asked(method: str, name: str, *extra: str | bytes, **instead: str | None) -> bytes:
    """The head of a request. `instead` replaces whole lines (None: leaves them out): start, via, hops, from_, to, …"""
    sound = method in ("INVITE",)
    lines: dict[str, str | None] = {
        "start": f"{method} sip:$NUMBER@$US SIP/2.0",
        "via": f"Via: SIP/2.0/UDP $THEM:5060;branch=z9hG4bK-{name}",
        "hops": "Max-Forwards: 70",
        "from_": f"From: <sip:caller@$THEM>;tag={name}",
        "to": "To: <sip:$NUMBER@$US>",
        "call": f"Call-ID: {name}.0ha0isnda@$THEM",
        "cseq": f"CSeq: 8 {method}",
        "contact": "Contact: <sip:caller@$THEM:5060>",
        "kind": "Content-Type: application/sdp" if sound else None,
        "length": "Content-Length: $LENGTH",
    }
    assert instead.keys() <= lines.keys()
    lines.update(instead)
    return whole(*[line for line in lines.values() if line is not None], *extra)


def answered(name: str, start: str, *extra: str, **instead: str) -> bytes:
    """The head of an answer that nobody asked for."""
    lines = {
        "start": start,
        "via": f"Via: SIP/2.0/UDP $US;branch=z9hG4bK-{name}",
        "from_": f"From: <sip:$NUMBER@$US>;tag={name}",
        "to": "To: <sip:caller@$THEM>;tag=902jndnke3",
        "call": f"Call-ID: {name}.asdof3uj2@$THEM",
        "cseq": "CSeq: 35 INVITE",
        "length": "Content-Length: $LENGTH",
    }
    lines.update(instead)
    return whole(*lines.values(), *extra)
