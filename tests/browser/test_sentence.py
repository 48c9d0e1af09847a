"""What callers hear is changed on the page: the next one hears it."""

from __future__ import annotations

import pytest

from tests.browser import axe, calls, pictures
from tests.browser.visitor import PHONE
from tests.peers import building, sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import until

GREETING_HZ, GREETING_SECONDS = 440, 3.0
QUIET_DB, ALONE_DB = -40.0, 1.5


@pytest.fixture(scope="module")
def box(start_box):
    return start_box(building.sample(f"{HOST}:{free_range(2)}"))


def seconds_of(samples, frequency):
    """For how long this tone sounds alone, however loud."""
    alone = [
        each
        for each in sound.windows(samples)
        if (level := sound.level_db(each)) > QUIET_DB and level - sound.goertzel_db(each, frequency) < ALONE_DB
    ]
    return len(alone) * sound.WINDOW / sound.RATE


def test_a_greeting_of_ones_own_is_heard_on_the_page_and_by_the_next_caller(
    box, phones, administrator, visits, tmp_path
):
    resident = phones.baresip(building.RESIDENT_USER, calls.RESIDENT_HZ)
    spoken = sound.write_wav(tmp_path / "powitanie.wav", sound.tone(GREETING_HZ, GREETING_SECONDS))
    editor = visits(box.web, width=PHONE, storage_state=administrator(box))
    editor.goes("/menu/")
    editor.page.locator("#menu-closed a.change").first.click()
    pictures.take(editor.page, "greeting")
    editor.field("file").first.set_input_files(spoken)
    editor.page.locator('form[enctype="multipart/form-data"] button').first.click()
    assert editor.plays(editor.page.locator("audio")) == pytest.approx(GREETING_SECONDS, abs=1.0)
    assert axe.grave(editor.page) == []
    editor.presses("Użyj tego nagrania")
    editor.sees("Gotowe.")

    calls.calls(resident, box)
    heard = resident.heard
    until("the new greeting", calls.HEAR_SECONDS, lambda: seconds_of(heard(), GREETING_HZ) > GREETING_SECONDS - 1.0)
    resident.hang_up()
    resident.wait_for("CALL_CLOSED", calls.UP_SECONDS)
