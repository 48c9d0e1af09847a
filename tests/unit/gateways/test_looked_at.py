"""The doctor looks at the copper behind a gateway by its status page, also where no exchange runs."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from appliance.cli import main

from .status_page import HOST, StatusPage, served, spa3102

BUILDING = """
[box]
name = "Lipowa 7"
language = "pl"
timezone = "Europe/Warsaw"
[[buildings]]
id = "lipowa7"
name = "Lipowa siedem"
[[lines]]
id = "copper"
kind = "sip"
gateway = "spa3102"
server = "{server}"
status_page = "{page}"
number = "+48224445566"
[[menus]]
id = "main"
no_input = "hangup"
[[scenarios]]
id = "always"
menu = "main"
"""


@contextmanager
def gateway() -> Iterator[str]:
    """One that answers each OPTIONS; its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((HOST, 0))

        def answer() -> None:
            while (asked := listening.recvfrom(4096))[0] != b"over":
                listening.sendto(b"SIP/2.0 200 OK\r\n\r\n", asked[1])

        ears = threading.Thread(target=answer)
        ears.start()
        try:
            yield f"{HOST}:{listening.getsockname()[1]}"
        finally:
            listening.sendto(b"over", listening.getsockname())
            ears.join()


@pytest.fixture
def page() -> Iterator[StatusPage]:
    with served() as found:
        yield found


def found(data: Path, page: StatusPage) -> dict[str, Any]:
    """What the doctor finds about the line."""
    with gateway() as server:
        (data / "building.toml").write_text(BUILDING.format(server=server, page=page.url))
        free = ("--sip", f"{HOST}:0", "--web", f"{HOST}:0", "--json")
        told = json.loads(CliRunner().invoke(main, ["doctor", "--data", str(data), *free]).output)
    return next(each for each in told["findings"] if each["check"].startswith("line_"))


def test_a_line_with_a_voltage_is_there(tmp_path: Path, page: StatusPage):
    told = found(tmp_path, page)
    assert (told["check"], told["level"]) == ("line_answers", "ok")
    assert told["seen"].endswith("odpowiada (200 OK): 48 V na linii.")


def test_one_without_is_dead_and_that_is_no_line_to_take_calls_by(tmp_path: Path, page: StatusPage):
    page.body = spa3102("0")
    told = found(tmp_path, page)
    assert (told["check"], told["level"]) == ("line_copper", "fault")
    assert told["seen"] == "Linia copper jest głucha: 0 V na linii."


def test_a_page_that_cannot_be_read_says_why_and_nothing_is_concluded_from_it(tmp_path: Path, page: StatusPage):
    page.status = 401
    told = found(tmp_path, page)
    assert (told["check"], told["level"]) == ("line_answers", "ok")
    assert told["seen"].endswith("stanu linii miedzianej nie widać: strona wymaga hasła.")
