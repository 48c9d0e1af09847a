"""A box is claimed, logged into and left; what travels on the way there is little and comes from the box alone."""

from __future__ import annotations

import pytest

from tests.browser import axe, pictures
from tests.browser.conftest import claim_code
from tests.browser.visitor import DESKTOP, PHONE
from tests.peers import building
from tests.peers.ports import HOST, free_range
from tests.peers.program import until

MOST_BYTES = 100_000  # on the wire, of a first load
CODE_SECONDS = 15.0


@pytest.fixture(scope="module")
def box(start_box):
    return start_box(building.sample(f"{HOST}:{free_range(2)}"))


def on_the_wire(visitor):
    """Bytes of everything received so far, with headers."""
    sizes = [answer.request.sizes() for answer in visitor.received]
    return sum(each["responseHeadersSize"] + each["responseBodySize"] for each in sizes)


def claimed(owner, code):
    """Whether the box took this code: after a wrong one it takes none for a second."""
    owner.types_claim(code)
    return "/claim" not in owner.page.url


def test_a_new_box_asks_for_its_claim_code_and_then_belongs_to_who_had_it(box, visits):
    owner = visits(box.web, width=PHONE)
    owner.goes("/")
    assert owner.page.url.endswith("/claim")
    pictures.take(owner.page, "claim")
    owner.types_claim("zgaduje-zgaduje")
    wrong = owner.page.locator("#code")
    assert wrong.get_attribute("aria-invalid") == "true"
    assert owner.page.locator(f"#{wrong.get_attribute('aria-describedby').split()[-1]}").is_visible()
    assert owner.field("name").input_value() == "prezes", "nothing typed is lost"
    assert axe.grave(owner.page) == []
    until("the code may be tried again", CODE_SECONDS, lambda: claimed(owner, claim_code(box)))
    assert "/claim" not in owner.page.url


@pytest.mark.parametrize(("language", "words"), [("pl-PL", "Zaloguj"), ("en-GB", "Log in")])
def test_the_first_load_is_light_in_the_readers_language_and_from_the_box_alone(box, visits, language, words):
    reader = visits(box.web, width=PHONE, language=language)
    reader.goes("/?lang=en" if language.startswith("en") else "/")
    reader.sees(words)
    assert reader.page.locator("html").get_attribute("lang") == language[:2]
    reader.logs_in()
    reader.page.wait_for_load_state("load")
    assert on_the_wire(reader) < MOST_BYTES
    assert axe.grave(reader.page) == []


def test_who_logs_out_has_to_log_in_again(box, visits):
    reader = visits(box.web, width=DESKTOP)
    reader.logs_in()
    reader.page.locator("header form button").click()
    reader.page.wait_for_url("**/login*")
    reader.goes("/register/")
    assert "/login" in reader.page.url
    pictures.take(reader.page, "login")
    reader.types_log_in("prezes")
    reader.page.wait_for_url("**/register/")
