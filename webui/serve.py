"""Serves the page: `python -m webui.serve`, a process of its own that ends with the exchange that started it.

The exchange binds the socket and hands it over (`--fd`), so that it knows the real port; by hand, `--web` binds.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import signal
import socket
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from flask import Flask
from waitress.server import TcpWSGIServer, create_server  # type: ignore[import-untyped]

from appliance.sharing import INCOMING, make_private
from webui import supervised
from webui.app import create_app
from webui.bodies import BACKUP_BYTES, channel_of
from webui.tls import encrypting

NICENESS = 5  # beside an exchange: calls come first
THREADS = 4
CONNECTIONS = 50
IDLE_SECONDS = 30
HEADER_BYTES = 16 * 1024
PR_SET_PDEATHSIG = 1  # prctl(2)
FIRST_HANDED = 3  # SD_LISTEN_FDS_START


def main(arguments: list[str] | None = None) -> None:
    """Serve until killed. Ends by itself when the parent named by `--parent` has gone."""
    parser = argparse.ArgumentParser(prog="webui.serve", description="Serve Dyżurka's page.")
    parser.add_argument("--data", type=Path, required=True, help="data directory of the exchange")
    parser.add_argument("--building", type=Path, required=True, help="building.toml, read for names")
    parser.add_argument("--web", default="0.0.0.0:8080", metavar="HOST:PORT", help="where to listen without --fd")
    parser.add_argument("--fd", type=int, help="a bound TCP socket, inherited")
    parser.add_argument("--service", action="store_true", help="sockets and watchdog are systemd's")
    parser.add_argument("--parent", type=int, help="process id; this process ends with it")
    chosen = parser.parse_args(arguments)
    if chosen.parent is not None:
        end_with(chosen.parent)
        os.nice(NICENESS)
    if chosen.service:
        listening = handed_over(os.environ)
    else:
        listening = [socket.socket(fileno=chosen.fd) if chosen.fd is not None else bound(chosen.web)]
    keep_bodies_in(chosen.data / INCOMING)
    app = create_app(chosen.data, chosen.building)
    server = server_of(app, *listening)
    if chosen.service:
        supervised.begin(listening[0].getsockname()[:2], os.environ, chosen.data)
    leave_no_waste(app)
    server.run()


def handed_over(environment: Mapping[str, str]) -> list[socket.socket]:
    """The sockets that systemd holds (sd_listen_fds(3)). Raises SystemExit without any."""
    count = int(environment.get("LISTEN_FDS", "0"))
    if not count or environment.get("LISTEN_PID") != str(os.getpid()):
        raise SystemExit("webui.serve --service is for systemd, with dyzurka-web.socket")
    return [socket.socket(fileno=FIRST_HANDED + each) for each in range(count)]


def keep_bodies_in(folder: Path) -> None:
    """Have what browsers bring lie on the data's disk until it is whole: /tmp may be the machine's memory."""
    with suppress(OSError):
        make_private(folder, group_writes=True)
        tempfile.tempdir = str(folder)


def server_of(app: Flask, *listening: socket.socket) -> TcpWSGIServer:
    """What answers on these sockets: plain HTTP and TLS, bodies as `bodies.py` lets them in."""
    served: dict[int, object] = {}  # waitress keeps in it whoever listens
    server = create_server(
        app,
        map=served,
        sockets=list(listening),
        threads=THREADS,
        ident="Dyzurka",
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        max_request_body_size=BACKUP_BYTES,
        max_request_header_size=HEADER_BYTES,
    )
    channel_class = encrypting(channel_of(app), app.config["TLS"])
    for each in served.values():
        if isinstance(each, TcpWSGIServer):
            each.channel_class = channel_class
    return server


def leave_no_waste(app: Flask) -> None:
    """After each request take back what its templates leave: each that calls a macro is a cycle, with all it was shown.

    By itself the collector does so a hundred looks later, 5 MB each time. What lives as long as the page is not looked
    through again, so that it costs no more than by itself.
    """
    gc.collect()
    gc.freeze()

    @app.teardown_request
    def take_back(_: BaseException | None) -> None:
        gc.collect()


def bound(address: str) -> socket.socket:
    """A socket bound to HOST:PORT ([v6]:PORT too). Raises OSError, ValueError."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host.strip("[]"), int(port)))
    return listening


def end_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends, however that comes about (prctl(2))."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it had gone before the kernel was asked
        raise SystemExit(0)


if __name__ == "__main__":
    main()
