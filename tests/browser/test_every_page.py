"""Every page that a link leads to: it is there, fits a phone, shuts nobody out, is there in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser import axe, past, pictures
from tests.browser.visitor import DESKTOP, HEIGHTS, PASSWORD, PHONE, Visitor
from tests.peers import building
from tests.peers.ports import HOST, free_range
from webui.app import PAGES

SECTIONS = [each for each in PAGES if each != "account" and find_spec(f"webui.{each}")]
MOST_PAGES = 60  # of one section: more than there are, unless links never end
FOR_ADMINS = ("settings", "setup")
ROLES = {"administrator": "prezes", "caretaker": "dozorca"}
DETAIL = re.compile(r"[^/]*\d[^/]*|(?<=/texts/sentence/).+")  # one of many: a call, a person's token, a sentence


@pytest.fixture(scope="module")
def box(start_box):
    return start_box(building.sample(f"{HOST}:{free_range(2)}"), before=past.a_fortnight)


@pytest.fixture(scope="module")
def cookies(box, administrator):
    return administrator(box)


@pytest.fixture
def reader(box, cookies, visits):
    return visits(box.web, width=PHONE, storage_state=cookies)


@pytest.fixture(scope="module")
def sessions(box, browser, cookies):
    """The cookies of an administrator, and of a caretaker whom the administrator has added."""
    owner = Visitor(browser, box.web, storage_state=cookies)
    owner.goes("/settings/users")
    owner.field("name").fill(ROLES["caretaker"])
    owner.page.locator('main [name="role"][value="caretaker"]').check()
    owner.field("password").fill(PASSWORD)
    owner.field("again").fill(PASSWORD)
    owner.presses("Dodaj")
    owner.sees(ROLES["caretaker"])
    owner.closes()
    caretaker = Visitor(browser, box.web)
    caretaker.logs_in(ROLES["caretaker"])
    held = caretaker.context.storage_state()
    caretaker.closes()
    return {"administrator": cookies, "caretaker": held}


def home_of(section):
    """Where a section of the page begins."""
    return "/" if section == "now" else f"/{section}/"


def kind(link):
    """What links to pages of one kind have in common."""
    parts = urlsplit(link)
    return DETAIL.sub("*", parts.path), parse_qs(parts.query).get("kind")


def belongs(link, section):
    """Whether a link leads into this section, and not to the same in the other language."""
    path = urlsplit(link).path
    mine = path == "/" if section == "now" else path.startswith(f"/{section}/")
    return mine and not link.partition("?")[2].startswith("lang=")


def pages_of(reader, section) -> Iterator[str]:
    """The reader goes to one page of each kind after another, from the section's first on."""
    waiting, seen = [home_of(section)], []
    while waiting and len(seen) < MOST_PAGES:
        link = waiting.pop(0).partition("#")[0]
        if kind(link) in seen:
            continue
        seen.append(kind(link))
        answer = reader.context.request.get(link)
        assert answer.status < 400, f"{link} leads to {answer.status}"
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue  # a file to keep
        reader.goes(link)
        yield link
        waiting += [each for each in reader.links() if belongs(each, section)]


def faults_of(reader, link, role) -> list[str]:
    """What keeps somebody from using this page, by day and in the dark; pictures are taken on the way."""
    page, found = reader.page, []
    name = re.sub(r"\W+", "-", urlsplit(link).path).strip("-") or "now"
    name = name if role == "administrator" else f"{role}-{name}"
    page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    if wide := reader.sideways():
        found.append(f"must be scrolled sideways on a phone: {wide}")
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} headings of the first order")
    pictures.take(page, name)
    found += axe.grave(page)
    page.emulate_media(color_scheme="dark")
    pictures.take(page, f"{name}-dark")
    found += [f"in the dark, {each}" for each in axe.grave(page, axe.CONTRAST)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESKTOP, "height": HEIGHTS[DESKTOP]})
    pictures.take(page, name)
    if wide := reader.sideways():
        found.append(f"must be scrolled sideways at a desk: {wide}")
    return [f"{link}: {each}" for each in found]


@pytest.mark.timeout(480)
@pytest.mark.parametrize(
    ("section", "role"),
    [(section, role) for role in ROLES for section in SECTIONS if role == "administrator" or section not in FOR_ADMINS],
)
def test_every_page_fits_and_shuts_nobody_out(section, role, box, sessions, visits):
    reader = visits(box.web, width=PHONE, storage_state=sessions[role])
    seen, faults = 0, []
    for link in pages_of(reader, section):
        faults += faults_of(reader, link, role)
        seen += 1
    assert not faults, "\n".join(faults)
    assert 0 < seen < MOST_PAGES, f"{seen} pages of {section} were looked at"


def test_the_navigation_leads_to_every_section_in_both_languages(reader):
    said = {}
    for language in ("pl", "en"):
        reader.goes(f"/?lang={language}")
        links = reader.page.locator("header nav a")
        said[language] = links.all_inner_texts()
        for place in links.evaluate_all("all => all.map(each => each.pathname)"):
            reader.goes(place)
            assert reader.page.locator("html").get_attribute("lang") == language
            assert reader.page.locator("header nav [aria-current=page]").count() == 1, f"{place} is not marked"
            said[language].append(reader.page.locator("main").inner_text())
    assert len(said["pl"]) == len(said["en"]) >= 4
    same = [words for words, other in zip(said["pl"], said["en"], strict=True) if words == other]
    assert not same, "not translated"
