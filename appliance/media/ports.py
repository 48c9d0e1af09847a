"""Binds the pairs of UDP ports that calls use: RTP even, RTCP the next odd one (RFC 3550 §11)."""

from __future__ import annotations

import errno
import socket
from random import Random

EXPEDITED_FORWARDING = 46 << 2  # DSCP EF in the traffic class (RFC 3246): voice goes first where routers care


def bind_pair(host: str, ports: tuple[int, int], rng: Random) -> tuple[socket.socket, socket.socket]:
    """RTP and RTCP sockets on `host` (an IP address), non-blocking, from `ports` (lowest, highest).

    The search begins at random, so that a port that was just let go is not met again at once. Raises OSError
    (EADDRINUSE when no pair is free, or what the address itself is refused with).
    """
    first = ports[0] + ports[0] % 2
    pairs = max((ports[1] - first + 1) // 2, 0)
    start = rng.randrange(pairs) if pairs else 0
    for step in range(pairs):
        port = first + 2 * ((start + step) % pairs)
        try:
            return _bind(host, port)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise OSError(errno.EADDRINUSE, f"no free pair of ports on {host} from {ports[0]} to {ports[1]}")


def _bind(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    rtp = _socket(host, port)
    try:
        return rtp, _socket(host, port + 1)
    except OSError:
        rtp.close()
        raise


def _socket(host: str, port: int) -> socket.socket:
    v6 = ":" in host
    made = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        level, option = (socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if v6 else (socket.IPPROTO_IP, socket.IP_TOS)
        made.setsockopt(level, option, EXPEDITED_FORWARDING)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
