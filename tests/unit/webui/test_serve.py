"""The page as a process of its own: on the socket it was handed, and gone with the exchange."""

from __future__ import annotations

import http.client
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from looking import Browser
from waitress.adjustments import Adjustments

from appliance.page import LEAN
from appliance.register.backup import LEAST_FREE_BYTES
from appliance.register.swap import exchange
from webui import bodies
from webui.bodies import BACKUP_BYTES, BACKUP_PLACE, FILE_BYTES, channel_of, limit_of
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


def test_the_page_of_a_service_ends_when_its_data_directory_is_another(tmp_path: Path) -> None:
    """A backup was brought back: who was logged in with the old key is not any more; systemd starts it anew."""
    data, other = tmp_path / "data", tmp_path / "other"
    data.mkdir()
    other.mkdir()
    told = """
import os, socket, sys
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
os.dup2(listening.fileno(), 3)
from webui.serve import main
main(["--data", sys.argv[1], "--building", sys.argv[1] + "/building.toml", "--service"])
"""
    with subprocess.Popen([sys.executable, "-c", told, str(data)], stdout=subprocess.PIPE, text=True) as page:
        try:
            assert page.stdout is not None
            asked = http.client.HTTPConnection("127.0.0.1", int(page.stdout.readline()), timeout=30)
            asked.request("GET", "/claim")
            assert asked.getresponse().status == 200
            asked.close()
            exchange(data, other)
            assert page.wait(30) == -signal.SIGTERM
        finally:
            page.kill()


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


def test_an_administrator_may_bring_a_backup_for_which_the_disk_has_room(
    administrator: Browser, caretaker: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookies = []
    for each in (administrator, caretaker):
        each.get("/account")
        cookie = each.get_cookie("session")
        assert cookie is not None
        cookies.append(f"session={cookie.value}")
    usage = shutil.disk_usage("/")
    for free, most in ((10**11, BACKUP_BYTES), (LEAST_FREE_BYTES + 300 * MEGABYTE, 100 * MEGABYTE), (0, FORM_BYTES)):
        monkeypatch.setattr(bodies.shutil, "disk_usage", lambda _, free=free: usage._replace(free=free))
        assert limit_of(app, cookies[0], BACKUP_BYTES, BACKUP_PLACE) == most
        assert limit_of(app, cookies[0], BACKUP_BYTES, "/menu/upload") == FILE_BYTES
        assert limit_of(app, cookies[1], BACKUP_BYTES, BACKUP_PLACE) == FILE_BYTES
    assert "Na dysku jest miejsce na plik do 0,0 MB" in administrator.words(BACKUP_PLACE)


def test_a_large_body_of_a_stranger_is_refused_before_it_is_read(data: Path, app: Flask) -> None:
    parser = channel_of(app).parser_class(Adjustments(max_request_body_size=25 * MEGABYTE))
    parser.received(b"POST /setup/greeting/upload HTTP/1.1\r\nHost: box\r\nContent-Length: 1000000\r\n\r\n")
    assert parser.completed
    assert parser.error.code == 413


def test_whoever_leaves_while_their_unreadable_request_is_refused_leaves_no_traceback(app: Flask) -> None:
    parser = channel_of(app).parser_class(Adjustments())
    parser.received(b"\x00GET\x00\r\n\r\n")
    assert parser.completed and parser.error.code == 400
    assert f"Client disconnected while serving {parser.path}"  # as waitress says it then


LOG_INS = """
from pathlib import Path
from threading import Thread
from webui.passwords import hashed, is_right

def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

kept = hashed("a password")
before = megabytes()
for _ in range(3):
    visitor = Thread(target=lambda: print(is_right("a password", kept)))
    visitor.start()
    visitor.join()
print(megabytes() - before)
"""


def test_the_memory_in_which_passwords_are_hashed_is_given_back() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOG_INS], env=os.environ | LEAN, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    assert told[:3] == ["True"] * 3
    assert float(told[3]) < 8  # of the 19 that one log-in takes
