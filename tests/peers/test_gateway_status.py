"""A copper line that is pulled out of its gateway: status, lamps, doctor and page tell it, and that it is back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
import tomlkit

from tests.peers import building
from tests.peers.exchange import COMMAND
from tests.peers.ports import HOST, free_range
from tests.peers.program import until
from tests.peers.sipp import expect, reply
from tests.unit.gateways.status_page import StatusPage, served, spa3102

SECONDS = 25.0


@pytest.fixture
def page() -> Iterator[StatusPage]:
    with served() as found:
        yield found


def with_copper(server: str, page: StatusPage):
    """The sample, its trunk first and then a copper line behind an SPA3102, both with a server that is there."""
    document = building.sample(server)
    copper = {"id": "copper", "kind": "sip", "gateway": "spa3102", "server": server, "number": "+48224445566"}
    document["lines"].append(tomlkit.item({**copper, "channels": 1, "status_page": page.url}))
    return document


def doctor(box) -> str:
    """What it says; a machine that is busy with other tests may have other faults."""
    command = [COMMAND, "doctor", "--data", str(box.data), "--building", str(box.building_file)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=30).stdout


def test_a_line_without_voltage_is_down_for_everybody_until_it_has_some_again(exchange, peers, page):
    page.body = spa3102("0")
    port = free_range(2)
    peers.sipp("gateway", [expect("OPTIONS"), reply(200, "OK")], port=port, calls=1000)
    box = exchange(with_copper(f"{HOST}:{port}", page))
    until("the line is down", SECONDS, lambda: box.line("copper")["state"] == "down")
    assert box.line("copper")["fault"] == "no voltage on the copper line"
    until("it is a fault", SECONDS, lambda: any("copper jest głucha" in each for each in box.asked("status")["faults"]))
    status = box.asked("status")
    others = [each for each in status["faults"] if "copper" not in each]
    assert status["lamps"]["status"] == ("red" if others else "amber")
    by_the_trunk = "Działa przez łącze internetowe, ale bez zapasu: linia stacjonarna nie działa od"
    assert status["way"]["pl"].startswith(by_the_trunk)
    assert "Linia copper jest głucha: 0 V na linii. → Sprawdzić wtyczkę" in doctor(box)

    page.body = spa3102("-47")
    until("it is up again", SECONDS, lambda: box.line("copper")["state"] == "up")
    assert box.line("copper")["about"] == "47 V na linii"
    assert "Linia copper działa: 47 V na linii." in doctor(box)


def test_a_page_that_asks_for_a_password_tells_nothing_and_the_line_goes_on(exchange, peers, page):
    page.status = 401
    port = free_range(2)
    peers.sipp("gateway", [expect("OPTIONS"), reply(200, "OK")], port=port, calls=1000)
    box = exchange(with_copper(f"{HOST}:{port}", page))
    until("the page was asked", SECONDS, lambda: "about" in box.line("copper"))
    assert box.line("copper")["about"] == "stanu linii miedzianej nie widać: strona wymaga hasła"
    assert (box.line("copper")["state"], box.line("copper")["fault"]) == ("up", None)
