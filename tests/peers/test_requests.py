"""What the page asks for, with real telephones: a phone is tested, a resident called back, a box brought back."""

from __future__ import annotations

import pytest

from appliance.control_client import ask
from tests.peers import building, sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import until

CARETAKER_HZ, RESIDENT_HZ = 620, 1000
EXTENSION, PASSWORD = "21", "dwadziescia-21"
UP_SECONDS, HEAR_SECONDS, DONE_SECONDS, AGAIN_SECONDS = 15.0, 20.0, 20.0, 30.0


@pytest.fixture
def resident(peers):
    return peers.baresip(building.RESIDENT, RESIDENT_HZ)


@pytest.fixture
def box(exchange, resident):
    return exchange(building.only_nowak(resident.address))


@pytest.fixture
def caretaker(box, peers):
    phone = peers.extension(EXTENSION, PASSWORD, box.address, CARETAKER_HZ)
    phone.program.wait_for(r"200 OK .*1 binding", UP_SECONDS)
    return phone


def result_of(box, job):
    """What came of a job, once it is over."""
    look = {}

    def over():
        look.update(ask(box.data, "job", id=job["job"]))
        return look["state"] != "running"

    until("the job is over", DONE_SECONDS, over)
    assert look["state"] == "done", look
    return look["result"]


def answers_and_presses_1(phone):
    phone.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    until("it is spoken to", HEAR_SECONDS, lambda: sound.seconds_of_sound(phone.heard()) > 1.0)
    phone.press("1")


def hears(phone, tone):
    until("they hear each other", HEAR_SECONDS, lambda: sound.seconds_of_tone(phone.heard(), tone) > 1.0)


def test_a_telephone_is_tested_and_asked_for_1(box, caretaker):
    job = ask(box.data, "test_call", phone=f"ext:{EXTENSION}", who="anna")
    answers_and_presses_1(caretaker)
    found = result_of(box, job)
    assert (found["result"], found["line"]) == ("confirmed", "phones")
    assert box.calls() == box.tickets() == []


def test_the_caretakers_telephone_rings_then_the_residents_and_they_talk(box, caretaker, resident):
    asked = {"phone": f"ext:{EXTENSION}", "number": building.RESIDENT, "who": "anna"}
    job = ask(box.data, "call_back", **asked)
    answers_and_presses_1(caretaker)
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    hears(resident, CARETAKER_HZ)
    hears(caretaker, RESIDENT_HZ)
    resident.hang_up()
    found = result_of(box, job)
    assert found["result"] == "talked"
    [ticket] = box.tickets()
    assert (ticket["number"], ticket["state"], ticket["taken_by"]) == (found["ticket"], "in progress", "anna")
    caretaker.wait_for("CALL_CLOSED", UP_SECONDS)


def test_a_box_is_brought_back_by_the_process_that_runs(exchange):
    box = exchange(building.sample(f"{HOST}:{free_range(2)}"))
    kept = result_of(box, ask(box.data, "backup", who="anna"))
    before = ask(box.data, "document")
    name = {"op": "set", "path": ["box", "name"], "value": "Inna"}
    assert ask(box.data, "edit", base=before["revision"], edits=[name], what="name", who="anna", timeout=30.0)
    address, pid = box.address, box.program.pid
    ask(box.data, "restore", path=kept["path"], who="anna", timeout=30.0)
    box.program.wait_for(rf"^ready: sip {address} ", AGAIN_SECONDS)
    status = ask(box.data, "status")
    assert status["box"]["name"] == before["building"]["box"]["name"]
    assert box.program.pid == pid
