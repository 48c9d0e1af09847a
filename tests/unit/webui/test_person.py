"""A resident's data: shown whole, handed over, erased; and what is nobody's business stays out."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lives import NUMBER, RESIDENT, STRANGER, SetClock, lived
from looking import Browser, StandIn, read

from appliance.register.store import RegisterStore
from webui.settings.person import removals

SAFE = {"flat": "12", "sure": "1"}
BUILDING = {
    "residents": [
        {"flat": "12", "phones": [RESIDENT, "+48221112233"], "building": "lipowa7"},
        {"flat": "12", "phones": ["+48505505505"], "building": "lipowa9"},
    ]
}


def call(store: RegisterStore, caller: str, resident: str | None, building: str = "lipowa7", sound: str = "") -> str:
    """One call; returns its uid."""
    uid = store.new_uid()
    about = {"number": NUMBER, "caller": caller, "resident": resident, "line": "p"}
    store.record("call.started", call=uid, building=building, **about)
    store.record("call.answered", call=uid, after=0.0)
    store.record("call.rung", call=uid, who="nowak", phone="+48600100200", line="p", result="no answer", seconds=5.0)
    if sound:
        store.record("call.message", call=uid, voicemail="v", recording=sound, recording_uid=uid, seconds=9.0)
    store.record("call.ended", call=uid, outcome="voicemail" if sound else "answered", cause="hangup", after=60.0)
    return uid


@pytest.fixture
def house(data: Path, exchange: StandIn, administrator: Browser) -> Browser:
    """Flat 12 has called twice, once with a message and a ticket; a stranger once; flat 12 of the other house once."""

    async def life(store: RegisterStore) -> None:
        first = call(store, RESIDENT, "m. 12", sound="recordings/a.wav")
        ticket = store.new_uid()
        store.record("ticket.opened", call=first, ticket=ticket, building="lipowa7", caller=RESIDENT, reason="message")
        store.record("ticket.noted", ticket=ticket, text="Zalana piwnica", who="nowak", base="")
        call(store, RESIDENT, "m. 12")
        call(store, STRANGER, None)
        call(store, "+48505505505", "m. 12", building="lipowa9")
        await store.record("box.started")

    (data / "recordings").mkdir()
    (data / "recordings" / "a.wav").write_bytes(b"RIFF the message")
    lived(data, SetClock(), life)
    exchange.answers["document"] = {"building": BUILDING, "revision": "r1"}
    exchange.answers["edit"] = {"revision": "r2"}
    exchange.answers["erase_person"] = {"calls": 2, "tickets": 1, "sounds": 1, "waiting": []}
    return administrator


@pytest.mark.parametrize("number", ["501 502 503", "+48501502503", "0048 501-502-503"])
def test_everything_under_a_number_is_shown(house: Browser, number: str) -> None:
    seen = house.get("/settings/person", query_string={"number": number}).get_data(as_text=True)
    told = house.get("/settings/person", query_string={"number": number})
    words = read(told)
    assert "2 połączenia, 1 zgłoszenie, 1 nagranie" in words
    assert "Zalana piwnica" in words
    assert "12 (Lipowa 7): 501 502 503, 22 111 22 33" in words
    assert "601 602 603" not in words
    assert "600 100 200" not in seen, "whom the box rang is somebody else's data"


def test_everything_under_a_flat_is_shown_by_house(house: Browser) -> None:
    both = house.words("/settings/person?flat=12")
    assert "3 połączenia" in both
    one = house.words("/settings/person?flat=12&building=lipowa9")
    assert "1 połączenie, 0 zgłoszeń" in one
    assert "505 505 505" in one
    assert "501 502 503" not in one


def test_nothing_is_said_to_be_nothing_and_nonsense_beside_the_field(house: Browser) -> None:
    assert "nie przechowuje żadnych danych" in house.words("/settings/person?number=511+511+511")
    assert "dziewięć cyfr" in house.words("/settings/person?number=12345678")
    assert 'aria-describedby="number-wrong"' in house.get("/settings/person?number=x").get_data(as_text=True)


def test_it_is_handed_over_as_a_file_with_the_recordings_and_without_others_data(house: Browser) -> None:
    answer = house.get("/settings/person/data.zip?number=501502503")
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        assert archive.read("recordings/a.wav") == b"RIFF the message"
        told = json.loads(archive.read("dane.json"))
    answer.close()
    assert [each["caller"] for each in told["calls"]] == [RESIDENT, RESIDENT]
    assert told["tickets"][0]["notes"][0]["text"] == "Zalana piwnica"
    assert told["directory"] == [BUILDING["residents"][0]]
    assert "nowak" not in json.dumps(told)
    assert "+48600100200" not in json.dumps(told)
    assert house.get("/settings/person/data.zip").status_code == 303


def test_before_it_is_erased_one_is_told_what_goes_and_what_stays_and_why(house: Browser, exchange: StandIn) -> None:
    seen = house.words("/settings/person/erase?flat=12")
    for reason in ("Co zniknie", "art. 6 ust. 1 lit. d", "art. 17 ust. 3 lit. e", "kopie zapasowe", "Operator"):
        assert reason in seen
    assert house.send("/settings/person/erase", flat="12").status_code == 303
    assert exchange.asked_for("erase_person") == []


def test_it_is_erased_with_the_directory(house: Browser, exchange: StandIn) -> None:
    seen = read(house.send("/settings/person/erase", number="501502503", sure="1", directory="1"))
    assert "Połączenia: 2, zgłoszenia: 1, skasowane nagrania: 1" in seen
    assert exchange.asked_for("erase_person") == [{"who": "prezes", "number": RESIDENT}]
    [edit] = exchange.asked_for("edit")
    assert edit["edits"] == [{"op": "set", "path": ["residents", 0, "phones"], "value": ["+48221112233"]}]
    assert edit["base"] == "r1"


def test_a_flat_is_erased_with_all_its_numbers(house: Browser, exchange: StandIn) -> None:
    house.send("/settings/person/erase", building="lipowa7", **SAFE)
    assert [each["number"] for each in exchange.asked_for("erase_person")] == [RESIDENT, "+48221112233"]
    assert exchange.asked_for("edit") == [], "the directory is left unless it is wanted"


def test_an_urgent_ticket_that_keeps_its_number_is_named(house: Browser, exchange: StandIn) -> None:
    exchange.answers["erase_person"] = {"calls": 1, "tickets": 0, "sounds": 0, "waiting": [1001]}
    seen = read(house.send("/settings/person/erase", number="501502503", sure="1"))
    assert "zachowują numer do zakończenia: 1001" in seen
    assert "Spis mieszkańców pozostał bez zmian" in seen


def test_somebody_faster_in_the_directory_ends_it_before_anything_is_erased(house: Browser, exchange: StandIn) -> None:
    exchange.answers["edit"] = {"conflict": True, "revision": "r9"}
    assert house.send("/settings/person/erase", number="501502503", sure="1", directory="1").status_code == 303
    assert exchange.asked_for("erase_person") == []
    assert "Ktoś w tym czasie zmienił" in house.words("/settings/person")


def test_entries_are_taken_out_from_the_last_on_so_that_places_hold() -> None:
    entries: list[dict[str, Any]] = [{"phones": ["a"]}, {"phones": ["b", "a"]}, {"phones": ["b"]}, {"phones": ["a"]}]
    assert list(removals(entries, {"a"})) == [
        {"op": "remove", "path": ["residents", 3]},
        {"op": "set", "path": ["residents", 1, "phones"], "value": ["b"]},
        {"op": "remove", "path": ["residents", 0]},
    ]


def test_without_a_register_it_says_so(administrator: Browser) -> None:
    assert "jeszcze pusty" in administrator.words("/settings/person?number=501502503")
