"""The first page says how things stand, what needs somebody, and takes a ticket with one button."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lived import live, one_night
from looking import Browser, StandIn, read

from appliance.gateways.copper import DEAD
from webui.now.standing import Standing, how_things_stand, until

NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)  # a Wednesday, 21:00 in Warsaw
TOMORROW = "2026-11-26T08:00:00+01:00"
UP = {"id": "provider", "kind": "sip", "state": "up", "fault": None}
DUTY = {"name": "Pogotowie techniczne", "people": ["nowak", "biuro"], "until": TOMORROW, "next": ["kowalska"]}
STATUS: dict[str, Any] = {
    "lines": [UP],
    "calls": [],
    "on_duty": {"pogotowie": ["nowak", "biuro"]},
    "duty": {"pogotowie": DUTY},
    "lamps": {},
    "faults": [],
    "way": {"level": "ok", "pl": "Wszystkie linie działają.", "en": "All lines work."},
}
SILENT = {"id": "provider", "kind": "sip", "state": "down", "fault": "no answer"}
DOWN = {"id": "sim", "kind": "gsm", "state": "down", "fault": "no network"}
BY_NET = {
    "level": "fallback",
    "pl": "Działa przez łącze internetowe, ale bez zapasu.",
    "en": "Works by the internet line.",
}
DEAD_COPPER = {"id": "copper", "kind": "sip", "state": "down", "fault": DEAD}
NO_LINE = {"level": "fault", "pl": "Żadna linia nie działa jak trzeba.", "en": "No line works as it should."}


@pytest.fixture
def page(data: Path, caretaker: Browser) -> Browser:
    live(data, one_night)
    return caretaker


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize(
    ("change", "how", "sentence", "remedy"),
    [
        ({}, "well", "Wszystko działa. Dyżur: Jan Nowak do jutra 8:00.", ""),
        ({"duty": {}}, "well", "Wszystko działa.", ""),
        ({"faults": ["Dysk jest pełny. Zwolnić miejsce."]}, "care", "Jest usterka: Dysk jest pełny. Zwolnić", ""),
        ({"lines": [UP, DOWN], "way": BY_NET}, "care", "Działa przez łącze internetowe", "no network"),
        ({"lines": [DOWN], "way": NO_LINE}, "alarm", "Żadna linia nie działa jak trzeba.", "no network"),
        (
            {"lines": [UP, DEAD_COPPER], "way": BY_NET, "faults": ["Linia copper jest głucha: w gnieździe"]},
            "care",
            "Działa przez łącze internetowe",
            "na linii miedzianej nie ma napięcia: proszę sprawdzić wtyczkę w bramce i w ścianie",
        ),
        (
            {"lines": [SILENT], "way": NO_LINE},
            "alarm",
            "Żadna linia nie działa jak trzeba.",
            "Linia zgłasza: brak odpowiedzi. Proszę sprawdzić, czy kabel sieciowy",
        ),
        ({"on_duty": {"pogotowie": []}}, "alarm", "Nikt nie ma dyżuru (Pogotowie techniczne)", "grafiku"),
        (None, "alarm", "Centrala nie działa", "wyłączyć Dyżurkę z prądu"),
    ],
)
def test_one_sentence_says_the_worst_that_holds(
    change: dict[str, Any] | None, how: str, sentence: str, remedy: str
) -> None:
    told = how_things_stand(None if change is None else {**STATUS, **change}, [], NOW)
    assert told.kind == how
    assert sentence in told.sentence
    assert remedy in told.remedy


@pytest.mark.usefixtures("in_polish")
def test_an_urgent_ticket_that_nobody_has_taken_is_the_worst_but_a_taken_one_is_no_alarm() -> None:
    untaken, taken = {"number": 1002, "state": "new"}, {"number": 1001, "state": "in progress"}
    told = how_things_stand({**STATUS, "lines": [DOWN], "way": NO_LINE}, [untaken, taken], NOW)
    assert told.sentence == "Pilne zgłoszenie nr 1002 czeka, aż ktoś je przejmie."
    assert told.also == ("Żadna linia nie działa jak trzeba.",)
    two = how_things_stand(STATUS, [untaken, untaken], NOW).sentence
    assert two == "2 pilne zgłoszenia czekają, aż ktoś je przejmie."
    assert how_things_stand(STATUS, [taken], NOW) == Standing(
        "well", "Wszystko działa. Dyżur: Jan Nowak do jutra 8:00."
    )


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "do 21:00"), (1, "do jutra 21:00"), (5, "do poniedziałku 21:00"), (9, "do 4.12.2026 21:00")],
)
def test_until_when_is_said_as_people_say_it(days: int, said: str) -> None:
    assert until((NOW + timedelta(days=days)).isoformat(), NOW) == said
    assert until(None, NOW) == ""


def test_without_an_exchange_it_says_so_and_the_register_stays(page: Browser) -> None:
    seen = page.words("/")
    assert "Centrala nie działa" in seen
    assert "Nie wiadomo: centrala nie odpowiada." in seen
    assert "505 606 707" in seen
    assert "Przejmuję" in seen


def test_lines_duty_calls_lamps_and_faults_are_shown(page: Browser, exchange: StandIn) -> None:
    talking = {"state": "talking", "caller": "+48501502503", "since": (NOW - timedelta(days=1)).isoformat()}
    waiting = {"state": "queue", "caller": None, "queue": "office", "place": 2, "urgent": True, "resident": "12"}
    exchange.answers["status"] = {
        **STATUS,
        "lines": [UP, DOWN],
        "calls": [talking, waiting],
        "lamps": {"status": "red", "panic_lamp": "blinking"},
        "faults": ["Linia sim nie działa (no network). Sprawdzić sieć.", "the register is not open yet"],
    }
    seen = page.words("/")
    assert "Jan Nowak do " in seen
    assert "potem dzwonimy do: biuro" in seen
    assert "następny dyżur: kowalska" in seen
    assert "sim : nie działa no network" in seen
    assert "Linia sim nie działa (no network)" not in seen, "it stands beside the line"
    assert "Usterki rejestr nie jest jeszcze otwarty" in seen
    assert "lampka stanu: czerwona, jest usterka" in seen
    assert "lampka alarmowa: miga, pilna rozmowa szuka dyżurnego" in seen
    assert "rozmawia" in seen
    assert "czeka w kolejce (miejsce 2, office)" in seen


def test_seconds_of_a_call_go_on_from_one_look_to_the_next(page: Browser, exchange: StandIn) -> None:
    began = datetime.now(UTC) - timedelta(seconds=42)
    exchange.answers["status"] = {**STATUS, "calls": [{"state": "menu", "caller": None, "since": began.isoformat()}]}
    [first] = re.findall(r"(\d+) s ", page.words("/now/cards"))
    assert 42 <= int(first) <= 50


def test_a_call_that_says_nothing_of_itself_is_shown_all_the_same(page: Browser, exchange: StandIn) -> None:
    exchange.answers["status"] = {"calls": [{"state": "menu", "since": "soon"}], "lines": [{"id": "x", "state": "up"}]}
    assert "słucha menu" in page.words("/")


def test_a_ticket_is_taken_with_one_button_and_leads_on_to_it(page: Browser, exchange: StandIn) -> None:
    exchange.answers["ticket_take"] = {"ticket": {}}
    answer = page.send("/now/take/1002", form_at="/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/register/tickets/1002")
    [asked] = exchange.asked_for("ticket_take")
    assert (asked["who"], asked["ticket"]) == ("dozorca", 1002)
    assert asked["base"]
    assert "Zgłoszenie nr 1002 przejęte." in page.words("/register/tickets/1002")


def test_who_comes_second_is_told_who_was_faster(page: Browser, exchange: StandIn) -> None:
    page.send("/now/take/1001", form_at="/")
    assert exchange.asked_for("ticket_take") == []
    assert "Zgłoszenie nr 1001 zostało już przejęte: Jan Nowak." in page.words("/register/tickets/1001")


def test_a_ticket_that_is_not_taken_because_the_exchange_is_away_is_said_so(page: Browser) -> None:
    answer = page.send("/now/take/1002", form_at="/")
    assert answer.status_code == 503
    assert "Centrala nie odpowiada" in read(answer)


def test_todays_figures(page: Browser) -> None:
    assert "Dzisiaj połączenia 0 odebrane 0 nieodebrane 0 typowe czekanie –" in page.words("/now/day")


def test_it_refreshes_in_pieces_by_itself_and_as_a_whole_without_javascript(page: Browser, exchange: StandIn) -> None:
    exchange.answers["status"] = STATUS
    whole = page.get("/").get_data(as_text=True)
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in whole
    places = re.findall(r'hx-get="([^"]+)" hx-trigger="every 3s"', whole)
    assert [place.partition("?")[0] for place in places] == ["/now/top", "/now/cards", "/now/day"]
    for place in places:
        assert page.get(place).status_code == 204, "nothing has changed: nothing is sent and read out again"
        fresh = page.get(place.partition("?")[0])
        assert fresh.status_code == 200
        assert "<html" not in fresh.get_data(as_text=True)
    exchange.answers["status"] = {**STATUS, "faults": ["Dysk"]}
    assert "Dysk" in page.words(places[1])


PROOFS = [
    {"way": "out", "with": "sim", "at": TOMORROW, "result": "proved", "seconds": 2.1, "proved": TOMORROW},
    {"way": "in", "with": "sim", "at": TOMORROW, "result": "no sound out", "seconds": 12.0, "proved": None},
]


@pytest.mark.usefixtures("in_polish")
def test_each_line_tells_its_last_test_calls_and_they_can_be_made_now(page: Browser, exchange: StandIn) -> None:
    sim = {**UP, "id": "sim", "kind": "gsm", "diverted": {"to": "nowak", "since": TOMORROW, "refused": None}}
    test_calls = {"next": TOMORROW, "why_not": None}
    exchange.answers["status"] = {**STATUS, "lines": [{**UP, "proofs": PROOFS}, sim], "test_calls": test_calls}
    words = page.words("/")
    assert "Połączenie próbne na linię sim: słychać w obie strony" in words
    assert "Połączenie próbne z linii sim: nie udało się" in words
    assert "na linii provider nie było słychać linii sim" in words
    assert "Gdy Dyżurka nie działa, dzwoni telefon: Jan Nowak" in words
    exchange.answers["test_lines"] = {"job": "1"}
    assert page.send("/now/test-lines").status_code == 303
    assert exchange.asked_for("test_lines") == [{"who": "dozorca"}]
    exchange.refuse("test_lines", "call_up")
    assert "Ktoś właśnie dzwoni" in read(page.send("/now/test-lines"))


@pytest.mark.usefixtures("in_polish")
def test_a_box_with_one_line_says_that_it_cannot_prove_itself(page: Browser, exchange: StandIn) -> None:
    exchange.answers["status"] = {**STATUS, "test_calls": {"next": None, "why_not": "one line"}}
    assert "Z jedną tylko linią Dyżurka nie może sama sprawdzić" in page.words("/")


def test_a_sim_card_is_told_for_a_caretaker_in_the_readers_language(page: Browser, exchange: StandIn) -> None:
    modem = {
        **{"model": "Quectel EC25", "operator": "Orange PL", "technology": "2G", "signal": "weak", "dbm": -105},
        **{"sim": "pin", "voice": False, "roaming": True},
        "fault": {"pl": "modem jest w obcej sieci", "en": "the modem is on a foreign network"},
    }
    sim = {**UP, "id": "sim", "kind": "gsm", "fault": "modem jest w obcej sieci", "about": "x", "modem": modem}
    soon = (datetime.now(UTC) + timedelta(days=2)).astimezone(ZoneInfo("Europe/Warsaw")).date()
    diverted = {"to": None, "since": None, "refused": "CME 3"}
    exchange.answers["status"] = {
        **STATUS,
        "lines": [{**sim, "expires": soon.isoformat(), "diverted": diverted}],
        "messages": {"waiting": 1, "undelivered": 2},
    }
    seen = page.words("/")
    assert "Wszystkie linie działają." in seen
    assert "Sieć: Orange PL, 2G. To obca sieć (roaming). Sygnał: słaby (−105 dBm). Karta SIM czeka na PIN." in seen
    assert "Wysyła i odbiera tylko SMS-y, bez rozmów." in seen
    assert re.search(r"Karta ważna do [\d.]+ \(jeszcze [12] d", seen)
    assert "Sieć nie przyjęła przekierowania na dyżurnego" in seen
    assert "2 wiadomości nie dotarły" in seen and "1 wiadomość czeka na wysłanie" in seen
    english = page.words("/?lang=en")
    assert "the modem is on a foreign network" in english and "obcej" not in english
    exchange.answers["status"] = {**STATUS, "lines": [{**sim, "expires": "2020-03-01"}]}
    assert "Karta straciła ważność: ostatnim dniem był 1.03.2020" in page.words("/?lang=pl")


def test_a_buzzer_that_sounds_is_muted_and_pins_and_contacts_are_shown(caretaker: Browser, exchange: StandIn) -> None:
    exchange.answers["status"] = {
        "lamps": {"status": "green", "panic_lamp": "on", "buzzer": "sounding"},
        "panel": {
            "chip": "pinctrl-bcm2711",
            "pins": [
                {"name": "status green", "pin": 17, "on": True},
                {"name": "panic_lamp", "pin": 23, "on": None},
                {"name": "button", "pin": 25, "on": False},
            ],
            "contacts": [
                {
                    "name": "zalanie w piwnicy",
                    "pin": 5,
                    "building": "",
                    "state": "closed",
                    "since": None,
                    "ticket": 1001,
                }
            ],
            "testing": False,
        },
    }
    shown = caretaker.words("/")
    for words in ("Wycisz brzęczyk", "Sprawdź lampki", "zielona lampka", "zalanie w piwnicy", "zamknięty: alarm"):
        assert words in shown
    assert "nie działa, zob. usterki" in shown
    exchange.answers["panel_mute"] = {"buzzer": "muted"}
    exchange.answers["panel_test"] = {"testing": True}
    assert caretaker.send("/now/mute").status_code == 303
    assert caretaker.send("/now/test-lamps").status_code == 303
    assert exchange.asked_for("panel_mute") == exchange.asked_for("panel_test") == [{"who": "dozorca"}]


@pytest.mark.parametrize(
    ("mains", "said", "unsaid"),
    [
        ({"state": "mains", "charge": 100.0}, ["Jest prąd", "Bateria: 100 %."], ["Brak prądu"]),
        (
            {"state": "battery", "since": "2020-03-01T14:14:00+01:00", "charge": 61.6, "minutes": 100},
            ["Brak prądu", "1.03.2020", "14:14", "Bateria: 62 %, na około 1 h 40 min."],
            ["Jest prąd"],
        ),
        ({"state": "ending", "minutes": 9}, ["Brak prądu", "na około 9 min", "zatrzyma"], ["62"]),
        ({"state": "unknown", "charge": 50.0}, ["Nie wiadomo"], ["Bateria", "Jest prąd"]),
        ({"state": "mains", "source": "simulated"}, ["Jest prąd", "simulated-mains"], ["Bateria"]),
    ],
)
def test_the_mains_have_a_card_where_a_ups_tells_of_them(
    caretaker: Browser, exchange: StandIn, mains: dict, said: list[str], unsaid: list[str]
) -> None:
    known = {"source": "nut", "since": None, "charge": None, "minutes": None}
    exchange.answers["status"] = {**STATUS, "mains": {**known, **mains}}
    shown = caretaker.words("/")
    assert [each for each in said if each not in shown] == []
    assert [each for each in unsaid if each in shown] == []
    exchange.answers["status"] = {**STATUS, "mains": None}
    assert "Prąd" not in caretaker.words("/")
