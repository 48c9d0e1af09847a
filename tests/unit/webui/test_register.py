"""Every call and ticket is found, told, heard, dealt with, and taken along as a table."""

from __future__ import annotations

import csv
import io
import re
import struct
import warnings
import wave
from pathlib import Path
from typing import Any

import pytest
from lived import SOUND, keep_message, live, one_night
from looking import Browser, StandIn, read

from appliance.register.store import RegisterStore
from tests.unit.register.conftest import SetClock
from webui.register.messages import in_short
from webui.register.sound import ALAW_HEADER_BYTES
from webui.register.telling import sentence

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

RESIDENT = "+48501502503"
PHONES = """
[[queues]]
id = "office"
name = "Biuro"
[[extensions]]
number = "21"
name = "Dozorca"
"""


@pytest.fixture
def page(data: Path, caretaker: Browser) -> Browser:
    live(data, one_night)
    keep_message(data)
    with (data / "building.toml").open("a", encoding="utf-8") as file:
        file.write(PHONES)
    return caretaker


def shown(page: Browser, address: str) -> list[int]:
    """The calls of a list."""
    html = page.get(address).get_data(as_text=True)
    return [int(number) for number in re.findall(r'<a href="/register/(?:tickets/)?(\d+)">\s*<span class="when"', html)]


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        ("", [3, 2, 1]),
        ("q=505606707", [2]),
        ("q=%2B48+505-606-707", [2]),
        ("q=0048505606707", [2]),
        ("q=707", [2]),
        ("q=m.+14", [2]),
        ("q=12", [1]),
        ("q=wisniewsk", [2]),
        ("q=piwnica+14", [2]),
        ("q=Nowak", [2, 1]),
        ("q=nobody", []),
        ("urgent=1", [2, 1]),
        ("open=1", [2, 1]),
        ("missed=1", [3]),
        ("building=lipowa9", [3]),
        ("place=queue:office", [3]),
        ("place=duty:pogotowie&q=12", [1]),
        ("from=2026-11-22&to=22.11.2026", [2, 1]),
        ("from=23.11.2026", [3]),
        ("to=2026-11-21", []),
    ],
)
def test_calls_are_found_by_whatever_one_remembers(page: Browser, query: str, calls: list[int]) -> None:
    assert shown(page, f"/register/?{query}") == calls


@pytest.mark.parametrize(
    ("query", "tickets"),
    [
        ("", [1002, 1001]),
        ("open=1&urgent=1", [1002, 1001]),
        ("q=14", [1002]),
        ("q=1001", [1001]),
        ("q=zalanie", [1002]),
        ("place=duty:pogotowie", [1002, 1001]),
        ("building=lipowa9", []),
        ("from=2026-11-23", []),
    ],
)
def test_so_are_tickets(page: Browser, query: str, tickets: list[int]) -> None:
    assert shown(page, f"/register/?kind=tickets&{query}") == tickets


def test_a_mistake_in_a_day_stands_beside_it_and_what_was_typed_stays(page: Browser) -> None:
    html = page.get("/register/?from=wczoraj&q=zalanie").get_data(as_text=True)
    assert "Nie rozumiem daty „wczoraj”" in html
    assert 'value="wczoraj" aria-invalid="true" aria-describedby="from-wrong"' in html
    assert 'name="q" value="zalanie"' in html
    assert "Ostatni dzień jest przed pierwszym." in page.words("/register/?from=2026-11-22&to=2026-11-20")


def test_the_register_is_leafed_through_and_keeps_what_was_asked(data: Path, caretaker: Browser) -> None:
    async def calls(store: Any, clock: Any) -> None:
        for _ in range(120):
            last = store.record("call.started", call=store.new_uid(), building="lipowa7", caller="+48501502503")
        await last

    live(data, calls)
    first = caretaker.get("/register/?q=501502503").get_data(as_text=True)
    assert shown(caretaker, "/register/?q=501502503") == list(range(120, 70, -1))
    [older] = re.findall(r'rel="next" href="([^"]+)"', first)
    assert "q=501502503" in older
    assert 'rel="prev"' not in first
    middle = caretaker.get(older.replace("&amp;", "&")).get_data(as_text=True)
    assert shown(caretaker, older.replace("&amp;", "&")) == list(range(70, 20, -1))
    [newer] = re.findall(r'rel="prev" href="([^"]+)"', middle)
    assert shown(caretaker, newer.replace("&amp;", "&")) == list(range(120, 70, -1))


def test_the_story_of_a_call_is_told_step_by_step(page: Browser) -> None:
    seen = page.words("/register/2")
    told = [
        "Dzwoni 505 606 707 (m. 14) na numer 22 123 45 67.",
        "Dyżurka odbiera.",
        "Sprawa jest pilna.",
        "Kierujemy dalej: dyżur: Pogotowie techniczne.",
        "Powstaje pilne zgłoszenie nr 1002.",
        "Dzwoni telefon: Jan Nowak, 600 100 200.",
        "Jan Nowak nie odbiera. Dzwoniło 25 s.",
        "Dzwoniący zostawia wiadomość (1 s).",
        "Koniec połączenia: zostawiono wiadomość.",
        "call.from_the_future",
        "Jan Nowak notuje: =Zalanie u pani Wiśniewskiej",
    ]
    places = [seen.index(each) for each in told]
    assert places == sorted(places)
    first = page.words("/register/1")
    assert "Jan Nowak odbiera. Dzwoniło 4 s." in first
    assert "Jan Nowak rozmawia z dzwoniącym." in first
    assert "Dzwoniący się rozłącza." in first


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"kind": "call.started", "caller": None}, "Dzwoni numer zastrzeżony."),
        ({"kind": "call.chose", "key": "1", "menu": "main"}, "Dzwoniący wybiera 1 („Menu główne”)."),
        ({"kind": "call.chose", "key": "2", "menu": "repairs"}, "Dzwoniący wybiera 2 („Naprawy”)."),
        ({"kind": "call.building", "premises": "lipowa9"}, "Sprawa dotyczy budynku: Lipowa 9."),
        ({"kind": "call.destination", "destination": "person:nowak"}, "Kierujemy dalej: Jan Nowak."),
        ({"kind": "call.destination", "destination": "say:x"}, "Kierujemy dalej: komunikat."),
        ({"kind": "call.rung", "who": "nowak", "result": "declined", "seconds": 0.2}, "Jan Nowak odrzuca połączenie."),
        ({"kind": "call.rung", "who": "nowak", "result": "line down"}, "Jan Nowak: linia nie działa."),
        ({"kind": "call.parted", "by": "lost"}, "Połączenie się urywa."),
        (
            {"kind": "call.parted", "by": "caller", "ended_by": "tone"},
            "Na linii słychać sygnał: druga strona odłożyła słuchawkę.",
        ),
        (
            {"kind": "call.ended", "outcome": "abandoned", "ended_by": "longest"},
            "Minął najdłuższy dozwolony czas połączenia, więc Dyżurka się rozłącza.",
        ),
        (
            {"kind": "call.parted", "by": "caller", "ended_by": "transfer"},
            "Centrala operatora łączy oboje; Dyżurka już ich nie słyszy.",
        ),
        (
            {"kind": "call.ended", "outcome": "voicemail", "ended_by": "tone"},
            "Na linii słychać sygnał: druga strona odłożyła słuchawkę. Koniec połączenia: zostawiono wiadomość.",
        ),
        ({"kind": "ticket.rung", "who": "x", "result": "busy"}, "W sprawie zgłoszenia: x ma zajęty telefon."),
        ({"kind": "ticket.noted", "who": "nowak"}, "Jan Nowak dopisuje notatkę; jej treść usunięto."),
        ({"kind": "ticket.taken", "who": None}, "ktoś przejmuje zgłoszenie."),
        ({"kind": "call.erased"}, "Usunięto dane osobowe"),
        (
            {"kind": "notice.sent", "channel": "sms", "phone": "+48600100200", "occasion": "urgent"},
            "SMS do 600 100 200: wysłano (pilne połączenie).",
        ),
        (
            {
                "kind": "notice.failed",
                "channel": "mail",
                "phone": "a@example.com",
                "occasion": "nobody",
                "why": "refused",
            },
            "Wiadomość do a@example.com: nie udało się wysłać, refused (nikt nie przyjął).",
        ),
        (
            {"kind": "notice.dropped", "channel": "sms", "phone": None, "why": "taken"},
            "SMS do numer zastrzeżony: już niepotrzebne (powiadomienie).",
        ),
        ({"kind": "sms.received", "caller": "+48501502503", "text": "1"}, "SMS od 501 502 503: 1"),
        ({"kind": "sms.received", "sender": "Play", "text": "Saldo"}, "SMS od Play: Saldo"),
        ({"kind": "sms.received", "text": ""}, "SMS od numer zastrzeżony."),
    ],
)
def test_each_step_is_a_sentence(event: dict[str, Any], told: str) -> None:
    assert sentence(event).replace("\N{NO-BREAK SPACE}", " ") == told


def test_of_a_message_only_the_last_word_is_told() -> None:
    story = [
        {"kind": "call.urgent", "seq": 1},
        {"kind": "notice.queued", "notice": "a", "occasion": "urgent", "seq": 2},
        {"kind": "notice.queued", "notice": "b", "occasion": "nobody", "seq": 3},
        {"kind": "notice.tried", "notice": "a", "seq": 4},
        {"kind": "notice.sent", "notice": "a", "seq": 5},
        {"kind": "call.ended", "seq": 6},
    ]
    told = [(each["kind"], each.get("occasion")) for each in in_short(story)]
    assert told == [("call.urgent", None), ("notice.queued", "nobody"), ("notice.sent", "urgent"), ("call.ended", None)]


def test_the_message_plays_as_plain_sound_and_can_be_kept(page: Browser) -> None:
    assert '<audio controls preload="none" src="/register/2/sound.wav">' in page.get("/register/2").get_data(
        as_text=True
    )
    answer = page.get("/register/2/sound.wav")
    assert answer.mimetype == "audio/wav"
    assert answer.headers["Accept-Ranges"] == "bytes"
    with wave.open(io.BytesIO(answer.data)) as played:
        assert (played.getframerate(), played.getsampwidth(), played.getnchannels()) == (8000, 2, 1)
        assert played.readframes(played.getnframes()) == audioop.alaw2lin(SOUND, 2)
    kept = page.get("/register/2/sound.wav?download=1").headers["Content-Disposition"]
    assert kept == 'attachment; filename="wiadomosc-2-2026-11-22.wav"'


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [("0-", 0, None), ("0-1", 0, 2), ("45-100", 45, 101), ("10-47", 10, 48), ("-5", -5, None)],
)
def test_a_player_may_ask_for_a_part(page: Browser, wanted: str, begin: int, end: int | None) -> None:
    whole = page.get("/register/2/sound.wav").data
    answer = page.get("/register/2/sound.wav", headers={"Range": f"bytes={wanted}"})
    assert answer.status_code == 206
    assert answer.data == whole[begin:end]
    assert answer.content_length == len(answer.data)
    assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")
    assert page.get("/register/2/sound.wav", headers={"Range": "bytes=99999999-"}).status_code == 416


def test_no_sound_is_played_that_is_not_one_of_ours(page: Browser, data: Path) -> None:
    assert page.get("/register/1/sound.wav").status_code == 404
    assert page.get("/register/99/sound.wav").status_code == 404
    [file] = (data / "recordings").iterdir()
    file.write_bytes(b"RIFF" + bytes(ALAW_HEADER_BYTES))
    assert page.get("/register/2/sound.wav").status_code == 404
    file.unlink()
    assert page.get("/register/2/sound.wav").status_code == 404
    assert struct.calcsize("<4sI4s4sIHHIIHH") < ALAW_HEADER_BYTES


def test_a_ticket_shows_its_calls_notes_and_message(page: Browser) -> None:
    seen = page.words("/register/tickets/1002")
    assert "Nikt jeszcze nie przejął tego zgłoszenia." in seen
    assert "505 606 707 (m. 14)" in seen
    assert "=Zalanie u pani Wiśniewskiej" in seen
    assert "/register/2/sound.wav" in page.get("/register/tickets/1002").get_data(as_text=True)
    assert "W toku: Jan Nowak." in page.words("/register/tickets/1001")
    for number in ("999", str(1 << 63), "x"):
        assert page.get(f"/register/tickets/{number}").status_code == 404


def test_a_ticket_is_taken_noted_and_closed(page: Browser, exchange: StandIn) -> None:
    for verb in ("ticket_take", "ticket_note", "ticket_done"):
        exchange.answers[verb] = {"ticket": {}}
    at = "/register/tickets/1002"
    assert page.send(f"{at}/take", form_at=at).status_code == 303
    assert page.send(f"{at}/note", form_at=at, text="Hydraulik jutro o 8").status_code == 303
    assert "Notatka zapisana." in page.words(at)
    assert page.send(f"{at}/note", form_at=at, text="Naprawione", done="1").status_code == 303
    assert "Zgłoszenie nr 1002 zakończone." in page.words(at)
    assert [each["who"] for each in exchange.asked_for("ticket_take")] == ["dozorca"]
    assert [each["text"] for each in exchange.asked_for("ticket_note")] == ["Hydraulik jutro o 8"]
    assert [each["text"] for each in exchange.asked_for("ticket_done")] == ["Naprawione"]


async def an_sms(store: RegisterStore, clock: SetClock) -> None:
    """Ticket 1003 came by SMS."""
    clock.advance(24 * 3600)
    about = {"ticket": store.new_uid(), "building": "lipowa7"}
    store.record("ticket.opened", **about, urgent=False, caller=RESIDENT, reason="sms")
    await store.record("sms.received", **about, caller=RESIDENT, text="Nie ma wody", line="sim", sent=None)


SIM = """
[[lines]]
id = "sim"
kind = "gsm"
"""


def test_what_came_by_sms_is_a_ticket_that_is_found_and_told(page: Browser, data: Path) -> None:
    live(data, an_sms)
    assert shown(page, "/register/?kind=tickets&sms=1") == [1003]
    assert shown(page, "/register/?kind=tickets&q=wody") == [1003]
    assert shown(page, "/register/?sms=1") == []
    assert "tylko z SMS-em" in page.words("/register/?kind=tickets&sms=1")
    assert "SMS od 501 502 503: Nie ma wody" in page.words("/register/tickets/1003")


def test_a_ticket_is_answered_by_sms_where_there_is_a_card(page: Browser, data: Path, exchange: StandIn) -> None:
    at = "/register/tickets/1002"
    assert "Odpowiedz SMS-em" not in page.words(at)
    with (data / "building.toml").open("a", encoding="utf-8") as file:
        file.write(SIM)
    assert "Idzie pod numer 505 606 707" in page.words(at)
    assert "SMS jest jeszcze pusty" in read(page.send(f"{at}/sms", form_at=at, sms=" "))
    exchange.refuse("ticket_sms", "too_long", most=3)
    seen = page.send(f"{at}/sms", form_at=at, sms="Hydraulik będzie o 8").get_data(as_text=True)
    assert "To więcej niż 3 SMS-y" in seen and "Hydraulik będzie o 8" in seen
    exchange.asked.clear()
    exchange.answers["ticket_sms"] = {"ticket": {}}
    assert page.send(f"{at}/sms", form_at=at, sms="Hydraulik będzie o 8").status_code == 303
    [asked] = exchange.asked_for("ticket_sms")
    assert (asked["who"], asked["ticket"], asked["text"]) == ("dozorca", 1002, "Hydraulik będzie o 8")
    assert "SMS jest w drodze" in page.words(at)


def test_a_note_is_never_lost(page: Browser, exchange: StandIn) -> None:
    at = "/register/tickets/1002"
    assert "Notatka jest jeszcze pusta." in read(page.send(f"{at}/note", form_at=at, text="  "))
    exchange.refuse("ticket_note", "not_saved")
    refused = page.send(f"{at}/note", form_at=at, text="Hydraulik jutro")
    assert "dysk nie jest pełny" in read(refused)
    assert "Hydraulik jutro</textarea>" in refused.get_data(as_text=True)
    too_long = page.send(f"{at}/note", form_at=at, text="a" * 4001)
    assert "a" * 4001 in too_long.get_data(as_text=True)
    assert exchange.asked_for("ticket_note")[-1]["text"] == "Hydraulik jutro"


def test_a_note_stays_when_the_exchange_is_away(page: Browser) -> None:
    at = "/register/tickets/1002"
    away = page.send(f"{at}/note", form_at=at, text="Hydraulik jutro")
    assert "Centrala nie odpowiada" in read(away)
    assert "Hydraulik jutro</textarea>" in away.get_data(as_text=True)


def test_call_back_rings_the_chosen_phone_first_and_shows_how_it_goes_on(page: Browser, exchange: StandIn) -> None:
    at = "/register/tickets/1002"
    form = page.get(at).get_data(as_text=True)
    assert '<option value="ext:21">Dozorca, wewn. 21</option>' in form
    exchange.answers["call_back"] = {"job": "4f"}
    answer = page.send(f"{at}/call", form_at=at, phone="+48600100200")
    assert answer.headers["Location"] == "/register/jobs/4f?ticket=1002"
    assert exchange.asked_for("call_back") == [{"who": "dozorca", "phone": "+48600100200", "ticket": 1002}]
    steps = [{"at": "2026-11-22T21:14:03.000+01:00", "key": "rings", "phone": "+48600100200"}]
    exchange.answers["job"] = {"state": "running", "steps": steps, "result": None}
    running = page.get(answer.headers["Location"])
    assert "Dzwoni telefon 600 100 200. Proszę odebrać i nacisnąć 1." in read(running)
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in running.get_data(as_text=True)
    assert 'hx-get="/register/jobs/4f/piece?ticket=1002" hx-trigger="every 1s"' in running.get_data(as_text=True)
    steps.append({"at": "2026-11-22T21:14:13.000+01:00", "key": "rings_resident", "number": "+48505606707"})
    assert "Dzwonimy do mieszkańca: 505 606 707." in page.words("/register/jobs/4f/piece?ticket=1002")
    exchange.answers["job"] = {"state": "done", "steps": steps, "result": {"result": "talked", "ticket": 1002}}
    over = page.get("/register/jobs/4f/piece?ticket=1002")
    assert "Rozmowa z mieszkańcem się odbyła." in read(over)
    assert "hx-get" not in over.get_data(as_text=True)
    assert 'href="/register/tickets/1002"' in over.get_data(as_text=True)
    assert 'selected value="+48600100200"' in page.get(at).get_data(as_text=True), "the phone of the last time"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"state": "done", "result": {"result": "nobody pressed"}}, "Nikt nie nacisnął 1"),
        ({"state": "done", "result": {"result": "resident no answer"}}, "Mieszkaniec nie odebrał."),
        ({"state": "done", "result": {"result": "refused"}}, "Nie doszło do rozmowy: odrzucone."),
        ({"state": "failed", "result": {"text": "brak dysku"}}, "Nie udało się: brak dysku"),
        ({"state": "stopped", "result": None}, "Przerwano."),
    ],
)
def test_what_came_of_a_call_back_is_said(page: Browser, exchange: StandIn, told: dict[str, Any], said: str) -> None:
    exchange.answers["job"] = {"steps": [], **told}
    assert said in page.words("/register/jobs/4f?ticket=1002")


def test_a_call_back_that_is_not_begun_says_why_and_can_be_stopped_when_it_is(page: Browser, exchange: StandIn) -> None:
    at = "/register/tickets/1002"
    exchange.refuse("call_back", "not_allowed", number="+48900")
    assert "Dyżurka nie może dzwonić na +48900." in read(page.send(f"{at}/call", form_at=at, phone="ext:21"))
    assert page.send(f"{at}/call", form_at=at, phone="+48666666666").status_code == 200
    assert len(exchange.asked_for("call_back")) == 1, "a phone that is nobody's is not rung"
    exchange.refuse("job", "no_such_job")
    assert "Nic już o tym nie wiadomo." in page.words("/register/jobs/4f?ticket=1002")
    exchange.answers["job_stop"] = {"state": "stopped"}
    assert page.send("/register/jobs/4f/stop?ticket=1002", form_at=at).status_code == 303
    assert exchange.asked_for("job_stop") == [{"who": "dozorca", "id": "4f"}]


def test_a_call_without_a_ticket_is_called_back_too(page: Browser, data: Path, exchange: StandIn) -> None:
    async def another(store: Any, clock: Any) -> None:
        call = store.new_uid()
        store.record("call.started", call=call, building="lipowa7", caller="+48501502503")
        await store.record("call.ended", call=call, outcome="abandoned", cause="hangup")

    live(data, another)
    exchange.answers["call_back"] = {"job": "4f"}
    answer = page.send("/register/4/call", form_at="/register/4", phone="ext:21")
    assert answer.headers["Location"] == "/register/jobs/4f?call=4"
    assert exchange.asked_for("call_back") == [{"who": "dozorca", "phone": "ext:21", "call": 4}]
    assert "Oddzwoń" not in page.words("/register/3"), "whose number was withheld"


def test_what_ended_a_call_on_a_copper_line_stands_at_its_head(page: Browser, data: Path) -> None:
    async def another(store: Any, clock: Any) -> None:
        call = store.new_uid()
        store.record("call.started", call=call, building="lipowa7", caller="+48501502503")
        await store.record("call.ended", call=call, outcome="abandoned", cause="hangup", ended_by="silence")

    live(data, another)
    assert "Powód zakończenia cisza na linii" in " ".join(page.words("/register/4").split())
    assert "Powód zakończenia" not in page.words("/register/3")


def rows(page: Browser, address: str) -> list[dict[str, str]]:
    answer = page.get(address)
    assert answer.mimetype == "text/csv"
    text = answer.get_data().decode("utf-8")
    assert text.startswith("\N{BYTE ORDER MARK}")
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), delimiter=";"))


def test_the_table_opens_in_a_polish_spreadsheet_and_executes_nothing(page: Browser) -> None:
    calls = rows(page, "/register/calls.csv")
    assert [row["Połączenie"] for row in calls] == ["3", "2", "1"]
    assert calls[1]["Dzwoniący"] == "505 606 707"
    assert calls[1]["Początek"] == "2026-11-22 22:15:41"
    assert (calls[1]["Pilne"], calls[1]["Wynik"]) == ("tak", "zostawiono wiadomość")
    assert [row["Połączenie"] for row in rows(page, "/register/calls.csv?q=m.+12")] == ["1"]
    tickets = rows(page, "/register/tickets.csv?open=1")
    assert [row["Zgłoszenie"] for row in tickets] == ["1002", "1001"]
    assert tickets[0]["Notatki"].startswith("'=Zalanie u pani")
    every = [cell for row in (*calls, *tickets) for cell in row.values()]
    assert not [cell for cell in every if cell.startswith(("=", "+", "-", "@"))]
    link = re.search(r'href="(/register/calls.csv[^"]*)" download', page.get("/register/?q=12").get_data(as_text=True))
    assert link is not None
    assert link[1] == "/register/calls.csv?q=12"


def test_without_a_register_nothing_is_found(caretaker: Browser) -> None:
    for address in ("/register/tickets/1001", "/register/1/sound.wav", "/register/calls.csv", "/register/tickets.csv"):
        assert caretaker.get(address).status_code == 404
