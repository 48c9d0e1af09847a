"""A page to look at: data, a stand-in exchange, and browsers that are logged in. See `webui/README.md`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, g
from looking import Browser, StandIn, browser, logged_in, write_users

from appliance.control_client import SOCKET_NAME, address
from webui.app import create_app
from webui.names import read_names
from webui.users import KEY_FILE

BUILDING = """
[box]
name = "Dyżurka <Lipowa>"
[[buildings]]
id = "lipowa7"
name = "Lipowa 7"
[[buildings]]
id = "lipowa9"
name = "Lipowa 9"
[[people]]
id = "nowak"
name = "Jan Nowak"
phones = ["+48600100200"]
[[menus]]
id = "repairs"
name = "Naprawy"
[[duty]]
id = "pogotowie"
name = "Pogotowie techniczne"
people = ["nowak"]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a building, an administrator ("prezes") and a caretaker ("dozorca"); no register."""
    (tmp_path / "building.toml").write_text(BUILDING, encoding="utf-8")
    (tmp_path / KEY_FILE).write_text("5f" * 32)
    write_users(tmp_path, prezes="admin", dozorca="caretaker")
    return tmp_path


@pytest.fixture
def app(data: Path) -> Flask:
    """The application over that directory."""
    made = create_app(data, data / "building.toml")
    made.test_client_class = Browser
    return made


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """Somebody who has not logged in."""
    return browser(app)


@pytest.fixture
def caretaker(app: Flask) -> Browser:
    """The caretaker's browser, logged in."""
    return logged_in(app, "dozorca")


@pytest.fixture
def administrator(app: Flask) -> Browser:
    """The administrator's browser, logged in."""
    return logged_in(app, "prezes")


@pytest.fixture
def exchange(data: Path) -> Iterator[StandIn]:
    """A running exchange; without this fixture none answers."""
    with contextlib.ExitStack() as held:
        where = held.enter_context(address(data / SOCKET_NAME))
        server = held.enter_context(StandIn(where))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        held.callback(thread.join)
        held.callback(server.shutdown)
        yield server


@pytest.fixture
def in_polish(app: Flask) -> Iterator[None]:
    """The middle of a caretaker's request in Polish."""
    with app.test_request_context("/"):
        g.language = "pl"
        g.names = read_names(app.config["BUILDING_FILE"])
        g.user = app.config["ACCOUNTS"].find("dozorca")
        yield
