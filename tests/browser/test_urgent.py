"""A night's urgent call as the caretaker's browser shows it: watched, taken, heard, called back. One after another."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import axe, calls, pictures
from tests.browser.visitor import DESKTOP, HEIGHTS, PHONE
from tests.peers import building
from tests.peers.program import until

CARETAKER_HZ = 620
MESSAGE_SECONDS = 3.0
REFRESH_SECONDS = 15.0  # three, and a busy machine


@pytest.fixture(scope="module")
def resident(phones):
    """The resident's telephone: it calls the building, and is what the line leads to."""
    return phones.baresip(building.RESIDENT, calls.RESIDENT_HZ)


@pytest.fixture(scope="module")
def box(start_box, resident):
    """Kowalska alone has duty, and her telephone is switched off."""
    document = calls.with_phones(building.sample(resident.address), kowalska="ext:21")
    document["duty"][0].update(people=["kowalska"], rounds=1, chase_minutes=60)
    return start_box(document)


@pytest.fixture(scope="module")
def claimed(box, administrator):
    return administrator(box)


@pytest.fixture
def caretaker(box, claimed, visits):
    return visits(box.web, width=PHONE, storage_state=claimed)


def look(visitor, name):
    """As a picture on a phone and at a desk; nobody is shut out while things happen, either."""
    assert axe.grave(visitor.page) == []
    assert visitor.sideways() == ""
    for width in (DESKTOP, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        pictures.take(visitor.page, name)


def test_the_call_is_watched_while_it_happens_and_taken_with_one_button(box, caretaker, resident):
    page = caretaker.page
    caretaker.goes("/")
    caretaker.sees("Anna Kowalska")
    page.evaluate("window.stays = true")  # a page that is loaded anew forgets it
    calls.calls(resident, box)
    caretaker.sees(calls.SHOWN_NUMBER, "#now-cards", REFRESH_SECONDS)
    resident.press("1")
    expect(page.locator("#now-cards b.mark")).to_be_visible(timeout=REFRESH_SECONDS * 1000)
    look(caretaker, "now-urgent")
    calls.leaves_a_message(resident, MESSAGE_SECONDS)
    take = page.locator('form[action^="/now/take/"] button')
    expect(take).to_be_visible(timeout=REFRESH_SECONDS * 1000)
    expect(page.locator("#now-top .standing.alarm")).to_be_visible()
    assert page.evaluate("window.stays") is True, "the page was not loaded anew"
    look(caretaker, "now-ticket")
    take.click()
    page.wait_for_url(re.compile(r"/register/tickets?/"))
    caretaker.sees("prezes")
    (ticket,) = box.tickets()
    assert (ticket["state"], ticket["taken_by"], ticket["urgent"]) == ("in progress", "prezes", True)
    caretaker.goes("/")
    assert page.locator("#now-top .standing.alarm").count() == 0


def test_it_is_found_in_the_register_and_its_message_is_heard(caretaker):
    caretaker.goes("/register/")
    caretaker.field("q").fill("501502503")
    caretaker.page.locator("form[role=search] button").first.click()
    found = caretaker.page.locator("main ol.calls a")
    expect(found).to_have_count(1)
    found.click()
    caretaker.sees(calls.SHOWN_NUMBER)
    assert caretaker.page.locator("ol.story li").count() >= 5, "the call's story, step by step"
    assert caretaker.plays(caretaker.page.locator("audio")) == pytest.approx(MESSAGE_SECONDS, abs=1.5)
    look(caretaker, "call")
    with caretaker.page.expect_download() as saved:
        caretaker.page.locator('a[download][href*="download"]').first.click()
    assert saved.value.path().stat().st_size > MESSAGE_SECONDS * 4000


def test_the_resident_is_called_back_by_the_box(box, caretaker, phones, resident):
    phone = calls.registered(phones, box, "21", CARETAKER_HZ)
    (ticket,) = box.tickets()
    caretaker.goes(f"/register/tickets/{ticket['number']}")
    look(caretaker, "ticket")
    caretaker.field("phone").select_option("ext:21")
    caretaker.page.locator('form[action$="/call"] button').click()
    calls.accepts(phone)
    resident.wait_for("CALL_ESTABLISHED", calls.RING_SECONDS)
    calls.talk(phone, calls.RESIDENT_HZ)
    calls.talk(resident, CARETAKER_HZ)
    look(caretaker, "calling-back")
    phone.hang_up()
    resident.wait_for("CALL_CLOSED", calls.UP_SECONDS)
    expect(caretaker.page.locator("#job .standing.well")).to_be_visible()
    until("the page knows it is over", REFRESH_SECONDS, lambda: not caretaker.page.locator("#job form").count())
    caretaker.goes(f"/register/tickets/{ticket['number']}")
    caretaker.field("text").fill("Zakręciłam zawór, hydraulik będzie o 8:00.")
    caretaker.page.locator('button[name="done"]').click()
    caretaker.sees("Zakręciłam zawór")
    (ticket,) = box.tickets()
    assert ticket["state"] == "done"
