"""HTTPS on the page's one port, through real sockets."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from flask import Flask, Response, request
from looking import Browser

from appliance.certificates import Certificates
from appliance.clock import SystemClock
from webui.app import create_app
from webui.serve import bound, server_of
from webui.session import open_to_all
from webui.tls import Tls

LARGE = b"0123456789abcdef" * 65536  # a megabyte: more than fits into any buffer on the way


@pytest.fixture
def certificates(data: Path) -> Certificates:
    return Certificates(data, SystemClock())


def _large() -> Response:
    return Response(LARGE)


def _echo() -> Response:
    return Response(request.get_data() + request.scheme.encode())


@pytest.fixture
def port(data: Path, app: Flask) -> Iterator[int]:
    """The page on a real socket of loopback, with a view that says much."""
    served = create_app(data, data / "building.toml")
    served.add_url_rule("/large", "large", open_to_all(_large))
    served.add_url_rule("/echo", "echo", open_to_all(_echo))
    listening = bound("127.0.0.1:0")
    server = server_of(served, listening)

    def serve() -> None:
        with suppress(OSError):  # its sockets are closed under it in the end
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield int(listening.getsockname()[1])
    server.task_dispatcher.shutdown()
    for each in list(server._map.values()):
        each.close()
    thread.join(5)


def asked(port: int, path: str, *, ca: Path | None = None, body: bytes = b"") -> tuple[int, str, bytes]:
    """Status, Location and body of one question, by HTTPS where an authority is trusted."""
    if ca is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    else:
        trusting = ssl.create_default_context(cafile=str(ca))
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=trusting)
    with closing(connection):
        connection.request("GET", path, body=body)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location") or "", answer.read()


def test_one_port_speaks_both_and_knows_which(port: int, data: Path, certificates: Certificates) -> None:
    certificates.choose("offered", ["127.0.0.1"])
    ca = data / "tls" / "ca.crt"
    assert asked(port, "/echo", body=b"over ")[2] == b"over http"
    assert asked(port, "/echo", ca=ca, body=b"over ")[2] == b"over https"


def test_much_goes_both_ways_on_one_connection(port: int, data: Path, certificates: Certificates) -> None:
    certificates.choose("offered", ["127.0.0.1"])
    trusting = ssl.create_default_context(cafile=str(data / "tls" / "ca.crt"))
    with closing(http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=trusting)) as connection:
        for _ in range(3):
            connection.request("GET", "/large")
            assert connection.getresponse().read() == LARGE
            connection.request("GET", "/echo", body=b"x" * 60_000)
            assert len(connection.getresponse().read()) == 60_000 + len("https")


def test_where_only_https_is_wanted_plain_http_leads_to_it_but_for_the_authority(
    port: int, data: Path, certificates: Certificates
) -> None:
    certificates.choose("only", ["127.0.0.1"])
    status, place, _ = asked(port, "/register/?urgent=1")
    assert (status, place) == (303, f"https://127.0.0.1:{port}/register/?urgent=1")
    assert asked(port, "/ca.crt")[2] == (data / "tls" / "ca.crt").read_bytes()
    assert asked(port, "/login", ca=data / "tls" / "ca.crt")[0] == 200


def test_while_it_is_off_nobody_is_let_in_by_tls(port: int, data: Path) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw, pytest.raises(OSError):
        ssl._create_unverified_context().wrap_socket(raw).recv(1)
    assert asked(port, "/login")[0] == 200
    assert asked(port, "/ca.crt")[0] == 404


def test_nonsense_and_half_a_handshake_hold_up_nobody(port: int, data: Path, certificates: Certificates) -> None:
    certificates.choose("offered", ["127.0.0.1"])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as half:
        half.sendall(b"\x16\x03\x01")
        with socket.create_connection(("127.0.0.1", port), timeout=20) as nonsense:
            nonsense.sendall(b"\x16" + b"nonsense" * 100)
            with suppress(ConnectionResetError):
                while nonsense.recv(100):
                    pass  # an alert, then the end
        assert asked(port, "/login", ca=data / "tls" / "ca.crt")[0] == 200


def test_a_renewed_certificate_is_used_at_once(port: int, data: Path, certificates: Certificates) -> None:
    certificates.choose("offered", ["127.0.0.1"])
    ca = data / "tls" / "ca.crt"
    first = ssl.get_server_certificate(("127.0.0.1", port))
    certificates.choose("off", ())
    certificates.choose("offered", ["127.0.0.1"])
    assert ssl.get_server_certificate(("127.0.0.1", port)) != first
    assert asked(port, "/login", ca=ca)[0] == 200


def test_by_https_the_sessions_cookie_goes_by_https_alone(administrator: Browser) -> None:
    plain, safe = (administrator.get("/?lang=pl", base_url=f"{scheme}://localhost") for scheme in ("http", "https"))
    assert "Secure" not in plain.headers["Set-Cookie"]
    assert "Secure" in safe.headers["Set-Cookie"]


def test_spoilt_files_are_as_good_as_none(tmp_path: Path, certificates: Certificates, data: Path) -> None:
    certificates.choose("only", ["127.0.0.1"])
    held = Tls(data)
    assert held.mode() == "only"
    assert held.context() is not None
    (data / "tls" / "box.crt").write_text("nonsense")
    (data / "tls" / "tls.json").write_text("[")
    assert held.mode() == "off"
    assert held.context() is None
