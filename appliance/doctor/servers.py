"""Asks a provider's server whether it is there: OPTIONS over UDP (RFC 3261 §11), a connection over TCP and TLS.

Only for a machine on which no exchange runs; a running one knows better.
"""

from __future__ import annotations

import asyncio
import random
import socket
from itertools import pairwise

from appliance import VERSION
from appliance.building.model import LineConfig
from appliance.doctor.facts import LineFact
from appliance.lines.sip.place import transport_of
from appliance.lines.sip.resolver import SystemResolver
from appliance.lines.sip.servers import Candidate, located, parse_server
from appliance.lines.sip.text import ProtocolError

SENT_AFTER_SECONDS = (0.0, 0.5, 1.0)  # a lost packet is no dead server (RFC 3261 §17.1.2, T1 and its double)
ANSWER_SECONDS = 1.5  # after the last of them
CONNECT_SECONDS = 3.0
DATAGRAM_BYTES = 65_535


async def ask_line(config: LineConfig, rng: random.Random) -> LineFact:
    """What became of a line's servers, tried in their order until one answers."""
    server = ", ".join(config.servers or (config.server,))
    if config.kind != "sip":
        return LineFact(config.id, config.kind)
    resolver, places = SystemResolver(rng), []
    for text in config.servers or (config.server,):
        try:
            candidates = await located(parse_server(text, config.transport), resolver, rng)
        except ProtocolError:
            continue
        for candidate in candidates:
            places.append(f"{candidate.place[0]}:{candidate.place[1]}")
            if answer := await _ask(candidate, config, rng):
                return LineFact(config.id, config.kind, server, places=tuple(places), answer=answer)
    return LineFact(config.id, config.kind, server, places=tuple(places))


async def _ask(candidate: Candidate, config: LineConfig, rng: random.Random) -> str:
    """What it said, or "connected"; "" for silence."""
    try:
        if transport_of(candidate.place) == "udp":
            return await _options(candidate, config, rng)
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(candidate.place[0], candidate.place[1])
        writer.close()
        return "connected"
    except (OSError, TimeoutError):
        return ""


async def _options(candidate: Candidate, config: LineConfig, rng: random.Random) -> str:
    """The status line of the first answer, without its protocol: "200 OK"."""
    loop = asyncio.get_running_loop()
    host, port = candidate.place[0], candidate.place[1]
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.connect((host, port))
        question = options(candidate.server.authority, config, asking.getsockname(), rng)
        waits = [later - now for now, later in pairwise(SENT_AFTER_SECONDS)]
        for wait in (*waits, ANSWER_SECONDS):
            await loop.sock_sendall(asking, question)
            try:
                async with asyncio.timeout(wait):
                    answer = await loop.sock_recv(asking, DATAGRAM_BYTES)
            except TimeoutError:
                continue
            protocol, _, status = answer.split(b"\r\n", 1)[0].decode("ascii", "replace").partition(" ")
            if protocol == "SIP/2.0":
                return status if status.isprintable() else "?"
    return ""


def options(server: str, config: LineConfig, local: tuple[str, int], rng: random.Random) -> bytes:
    """An OPTIONS request from the address `local` (host, port)."""
    host = f"[{local[0]}]" if ":" in local[0] else local[0]
    user = config.username or (config.numbers[0] if config.numbers else "dyzurka")
    branch, tag, call = (f"{rng.getrandbits(64):016x}" for _ in range(3))
    lines = (
        f"OPTIONS sip:{server} SIP/2.0",
        f"Via: SIP/2.0/UDP {host}:{local[1]};rport;branch=z9hG4bK{branch}",
        "Max-Forwards: 70",
        f"From: <sip:{user}@{server}>;tag={tag}",
        f"To: <sip:{server}>",
        f"Call-ID: {call}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:{user}@{host}:{local[1]}>",
        f"User-Agent: Dyzurka/{VERSION}",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()
