"""Papers to be printed: filled with the building's data, and honest about being templates."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lives import NUMBER, RESIDENT, SetClock, lived
from looking import Browser, StandIn

from appliance.register.store import RegisterStore

EXAMPLES = Path(__file__).parents[3] / "examples"


def example(name: str) -> dict[str, Any]:
    return tomllib.loads((EXAMPLES / name).read_text(encoding="utf-8"))


@pytest.fixture
def lipowa(exchange: StandIn, administrator: Browser) -> Browser:
    """The administrator of the sample building."""
    exchange.answers["document"] = {"building": example("lipowa7.toml"), "revision": "r1"}
    return administrator


def test_the_poster_has_the_number_the_keys_by_hours_and_the_emergency_numbers(lipowa: Browser) -> None:
    source = lipowa.get("/settings/papers/poster").get_data(as_text=True)
    assert re.search(r'<p class="big">22\s123\s45\s67</p>', source)
    seen = lipowa.words("/settings/papers/poster?office=parter,+klatka+A")
    assert (
        "W godzinach pracy biura (pn–pt 08:00–16:00) 1 Pilna awaria, na przykład zalanie 2 Usterka do naprawy" in seen
    )
    assert "O każdej innej porze, w dzień i w nocy 1 Pilna awaria, na przykład zalanie 2 Wiadomość dla biura" in seen
    assert "parter, klatka A" in seen
    for number in ("112", "998", "999", "997", "992", "991", "993", "994"):
        assert number in seen
    assert "Gdy ten numer nie działa" not in seen, "there is one line only"


def test_a_second_line_is_the_number_for_when_the_first_does_not_work(lipowa: Browser, exchange: StandIn) -> None:
    building = example("lipowa7.toml")
    building["lines"].append({"id": "sim", "kind": "gsm", "number": "+48600000001"})
    exchange.answers["document"] = {"building": building, "revision": "r1"}
    assert "Gdy ten numer nie działa: 600 000 001" in lipowa.words("/settings/papers/poster")


def test_an_estates_poster_is_of_one_house_with_the_keys_that_lead_to_it(
    administrator: Browser, exchange: StandIn
) -> None:
    exchange.answers["document"] = {"building": example("osiedle.toml"), "revision": "r1"}
    first = administrator.words("/settings/papers/poster?building=parkowa3")
    assert "3, 1 Pilna awaria" in first
    own = administrator.words("/settings/papers/poster?building=debowa5")
    assert "22 555 00 05" in own
    assert re.search(r"(?<!, )1 Pilna awaria", own)


def test_the_clause_says_what_the_law_asks_with_this_boxs_numbers(lipowa: Browser) -> None:
    seen = lipowa.words("/settings/papers/clause?controller=Wspólnota+Lipowa+7&contact=biuro@example.com")
    for part in (
        *("Wspólnota Lipowa 7", "biuro@example.com", "22 123 45 67", "Nagrania – 90 dni", "1095 dni"),
        *("art. 6 ust. 1 lit. f", "Prezesa Urzędu Ochrony Danych Osobowych", "Rozmowy nie są nagrywane", "W skrócie"),
    ):
        assert part in seen, part
    assert "To wzór" in seen


def test_where_conversations_are_recorded_the_clause_says_so(lipowa: Browser, exchange: StandIn) -> None:
    building = {**example("lipowa7.toml"), "recording": {"conversations": True, "keep_days": 14}}
    exchange.answers["document"] = {"building": building, "revision": "r1"}
    seen = lipowa.words("/settings/papers/clause")
    assert "zrezygnować klawiszem 0" in seen
    assert "Nagrania – 14 dni" in seen
    assert "Rozmowy nie są nagrywane" not in seen


def test_the_agreement_is_a_template_and_says_so_on_the_sheet_itself(lipowa: Browser) -> None:
    source = lipowa.get("/settings/papers/agreement?processor=Zarządca+sp.+z+o.o.").get_data(as_text=True)
    sheet = source[source.index('<article class="sheet"') :]
    assert "WZÓR – do sprawdzenia przez prawnika" in sheet
    assert "Zarządca sp. z o.o." in sheet
    assert "bez szyfrowania" in sheet
    assert sheet.count("………") > 5


@pytest.mark.parametrize("name", ["poster", "clause", "agreement"])
def test_papers_are_there_in_english_and_while_the_exchange_is_away(administrator: Browser, name: str) -> None:
    assert administrator.get(f"/settings/papers/{name}?lang=en").status_code == 200
    assert '<article class="sheet" lang="en">' in administrator.get(f"/settings/papers/{name}").get_data(as_text=True)
    assert administrator.get("/settings/papers/will").status_code == 404


def test_what_is_typed_is_text(lipowa: Browser) -> None:
    assert "<script>" not in lipowa.get("/settings/papers/clause?controller=<script>").get_data(as_text=True)


def test_an_incidents_sheet_tells_who_was_rung_and_who_accepted_when(data: Path, administrator: Browser) -> None:
    clock = SetClock()

    async def night(store: RegisterStore) -> None:
        call, ticket = store.new_uid(), store.new_uid()
        about = {"number": NUMBER, "caller": RESIDENT, "resident": "m. 12", "line": "p"}
        store.record("call.started", call=call, building="lipowa7", **about)
        store.record("call.urgent", call=call, after=3.0)
        store.record("ticket.opened", call=call, ticket=ticket, urgent=True, caller=RESIDENT, reason="urgent")
        store.record("call.ringing", call=call, who="nowak", phone="+48600100200", after=4.0)
        clock.wall += timedelta(seconds=12)
        rung = {"who": "nowak", "phone": "+48600100200", "line": "p", "result": "answered", "seconds": 12.0}
        store.record("call.rung", call=call, **rung, after=16.0)
        store.record("call.accepted", call=call, who="nowak", phone="+48600100200", after=17.0)
        store.record("ticket.taken", call=call, ticket=ticket, who="nowak", base="", after=17.0)
        store.record("call.ended", call=call, outcome="answered", cause="hangup", after=60.0)
        await store.record("ticket.noted", ticket=ticket, text="Zawór zakręcony", who="nowak", base="")

    lived(data, clock, night)
    seen = administrator.words("/settings/incident/1001")
    assert "Zgłoszono 22.11.2026 21:14:03" in seen
    assert "501 502 503 (m. 12)" in seen
    assert "22.11.2026 21:14:15 Przyjął Jan Nowak" in seen
    assert "600 100 200" in seen
    assert "Zawór zakręcony" in seen
    assert "Treść wiadomości głosowej (do spisania po odsłuchaniu) ………" in seen
    assert administrator.get("/settings/incident?ticket=1001").headers["Location"] == "/settings/incident/1001"
    assert administrator.get("/settings/incident?ticket=x").headers["Location"] == "/settings/papers"
    for unknown in ("1999", "99999999999999999999999"):
        assert administrator.get(f"/settings/incident/{unknown}").status_code == 404
