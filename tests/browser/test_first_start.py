"""The whole first start on a phone: from the code on the box to the first call of a resident, with real telephones."""

from __future__ import annotations

import re
from importlib import resources

import pytest
import tomlkit

from tests.browser import axe, pictures
from tests.browser.conftest import claim_code
from tests.browser.visitor import DESKTOP, HEIGHTS, PHONE
from tests.peers import building, sound
from tests.peers.program import until

NOWAK_HZ, RESIDENT_HZ = 620, 1000
UP_SECONDS, RING_SECONDS, HEAR_SECONDS, RENDER_SECONDS = 5.0, 30.0, 30.0, 60.0
STARTER = resources.files("appliance.building").joinpath("starter.toml").read_text(encoding="utf-8")
GREETING = "{hello}, tu wspólnota Lipowa siedem, numer próbny."


@pytest.fixture(scope="module")
def box(start_box):
    return start_box(tomlkit.parse(STARTER))


def look(owner, name):
    """A picture of the step as it stands; the steps as such are looked at with all other pages."""
    for width in (DESKTOP, PHONE):
        owner.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        pictures.take(owner.page, f"start-{name}")


def look_closely(owner, name):
    """What is seen in the first start alone shuts nobody out."""
    look(owner, name)
    assert axe.grave(owner.page) == []
    assert owner.sideways() == ""


def arrives(owner, step):
    owner.page.wait_for_url(re.compile(f"/setup/{step}"))


def accepts(phone):
    """Whoever answers hears what it is about, and presses 1."""
    phone.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    until("something is said", HEAR_SECONDS, lambda: sound.seconds_of_sound(phone.heard()) > 1.0)
    phone.press("1")


@pytest.mark.timeout(240)
def test_from_the_code_to_the_first_call(box, phones, visits):
    nowak = phones.baresip(building.NOWAK, NOWAK_HZ)
    resident = phones.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    owner = visits(box.web, width=PHONE)

    owner.claims(claim_code(box))
    arrives(owner, "language")
    owner.presses("Zapisz i dalej")

    arrives(owner, "building")
    owner.field("box").fill("Wspólnota Lipowa 7")
    owner.field("buildings").fill("Lipowa 7")
    owner.field("numbers").fill("nie wiem")
    owner.presses("Zapisz i dalej")
    owner.sees("nie wiem")
    assert owner.field("box").input_value() == "Wspólnota Lipowa 7", "nothing typed is lost"
    owner.field("numbers").fill("22 123 45 67")
    owner.presses("Zapisz i dalej")

    arrives(owner, "hours")
    look(owner, "hours")
    owner.presses("Zapisz i dalej")

    arrives(owner, "line")
    the_line(owner, nowak)
    arrives(owner, "people")
    the_people(owner, nowak)
    arrives(owner, "greeting")
    owner.field("text").fill(GREETING)
    owner.presses("Posłuchaj")
    assert owner.plays(owner.page.locator("audio").first) > 1.0
    owner.presses("Użyj tego tekstu")

    arrives(owner, "call")
    the_call(owner, box, resident, nowak)
    row = box.last_call()
    assert (row["outcome"], row["answered_by"], row["urgent"]) == ("answered", row["rung"][0]["who"], True)
    owner.page.locator("p.way a.button").click()

    arrives(owner, "done")
    owner.page.locator("main p a.button").click()
    owner.sees("Jan Nowak")


def the_line(owner, provider):
    """A provider's data are tried with a call that really rings, applied, watched and kept."""
    assert owner.field("numbers").input_value() == "22\N{NO-BREAK SPACE}123\N{NO-BREAK SPACE}45\N{NO-BREAK SPACE}67"
    owner.field("server").fill(provider.address)
    owner.field("username").fill("48221234567")
    owner.field("password").fill("tajne-haslo")
    owner.field("phone").fill("600 100 200")
    owner.page.locator("main form details summary").click()
    owner.field("register").uncheck()
    look(owner, "line")
    owner.presses("Wypróbuj tę linię")
    arrives(owner, "trial/line")
    accepts(provider)
    owner.sees("dźwięk", seconds=RING_SECONDS)
    look_closely(owner, "line-tried")
    owner.presses("Włącz tę linię")
    arrives(owner, "line/confirm")
    owner.sees("Linia działa.", seconds=RING_SECONDS)
    look_closely(owner, "line-watched")
    owner.presses("Działa, zostaw")


def the_people(owner, phone):
    """Two people; the first one's telephone rings, and rang aloud."""
    for at, (name, number) in enumerate((("Jan Nowak", "600 100 200"), ("Anna Kowalska", "600 300 400"))):
        owner.field(f"name-{at}").fill(name)
        owner.field(f"phones-{at}").fill(number)
        if at == 0:
            owner.page.locator("main button[value=more]").click()
            owner.page.wait_for_load_state()
    owner.page.locator("main button[value=save]").last.click()
    owner.sees("Zapisane.", seconds=RENDER_SECONDS)
    owner.page.locator("ul.phones button").first.click()
    arrives(owner, "trial/phone")
    accepts(phone)
    owner.sees("Czy telefon zadzwonił na głos?", seconds=RING_SECONDS)
    look_closely(owner, "phone-tested")
    owner.presses("Tak, na głos")
    arrives(owner, "people")
    owner.page.locator("main p > a.button").last.click()


def the_call(owner, box, resident, nowak):
    """The resident calls the number, presses 1, and talks to Nowak; the page shows it coming."""
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    owner.sees("501\N{NO-BREAK SPACE}502\N{NO-BREAK SPACE}503")
    resident.press("1")
    accepts(nowak)
    until("the two talk", HEAR_SECONDS, lambda: sound.seconds_of_tone(nowak.heard(), RESIDENT_HZ) > 1.0)
    look_closely(owner, "call")
    resident.hang_up()
    owner.sees("Dotarło i jest w rejestrze.")
