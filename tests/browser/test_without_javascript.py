"""With JavaScript switched off everything can be done: log in, look, find, take, change."""

from __future__ import annotations

import re

import pytest

from tests.browser import past
from tests.browser.visitor import PHONE
from tests.peers import building
from tests.peers.ports import HOST, free_range


@pytest.fixture(scope="module")
def box(start_box):
    return start_box(building.sample(f"{HOST}:{free_range(2)}"), before=past.one_urgent_ticket)


@pytest.fixture(scope="module")
def claimed(box, administrator):
    return administrator(box)


@pytest.fixture
def reader(box, claimed, visits):
    visitor = visits(box.web, width=PHONE, java_script_enabled=False)
    visitor.logs_in()
    return visitor


def test_an_urgent_ticket_is_seen_on_now_taken_and_found_in_the_register(box, reader):
    reader.goes("/")
    assert re.search(r'<noscript><meta http-equiv="refresh"', reader.page.content()), "it refreshes by itself"
    reader.sees("1001")
    reader.page.locator('form[action^="/now/take/"] button').click()
    reader.sees("prezes")
    (ticket,) = box.tickets()
    assert (ticket["state"], ticket["taken_by"]) == ("in progress", "prezes")
    reader.goes("/register/")
    reader.page.locator("main ol.calls a").first.click()
    reader.sees("m. 12")


def test_what_callers_hear_is_changed(box, reader):
    reader.goes("/menu/texts/option/closed/2")
    reader.field("pl").fill("Wiadomość dla zarządu")
    reader.page.locator("main form button:not([name=hear])").first.click()
    reader.sees("Wiadomość dla zarządu")
    assert 'say = "Wiadomość dla zarządu"' in box.building_file.read_text("utf-8")
