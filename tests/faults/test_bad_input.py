"""Bad input at every door of the real exchange while two people talk; they talk on, the next call goes through too."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from dataclasses import replace

from appliance.control_client import SOCKET_NAME
from tests.bench.sipwire import HOST, parse
from tests.faults.test_foreign import bridged
from tests.faults.test_fuzz import box, goes_through, measured, mutated, nothing_has_stayed
from tests.peers import building
from tests.peers.program import until
from tests.unit.sip.torture import CALL, EVERYTHING, SILENT, Stage

__all__ = ["box"]

ANSWER_SECONDS = 5.0
SILENCE_SECONDS = 0.15
OVER_SECONDS = 15.0
SOUND_PACKETS, CONVERSATIONS = 2_000, 60
BIGGEST = 60_000
CALLED_NOWHERE = {"esc01"}  # its Request-URI and To name nobody here
WEB = [
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /register/?since=7d&skip=50&building=lipowa7 HTTP/1.1\r\nHost: localhost\r\nAccept-Language: en\r\n\r\n",
    b"POST /register/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nsince=7d&",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsince\r\n0\r\n\r\n",
    b"GET /static/%2e%2e/%2e%2e/register.db HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-,5-2\r\n\r\n",
]
ASKED = [b'{"ask": "status"}\n', b'{"ask": "load", "x": [1, {"y": "\\ud800"}]}\n', b'{"ask": "dictate", "phone": 7}\n']
SOUND = [
    b"\x80\x08\0\1\0\0\0\xa0\0\0\0\7" + b"\xd5" * 160,
    b"\x80\x65\0\2\0\0\0\xa0\0\0\0\7\x05\x8a\3\x20",
    b"\x93\x08\0\3\0\0\1\x40\0\0\0\7" + bytes(12) + b"\xbe\xde\0\1abcd" + b"\xd5" * 160,
    b"\x81\xc8\0\6" + bytes(24) + b"\x81\xca\0\2\0\0\0\7\1\1a\0",
    b"",
]


def heard(gun: socket.socket, seconds: float) -> bytes:
    """The next datagram, b"" when none comes."""
    gun.settimeout(seconds)
    try:
        return gun.recv(BIGGEST)
    except TimeoutError:
        return b""


def told(gun: socket.socket, box, packet: bytes, wanted: int) -> int:
    """Send one of RFC 4475's messages from the provider's address; the status of the answer. A call is ended again."""
    gun.sendto(packet, (HOST, box.port))
    first = heard(gun, SILENCE_SECONDS if wanted == SILENT else ANSWER_SECONDS)
    status = int(first.split()[1]) if first else SILENT
    if status != CALL:
        return status
    final = parse(heard(gun, ANSWER_SECONDS))
    assert final is not None and final.status == 200, "taken and not answered"
    number = int(final.header("cseq").split()[0])
    for method, cseq in (("ACK", number), ("BYE", number + 1)):
        lines = [
            f"{method} {final.header('contact').strip('<>')} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST};branch=z9hG4bK-{method}-{final.header('call-id')[:30]};rport",
            *[f"{name}: {final.header(name.lower())}" for name in ("From", "To", "Call-ID")],
            f"CSeq: {cseq} {method}",
            "Content-Length: 0",
        ]
        gun.sendto("\r\n".join([*lines, "", ""]).encode(), (HOST, box.port))
    while (answer := parse(heard(gun, ANSWER_SECONDS))) is not None and "BYE" not in answer.header("cseq"):
        assert answer.status == 200, answer.start
    assert answer is not None and answer.status == 200, "its BYE was not answered"
    return CALL


def torture(box, rng: random.Random) -> None:
    """Each of RFC 4475's messages through the socket: the answer is the one that is written beside it."""
    stage = Stage(f"{HOST}:{box.port}", HOST, building.NUMBER)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gun:
        gun.bind((HOST, 0))
        for each in EVERYTHING:
            name = each.name.encode()  # it gets a Call-ID of its own, so that it is no copy of an earlier one
            odd = replace(each, head=each.head.replace(name, name + rng.randbytes(4).hex().encode()))
            # On loopback the provider is in the telephones' networks too.
            wanted = each.phones if each.name in CALLED_NOWHERE else each.trunk or each.phones
            assert told(gun, box, odd.packet(stage), wanted) == wanted, f"{each.name}: {each.why}"


def spoil_sound(box, rng: random.Random, legs) -> None:
    """At every port for sound: from a stranger, and from where the callers' own sound comes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(SOUND_PACKETS):
            data = mutated(rng, rng.choice(SOUND[:-1]))[:BIGGEST]
            if rng.random() < 0.5:
                stranger.sendto(data, (HOST, rng.choice(box.sound_ports)))
                continue
            leg, control = rng.choice(legs), rng.random() < 0.3
            host, port = leg._remote
            if control:
                leg.rtcp.sendto(data, (host, port + 1))
            elif len(data) < 2 or data[1] & 0x7F != 0x65:  # a key of their own would be a key
                with suppress(OSError):
                    leg.rtp.send(data)


def spoil_conversations(rng: random.Random, good: list[bytes], connect) -> None:
    """Say something odd on a connection and leave: now at once, now after the answer."""
    for _ in range(CONVERSATIONS):
        with connect() as wire, suppress(OSError):
            wire.settimeout(ANSWER_SECONDS)
            wire.sendall(mutated(rng, rng.choice(good) * rng.randint(1, 3)))
            if rng.random() < 0.7:
                wire.shutdown(socket.SHUT_WR)
                while wire.recv(BIGGEST):
                    pass


def control(box) -> socket.socket:
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wire.connect(str(box.data / SOCKET_NAME))
    return wire


def everywhere(box, town, rng: random.Random) -> None:
    """All of it while two people talk, who notice nothing."""
    resident, nowak = bridged(town, box)
    torture(box, rng)
    spoil_sound(box, rng, [resident.leg, nowak.leg])
    spoil_conversations(rng, ASKED, lambda: control(box))
    spoil_conversations(rng, WEB, lambda: socket.create_connection(box.web_place, ANSWER_SECONDS))
    assert resident.up and nowak.up and resident.leg.bridged
    town.do(resident.hang_up)
    until("the two have parted", OVER_SECONDS, lambda: not nowak.up)
    town.on_duty.clear()


def test_bad_input_at_every_door_leaves_a_call_alone_and_nothing_behind(box, town, seed):
    rng = random.Random(seed)
    everywhere(box, town, rng)  # tables and caches have their size then
    before = measured(box)
    everywhere(box, town, rng)
    after = measured(box)
    print(f"kB and files of each process, tasks and ports before {before} and after {after}")
    nothing_has_stayed(before, after)
    goes_through(town, box)
    assert box.last_call()["outcome"] == "answered"
    said = list(box.program.lines)
    marks = [at for at, line in enumerate(said) if "Traceback" in line or "internal error" in line]
    assert not marks, "\n".join(line for at in marks for line in said[max(at - 3, 0) : at + 60])
