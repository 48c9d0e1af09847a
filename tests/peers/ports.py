"""Ports on loopback that are free now, below those the kernel gives out by itself."""

from __future__ import annotations

import os
import random
import socket

HOST = "127.0.0.1"
WORKERS, EACH = 4, 4000  # tests run side by side: each worker has ports of its own
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
LOWEST = 15000 + _WORKER * EACH
HIGHEST = LOWEST + EACH
TRIES = 200
KINDS = (socket.SOCK_DGRAM, socket.SOCK_STREAM)


def free_range(count: int) -> int:
    """The first of `count` neighbouring ports, even, that are free for UDP and TCP."""
    for _ in range(TRIES):
        first = random.randrange(LOWEST, HIGHEST - count, 2)
        if all(is_free(port, kind) for port in range(first, first + count) for kind in KINDS):
            return first
    raise AssertionError(f"no {count} free ports between {LOWEST} and {HIGHEST}")


def is_free(port: int, kind: socket.SocketKind) -> bool:
    """Whether nobody has this port, for UDP (SOCK_DGRAM) or TCP (SOCK_STREAM)."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
