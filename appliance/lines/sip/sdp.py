"""Session descriptions: which of an offer's streams and codecs we take, and how we answer (RFC 8866, RFC 3264).

One audio stream, PCMA or PCMU, 20 ms packets, telephone-event (RFC 4733). Everything else is refused with port 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from appliance.lines.sip.address import HIGHEST_PORT
from appliance.lines.sip.text import ProtocolError, decimal

Codec = Literal["PCMA", "PCMU"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

CODECS: tuple[Codec, ...] = ("PCMA", "PCMU")  # by preference: Polish trunks are A-law
STATIC_TYPES = {"8": "PCMA", "0": "PCMU"}  # RFC 3551 §6
OUR_TYPES: dict[Codec, int] = {"PCMA": 8, "PCMU": 0}
EVENT_TYPE = 101
PACKET_MS = 20
MAX_LINES = 500
HIGHEST_PAYLOAD_TYPE = 127
REVERSED: dict[Direction, Direction] = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}
PROTOCOLS = ("RTP/AVP", "RTP/AVPF")
NOWHERE = ("0.0.0.0", "::")  # the old way to hold (RFC 3264 §8.4)


@dataclass(frozen=True, slots=True)
class MediaChoice:
    """What to send, and where. `direction` is the far end's: it holds us with "sendonly" or "inactive".

    `remote` may name a host instead of its address: the sound shows where it is. `event_type` is the payload type of
    telephone-event, None where the far end takes no digits that way.
    """

    remote: tuple[str, int]
    codec: Codec
    payload_type: int
    event_type: int | None
    direction: Direction

    @property
    def speaks(self) -> bool:
        """Whether sound is to be expected of the far end."""
        return self.direction in ("sendrecv", "sendonly")

    @property
    def on_hold(self) -> bool:
        """Whether the far end does not want to hear us."""
        return self.direction in ("sendonly", "inactive")


@dataclass(slots=True)
class _Stream:
    """One m= line and what stands under it."""

    media: str
    port: int
    protocol: str
    formats: list[str]
    host: str
    direction: Direction
    maps: dict[str, str] = field(default_factory=dict)  # payload type → encoding in upper case


@dataclass(frozen=True, slots=True)
class Description:
    """A description that was read: `streams` are the m= lines in order."""

    streams: tuple[_Stream, ...]


def parse(body: bytes) -> Description:
    """Read a description. Raises ProtocolError for whatever is none, and nothing else."""
    streams: list[_Stream] = []
    host = ""
    direction: Direction = "sendrecv"
    lines = body.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MAX_LINES or not lines[0].startswith("v=0"):
        raise ProtocolError("not a session description")
    for line in lines:
        kind, equals, value = line.partition("=")
        value = value.strip()
        if not equals:
            continue
        if kind == "m":
            streams.append(_stream(value, host, direction))
        elif kind == "c" and streams:
            streams[-1].host = _host(value)
        elif kind == "c":
            host = _host(value)
        elif kind == "a" and value in REVERSED:
            found: Direction = next(each for each in REVERSED if each == value)
            if streams:
                streams[-1].direction = found
            else:
                direction = found
        elif kind == "a" and streams and value.startswith("rtpmap:"):
            number, _, encoding = value[7:].strip().partition(" ")
            streams[-1].maps[number] = encoding.strip().upper()
    return Description(tuple(streams))


def _stream(value: str, host: str, direction: Direction) -> _Stream:
    words = value.split()
    if len(words) < 4:
        raise ProtocolError("m= line too short")
    port = decimal(words[1].partition("/")[0], HIGHEST_PORT)
    if port is None:
        raise ProtocolError("media port out of range")
    return _Stream(words[0], port, words[2], words[3:], host, direction)


def _host(value: str) -> str:
    words = value.split()
    if len(words) != 3 or words[0].upper() != "IN":
        raise ProtocolError("c= line expected: IN IP4 address")
    return words[2].partition("/")[0]


def _encoding(stream: _Stream, payload: str) -> str:
    return stream.maps.get(payload) or STATIC_TYPES.get(payload, "")


def _taken(description: Description, *, answer: bool = False) -> tuple[int, MediaChoice]:
    """Index of the stream we take, and what we take of it. Raises ProtocolError when there is none."""
    for index, stream in enumerate(description.streams):
        if stream.media.lower() != "audio" or stream.port == 0 or stream.protocol.upper() not in PROTOCOLS:
            continue
        choice = _choice(stream, answer=answer)
        if choice is not None:
            return index, choice
    raise ProtocolError("no audio stream with PCMA or PCMU")


def _choice(stream: _Stream, *, answer: bool) -> MediaChoice | None:
    """Of an offer the codec that we like best; of an answer the one that stands first in it (RFC 3264 §6.1)."""
    types: dict[str, int] = {}
    for payload in stream.formats:
        number = decimal(payload, HIGHEST_PAYLOAD_TYPE)
        name, _, rate = _encoding(stream, payload).partition("/")
        if number is not None and rate.partition("/")[0] in ("", "8000"):
            types.setdefault(name, number)
    laws = [codec for name in types for codec in CODECS if codec == name]
    if not laws:
        return None
    codec = laws[0] if answer else min(laws, key=CODECS.index)
    if not stream.host:
        raise ProtocolError("no c= line")
    held: dict[Direction, Direction] = {"sendrecv": "sendonly", "recvonly": "inactive"}
    direction = stream.direction
    if stream.host in NOWHERE:
        direction = held.get(direction, direction)
    events = types.get("TELEPHONE-EVENT")
    return MediaChoice((stream.host, stream.port), codec, types[codec], events, direction)


def pick(body: bytes) -> MediaChoice:
    """What we take of an offer. Raises ProtocolError: 488."""
    return _taken(parse(body))[1]


def agreed(body: bytes) -> MediaChoice:
    """What an answer to our offer settled. Raises ProtocolError: nothing that we offered."""
    return _taken(parse(body), answer=True)[1]


def offer(local: tuple[str, int], session: int, version: int, direction: Direction = "sendrecv") -> bytes:
    """Our own offer for sound at `local` (host, port): PCMA, PCMU, telephone-event. "sendonly" holds the far end."""
    lines = [
        *_head(local[0], session, version),
        f"m=audio {local[1]} RTP/AVP 8 0 {EVENT_TYPE}",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        f"a=rtpmap:{EVENT_TYPE} telephone-event/8000",
        f"a=fmtp:{EVENT_TYPE} 0-16",
        f"a=ptime:{PACKET_MS}",
        f"a={direction}",
    ]
    return _joined(lines)


def answer(
    body: bytes, local: tuple[str, int], session: int, version: int, *, holding: bool = False
) -> tuple[bytes, MediaChoice]:
    """Our answer to an offer, and what was taken: one m= line for each of theirs. Raises ProtocolError: 488.

    `holding`: we do not want to hear the far end.
    """
    description = parse(body)
    taken, choice = _taken(description)
    lines = _head(local[0], session, version)
    for index, stream in enumerate(description.streams):
        if index != taken:
            lines.append(f"m={stream.media} 0 {stream.protocol} {' '.join(stream.formats)}")
            continue
        events = [] if choice.event_type is None else [str(choice.event_type)]
        lines += [
            f"m=audio {local[1]} {stream.protocol} {' '.join([str(choice.payload_type), *events])}",
            f"a=rtpmap:{choice.payload_type} {choice.codec}/8000",
        ]
        for event in events:
            lines += [f"a=rtpmap:{event} telephone-event/8000", f"a=fmtp:{event} 0-16"]
        lines += [f"a=ptime:{PACKET_MS}", f"a={_allowed(REVERSED[choice.direction], holding)}"]
    return _joined(lines), choice


def _allowed(direction: Direction, holding: bool) -> Direction:
    held: dict[Direction, Direction] = {"sendrecv": "sendonly", "recvonly": "inactive"}
    return held.get(direction, direction) if holding else direction


def _head(host: str, session: int, version: int) -> list[str]:
    family = "IP6" if ":" in host else "IP4"
    return [
        "v=0",
        f"o=- {session} {version} IN {family} {host}",
        "s=-",
        f"c=IN {family} {host}",
        "t=0 0",
    ]


def _joined(lines: list[str]) -> bytes:
    return "\r\n".join([*lines, ""]).encode("utf-8", "replace")
