"""What somebody sees on the page, with and without a running exchange."""

from __future__ import annotations

import asyncio
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from looking import Browser, StandIn

from appliance.register.store import RegisterStore
from webui.app import host_is_ours
from webui.names import Names, read_names

CALLER = "+48501502503"
STATUS: dict[str, Any] = {
    "lines": [
        {"id": "provider", "kind": "sip", "state": "up", "fault": None},
        {"id": "sim", "kind": "gsm", "state": "starting", "fault": None},
    ],
    "calls": [{"id": "01a20305-2471-7253-bc3c-bf7997a3718e", "state": "menu", "caller": CALLER}],
    "on_duty": {"pogotowie": ["nowak", "kowalska"]},
    "lamps": {},
    "faults": [],
}


class Standing:
    """A clock that goes on by hand."""

    wall = datetime(2026, 11, 22, 20, 14, 3, tzinfo=UTC)

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return 0.0


async def _fill(data: Path) -> None:
    """An urgent call that waits for somebody, one that was answered, and sixty more."""
    clock = Standing()
    store = await RegisterStore.open(
        data / "register.db", clock, random.SystemRandom(), box_name="Dyżurka", timezone="Europe/Warsaw"
    )
    for building in ["lipowa9"] * 60 + ["lipowa7"] * 2:
        call, ticket = store.new_uid(), store.new_uid()
        store.record("call.started", call=call, building=building, caller=CALLER, resident="m. 12", line="provider")
        store.record("call.answered", call=call, after=0.0)
        clock.wall += timedelta(hours=1)
    store.record("call.urgent", call=call, after=3.0)
    store.record("call.ringing", call=call, who="nowak", phone="+48600100200", after=4.0)
    store.record("call.from_the_future", call=call, secret=CALLER)
    store.record("ticket.opened", call=call, ticket=ticket, urgent=True, caller=CALLER, reason="urgent")
    store.record("ticket.noted", ticket=ticket, text="Pani Wiśniewska, mieszkanie 12", who="nowak", base="")
    await store.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("filled")
    asyncio.run(_fill(data))
    return data / "register.db"


@pytest.fixture
def page(data: Path, filled: Path, caretaker: Browser) -> Browser:
    """The caretaker's browser on a box that has had calls."""
    shutil.copy(filled, data)
    return caretaker


@pytest.fixture
def busy(exchange: StandIn) -> dict[str, Any]:
    """What a running exchange says of itself; a test may change it."""
    answer = dict(STATUS)
    exchange.answers["status"] = answer
    return answer


def test_without_an_exchange_the_page_says_so_and_still_shows_the_register(page: Browser) -> None:
    seen = page.words("/")
    assert "Centrala nie działa" in seen
    assert "501 502 503" in seen
    assert "1001" in seen


def test_with_an_exchange_it_shows_lines_calls_and_who_is_on_duty(page: Browser, busy: dict[str, Any]) -> None:
    seen = page.words("/")
    assert "Pilne zgłoszenie nr 1001 czeka" in seen
    assert "provider : działa" in seen
    assert "sim : uruchamia się" in seen
    assert "Jan Nowak potem dzwonimy do: kowalska" in seen
    assert "501 502 503" in seen
    assert "słucha menu" in seen


def test_an_answer_of_another_shape_does_not_break_the_page(page: Browser, busy: dict[str, Any]) -> None:
    busy.clear()
    assert "1001" in page.words("/")


def test_after_log_in_numbers_are_whole_and_flats_are_shown(page: Browser) -> None:
    seen = page.words("/register/62")
    assert "501 502 503 (m. 12)" in seen
    assert "600 100 200" in seen


def test_a_call_that_does_not_exist_is_said_so(page: Browser) -> None:
    for path in ("/register/999", "/register/99999999999999999999", "/register/x", "/nowhere"):
        answer = page.get(path)
        assert answer.status_code == 404
        assert "Nie ma takiej strony" in answer.get_data(as_text=True)


def test_before_the_first_call_there_is_a_page_all_the_same(caretaker: Browser) -> None:
    assert "jeszcze pusty" in caretaker.words("/")
    assert "jeszcze pusty" in caretaker.words("/register/")
    assert caretaker.get("/register/1").status_code == 404


def test_english_comes_by_browser_or_by_choice_and_stays(page: Browser) -> None:
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert "The exchange is not running" in page.words("/", headers=english)
    assert "Centrala nie działa" in page.words("/", headers={"Accept-Language": "de"})
    assert "Centrala nie działa" in page.words("/?lang=../../etc")
    assert "The exchange is not running" in page.words("/?lang=en")
    assert "Call register" in page.words("/register/")
    assert "Rejestr połączeń" in page.words("/register/?lang=pl", headers=english)
    assert "Rejestr połączeń" in page.words("/register/", headers=english)


def test_the_navigation_names_only_pages_that_are_there(page: Browser, stranger: Browser) -> None:
    seen = page.get("/register/").get_data(as_text=True)
    assert '<a href="/register/" aria-current=page>Rejestr</a>' in seen
    assert '<a href="/">Teraz</a>' in seen
    assert "<nav" not in stranger.get("/login").get_data(as_text=True)


def test_what_comes_from_files_is_text_and_not_markup(page: Browser) -> None:
    assert "Dyżurka &lt;Lipowa&gt;" in page.get("/").get_data(as_text=True)
    assert "<script>" not in page.get("/register/?q=<script>&from=<script>").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/", "/register/", "/nowhere", "/static/style.css"])
def test_every_answer_has_its_protective_headers(page: Browser, path: str) -> None:
    answer = page.get(path)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == ("max-age=3600" if "static" in path else "no-store")
    answer.close()


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("192.168.1.10:8080", True),
        ("[fd00::1]:8080", True),
        ("localhost", True),
        ("dyzurka.local:8080", True),
        ("dyzurka.local.", True),
        ("Dyzurka", True),
        ("dyzurka.lan:8080", True),
        ("evil.example", False),
        ("dyzurka.local.evil.example", False),
        ("192.168.1.10.evil.example:8080", False),
        ("", False),
        ("[", False),
    ],
)
def test_only_the_boxs_own_names_are_answered_to(host: str, ours: bool) -> None:
    assert host_is_ours(host, "dyzurka.lan") is ours


def test_a_foreign_name_is_refused(page: Browser) -> None:
    assert page.get("/", headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("content", ["", "box = 3\nbuildings = 5\nduty = [7]", "not toml", None])
def test_a_mistaken_building_file_costs_only_the_names(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "building.toml").write_text(content, encoding="utf-8")
    assert read_names(tmp_path / "building.toml") == Names()
