"""The page as a process of its own: on the socket it was handed, and gone with the exchange."""

from __future__ import annotations

import http.client
import os
import select
import socket
import subprocess
import sys
from pathlib import Path

from flask import Flask
from looking import Browser
from waitress.adjustments import Adjustments

from webui.bodies import channel_of, limit_of
from webui.serve import bound
from webui.uploads import FORM_BYTES, MEGABYTE

PARENT = """
import os, socket, subprocess, sys
listening = socket.create_server(("127.0.0.1", 0))
page = subprocess.Popen(
    [sys.executable, "-m", "webui.serve", "--data", sys.argv[1], "--building", sys.argv[1] + "/building.toml",
     "--fd", str(listening.fileno()), "--parent", str(os.getpid())],
    pass_fds=[listening.fileno()])
print(page.pid, listening.getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_the_page_answers_on_the_socket_it_was_handed_and_ends_with_its_parent(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        page, port = map(int, parent.stdout.readline().split())
        watched = os.pidfd_open(page)
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            asked.request("GET", "/claim")
            answer = asked.getresponse()
            assert answer.status == 200
            assert answer.getheader("Server") == "Dyzurka"
            assert "Ta Dyżurka jest nowa" in answer.read().decode()
            asked.close()
            parent.kill()
            assert select.select([watched], [], [], 10)[0], "the page outlived its parent"
        finally:
            os.close(watched)


def test_an_address_is_bound_as_it_is_written() -> None:
    with bound("127.0.0.1:0") as four:
        assert four.family == socket.AF_INET
        assert four.getsockname()[1] > 0
    with bound("[::1]:0") as six:
        assert six.family == socket.AF_INET6


def test_only_who_is_logged_in_may_bring_a_large_body(administrator: Browser, app: Flask) -> None:
    administrator.get("/account")
    cookie = administrator.get_cookie("session")
    assert cookie is not None
    assert limit_of(app, f"session={cookie.value}", 25 * MEGABYTE) == 25 * MEGABYTE
    for other in ("", "session=made.up.one", f"session={cookie.value}x", "language=pl"):
        assert limit_of(app, other, 25 * MEGABYTE) == FORM_BYTES


def test_a_large_body_of_a_stranger_is_refused_before_it_is_read(data: Path, app: Flask) -> None:
    parser = channel_of(app).parser_class(Adjustments(max_request_body_size=25 * MEGABYTE))
    parser.received(b"POST /setup/greeting/upload HTTP/1.1\r\nHost: box\r\nContent-Length: 1000000\r\n\r\n")
    assert parser.completed
    assert parser.error.code == 413
