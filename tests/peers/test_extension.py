"""baresip as a telephone in the building: it registers, is rung as ext:21, reaches 112, and hears the claim code."""

from __future__ import annotations

import json

import pytest

from appliance.callflow import numerals
from appliance.media.prompts import shipped_directory
from tests.peers import building, sound
from tests.peers.ports import HOST, free_range
from tests.peers.program import until

RESIDENT_HZ, CARETAKER_HZ = 1000, 620
UP_SECONDS, RING_SECONDS, HEAR_SECONDS = 5.0, 15.0, 20.0
CODE_SECONDS = 60.0  # for it to be said twice
MIDDLE = 640  # samples: 80 ms
EXTENSION, PASSWORD = "21", "dwadziescia-21"


def only_the_caretaker(server):
    """Kowalska alone is on duty, at the telephone 21."""
    document = building.only_nowak(server)
    document["duty"][0]["people"] = ["kowalska"]
    document["people"][1]["phones"] = ["ext:21"]
    return document


@pytest.fixture
def box(exchange):
    return exchange(only_the_caretaker(f"{HOST}:{free_range(2)}"))


def registered(peers, box, password=PASSWORD):
    phone = peers.extension(EXTENSION, password, box.address, CARETAKER_HZ)
    # It may be done before the control connection is made that would tell: its log tells in any case.
    phone.program.wait_for(r"200 OK .*1 binding" if password == PASSWORD else r"21@.*(401|403)", UP_SECONDS)
    return phone


def urgent_call(box, peers):
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    resident.press("1")
    return resident


def accepts(phone):
    phone.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    until("the whisper is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(phone.heard()) > 1.0)
    phone.press("1")
    until("the resident is heard", HEAR_SECONDS, lambda: sound.seconds_of_tone(phone.heard(), RESIDENT_HZ) > 1.0)


def test_the_telephone_21_is_rung_and_accepts_also_after_a_restart_of_the_box(box, peers):
    phone = registered(peers, box)
    until("it is written down", UP_SECONDS, (box.data / "phones.json").exists)
    box.kill()
    box.start()
    resident = urgent_call(box, peers)
    accepts(phone)
    resident.hang_up()
    phone.wait_for("CALL_CLOSED", UP_SECONDS)
    row = box.last_call()
    assert (row["outcome"], row["answered_by"]) == ("answered", "kowalska")
    assert [(rung["phone"], rung["line"], rung["result"]) for rung in row["rung"]] == [("ext:21", "phones", "answered")]


def test_a_telephone_with_a_wrong_password_is_not_rung(box, peers):
    registered(peers, box, "zgaduje")
    resident = urgent_call(box, peers)
    resident.wait_for("CALL_CLOSED", 60.0)
    assert {rung["result"] for rung in box.last_call()["rung"]} == {"not registered"}


def test_112_from_the_telephone_goes_out_by_the_line(exchange, peers):
    control_room = peers.baresip("112", RESIDENT_HZ)
    box = exchange(only_the_caretaker(control_room.address))
    phone = registered(peers, box)
    phone.dial(f"sip:112@{box.address}")
    phone.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    until("the control room is heard", HEAR_SECONDS, lambda: sound.seconds_of_tone(phone.heard(), RESIDENT_HZ) > 1.0)
    phone.hang_up()
    control_room.wait_for("CALL_CLOSED", UP_SECONDS)
    row = box.last_call()
    assert (row["line"], row["number"], row["caller"]) == ("phones", "112", "ext:21")
    assert (row["destination"], row["outcome"]) == ("emergency", "answered")


def test_a_telephone_in_the_building_hears_the_claim_code_of_a_new_box_and_a_resident_does_not(box, peers):
    code = json.loads((box.data / "claim.json").read_text())["code"]
    phone = registered(peers, box)
    phone.dial(f"sip:0@{box.address}")
    phone.wait_for("CALL_ESTABLISHED", RING_SECONDS)
    phone.wait_for("CALL_CLOSED", CODE_SECONDS)
    spoken = [part for part in numerals.spelled(code, "pl") if part != numerals.PAUSE]
    assert spoken_parts(phone.heard()) == [*spoken, *spoken]
    assert (box.last_call()["caller"], box.last_call()["destination"]) == ("ext:21", "claim")
    resident = peers.baresip(building.RESIDENT_USER, RESIDENT_HZ)
    resident.dial(f"sip:{building.NUMBER}@{box.address}")
    resident.wait_for("CALL_ESTABLISHED", UP_SECONDS)
    until("the greeting is heard", HEAR_SECONDS, lambda: sound.seconds_of_sound(resident.heard()) > 3.0)
    resident.hang_up()
    assert spoken_parts(resident.heard()) == []
    assert box.last_call()["destination"] is None


def spoken_parts(heard):
    """The signs of a code that are heard, in their order: by 80 ms of the middle of each shipped sound."""
    shipped = json.loads((shipped_directory() / "index.json").read_text())["pl"]
    found = []
    for part in (*numerals.letter_words("pl"), *numerals.digit_words("pl")):
        sample = sound.from_alaw((shipped_directory() / shipped[part]["file"]).read_bytes())
        loudest = max(range(0, len(sample) - MIDDLE, MIDDLE), key=lambda at: sound.level_db(sample[at : at + MIDDLE]))
        wanted, everything, at = sample[loudest : loudest + MIDDLE].tobytes(), heard.tobytes(), 0
        while (at := everything.find(wanted, at)) >= 0:
            found.append((at, part))
            at += len(wanted)
    return [part for _, part in sorted(found)]
