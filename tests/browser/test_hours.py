"""Opening hours painted with a finger on the same week in the menu as in the first start."""

from __future__ import annotations

import pytest

from tests.browser import axe, pictures
from tests.browser.visitor import DESKTOP, HEIGHTS, PHONE
from tests.peers import building
from tests.peers.ports import HOST, free_range

NINE, TWELVE = 18, 24  # half hours of the day


@pytest.fixture(scope="module")
def box(start_box):
    return start_box(building.sample(f"{HOST}:{free_range(2)}"))


def paints(editor, day, begin, end):
    """Draw from the one half hour up to before the other, on the row of a weekday (0 Monday)."""
    row = editor.page.locator("#week .paint:not(.hours)").nth(day)
    for at, press in ((begin, True), (end - 1, False)):
        place = row.locator(f'i[data-at="{at}"]').bounding_box()
        editor.page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2, steps=12)
        editor.page.mouse.down() if press else editor.page.mouse.up()


def test_a_saturday_is_painted_and_holds(box, administrator, visits):
    editor = visits(box.web, width=DESKTOP, storage_state=administrator(box))
    editor.goes("/menu/hours/office")
    editor.page.locator("#week").scroll_into_view_if_needed()
    paints(editor, 5, NINE, TWELVE)
    assert editor.field("sat-from").first.input_value() == "09:00"
    assert editor.field("sat-to").first.input_value() == "12:00"
    for width in (PHONE, DESKTOP):
        editor.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        assert editor.sideways() == ""
        pictures.take(editor.page, "hours-painted")
    assert axe.grave(editor.page) == []
    editor.presses("Zapisz")
    editor.sees("09:00–12:00")
    assert "sat 09:00-12:00" in box.building_file.read_text("utf-8")
    editor.sees("Wigilia")
