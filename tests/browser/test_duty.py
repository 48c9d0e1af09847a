"""Two taps on a staircase change who is rung tonight."""

from __future__ import annotations

import pytest

from tests.browser import calls, pictures
from tests.browser.visitor import PHONE
from tests.peers import building
from tests.peers.ports import HOST, free_range

NOWAK_HZ, KOWALSKA_HZ = 620, 740


@pytest.fixture(scope="module")
def box(start_box):
    document = calls.with_phones(building.sample(f"{HOST}:{free_range(2)}"), nowak="ext:11", kowalska="ext:21")
    return start_box(document)


def rung_by(resident, box, phone):
    """Who was rung first by a call that this phone accepts."""
    calls.calls(resident, box)
    resident.press("1")
    calls.accepts(phone)
    calls.talk(phone, calls.RESIDENT_HZ)
    resident.hang_up()
    resident.wait_for("CALL_CLOSED", calls.UP_SECONDS)
    phone.wait_for("CALL_CLOSED", calls.UP_SECONDS)
    return [each["who"] for each in box.last_call()["rung"]]


def test_a_substitution_in_two_taps_changes_who_is_rung(box, phones, administrator, visits):
    nowak, kowalska = (calls.registered(phones, box, *each) for each in (("11", NOWAK_HZ), ("21", KOWALSKA_HZ)))
    resident = phones.baresip(building.RESIDENT_USER, calls.RESIDENT_HZ)
    assert rung_by(resident, box, nowak) == ["nowak"]

    caretaker = visits(box.web, width=PHONE, storage_state=administrator(box))
    caretaker.goes("/duty/")
    caretaker.sees("Jan Nowak")
    caretaker.page.get_by_role("link", name="Dziś się zamieniamy").click()
    pictures.take(caretaker.page, "swap")
    caretaker.presses("Anna Kowalska")
    caretaker.sees("Anna Kowalska", within="main .standing >> nth=0")
    pictures.take(caretaker.page, "swapped")

    assert rung_by(resident, box, kowalska) == ["kowalska"]
