"""A box is brought back on its page from a file: what came after the backup is gone, and it takes calls."""

from __future__ import annotations

import re

import pytest

from tests.browser import axe, calls, past, pictures
from tests.browser.visitor import PHONE
from tests.peers import building
from tests.peers.ports import HOST, free_range

RESTORE_SECONDS = 120.0  # the page promises about a minute; the machine is busy with other tests
AFTERWARDS = "Sprzątam po dwudziestej"


@pytest.fixture(scope="module")
def box(start_box):
    return start_box(building.sample(f"{HOST}:{free_range(2)}"), before=past.one_urgent_ticket)


def makes_a_backup(owner, folder):
    """The file, as it was downloaded."""
    owner.goes("/settings/backup")
    owner.presses("Zrób kopię teraz")
    owner.page.wait_for_url(re.compile("/settings/backup/job/"))
    owner.sees("Kopia jest gotowa")
    with owner.page.expect_download() as saved:
        owner.page.get_by_role("link", name="Pobierz").click()
    file = folder / saved.value.suggested_filename
    saved.value.save_as(file)
    return file


def changes_things(owner):
    """A sentence of one's own and a note, after the backup."""
    owner.goes("/menu/texts/option/closed/2")
    owner.field("pl").fill(AFTERWARDS)
    owner.presses("Zapisz")
    owner.sees(AFTERWARDS)
    owner.goes("/register/tickets/1001")
    owner.field("text").fill("Po kopii.")
    owner.page.locator('button[name="done"]').click()
    owner.sees("Po kopii.")


@pytest.mark.timeout(300)
def test_a_backup_is_uploaded_and_the_box_is_as_it_was_then(box, phones, administrator, visits, tmp_path):
    owner = visits(box.web, width=PHONE, storage_state=administrator(box))
    backup = makes_a_backup(owner, tmp_path)
    changes_things(owner)

    owner.goes("/settings/restore")
    owner.field("file").set_input_files(backup)
    owner.presses("Prześlij i obejrzyj")
    owner.sees("Zawartość kopii")
    assert axe.grave(owner.page) == []
    pictures.take(owner.page, "restore-look")
    owner.field("sure").check()
    owner.presses("Przywróć teraz")
    owner.sees("Trwa przywracanie kopii.")
    pictures.take(owner.page, "restoring")

    owner.page.wait_for_url(lambda url: "/login" in url, timeout=RESTORE_SECONDS * 1000)
    owner.complaints[:] = [each for each in owner.complaints if "htmx:" not in each]  # it asked while nobody answered
    owner.sees("Kopia jest przywrócona, a centrala znów odbiera połączenia.")
    owner.types_log_in("prezes")
    owner.page.wait_for_url(f"{box.web}/")
    (ticket,) = box.tickets()
    assert (ticket["state"], ticket["notes"]) == ("new", []), "as it was when the backup was made"
    assert AFTERWARDS not in box.building_file.read_text("utf-8")

    resident = phones.baresip(building.RESIDENT_USER, calls.RESIDENT_HZ)
    calls.calls(resident, box)
    calls.hears_something(resident)
    resident.hang_up()
    resident.wait_for("CALL_CLOSED", calls.UP_SECONDS)
