"""A SIM card and copper lines are added on the page beside a provider, kept, taken away; messages are tried."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import axe, pictures
from tests.browser.visitor import DESKTOP, HEIGHTS, PHONE
from tests.peers import building
from tests.peers.ports import HOST, free_range

CARD, PIN = "600 000 001", "0412"
NOW_WIDE = "nav => { const box = nav.getBoundingClientRect(); return box.left >= 0 && box.right <= innerWidth; }"


@pytest.fixture(scope="module")
def box(start_box):
    return start_box(building.sample(f"{HOST}:{free_range(2)}"))


@pytest.fixture(scope="module")
def cookies(box, administrator):
    return administrator(box)


def looked_at(visitor, name):
    """Nothing grave for anybody; pictures of it on a phone and at a desk."""
    for width in (DESKTOP, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        pictures.take(visitor.page, name)
    assert axe.grave(visitor.page) == []
    assert visitor.sideways() == ""


@pytest.mark.timeout(240)
def test_a_card_comes_messages_are_tried_and_the_card_goes(box, cookies, visits):
    prezes = visits(box.web, width=PHONE, storage_state=cookies)
    prezes.goes("/settings/lines")
    prezes.page.get_by_role("link", name="Dodaj kartę SIM").click()
    prezes.field("numbers").fill(CARD)
    prezes.field("pin").fill(PIN)
    prezes.field("expires").fill("2030-03-01")
    prezes.presses("Dodaj kartę")
    prezes.sees("Bez potwierdzenia")
    prezes.sees("modemu nie ma")
    looked_at(prezes, "sim-confirm")
    prezes.presses("Działa, zostaw")
    prezes.sees("Zmiana zostaje")
    prezes.sees("Karta ważna do 1.03.2030")
    secrets = box.building_file.with_name("secrets.toml")
    assert PIN in secrets.read_text() and secrets.stat().st_mode & 0o077 == 0
    assert PIN not in box.building_file.read_text()
    looked_at(prezes, "sim-lines")
    prezes.goes("/settings/line/sim")
    prezes.page.get_by_role("link", name="Anuluj").click()

    prezes.goes("/")
    prezes.sees("modemu nie ma")
    looked_at(prezes, "sim-now")

    prezes.goes("/settings/messages")
    prezes.field("mail").fill("zarzad@example.com")
    prezes.field("mail_server").fill(f"{HOST}:{free_range(2)}")
    prezes.field("push").fill("ntfys://ntfy.example.com/tajne")
    prezes.presses("Zapisz")
    prezes.sees("Warto wysłać wiadomość próbną")
    assert "ntfy.example.com" not in prezes.page.content()
    looked_at(prezes, "messages-set")
    prezes.presses("Wyślij próbny SMS")
    prezes.sees("żadna karta SIM nie może teraz wysyłać")
    prezes.goes("/settings/messages")
    prezes.presses("Wyślij próbny list")
    prezes.sees("pod tym serwerem i portem nic nie odpowiada", seconds=90)
    looked_at(prezes, "message-test")

    prezes.goes("/settings/lines")
    prezes.page.get_by_role("link", name="Zmień lub usuń: sim").click()
    looked_at(prezes, "sim-change")
    prezes.presses("Usuń tę linię")
    prezes.presses("Działa, zostaw")
    prezes.sees("Zmiana zostaje")
    expect(prezes.page.locator("main")).not_to_contain_text(re.compile("600 000 001"))
    assert PIN not in secrets.read_text()


@pytest.mark.timeout(240)
def test_a_gateway_is_added_with_its_sheet_before_ones_eyes_and_a_modem_beside_it(box, cookies, visits):
    prezes = visits(box.web, width=DESKTOP, storage_state=cookies)
    prezes.goes("/settings/lines")
    prezes.page.get_by_role("link", name="Dodaj linię miedzianą przez bramkę").click()
    sheet = prezes.page.locator("#gateway-sheet")
    expect(sheet).to_contain_text("Ustawienia bramki: Grandstream HT813")
    prezes.field("numbers").fill("22 444 55 66")
    prezes.field("server").fill(f"{HOST}:{free_range(2)}")
    prezes.field("gateway").select_option("spa3102")
    expect(sheet).to_contain_text("Ustawienia bramki: Cisco (Linksys) SPA3102")
    expect(sheet).to_contain_text(f"(S0<:224445566@{HOST}:{box.port}>)")
    expect(prezes.field("numbers")).to_have_value("22 444 55 66")
    looked_at(prezes, "gateway-new")
    prezes.presses("Dodaj linię")
    prezes.sees("Bez potwierdzenia")
    prezes.presses("Działa, zostaw")
    prezes.sees("linia miedziana przez bramkę: Cisco (Linksys) SPA3102")
    looked_at(prezes, "copper-lines")
    prezes.goes("/settings/line/landline")
    expect(sheet).to_contain_text("425@-30,425@-30;2(.5/.5/1+2)")
    looked_at(prezes, "gateway-change")

    prezes.goes("/settings/lines")
    prezes.page.get_by_role("link", name="Dodaj linię miedzianą przez modem USB").click()
    prezes.field("numbers").fill("22 777 88 99")
    prezes.field("silence_minutes").select_option("30")
    looked_at(prezes, "modem-new")
    prezes.presses("Dodaj linię")
    prezes.sees("Bez potwierdzenia")
    prezes.sees("landline-2")
    prezes.presses("Działa, zostaw")
    prezes.sees("linia miedziana w modemie USB")
    assert "silence_minutes = 30" in box.building_file.read_text()


def test_on_a_phone_the_page_one_is_on_shows_in_its_row(box, cookies, visits):
    prezes = visits(box.web, width=PHONE, storage_state=cookies)
    for place in ("/", "/reports/", "/settings/"):
        prezes.goes(place)
        prezes.page.wait_for_function(f"({NOW_WIDE})(document.querySelector('header nav [aria-current]'))")
