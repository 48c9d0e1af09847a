"""A browser, a box and telephones, each shared by the tests of one module. A box stops cleanly after its module.

Playwright's loop runs in the test's own thread while a browser is open, so one is opened per module and after the
sentences are rendered.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from tomlkit import TOMLDocument

from tests.browser import sure_clock
from tests.browser.visitor import Visitor, launched
from tests.peers.conftest import Peers, prompts
from tests.peers.exchange import Exchange

__all__ = ["prompts"]

CLAIM = re.compile(r"^claim code: (\S+)$")
Visits = Callable[..., Visitor]
SURE_OF_THE_CLOCK = (sys.executable, sure_clock.__file__)


def claim_code(box: Exchange) -> str:
    """The code that the box printed for its first administrator."""
    (code,) = [found[1] for line in box.program.lines if (found := CLAIM.match(line))]
    return code


@pytest.fixture(scope="module")
def browser(prompts) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = launched(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def phones(tmp_path_factory, prompts) -> Iterator[Peers]:
    """The telephones of this module."""
    made = Peers(tmp_path_factory.mktemp("phones"))
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def start_box(tmp_path_factory, prompts) -> Iterator[Callable[..., Exchange]]:
    """Starts an exchange with a building file and options of `run`; it must stop and leave nothing."""
    started: list[Exchange] = []

    def start(building: TOMLDocument, *options: str, **more: Any) -> Exchange:
        folder = tmp_path_factory.mktemp("box")
        started.append(Exchange(folder, building, prompts, options, SURE_OF_THE_CLOCK, **more))
        return started[-1]

    try:
        yield start
    finally:
        for each in started:
            try:
                if each.running:
                    each.stop()
            finally:
                print(each.program.tail())


@pytest.fixture
def visits(browser) -> Iterator[Visits]:
    """Visitors of this test; none of them may have had anything to complain of."""
    there: list[Visitor] = []

    def visit(home: str, **settings: Any) -> Visitor:
        there.append(Visitor(browser, home, **settings))
        return there[-1]

    yield visit
    for each in there:
        each.closes()


@pytest.fixture(scope="module")
def administrator(browser) -> Callable[[Exchange], Any]:
    """Claims a box as its first administrator; the cookies, for visitors who have logged in already."""

    def claim(box: Exchange) -> Any:
        visitor = Visitor(browser, box.web)
        visitor.claims(claim_code(box))
        cookies = visitor.context.storage_state()
        visitor.closes()
        return cookies

    return claim
