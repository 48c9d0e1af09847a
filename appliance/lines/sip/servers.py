"""A provider's servers: where they are (RFC 3263), in which order they are tried, which of them are passed over.

Looks up and remembers; it talks to no server and reads no clock.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from appliance.lines.sip.address import DEFAULT_PORT, bracketed, is_numeric, split_host_port
from appliance.lines.sip.place import Place, Stream, transport_of
from appliance.lines.sip.resolver import Resolver
from appliance.lines.sip.srv import ordered

TLS_PORT = 5061
MOST_PLACES = 8  # of one provider that are watched
SERVICES = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


@dataclass(frozen=True, slots=True)
class Server:
    """One entry of `server` in the building file; `host` is what certificates, From and To name."""

    host: str
    port: int | None
    transport: str

    @property
    def authority(self) -> str:
        """As a Request-URI writes it."""
        return bracketed(self.host) + (f":{self.port}" if self.port else "")

    def at(self, host: str, port: int | None = None) -> Place:
        """A place of it, reached by its transport."""
        port = port or self.port or (TLS_PORT if self.transport == "tls" else DEFAULT_PORT)
        if self.transport == "tcp":
            return Stream(host, port, "tcp")
        return Stream(host, port, "tls") if self.transport == "tls" else (host, port)


def parse_server(text: str, transport: str) -> Server:
    """`host` or `host:port`. Raises ProtocolError."""
    host, port = split_host_port(text)
    return Server(host, port, transport)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server at one of its places."""

    server: Server
    place: Place


async def located(server: Server, resolver: Resolver, rng: random.Random) -> list[Candidate]:
    """Where a server is, in the order of trying (RFC 3263 §4.2); empty when nobody knows.

    An address is itself. A name with a port has addresses; one without has SRV records, or else addresses.
    """
    if is_numeric(server.host):
        return [Candidate(server, server.at(server.host))]
    found: list[Candidate] = []
    if server.port is None:
        for record in ordered(await resolver.srv(f"{SERVICES[server.transport]}.{server.host}"), rng):
            hosts = [record.target] if is_numeric(record.target) else await resolver.addresses(record.target)
            found += [Candidate(server, server.at(host, record.port)) for host in hosts]
    if not found:
        found = [Candidate(server, server.at(host)) for host in await resolver.addresses(server.host)]
    return list(dict.fromkeys(found))[:MOST_PLACES]


class Servers:
    """The candidates of one provider, first choice first, and what is wrong with them. `now` in seconds."""

    def __init__(self, servers: list[Server]) -> None:
        self.servers = servers
        self.candidates: list[Candidate] = []
        self._dead: dict[Place, str] = {}
        self._passed_over: dict[Place, tuple[float, str]] = {}  # until when, and why

    @property
    def hosts(self) -> frozenset[str]:
        """The addresses of all of them."""
        return frozenset(each.place[0] for each in self.candidates)

    @property
    def named(self) -> bool:
        """Whether there is a name among them, whose addresses may change."""
        return any(not is_numeric(each.host) for each in self.servers)

    async def look_up(self, resolver: Resolver, rng: random.Random) -> None:
        """Find out where they are. Where nobody knows any more, what was known before holds on.

        As long as the same places are found they keep their order: a new draw by weight moves nobody.
        """
        found: list[Candidate] = []
        for server in self.servers:
            known = [each for each in self.candidates if each.server == server]
            places = await located(server, resolver, rng) or known
            found += known if set(known) == set(places) else places
        self.candidates = found[:MOST_PLACES]

    def preferred(self, now: float) -> list[Candidate]:
        """Those with which nothing is wrong, in order; where there are none, all: one may have come back."""
        well = [each for each in self.candidates if self.fault_of(each, now) is None]
        return well or self.candidates

    def fault_of(self, candidate: Candidate, now: float) -> str | None:
        """What is wrong with one of them, in words, or None."""
        until, why = self._passed_over.get(candidate.place, (now, ""))
        return self._dead.get(candidate.place) or (why if now < until else None)

    def fault(self, now: float) -> str | None:
        """What is wrong with all of them: the words for the first; None while one is well."""
        faults = [self.fault_of(each, now) for each in self.candidates]
        if not faults:
            return f"no such server: {self.servers[0].host}"
        return None if None in faults else faults[0]

    def dead(self, place: Place, why: str) -> None:
        """It is silent, until `lives`."""
        self._dead[place] = why

    def lives(self, place: Place) -> None:
        """It shows life: whatever was wrong with it."""
        self._dead.pop(place, None)
        self._passed_over.pop(place, None)

    def pass_over(self, place: Place, until: float, why: str) -> None:
        """Try the others first, until then."""
        self._passed_over[place] = (until, why)


def told(place: Place) -> str:
    """A place in a fault's words."""
    host, port = bracketed(place[0]), place[1]
    return f"{host}:{port}" + ("" if transport_of(place) == "udp" else f" ({transport_of(place)})")
