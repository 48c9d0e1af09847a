"""A telephone is tried from the page People: it rings, 1 is pressed, and the result stands beside it afterwards."""

from __future__ import annotations

import pytest

from tests.browser import axe, calls, pictures
from tests.browser.visitor import DESKTOP, HEIGHTS, PHONE
from tests.peers import building
from tests.peers.ports import HOST, free_range

KOWALSKA_HZ = 740


@pytest.fixture(scope="module")
def box(start_box):
    return start_box(calls.with_phones(building.sample(f"{HOST}:{free_range(2)}"), kowalska="ext:21"))


def test_a_test_call_is_remembered_with_how_it_rang(box, phones, administrator, visits):
    phone = calls.registered(phones, box, "21", KOWALSKA_HZ)
    owner = visits(box.web, width=PHONE, storage_state=administrator(box))
    owner.goes("/people/")
    kowalska = owner.page.locator("ul.rows > li", has_text="Anna Kowalska")
    kowalska.get_by_role("button").click()
    calls.accepts(phone)
    owner.sees("Czy telefon zadzwonił na głos?", seconds=calls.RING_SECONDS)
    assert axe.grave(owner.page) == []
    owner.presses("Tak, na głos")
    owner.sees("zadzwonił głośno")
    for width in (PHONE, DESKTOP):
        owner.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        assert owner.sideways() == ""
        pictures.take(owner.page, "people-tested")
    assert axe.grave(owner.page) == []
    owner.goes("/settings/audit")
    owner.sees("wynik: odebrano i naciśnięto 1")
    owner.sees("zadzwonił głośno: tak")
    pictures.take(owner.page, "audit-tested")
