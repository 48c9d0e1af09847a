"""What an update knows of the box: whether the page answers, whether the power supply holds."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.updating import page, power


@contextmanager
def served(answer: Callable[[bytes], bytes]) -> Iterator[tuple[str, int]]:
    """A server that answers each request line with these bytes, then hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.sendall(answer(connection.recv(4096).partition(b"\r\n")[0]))

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        yield listening.getsockname()[:2]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        serving.join()


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""])
    return head.encode() + body


LOG_IN = http("200 OK", b'<form method="post">')


@pytest.mark.parametrize(
    ("answer", "well"),
    [
        (lambda line: LOG_IN, True),
        (lambda line: LOG_IN if b"/claim" in line else http("303 See Other", b"", "Location: /claim"), True),
        (lambda line: http("500 Internal Server Error", b"<form"), False),
        (lambda line: http("200 OK", b"welcome to nginx"), False),
        (lambda line: http("303 See Other", b"", "Location: /login"), False),
        (lambda line: http("303 See Other", b"", "Location: https://[::"), False),
        (lambda line: b"I am no web server\r\n", False),
        (lambda line: b"", False),
    ],
)
def test_the_page_answers_when_its_log_in_is_there(answer, well):
    with served(answer) as address:
        assert page.answers(address) is well


def test_where_nobody_listens_it_does_not_answer():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()[:2]
    assert not page.answers(address)


@pytest.mark.parametrize(("alarm", "weak"), [("1\n", True), ("0\n", False), (None, False)])
def test_a_power_supply_that_does_not_hold_is_known_on_a_raspberry_pi(tmp_path: Path, alarm, weak):
    for number, name in enumerate(["cpu_thermal", "rpi_volt"]):
        (tmp_path / f"hwmon{number}").mkdir()
        (tmp_path / f"hwmon{number}" / "name").write_text(f"{name}\n")
    if alarm is not None:
        (tmp_path / "hwmon1" / "in0_lcrit_alarm").write_text(alarm)
    assert power.weak(tmp_path / "no such", tmp_path) is weak
    assert not power.weak(tmp_path / "no such", tmp_path / "no such")


@pytest.mark.parametrize(
    ("flags", "weak"), [("0x0\n", False), ("0x1\n", True), ("0x50005\n", True), ("0x80008\n", False), ("", False)]
)
def test_the_firmware_says_whether_the_voltage_was_low(tmp_path: Path, flags, weak):
    (tmp_path / "throttled").write_text(flags)
    assert power.weak(tmp_path / "throttled", tmp_path / "no such") is weak
