"""Where a provider's name leads: SRV records asked of the machine's name servers, addresses of the machine itself."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from pathlib import Path
from typing import Protocol

from appliance.lines.sip import srv
from appliance.lines.sip.address import is_numeric
from appliance.lines.sip.srv import SrvRecord
from appliance.lines.sip.text import ProtocolError

DNS_PORT = 53
ANSWER_SECONDS = 2.0
ROUNDS = 2  # through all name servers
MOST_SERVERS = 3  # of /etc/resolv.conf, as resolv.conf(5) has it
RESOLV_CONF = Path("/etc/resolv.conf")

log = logging.getLogger(__name__)


class Resolver(Protocol):
    """Looks names up. Both methods return an empty list where there is nothing or nobody answers."""

    async def srv(self, name: str) -> list[SrvRecord]:
        """The SRV records of a name, in no order."""
        ...

    async def addresses(self, host: str) -> list[str]:
        """The IPv4 addresses of a host, in order."""
        ...


class SystemResolver:
    """The machine's name servers (`conf`: a resolv.conf) and its own resolver, /etc/hosts included."""

    def __init__(self, rng: random.Random, conf: Path = RESOLV_CONF, port: int = DNS_PORT) -> None:
        self._rng = rng
        self._conf = conf
        self._port = port

    async def srv(self, name: str) -> list[SrvRecord]:
        """See `Resolver`; at most `ROUNDS` × `ANSWER_SECONDS` a name server."""
        for server in self._servers() * ROUNDS:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._asked(server, name)
            except (OSError, ProtocolError, TimeoutError) as error:
                log.info("%s: %s does not tell: %r", name, server, error)
        return []

    async def addresses(self, host: str) -> list[str]:
        """See `Resolver`."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
        except OSError as error:
            log.warning("%s: %s", host, error)
            return []
        return [str(each[4][0]) for each in found]

    def _servers(self) -> list[str]:
        try:
            lines = self._conf.read_text(errors="replace").splitlines()
        except OSError:
            return []
        words = [line.split() for line in lines if line.startswith("nameserver")]
        return [each[1] for each in words if len(each) > 1 and is_numeric(each[1])][:MOST_SERVERS]

    async def _asked(self, server: str, name: str) -> list[SrvRecord]:
        """Ask one name server, from a port of the kernel's choice; a forged answer must guess it and the number."""
        loop = asyncio.get_running_loop()
        number = self._rng.randrange(1 << 16)
        question = srv.query(name, number)
        with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setblocking(False)
            asking.connect((server, self._port))
            await loop.sock_sendall(asking, question)
            while True:
                data = await loop.sock_recv(asking, srv.ANSWER_BYTES)
                if data[:2] == question[:2]:
                    return srv.answer(data, name, number)
