"""The first start, step by step, over an exchange that edits and checks a building as the real one does."""

from __future__ import annotations

import asyncio
import io
import random
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import holidays as library
import pytest
from looking import Browser, StandIn, read

from appliance.clock import SystemClock
from appliance.register import events
from appliance.register.store import RegisterStore
from appliance.requests.editing import mistakes
from appliance.requests.edits import apply, without_secrets
from appliance.requests.versions import Pair
from webui import holidays
from webui.setup import shapes
from webui.setup.presets import presets
from webui.setup.reasons import LINES, PHONES, TWO_AT_ONCE

STARTER = resources.files("appliance.building").joinpath("starter.toml").read_text(encoding="utf-8")
LINE = {"server": "sip.example.pl", "username": "48221234567", "password": "tajne-haslo", "numbers": "22 123 45 67"}
LINE_MORE = {"transport": "udp", "dial_format": "e164", "channels": "2", "register": "y"}


class Box:
    """A building that the stand-in exchange edits as the real one does; `tries` are the answers of jobs by id."""

    def __init__(self, exchange: StandIn, text: str = STARTER) -> None:
        self.pair = Pair(text)
        self.confirm: dict[str, Any] | None = None
        self.jobs: dict[str, dict[str, Any]] = {}
        self.exchange = exchange
        exchange.answers.update(
            document=self.document,
            edit=self.edit,
            status=lambda _: {
                "lines": [{"id": "provider", "state": "up", "fault": None}],
                "calls": [],
                "confirm": self.confirm,
            },
            job=lambda asked: self.jobs[asked["id"]],
            sentences={"sentences": [{"key": "greet", "pl": "{hello}, tu {building}.", "en": "…", "own": False}]},
        )

    @property
    def building(self) -> dict[str, Any]:
        return without_secrets(tomllib.loads(self.pair.building))

    def document(self, _: Any = None) -> dict[str, Any]:
        return {"building": self.building, "secrets": [], "revision": self.pair.revision, "writable": True, "why": None}

    def edit(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["base"] != self.pair.revision:
            return {"conflict": True, "revision": self.pair.revision}
        after = Pair(*apply(self.pair.building, self.pair.secrets, asked["edits"]))
        if errors := mistakes(after):
            return {"errors": errors}
        self.pair = after
        if asked.get("confirm_seconds"):
            self.confirm = {"revision": after.revision, "until": "2026-11-25T21:17:00+01:00", "what": "", "who": ""}
        return {"revision": after.revision, "taken_over": True, "until": None}

    def will(self, verb: str, job: str, result: dict[str, Any], *steps: dict[str, Any], state: str = "done") -> None:
        self.exchange.answers[verb] = {"job": job}
        self.jobs[job] = {"state": state, "steps": [{"at": "", **each} for each in steps], "result": result}


@pytest.fixture
def box(exchange: StandIn) -> Box:
    return Box(exchange)


def send(somebody: Browser, made: Box, step: str, /, **fields: Any):
    return somebody.send(f"/setup/{step}", base=made.pair.revision, **fields)


def with_people(somebody: Browser, box: Box) -> None:
    rows = {"name-0": "Jan Nowak", "phones-0": "600 100 200", "duty-0": "1", "do": "save"}
    rows |= {"name-1": "Anna Kowalska", "phones-1": "600300400, (22) 111-22-33", "duty-1": "1", "office-1": "1"}
    assert send(somebody, box, "people", **rows).status_code == 303


def with_line(somebody: Browser, box: Box) -> None:
    box.will("try_line", "good", {"result": "registered"})
    assert somebody.send("/setup/line", **LINE, **LINE_MORE).headers["Location"] == "/setup/trial/line/good"
    assert somebody.send("/setup/line/apply/good").headers["Location"] == "/setup/line/confirm"


# -- the way -----------------------------------------------------------------------------------------------------------


def test_it_begins_with_the_language_and_goes_on_where_it_was_left(administrator: Browser, box: Box) -> None:
    assert administrator.get("/setup/").headers["Location"] == "/setup/language"
    send(administrator, box, "building", box="Wspólnota Lipowa 7", buildings="Lipowa 7")
    assert administrator.get("/setup/").headers["Location"] == "/setup/hours"
    with_people(administrator, box)  # out of turn
    assert administrator.get("/setup/").headers["Location"] == "/setup/hours"
    assert "Zostały jeszcze te kroki" in administrator.words("/setup/done")


def test_every_step_shows_the_way_and_which_steps_are_done(administrator: Browser, box: Box) -> None:
    send(administrator, box, "building", box="Wspólnota Lipowa 7", buildings="Lipowa 7")
    for step in ("language", "building", "hours", "line", "people", "greeting", "call", "done"):
        page = administrator.get(f"/setup/{step}").get_data(as_text=True)
        assert page.count("<h1>") == 1
        assert page.count("aria-current=step") == 1
        assert 'Budynek<span class="unseen"> (zrobione)' in page
        assert "style=" not in page
        assert "onclick" not in page


def test_a_caretaker_may_not(caretaker: Browser, box: Box) -> None:
    assert caretaker.get("/setup/hours").status_code == 403
    assert caretaker.send("/setup/line", **LINE, **LINE_MORE).status_code == 403


def test_a_box_without_a_line_leads_its_administrator_here_from_every_page(
    administrator: Browser, caretaker: Browser, exchange: StandIn
) -> None:
    assert "dokończyć pierwsze uruchomienie" in administrator.words("/")
    assert "dokończyć pierwsze uruchomienie" not in caretaker.words("/")


def test_it_is_gone_again_from_ones_own_page(administrator: Browser, caretaker: Browser) -> None:
    assert 'href="/setup/"' in administrator.get("/account").get_data(as_text=True)
    assert 'href="/setup/"' not in caretaker.get("/account").get_data(as_text=True)


def test_without_an_exchange_it_says_so(administrator: Browser) -> None:
    answer = administrator.get("/setup/hours")
    assert answer.status_code == 503
    assert "Centrala nie odpowiada" in read(answer)


def test_the_language_is_the_callers_and_the_pages(administrator: Browser, box: Box) -> None:
    answer = send(administrator, box, "language", language="en")
    assert box.building["box"]["language"] == "en"
    assert "language=en" in answer.headers["Set-Cookie"]
    assert "The building" in administrator.words("/setup/building")


def test_the_building_has_its_name_and_its_number_waits_for_the_line(administrator: Browser, box: Box) -> None:
    send(administrator, box, "building", box="Wspólnota", buildings="Lipowa 7\nLipowa 9", numbers="22 123 45 67")
    assert [each["id"] for each in box.building["buildings"]] == ["lipowa-7", "lipowa-9"]
    assert 'value="22\N{NO-BREAK SPACE}123\N{NO-BREAK SPACE}45\N{NO-BREAK SPACE}67"' in administrator.get(
        "/setup/line"
    ).get_data(as_text=True)


def test_nothing_is_lost_on_a_mistake(administrator: Browser, box: Box) -> None:
    page = send(administrator, box, "building", box="Wspólnota", buildings="Lipowa 7", numbers="12").get_data(
        as_text=True
    )
    assert "12 to nie jest numer telefonu" in page
    assert 'value="Wspólnota"' in page
    assert box.building["box"]["name"] == "Dyżurka"


def test_two_people_do_not_overwrite_each_other_and_both_are_shown(administrator: Browser, box: Box) -> None:
    early = box.pair.revision
    send(administrator, box, "building", box="Nowa nazwa", buildings="Lipowa 7")
    answer = administrator.send("/setup/building", base=early, box="Inna nazwa", buildings="Lipowa 7")
    words = read(answer)
    assert "Ktoś inny" in words
    assert "Teraz zapisane jest Nowa nazwa" in words
    page = answer.get_data(as_text=True)
    assert 'value="Inna nazwa"' in page
    assert f'value="{box.pair.revision}"' in page  # sent again, it is saved


# -- hours -------------------------------------------------------------------------------------------------------------


def test_hours_are_typed_for_each_day_in_several_spans(administrator: Browser, box: Box) -> None:
    week = {
        "mon-from": ["8", "13.30"],
        "mon-to": ["12:00", "16"],
        "tue-from": ["8", "13:30"],
        "tue-to": ["12", "16:00"],
    }
    answer = send(administrator, box, "hours", **week, holidays="y", closed="31.12.2026, 2027-05-02")
    assert answer.status_code == 303
    assert box.building["hours"]["office"] == {
        "open": ["mon-tue 08:00-12:00", "mon-tue 13:30-16:00"],
        "holidays": "PL",
        "closed": ["2026-12-31", "2027-05-02"],
    }


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        (["8"], ["99"], "dwie godziny"),
        (["8"], [""], "dwie godziny"),
        (["8"], ["8:00"], "ta sama godzina"),
        (["8", "11"], ["12", "16"], "zachodzą na siebie"),
    ],
)
def test_wrong_hours_are_told_beside_their_day(
    administrator: Browser, box: Box, begin: list[str], end: list[str], said: str
) -> None:
    page = send(administrator, box, "hours", **{"wed-from": begin, "wed-to": end}).get_data(as_text=True)
    assert said in page.partition('id="wed-wrong"')[2].partition("</p>")[0]
    assert "hours" not in box.building


def test_the_holidays_are_named(administrator: Browser, box: Box) -> None:
    words = administrator.words("/setup/hours")
    for name in ("Boże Ciało", "Święto Niepodległości", "Wigilia", "Trzech Króli"):
        assert name in words


@pytest.mark.parametrize("year", [2026, 2027, 2030, 2038])
def test_the_named_holidays_are_those_of_the_exchange(year: int) -> None:
    named = {day for day, _ in holidays.coming(date(year, 1, 1), 366) if day.year == year}
    assert named == set(library.country_holidays("PL", years=year))


def test_a_week_is_painted_by_a_script_of_our_own(administrator: Browser, box: Box) -> None:
    assert "/static/week.js" in administrator.get("/setup/hours").get_data(as_text=True)
    with administrator.get("/static/week.js") as script:
        assert script.status_code == 200


# -- line --------------------------------------------------------------------------------------------------------------


def test_a_line_is_tried_before_it_is_applied_and_confirmed_before_it_stays(administrator: Browser, box: Box) -> None:
    with_line(administrator, box)
    [tried] = box.exchange.asked_for("try_line")
    assert tried["line"]["password"] == "tajne-haslo"
    assert tried["line"]["number"] == "+48221234567"
    assert box.exchange.asked_for("edit")[-1]["confirm_seconds"] > 0
    assert "tajne" not in box.pair.building
    assert "Linia działa" in administrator.words("/setup/line/confirm")
    box.exchange.answers["confirm"] = {"confirmed": True}
    assert administrator.send("/setup/line/confirm").headers["Location"] == "/setup/people"
    assert box.exchange.asked_for("confirm") == [{"who": "prezes", "revision": box.pair.revision}]


def test_who_confirms_too_late_is_told_that_the_former_settings_are_back(administrator: Browser, box: Box) -> None:
    with_line(administrator, box)
    box.confirm = None
    assert "Nic nie czeka" in administrator.words("/setup/line/confirm")
    assert administrator.send("/setup/line/confirm").headers["Location"] == "/setup/line"
    assert "wróciły poprzednie ustawienia" in read(administrator.get("/setup/line"))


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("wrong password", "Złe hasło"),
        ("no such server", "Nie ma takiego serwera"),
        ("no answer", "Serwer nie odpowiada"),
        ("refused", "Operator odmówił"),
        ("no sound", "bez dźwięku"),
        ("busy", "Telefon jest zajęty"),
        ("something new", "Nie udało się"),
    ],
)
def test_a_failure_is_told_in_words_and_nothing_is_applied(
    administrator: Browser, box: Box, result: str, said: str
) -> None:
    box.will(
        "try_line",
        "bad",
        {"result": result, "detail": "403 Forbidden"},
        {"key": "registering", "server": "sip.example.pl"},
    )
    administrator.send("/setup/line", **LINE, **LINE_MORE)
    words = administrator.words("/setup/trial/line/bad")
    assert said in words
    assert "Rejestrujemy się na sip.example.pl" in words
    assert "Włącz tę linię" not in words
    assert administrator.send("/setup/line/apply/bad").status_code == 409
    again = administrator.get("/setup/line?tried=bad").get_data(as_text=True)
    assert 'value="sip.example.pl"' in again
    assert "tajne" not in again
    administrator.send("/setup/line?tried=bad", **{**LINE, "password": ""}, **LINE_MORE)
    assert box.exchange.asked_for("try_line")[-1]["line"]["password"] == "tajne-haslo"


def test_the_exchanges_mistakes_stand_beside_the_fields(administrator: Browser, box: Box) -> None:
    error = {"key": "lines[0].server", "problem": "Tak się nie da.", "remedy": "Popraw.", "line": 1, "text": ""}
    box.exchange.refuse("try_line", "bad_line", errors=[error])
    page = administrator.send("/setup/line", **LINE, **LINE_MORE).get_data(as_text=True)
    assert 'id="server-wrong">Tak się nie da. Popraw.' in page


def test_a_provider_whose_pages_were_read_fills_the_form_and_says_when(administrator: Browser, box: Box) -> None:
    for preset in presets():
        page = administrator.get(f"/setup/line?provider={preset.id}").get_data(as_text=True)
        assert f'value="{preset.line["server"]}"' in page
        assert preset.day in page
        assert all(each in page for each in preset.pages)
        assert all(each.startswith("https://") for each in preset.pages)
        assert {*preset.words["pl"]} == {*preset.words["en"]} == {"user", "numbers", "divert", "channels"}


def test_how_the_old_number_comes_here_stands_beside_it(administrator: Browser, box: Box) -> None:
    words = administrator.words("/setup/line")
    assert "Jak przenieść tu stary numer" in words
    assert "przekierowanie" in words


# -- people ------------------------------------------------------------------------------------------------------------


def test_people_make_a_duty_list_that_the_menu_leads_to(administrator: Browser, box: Box) -> None:
    send(administrator, box, "hours", **{"mon-from": "8", "mon-to": "16"})
    with_people(administrator, box)
    made = box.building
    assert [each["phones"] for each in made["people"]] == [["+48600100200"], ["+48600300400", "+48221112233"]]
    assert made["duty"][0]["people"] == ["nowak", "kowalska"]
    assert made["menus"][0]["options"][0] == {
        "key": "1",
        "say": "Pilna awaria, na przykład zalanie",
        "goto": "duty:pogotowie",
        "urgent": True,
    }
    assert made["scenarios"][0] == {"id": "office", "when": "office", "menu": "office"}
    assert made["queues"][0]["people"] == ["kowalska"]


def test_the_order_is_changed_without_losing_what_is_typed(administrator: Browser, box: Box) -> None:
    rows = {"name-0": "Jan", "phones-0": "600", "duty-0": "1", "name-1": "Anna", "phones-1": "601", "duty-1": "1"}
    page = send(administrator, box, "people", **rows, do="up-1").get_data(as_text=True)
    assert page.index('value="Anna"') < page.index('value="Jan"')
    assert 'value="601"' in page
    assert "people" not in box.building


def test_a_wrong_number_is_told_beside_it(administrator: Browser, box: Box) -> None:
    rows = {"name-0": "Jan", "phones-0": "600", "duty-0": "1", "do": "save"}
    page = send(administrator, box, "people", **rows).get_data(as_text=True)
    assert 'id="phones-0-wrong">600 to nie jest numer telefonu' in page
    assert "Na liście dyżurnych ktoś musi być" in read(
        send(administrator, box, "people", **{"name-0": "Jan", "phones-0": "600100200", "do": "save"})
    )


def test_a_test_call_shows_progress_and_asks_whether_the_phone_rang_aloud(administrator: Browser, box: Box) -> None:
    with_people(administrator, box)
    box.will("test_call", "ring", {}, {"key": "rings", "phone": "+48600100200"}, state="running")
    answer = administrator.send("/setup/people/test", phone="+48600100200")
    assert answer.headers["Location"] == "/setup/trial/phone/ring"
    page = administrator.get("/setup/trial/phone/ring").get_data(as_text=True)
    assert "Dzwoni: Jan Nowak" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'hx-get="/setup/trial/phone/ring/piece"' in page
    box.jobs["ring"].update(state="done", result={"result": "confirmed"})
    piece = administrator.get("/setup/trial/phone/ring/piece").get_data(as_text=True)
    assert "Czy telefon zadzwonił na głos?" in piece
    assert "hx-get" not in piece
    box.exchange.answers["phone_heard"] = {}
    muted = read(administrator.send("/setup/people/heard", phone="+48600100200", aloud="no"))
    assert "Nie przeszkadzać" in muted
    assert "Jan Nowak" in muted
    assert administrator.send("/setup/people/heard", phone="+48600100200", aloud="yes").status_code == 303
    assert [each["aloud"] for each in box.exchange.asked_for("phone_heard")] == [False, True]


def test_a_phone_that_was_tested_says_when(administrator: Browser, box: Box, data: Path) -> None:
    with_people(administrator, box)
    assert "naciśnięto 1" not in administrator.words("/setup/people")
    test = {"person": "nowak", "phone": "…200", "result": "confirmed"}
    _record(data, events.BOX_CHANGED, who="prezes", what="test_call", detail=test)
    assert administrator.words("/setup/people").count("(prezes): odebrano i naciśnięto 1") == 1


@pytest.mark.parametrize(
    ("meaning", "said"),
    [
        ("two at once", "Zadzwoniły dwa telefony naraz"),
        ("one only", "poprosić operatora o co najmniej dwie rozmowy naraz"),
        ("unclear", "nic nie wiadomo"),
        ("one phone", "Proszę dodać drugą osobę"),
    ],
)
def test_the_test_of_the_list_says_what_it_means(administrator: Browser, box: Box, meaning: str, said: str) -> None:
    with_people(administrator, box)
    box.will("test_duty", "two", {"meaning": meaning, "calls": []})
    assert administrator.send("/setup/people/test-two").headers["Location"] == "/setup/trial/duty/two"
    assert box.exchange.asked_for("test_duty") == [{"who": "prezes", "duty": "pogotowie"}]
    assert said in administrator.words("/setup/trial/duty/two")


def test_a_refused_or_forgotten_test_is_told_in_words(administrator: Browser, box: Box) -> None:
    box.exchange.refuse("test_call", "not_allowed", number="+15551234")
    assert "nie wolno dzwonić na +15551234" in read(administrator.send("/setup/people/test", phone="+15551234"))
    box.exchange.refuse("job", "no_such_job")
    assert "O tej próbie już nic nie wiadomo" in read(administrator.get("/setup/trial/phone/old"))
    assert administrator.get("/setup/trial/nothing/old").status_code == 404


# -- greeting, call, end -----------------------------------------------------------------------------------------------


def test_a_greeting_is_heard_before_it_is_used(administrator: Browser, box: Box, data: Path) -> None:
    assert "{hello}, tu {building}." in administrator.words("/setup/greeting")
    page = send(administrator, box, "greeting", text="Dzień dobry.", do="hear").get_data(as_text=True)
    assert 'src="/setup/greeting/sound?text=Dzie%C5%84+dobry."' in page
    assert "greeting" not in box.building["menus"][0]
    (data / "heard").mkdir()
    (data / "heard" / "a.wav").write_bytes(b"RIFF")
    box.exchange.answers["render"] = {"sound": "heard/a.wav", "seconds": 1.0}
    with administrator.get("/setup/greeting/sound?text=Dzień") as sound:
        assert sound.data == b"RIFF"
    box.exchange.answers["render"] = {"sound": "../users.json", "seconds": 1.0}
    assert administrator.get("/setup/greeting/sound?text=Dzień").status_code == 404
    assert send(administrator, box, "greeting", text="Dzień dobry.", do="save").headers["Location"] == "/setup/call"
    assert box.building["menus"][0]["greeting"] == "Dzień dobry."


def test_a_greeting_is_uploaded(administrator: Browser, box: Box, data: Path) -> None:
    seen = {}

    def keep(asked: dict[str, Any]) -> dict[str, Any]:
        seen["bytes"] = (data / asked["path"]).read_bytes()
        return {"text": f"file:{asked['name']}", "seconds": 3.0}

    box.exchange.answers["keep_sound"] = keep
    sound = (io.BytesIO(b"x" * 300_000), "powitanie.mp3")
    answer = administrator.send("/setup/greeting/upload", sound=sound)
    assert answer.headers["Location"].startswith("/setup/greeting?text=file:greeting-")
    assert len(seen["bytes"]) == 300_000
    assert list((data / "incoming").iterdir()) == []
    page = administrator.get(answer.headers["Location"]).get_data(as_text=True)
    assert "<audio" in page
    assert "Użyj tego nagrania" in page
    send(administrator, box, "greeting", text="file:greeting-1.wav", do="save")
    page = administrator.get("/setup/greeting").get_data(as_text=True)
    assert "text=file:greeting-1.wav" in page  # heard, and not shown as a text to be read out
    assert ">file:" not in page.replace("\n", "")
    box.exchange.refuse("keep_sound", "bad_sound", why="to jest obrazek")
    again = administrator.send("/setup/greeting/upload", sound=(io.BytesIO(b"x"), "a.jpg")).get_data(as_text=True)
    assert 'id="sound-wrong">Tego pliku nie da się odczytać jako nagrania' in again
    assert "Proszę najpierw wybrać plik" in read(administrator.send("/setup/greeting/upload"))


def test_a_greeting_is_spoken_over_the_phone(administrator: Browser, box: Box) -> None:
    box.will("dictate", "say", {"kept": True, "text": "file:greeting-1.wav"}, {"key": "rings", "phone": "+48600100200"})
    answer = administrator.send("/setup/greeting/speak", phone="600 100 200")
    assert answer.headers["Location"] == "/setup/trial/dictate/say"
    assert box.exchange.asked_for("dictate")[0]["phone"] == "+48600100200"
    assert "/setup/greeting?text=file:greeting-1.wav#heard" in administrator.get("/setup/trial/dictate/say").get_data(
        as_text=True
    )
    box.jobs["say"]["result"] = {"result": "no answer"}
    assert "Nikt nie odebrał" in administrator.words("/setup/trial/dictate/say")


def test_the_call_of_the_whole_is_watched_as_it_arrives(administrator: Browser, box: Box, data: Path) -> None:
    assert "Nie ma jeszcze linii" in administrator.words("/setup/call")
    with_line(administrator, box)
    assert "22 123 45 67" in administrator.words("/setup/call")
    assert "Czekamy na telefon" in administrator.words("/setup/call/piece")
    call = {"id": "provider-1", "state": "menu", "caller": "+48501502503"}
    box.exchange.answers["status"] = {"lines": [], "calls": [call]}
    assert "501 502 503, słucha menu" in administrator.words("/setup/call/piece")
    box.exchange.answers["status"] = {"lines": [], "calls": []}
    _record(data, events.CALL_STARTED, call="provider-1", caller="+48501502503", line="provider", number="+48221234567")
    _record(data, events.CALL_ENDED, call="provider-1", outcome="answered")
    assert "Dotarło i jest w rejestrze" in administrator.words("/setup/call/piece")


def test_at_the_end_nothing_is_left(administrator: Browser, box: Box, data: Path) -> None:
    send(administrator, box, "building", box="Wspólnota", buildings="Lipowa 7")
    send(administrator, box, "hours", **{"mon-from": "8", "mon-to": "16"})
    with_line(administrator, box)
    with_people(administrator, box)
    send(administrator, box, "greeting", text="Dzień dobry.", do="save")
    _record(data, events.CALL_STARTED, call="provider-1", caller="+48501502503", line="provider", number="+48221234567")
    assert administrator.get("/setup/").headers["Location"] == "/setup/done"
    assert "Dyżurka odbiera telefony" in administrator.words("/setup/done")
    box.exchange.answers["status"] = {
        "lines": [{"id": "provider", "state": "down", "fault": "no answer"}],
        "on_duty": {"pogotowie": ["nowak"]},
        "way": {"level": "fault", "pl": "Żadna linia nie działa jak trzeba.", "en": "No line works as it should."},
    }
    seen = administrator.words("/setup/done")
    assert "Dyżurka odbiera telefony" not in seen
    assert "Żadna linia nie działa jak trzeba. Linia zgłasza: brak odpowiedzi." in seen


def test_it_can_be_gone_again_without_changing_what_was_written_by_hand(
    administrator: Browser, exchange: StandIn
) -> None:
    example = (Path(__file__).parents[3] / "examples" / "lipowa7.toml").read_text(encoding="utf-8")
    box = Box(exchange, example)
    before = box.building
    hours = {f"{day}-from": "08:00" for day in ("mon", "tue", "wed", "thu", "fri")}
    hours |= {f"{day}-to": "16:00" for day in ("mon", "tue", "wed", "thu", "fri")}
    assert send(administrator, box, "hours", **hours, holidays="y", closed="24.12.2026, 31.12.2026").status_code == 303
    rows: dict[str, str] = {"do": "save"}
    for at, each in enumerate(before["people"]):
        rows |= {f"id-{at}": each["id"], f"name-{at}": each["name"], f"phones-{at}": ",".join(each["phones"])}
        rows |= {f"duty-{at}": "1"} if each["id"] in before["duty"][0]["people"] else {}
        rows |= {f"office-{at}": "1"} if each["id"] in before["queues"][0]["people"] else {}
    assert send(administrator, box, "people", **rows).status_code == 303
    assert box.building == before
    assert box.pair.building == example


# -- what people type --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("501 502 503", "+48501502503"),
        ("(22) 123-45-67", "+48221234567"),
        ("0048 501502503", "+48501502503"),
        ("48501502503", "+48501502503"),
        ("+49 30 123456", "+4930123456"),
        ("wewn. 21", "ext:21"),
        ("ext:21", "ext:21"),
        ("12", None),
        ("Nowak", None),
        ("", None),
    ],
)
def test_numbers_are_understood_as_people_write_them(typed: str, number: str | None) -> None:
    assert shapes.number_of(typed) == number


def test_every_word_of_the_contract_has_a_reason() -> None:
    assert {"registered", "reachable", "wrong password", "no such server", "no answer", "refused"} <= {*LINES}
    assert {"no sound", "sound", "not confirmed"} <= {*LINES}
    causes = {"declined", "no answer", "busy", "refused", "wrong number", "line down", "not registered"}
    assert causes | {"confirmed", "not confirmed"} <= {*PHONES}
    assert {*TWO_AT_ONCE} == {"two at once", "one only", "unclear", "one phone"}


def _record(data: Path, kind: str, **values: Any) -> None:
    """Write an event as the exchange does."""

    async def written() -> None:
        store = await RegisterStore.open(
            data / "register.db", SystemClock(), random.SystemRandom(), box_name="Dyżurka", timezone="Europe/Warsaw"
        )
        await store.record(kind, **values)
        await store.close()

    asyncio.run(written())
