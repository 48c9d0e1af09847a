"""SRV records as bytes: the question, its answer, and the order in which servers are tried (RFC 1035, RFC 2782).

Asks nobody: `resolver` does. Nothing but SRV is understood.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.lines.sip.text import ProtocolError

TYPE_SRV, TYPE_OPT, CLASS_IN = 33, 41, 1
HEADER_BYTES = 12
FLAG_RESPONSE, FLAG_WANT_RECURSION, CODE_MASK = 0x8000, 0x0100, 0x000F
NO_ERROR, NO_SUCH_NAME = 0, 3
ANSWER_BYTES = 1232  # of UDP that pass any network unfragmented; said in EDNS(0) (RFC 6891)
LONGEST_LABEL, LONGEST_NAME = 63, 253
MOST_POINTERS = 32  # in one name: more is a circle
POINTER = 0xC0


@dataclass(frozen=True, slots=True)
class SrvRecord:
    """One server of a service."""

    priority: int
    weight: int
    port: int
    target: str


def query(name: str, number: int) -> bytes:
    """A question for the SRV records of a name, as the datagram `number`. Raises ProtocolError for no DNS name."""
    header = struct.pack("!HHHHHH", number, FLAG_WANT_RECURSION, 1, 0, 0, 1)
    option = struct.pack("!BHHIH", 0, TYPE_OPT, ANSWER_BYTES, 0, 0)
    return header + _encoded(name) + struct.pack("!HH", TYPE_SRV, CLASS_IN) + option


def _encoded(name: str) -> bytes:
    labels = name.rstrip(".").encode("ascii", "replace").split(b".")
    if len(name) > LONGEST_NAME or any(not 0 < len(label) <= LONGEST_LABEL for label in labels):
        raise ProtocolError("not a DNS name")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def answer(data: bytes, name: str, number: int) -> list[SrvRecord]:
    """The records of an answer to this very question; empty where there are none.

    Raises ProtocolError for anything else, also a server's failure. A truncated answer gives what it holds.
    """
    try:
        return _answer(data, name, number)
    except (struct.error, IndexError):
        raise ProtocolError("DNS answer too short") from None


def _answer(data: bytes, name: str, number: int) -> list[SrvRecord]:
    given, flags, questions, answers, _, _ = struct.unpack_from("!HHHHHH", data)
    if given != number or not flags & FLAG_RESPONSE or questions != 1:
        raise ProtocolError("not the answer to this question")
    asked, at = _name(data, HEADER_BYTES)
    if asked.lower() != name.rstrip(".").lower() or struct.unpack_from("!HH", data, at) != (TYPE_SRV, CLASS_IN):
        raise ProtocolError("the answer to another question")
    code = flags & CODE_MASK
    if code not in (NO_ERROR, NO_SUCH_NAME):
        raise ProtocolError(f"the name server failed ({code})")
    at += 4
    found: list[SrvRecord] = []
    for _ in range(answers):
        _, at = _name(data, at)
        kind, group, _, length = struct.unpack_from("!HHIH", data, at)
        at += 10
        if kind == TYPE_SRV and group == CLASS_IN:
            priority, weight, port = struct.unpack_from("!HHH", data, at)
            target, _ = _name(data, at + 6)
            if target and port:  # a target of "." means that the service is not offered
                found.append(SrvRecord(priority, weight, port, target))
        at += length
    return found


def _name(data: bytes, at: int) -> tuple[str, int]:
    """The name at an offset, and where what follows it begins. Follows pointers (RFC 1035 §4.1.4)."""
    labels: list[str] = []
    after: int | None = None
    pointers = 0
    while data[at]:
        length = data[at]
        if length & POINTER == POINTER:
            after = at + 2 if after is None else after
            pointers += 1
            if pointers > MOST_POINTERS:
                raise ProtocolError("a DNS name that runs in a circle")
            at = (length & ~POINTER) << 8 | data[at + 1]
            continue
        if length > LONGEST_LABEL or at + 1 + length >= len(data) or len(labels) > LONGEST_NAME // 2:
            raise ProtocolError("not a DNS name")
        labels.append(data[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return ".".join(labels), at + 1 if after is None else after


def ordered(records: Iterable[SrvRecord], rng: random.Random) -> list[SrvRecord]:
    """In the order of trying: by priority, and among equals drawn by weight (RFC 2782)."""
    left = sorted(records, key=lambda each: (each.priority, each.weight))
    order: list[SrvRecord] = []
    while left:
        equals = [each for each in left if each.priority == left[0].priority]
        drawn = rng.uniform(0, sum(each.weight for each in equals))
        for chosen in equals:
            drawn -= chosen.weight
            if drawn <= 0:
                break
        order.append(chosen)
        left.remove(chosen)
    return order
