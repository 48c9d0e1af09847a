"""The page of updates: brought, looked at, begun, watched, gone back to; and what a machine without slots is told."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from looking import Browser, StandIn

from appliance.updating.states import State
from appliance.updating.words import WHY as SAID
from webui.settings import update_words

SLOTS = {
    "running": "A",
    "kept": "A",
    "other": "B",
    "holds": {"A": {"version": "0.1.0", "good": True}, "B": {"version": "0.0.9", "good": True}},
}
STANDS: dict[str, Any] = {
    "version": "0.1.0",
    "how": "slots",
    "slots": SLOTS,
    "update": None,
    "why_not": None,
    "on_sticks": [],
}
GOES_ON: dict[str, Any] = {
    "kind": "update",
    "state": "writing",
    "goes_on": True,
    "stoppable": True,
    "who": "prezes",
    "begun": "2026-11-22T21:14:03+01:00",
    "changed": "2026-11-22T21:15:03+01:00",
    "from": "0.1.0",
    "to": "0.2.0",
    "description": "",
    "signer": "Publisher",
    "backup": "backups/dyzurka-20261122-211403.zip",
    "percent": 40,
    "missing": [],
    "waits_for": None,
    "why": None,
}
LOOK: dict[str, Any] = {
    "bundle": {"version": "0.2.0", "description": "Cichsze dzwonki", "signer": "Publisher", "bytes": 150_000_000},
    "why_not": None,
    "step_back": False,
}
PAGE = "/settings/update"


@pytest.fixture(autouse=True)
def answers(exchange: StandIn) -> StandIn:
    exchange.answers["update"] = STANDS
    exchange.answers["update_look"] = LOOK
    return exchange


def stands(exchange: StandIn, update: dict[str, Any] | None = None, **more: Any) -> None:
    exchange.answers["update"] = {**STANDS, "update": update, **more}


def brought(browser: Browser, data: Path, content: bytes = b"a bundle") -> str:
    """Upload a file; the address of the page that follows."""
    answer = browser.send(PAGE, form_at=PAGE, file=(io.BytesIO(content), "dyzurka-0.2.0.raucb"))
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_it_is_the_administrators_alone(caretaker: Browser, administrator: Browser) -> None:
    assert administrator.get(PAGE).status_code == 200
    assert caretaker.get(PAGE).status_code == 403
    for place in ("", "/progress", "/file/update-0123456789abcdef.raucb"):
        assert caretaker.get(f"{PAGE}{place}").status_code == 403
    for place in ("", "/stop", "/back", "/stick", "/file/update-0123456789abcdef.raucb"):
        assert caretaker.send(f"{PAGE}{place}", sure="1").status_code == 403


def test_a_file_is_brought_looked_at_and_begun(administrator: Browser, exchange: StandIn, data: Path) -> None:
    exchange.answers["update_begin"] = {"state": "checking"}
    place = brought(administrator, data)
    words = administrator.words(place)
    assert "Cichsze dzwonki" in words
    assert "Publisher" in words
    assert "150" in words
    (kept,) = (data / "incoming").glob("update-*.raucb")
    assert kept.read_bytes() == b"a bundle"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert administrator.send(place, form_at=place).headers["Location"] == place  # nobody has said yes
    assert exchange.asked_for("update_begin") == []
    assert administrator.send(place, form_at=place, sure="1").headers["Location"] == PAGE
    assert exchange.asked_for("update_begin") == [
        {"who": "prezes", "path": f"incoming/{kept.name}", "step_back": False}
    ]


def test_nothing_chosen_is_said(administrator: Browser) -> None:
    answer = administrator.send(PAGE, form_at=PAGE, file=(io.BytesIO(b""), ""))
    assert "Najpierw wybierz plik aktualizacji." in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("code", "values", "words"),
    [
        ("not_signed", {"why": "self-signed certificate"}, "nie podpisał nikt, komu to urządzenie ufa"),
        ("tampered", {}, "uszkodzony albo zmieniony po podpisaniu"),
        ("no_bundle", {"why": "it is too short"}, "To nie jest plik aktualizacji"),
    ],
)
def test_a_file_that_is_none_is_said_to_be_none_and_not_kept(
    administrator: Browser, exchange: StandIn, data: Path, code: str, values: dict[str, str], words: str
) -> None:
    exchange.refuse("update_look", code, **values)
    place = brought(administrator, data)
    assert administrator.get(place).headers["Location"] == PAGE
    assert words in administrator.words(PAGE)
    assert list((data / "incoming").glob("update-*")) == []


def test_another_machine_s_file_cannot_be_begun(administrator: Browser, exchange: StandIn, data: Path) -> None:
    why = {"key": "other_machine", "values": {"bundle": "toaster", "machine": "box"}, "text": "…"}
    exchange.answers["update_look"] = {**LOOK, "why_not": why}
    words = administrator.words(brought(administrator, data))
    assert "Ten plik jest dla innego rodzaju urządzenia (toaster)." in words
    assert "Zainstaluj" not in words


def test_during_calls_it_is_said_so_and_begun_only_afterwards(
    administrator: Browser, exchange: StandIn, data: Path
) -> None:
    stands(exchange, why_not={"key": "calls_up", "values": {"count": "2"}, "text": "…"})
    place = brought(administrator, data)
    assert "Trwają rozmowy (2)." in administrator.words(place)
    exchange.refuse("update_begin", "calls_up", count="2")
    assert administrator.send(place, form_at=place, sure="1").headers["Location"] == place
    assert "Aktualizacja nie zaczyna się w trakcie rozmów" in administrator.words(place)


def test_an_older_version_is_wanted_twice(administrator: Browser, exchange: StandIn, data: Path) -> None:
    exchange.answers["update_look"] = {**LOOK, "step_back": True}
    exchange.answers["update_begin"] = {"state": "checking"}
    place = brought(administrator, data)
    assert "nie jest nowsza" in administrator.words(place)
    administrator.send(place, form_at=place, sure="1", step_back="1")
    assert exchange.asked_for("update_begin")[0]["step_back"] is True


def test_the_wrong_file_is_forgotten(administrator: Browser, data: Path) -> None:
    place = brought(administrator, data)
    assert administrator.send(f"{place}/forget", form_at=place).headers["Location"] == PAGE
    assert list((data / "incoming").glob("update-*")) == []
    assert administrator.get(place).status_code == 404


@pytest.mark.parametrize("name", ["building.toml", "update-0.raucb", "update-0123456789abcdef.raucb", "restore-1.zip"])
def test_no_other_file_is_looked_at(administrator: Browser, name: str) -> None:
    assert administrator.get(f"{PAGE}/file/{name}").status_code == 404


def test_an_update_is_watched(administrator: Browser, exchange: StandIn) -> None:
    stands(exchange, GOES_ON)
    words = administrator.words(PAGE)
    assert "Trwa instalacja wersji 0.2.0." in words
    assert "Zapis nowej wersji obok tej, która działa" in words
    assert "40%" in words
    piece = administrator.get(f"{PAGE}/progress").get_data(as_text=True)
    assert "<html" not in piece
    assert 'hx-trigger="every 2s"' in piece
    exchange.answers["update_stop"] = {"state": "failed"}
    assert administrator.send(f"{PAGE}/stop", form_at=PAGE).status_code == 303
    assert exchange.asked_for("update_stop") == [{"who": "prezes"}]


def test_what_it_waits_for_and_what_is_not_well_yet_is_told(administrator: Browser, exchange: StandIn) -> None:
    waits = {"key": "calls_up", "values": {"count": "1"}, "text": "…"}
    stands(exchange, {**GOES_ON, "state": "waiting", "waits_for": waits})
    assert "Trwają rozmowy (1)." in administrator.words(PAGE)
    stands(exchange, {**GOES_ON, "state": "proving", "missing": ["line sim", "page"], "stoppable": False})
    words = administrator.words(PAGE)
    assert "Jeszcze nie działa: linia sim, ta strona." in words
    assert "Zatrzymaj" not in words


@pytest.mark.parametrize(
    ("state", "why", "words"),
    [
        ("done", None, "Wersja 0.2.0 działa od"),
        ("back", {"key": "unwell", "values": {"missing": "line sim, page"}}, "nie działało: linia sim, ta strona"),
        ("back", {"key": "did_not_start", "values": {}}, "Nowa wersja się nie uruchomiła"),
        ("failed", {"key": "stopped", "values": {}}, "nic nie zostało zmienione"),
        ("failed", {"key": "of_a_version_to_come", "values": {}}, "so it is said"),
    ],
)
def test_how_the_last_one_ended_is_told(
    administrator: Browser, exchange: StandIn, state: str, why: dict[str, Any] | None, words: str
) -> None:
    told = why and {"text": "so it is said", **why}
    stands(exchange, {**GOES_ON, "state": state, "goes_on": False, "stoppable": False, "why": told})
    page = administrator.words(PAGE)
    assert words in page
    assert "powstała kopia zapasowa" in page
    assert "hx-trigger" not in administrator.get(f"{PAGE}/progress").get_data(as_text=True)


def test_one_goes_back_after_saying_so(administrator: Browser, exchange: StandIn) -> None:
    exchange.answers["update_return"] = {"state": "checking"}
    assert "Poprzednia wersja, 0.0.9, jest wciąż na urządzeniu." in administrator.words(PAGE)
    administrator.send(f"{PAGE}/back", form_at=PAGE)
    assert exchange.asked_for("update_return") == []
    administrator.send(f"{PAGE}/back", form_at=PAGE, sure="1")
    assert exchange.asked_for("update_return") == [{"who": "prezes"}]


def test_without_another_version_there_is_no_way_back(administrator: Browser, exchange: StandIn) -> None:
    empty = {**SLOTS, "holds": {**SLOTS["holds"], "B": {"version": "", "good": False}}}
    stands(exchange, slots=empty)
    assert "Poprzednia wersja" not in administrator.words(PAGE)


def test_a_stick_is_found_and_copied(administrator: Browser, exchange: StandIn, data: Path) -> None:
    path = "/run/dyzurka-stick/sda1/dyzurka-0.2.0.raucb"
    stands(exchange, on_sticks=[path])
    assert "Na pendrivie: dyzurka-0.2.0.raucb" in administrator.words(PAGE)
    exchange.answers["update_fetch"] = {"job": "0123456789abcdef"}
    place = administrator.send(f"{PAGE}/stick", form_at=PAGE, path=path).headers["Location"]
    assert exchange.asked_for("update_fetch") == [{"who": "prezes", "path": path}]
    exchange.answers["job"] = {"state": "running", "steps": [], "result": None}
    assert "Nie wyjmuj pendrive’a." in administrator.words(place)
    name = "update-0123456789abcdef.raucb"
    exchange.answers["job"] = {"state": "done", "steps": [], "result": {"path": f"incoming/{name}"}}
    assert administrator.get(place).headers["Location"] == f"{PAGE}/file/{name}"
    failed = {"text": "…", "code": "no_room", "needed": "350", "free": "20"}
    exchange.answers["job"] = {"state": "failed", "steps": [], "result": failed}
    assert administrator.get(place).headers["Location"] == PAGE
    assert "Potrzeba 350 MB wolnego miejsca, a jest 20 MB." in administrator.words(PAGE)


@pytest.mark.parametrize(("how", "words"), [("package", "apt update && apt install dyzurka"), ("source", "git pull")])
def test_a_machine_without_slots_is_updated_otherwise(
    administrator: Browser, exchange: StandIn, how: str, words: str
) -> None:
    exchange.answers["update"] = {"version": "0.1.0", "how": how, "slots": None, "update": None, "why_not": None}
    page = administrator.words(PAGE)
    assert words in page.replace("&amp;", "&")
    assert "raucb" not in page


def test_every_reason_and_every_step_has_words() -> None:
    assert set(SAID) - {"not_saved"} <= set(update_words.WHY)
    shown = {*update_words.STEPS, "none", "leaving", "done", "failed", "back"}
    assert {state.value for state in State} == shown
