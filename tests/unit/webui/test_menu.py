"""The menu and the sentences: read, heard and changed; hours; what is tapped for today."""

from __future__ import annotations

import io
import re
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from looking import Browser, StandIn, read

from appliance.clock import SystemClock
from webui.holidays import coming
from webui.week import days_of, days_written, read_span, read_week, write_week

EXAMPLES = Path(__file__).parents[3] / "examples"
ZONE = ZoneInfo("Europe/Warsaw")
SENTENCES = [
    {"key": "comfort", "pl": "Nadal dzwonimy.", "en": "Still calling.", "own": False},
    {"key": "callback_ok", "pl": "Oddzwonimy pod numer {number}.", "en": "We will call {number}.", "own": True},
    {"key": "greet", "pl": "{hello}, tu {building}.", "en": "{hello}, this is {building}.", "own": False},
]


def today() -> str:
    return SystemClock().now().astimezone(ZONE).date().isoformat()


@pytest.fixture
def lipowa(data: Path, exchange: StandIn) -> StandIn:
    """A running exchange of the sample building, which takes every edit."""
    return running(data, exchange, "lipowa7.toml")


def running(data: Path, exchange: StandIn, example: str) -> StandIn:
    text = (EXAMPLES / example).read_text(encoding="utf-8")
    (data / "building.toml").write_text(text, encoding="utf-8")
    document = {"building": tomllib.loads(text), "revision": "r1", "secrets": [], "writable": True, "why": None}
    exchange.answers["document"] = document
    exchange.answers["edit"] = {"revision": "r2", "taken_over": True, "until": None}
    exchange.answers["sentences"] = {"sentences": [{**each, "built_in": built_in(each)} for each in SENTENCES]}
    exchange.answers["status"] = {
        "scenarios": [
            {"number": "+48221234567", "scenario": "night", "menu": "closed", "until": f"{today()}T23:30:00+01:00"}
        ]
    }
    return exchange


def built_in(sentence: dict[str, Any]) -> dict[str, str]:
    if sentence["own"]:
        return {"pl": "Oddzwonimy pod numer {number}. Do usłyszenia.", "en": "We will call {number}. Goodbye."}
    return {"pl": sentence["pl"], "en": sentence["en"]}


def edits(exchange: StandIn) -> list[dict[str, Any]]:
    """Those of the one change that was asked for."""
    [asked] = exchange.asked_for("edit")
    return list(asked["edits"])


# -- read --------------------------------------------------------------------------------------------------------------


def test_the_menu_is_a_tree_in_plain_words(caretaker: Browser, lipowa: StandIn) -> None:
    words = caretaker.words("/menu/")
    assert "Menu główne Kiedy: w godzinach pracy (Biuro)" in words
    assert "1 Pilna awaria, na przykład zalanie pilne" in words
    assert "→ dzwoni do dyżurnych: Pogotowie techniczne" in words
    assert "Dzwoni po kolei: Jan Nowak, Anna Kowalska" in words
    assert "→ czeka w kolejce: Biuro" in words
    assert "Czeka najwyżej 10 minut." in words
    assert "Kto nic nie naciska i się nie odzywa: rozmowa się kończy" in words
    assert "Dzień dobry, tu wspólnota mieszkaniowa Lipowa siedem." in words
    assert "Zmień" not in words, "changing menus is for administrators"


def test_the_scenario_that_holds_now_is_told_with_its_end(caretaker: Browser, lipowa: StandIn) -> None:
    assert "Menu, gdy nieczynne (w pozostałym czasie), do: dziś 23:30." in caretaker.words("/menu/")
    assert "w pozostałym czasie → Menu, gdy nieczynne obowiązuje teraz" in caretaker.words("/menu/scenarios")


def test_nested_menus_stand_where_callers_reach_them(caretaker: Browser, data: Path, exchange: StandIn) -> None:
    running(data, exchange, "osiedle.toml")
    words = caretaker.words("/menu/")
    assert "dotyczy: Parkowa 1; przechodzi do menu: Pilne albo wiadomość" in words
    assert "na numer 22 555 00 05, dotyczy: Dębowa 5" in words
    assert "9 To samo po angielsku" in words
    assert "Dziś nieczynne" not in words, "no scenario heeds the hours, so it would change nothing"


def test_it_can_be_read_while_the_exchange_is_away(administrator: Browser, data: Path) -> None:
    (data / "building.toml").write_text((EXAMPLES / "lipowa7.toml").read_text(encoding="utf-8"), encoding="utf-8")
    words = administrator.words("/menu/")
    assert "Centrala nie odpowiada" in words
    assert "Pilna awaria, na przykład zalanie" in words
    assert "Dziś nieczynne" not in words
    assert administrator.get("/menu/menus/main/options/1").status_code == 503


# -- heard -------------------------------------------------------------------------------------------------------------


def test_an_option_is_heard_whole_or_in_parts(caretaker: Browser, lipowa: StandIn, data: Path) -> None:
    (data / "heard").mkdir()
    (data / "heard" / "1.wav").write_bytes(b"RIFF" + bytes(200))
    lipowa.answers["render"] = {"sound": "heard/1.wav", "seconds": 1.0}
    place = "/menu/sound.wav?language=pl&text=Usterka+do+naprawy&key=2"
    whole = caretaker.get(place)
    assert (whole.mimetype, len(whole.data)) == ("audio/wav", 204)
    part = caretaker.get(place, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"RIFF")
    assert lipowa.asked_for("render")[0] == {"language": "pl", "text": "Usterka do naprawy", "key": "2"}
    assert "<audio controls autoplay" in caretaker.get("/menu/hear?language=pl&sentence=comfort").get_data(as_text=True)
    caretaker.get("/menu/sound.wav?language=en&sentence=comfort")
    assert lipowa.asked_for("render")[-1] == {"language": "en", "text": "Still calling."}


@pytest.mark.parametrize("given", ["page.key", "../secret.wav", "heard/none.wav", "/etc/passwd"])
def test_nothing_but_a_rendered_sound_is_served(caretaker: Browser, lipowa: StandIn, data: Path, given: str) -> None:
    (data.parent / "secret.wav").write_bytes(b"RIFF")
    lipowa.answers["render"] = {"sound": given, "seconds": 1.0}
    assert caretaker.get("/menu/sound.wav?language=pl&text=a").status_code == 404
    assert caretaker.get("/menu/sound.wav?language=de&text=a").status_code == 404


# -- options -----------------------------------------------------------------------------------------------------------

OPTION = {"base": "r1", "words": "Remont", "words_en": "", "text": "", "building": ""}


def test_an_option_is_added_with_a_destination_from_the_list(administrator: Browser, lipowa: StandIn) -> None:
    assert "zostawia wiadomość: Usterki" in administrator.words("/menu/menus/main/options/new")
    sent = {**OPTION, "key": "6", "goto": "voicemail:technical", "urgent": "y"}
    assert administrator.send("/menu/menus/main/options/new", **sent).status_code == 303
    value = {"key": "6", "say": "Remont", "goto": "voicemail:technical", "urgent": True}
    assert edits(lipowa) == [{"op": "add", "path": ["menus", {"id": "main"}, "options"], "value": value}]
    assert lipowa.asked_for("edit")[0]["base"] == "r1"


def test_a_text_can_be_what_is_heard(administrator: Browser, lipowa: StandIn) -> None:
    administrator.send(
        "/menu/menus/main/options/new", **{**OPTION, "key": "6", "goto": "say", "text": "Windę naprawiamy."}
    )
    assert edits(lipowa)[0]["value"]["goto"] == "say:Windę naprawiamy."


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"key": "1"}, "Ten klawisz ma już inna pozycja."),
        ({"key": "66"}, "Jeden klawisz telefonu"),
        ({"words": " "}, "Proszę napisać, co wybiera się tym klawiszem."),
        ({"goto": "say"}, "Proszę napisać, co słyszy dzwoniący."),
    ],
)
def test_a_mistake_stands_beside_its_field_and_nothing_is_lost(
    administrator: Browser, lipowa: StandIn, wrong: dict[str, str], told: str
) -> None:
    sent = {**OPTION, "key": "6", "goto": "hangup", "words_en": "Renovation", **wrong}
    answer = administrator.send("/menu/menus/main/options/new", **sent)
    assert told in read(answer)
    assert 'value="Renovation"' in answer.get_data(as_text=True)
    assert not lipowa.asked_for("edit")


def test_what_the_file_does_not_like_stands_beside_its_field(administrator: Browser, lipowa: StandIn) -> None:
    error = {"key": "menus[0].options[0].goto", "line": 9, "problem": "Koło.", "remedy": "Prowadzić dalej.", "text": ""}
    lipowa.answers["edit"] = {"errors": [error]}
    answer = administrator.send("/menu/menus/main/options/1", **OPTION, key="1", goto="menu:main")
    assert 'id="goto-wrong">Koło. Prowadzić dalej.' in answer.get_data(as_text=True)


def test_two_who_edit_do_not_overwrite_each_other(administrator: Browser, lipowa: StandIn) -> None:
    lipowa.answers["edit"] = {"conflict": True, "revision": "r9"}
    answer = administrator.send("/menu/menus/main/options/1", **OPTION, key="1", goto="hangup")
    assert "Ktoś inny" in read(answer)
    assert 'value="r9"' in answer.get_data(as_text=True)
    assert 'value="Remont"' in answer.get_data(as_text=True)


def test_an_option_is_moved_and_taken_away(administrator: Browser, lipowa: StandIn) -> None:
    administrator.send("/menu/menus/main/options/2/move", way="up", base="r1")
    assert [each["key"] for each in edits(lipowa)[0]["value"]] == ["2", "1", "3", "4", "5"]
    lipowa.asked.clear()
    administrator.send("/menu/menus/main/options/2/remove", base="r1")
    path = ["menus", {"id": "main"}, "options", {"key": "2"}]
    assert edits(lipowa) == [{"op": "remove", "path": path}]


def test_what_somebody_else_has_saved_stands_beside_what_was_typed(administrator: Browser, lipowa: StandIn) -> None:
    lipowa.answers["edit"] = {"conflict": True, "revision": "r1"}
    answer = administrator.send("/menu/menus/main/options/1", **{**OPTION, "base": "r0", "key": "1", "goto": "hangup"})
    assert "Czego dotyczy, po polsku: Pilna awaria, na przykład zalanie" in read(answer)
    assert "Co się wtedy dzieje: dzwoni do dyżurnych: Pogotowie techniczne" in read(answer)


def test_caretakers_change_no_menu(caretaker: Browser, lipowa: StandIn) -> None:
    assert caretaker.send("/menu/menus/main/options/2/remove").status_code == 403
    assert caretaker.get("/menu/texts/sentence/comfort").status_code == 403
    assert not lipowa.asked_for("edit")


# -- menus, mailboxes, queues ------------------------------------------------------------------------------------------


def test_a_menu_says_where_who_presses_nothing_goes(administrator: Browser, lipowa: StandIn) -> None:
    assert "Kto nic nie naciska, ale mówi albo jest nam znany" in administrator.words("/menu/menus/main")
    sent = {"base": "r1", "name": "Menu główne", "no_input": "duty:pogotowie", "silent": "hangup", "english": "9"}
    administrator.send("/menu/menus/main", **sent, repeats="1", timeout_seconds="4")
    assert edits(lipowa) == [
        {"op": "set", "path": ["menus", {"id": "main"}, "no_input"], "value": "duty:pogotowie"},
        {"op": "set", "path": ["menus", {"id": "main"}, "languages"], "value": {"9": "en"}},
    ]


def test_a_menu_and_a_mailbox_are_added_by_name(administrator: Browser, lipowa: StandIn) -> None:
    administrator.send("/menu/menus/new", base="r1", name="Łącznik – remont", no_input="queue:office")
    assert edits(lipowa)[0]["value"]["id"] == "lacznik-remont"
    lipowa.asked.clear()
    administrator.send("/menu/mailboxes/new", base="r1", name="Remont", urgent="y", max_minutes="3")
    value = {"id": "remont", "name": "Remont", "urgent": True}
    assert edits(lipowa) == [{"op": "add", "path": ["voicemail"], "value": value}]


def test_a_queue_is_changed(administrator: Browser, lipowa: StandIn) -> None:
    sent = {"base": "r1", "name": "Biuro", "people": ["biuro", "zarzad"], "overflow": "callback"}
    administrator.send("/menu/queues/office", **sent, max_wait_minutes="10", callback_key="9")
    assert [(each["path"][-1], each["value"]) for each in edits(lipowa)] == [
        ("people", ["biuro", "zarzad"]),
        ("overflow", "callback"),
    ]


# -- sentences ---------------------------------------------------------------------------------------------------------


def test_sentences_stand_by_topic_with_both_languages(caretaker: Browser, lipowa: StandIn) -> None:
    words = caretaker.words("/menu/sentences")
    assert words.index("Pilne połączenia") < words.index("Nadal dzwonimy.") < words.index("Still calling.")
    assert "własne" in words


def test_a_sentence_is_put_into_own_words_and_back(administrator: Browser, lipowa: StandIn) -> None:
    administrator.send("/menu/texts/sentence/comfort", base="r1", pl="Jeszcze chwila.", en="One moment.")
    path = ["sentences", "comfort"]
    assert edits(lipowa) == [{"op": "set", "path": path, "value": ["Jeszcze chwila.", "One moment."]}]
    lipowa.asked.clear()
    administrator.send("/menu/texts-back/sentence/callback_ok")
    assert edits(lipowa) == [{"op": "remove", "path": ["sentences", "callback_ok"]}]


def test_a_placeholder_is_explained_and_must_stay(administrator: Browser, lipowa: StandIn) -> None:
    assert "{number} – numer telefonu albo mieszkania (musi zostać)" in administrator.words(
        "/menu/texts/sentence/callback_ok"
    )
    answer = administrator.send("/menu/texts/sentence/callback_ok", base="r1", pl="Oddzwonimy.", en="We call {number}.")
    assert "Brakuje {number}" in read(answer)
    answer = administrator.send("/menu/texts/sentence/comfort", base="r1", pl="Czekamy {minutes}.", en="Wait.")
    assert "{minutes} nic tu nie znaczy" in read(answer)
    assert not lipowa.asked_for("edit")


def test_typed_words_are_heard_before_they_are_kept(administrator: Browser, lipowa: StandIn) -> None:
    answer = administrator.send("/menu/texts/sentence/comfort", base="r1", pl="Chwilę.", en="Wait.", hear="pl")
    assert "text=Chwil%C4%99." in answer.get_data(as_text=True)
    assert not lipowa.asked_for("edit")


def test_a_sound_file_is_uploaded_heard_and_used(administrator: Browser, lipowa: StandIn, data: Path) -> None:
    brought = []

    def keep(asked: dict[str, Any]) -> dict[str, Any]:
        brought.append((data / asked["path"]).read_bytes())
        return {"text": f"file:{asked['name']}", "seconds": 2.0}

    lipowa.answers["keep_sound"] = keep
    file = (io.BytesIO(b"RIFF" + bytes(100_000)), "powitanie.wav")
    answer = administrator.send("/menu/upload/sentence/comfort", language="pl", file=file)
    assert len(brought[0]) == 100_004
    place = answer.headers["Location"]
    sound = place.rpartition("sound=")[2]
    assert sound.startswith("comfort-pl-")
    assert "<audio controls" in administrator.get(place).get_data(as_text=True)
    administrator.send("/menu/recorded/sentence/comfort", language="pl", sound=sound, base="r1")
    assert edits(lipowa)[0]["value"] == [f"file:{sound}", "Still calling."]


def test_a_file_that_is_no_sound_is_refused_with_words(administrator: Browser, lipowa: StandIn) -> None:
    lipowa.refuse("keep_sound", "bad_sound", why="zepsuty")
    file = (io.BytesIO(b"no sound"), "a.mp3")
    administrator.send("/menu/upload/greeting/main", language="pl", file=file)
    assert "Tego pliku nie da się odtworzyć: zepsuty" in administrator.words("/menu/")


def test_a_sentence_is_spoken_over_the_phone(administrator: Browser, lipowa: StandIn) -> None:
    lipowa.answers["dictate"] = {"job": "j1"}
    lipowa.answers["job"] = {
        "state": "running",
        "steps": [{"at": "", "key": "rings", "phone": "+48600100200"}],
        "result": None,
    }
    answer = administrator.send("/menu/speak/sentence/comfort", language="pl", phone="+48600100200")
    place = answer.headers["Location"]
    assert "Dzwoni telefon: 600 100 200" in administrator.words(place)
    assert lipowa.asked_for("dictate")[0]["phone"] == "+48600100200"
    lipowa.answers["job"] = {"state": "done", "steps": [], "result": {"kept": True, "text": "file:a.wav"}}
    page = administrator.get(place).get_data(as_text=True)
    assert "/menu/recorded/sentence/comfort?language=pl&amp;sound=a.wav" in page
    lipowa.answers["job"] = {"state": "done", "steps": [], "result": {"result": "no answer"}}
    assert "Niczego nie nagrano" in administrator.words(place)


def test_a_greeting_of_its_own_goes_back_to_the_usual_one(administrator: Browser, lipowa: StandIn) -> None:
    administrator.send("/menu/texts-back/greeting/main")
    assert edits(lipowa) == [{"op": "remove", "path": ["menus", {"id": "main"}, "greeting"]}]


# -- hours -------------------------------------------------------------------------------------------------------------


def test_a_week_is_typed_day_by_day(administrator: Browser, lipowa: StandIn) -> None:
    assert "poniedziałek 08:00–16:00" in administrator.words("/menu/hours")
    rows = {f"{day}-{end}": time for day in ("mon", "tue", "wed") for end, time in (("from", "8:00"), ("to", "15:00"))}
    administrator.send("/menu/hours/office", base="r1", holidays="y", **rows, **{"sat-from": "", "sat-to": ""})
    assert edits(lipowa) == [{"op": "set", "path": ["hours", "office", "open"], "value": ["mon-wed 08:00-15:00"]}]


def test_half_a_time_is_told_and_kept(administrator: Browser, lipowa: StandIn) -> None:
    answer = administrator.send("/menu/hours/office", base="r1", **{"mon-from": "07:30", "mon-to": ""})
    assert "Proszę podać dwie godziny" in read(answer)
    assert 'value="07:30"' in answer.get_data(as_text=True)
    assert not lipowa.asked_for("edit")


def test_days_of_their_own_are_added_and_taken_back(administrator: Browser, lipowa: StandIn) -> None:
    administrator.send("/menu/hours/office/days", date="2036-12-24", start="8:00", end="12:00")
    special = {"date": "2036-12-24", "open": "08:00-12:00"}
    assert edits(lipowa) == [{"op": "add", "path": ["hours", "office", "special"], "value": special}]
    lipowa.asked.clear()
    administrator.send("/menu/hours/office/days/remove", date="2026-12-24")
    assert edits(lipowa) == [{"op": "set", "path": ["hours", "office", "closed"], "value": ["2026-12-31"]}]


def test_public_holidays_are_named_with_the_hours_that_hold_on_them(caretaker: Browser, lipowa: StandIn) -> None:
    hours = lipowa.answers["document"]["building"]["hours"]["office"]  # type: ignore[index]
    eve = next(day for day, name in coming(date.fromisoformat(today())) if (day.month, day.day) == (12, 24))
    hours.update(holidays="PL", closed=[], special=[{"date": eve.isoformat(), "open": "08:00-12:00"}])
    seen = caretaker.words("/menu/hours")
    assert re.search(r"Wigilia \w+, 24\.12\.\d{4} 08:00–12:00", seen)
    assert re.search(r"Boże Narodzenie \w+, 25\.12\.\d{4} nieczynne", seen)
    assert seen.count("Boże Ciało") == 1
    hours["holidays"] = ""
    assert re.search(r"Boże Ciało czwartek, [\d.]+ 08:00–16:00", caretaker.words("/menu/hours")), "as on any Thursday"


def test_a_scenario_is_changed_and_moved(administrator: Browser, lipowa: StandIn) -> None:
    administrator.send(
        "/menu/scenarios/weekend", base="r1", menu="main", when="", days=["fri", "sat", "sun"], building=""
    )
    assert edits(lipowa) == [
        {"op": "set", "path": ["scenarios", {"id": "weekend"}, "menu"], "value": "main"},
        {"op": "set", "path": ["scenarios", {"id": "weekend"}, "days"], "value": "fri-sun"},
    ]
    lipowa.asked.clear()
    administrator.send("/menu/scenarios/weekend/move", way="up", base="r1")
    assert [each["id"] for each in edits(lipowa)[0]["value"]] == ["weekend", "office", "night"]


def test_weeks_are_read_and_written_alike() -> None:
    written = ["mon-thu 08:00-16:00", "fri 08:00-14:00", "fri 15:00-24:00"]
    assert write_week(read_week(written)) == written
    assert read_week("08:00-20:00")["sun"] == [("08:00", "20:00")]
    assert write_week(read_week(["sat, sun 22:00-02:00", "08:00-20:00"])) == [
        "mon-sun 08:00-20:00",
        "sat-sun 22:00-02:00",
    ]
    assert read_span("8:00", "0:00") == ("08:00", "24:00")
    assert read_span("8", "9.30") == ("08:00", "09:30")
    assert read_span("0:00", "24:00") == ("00:00", "24:00")
    assert read_span("24:00", "1:00") is None
    assert read_span("8", "") is None
    assert days_of("fri-mon") == ["mon", "fri", "sat", "sun"]
    assert days_written(["sun", "mon", "tue"]) == "mon-tue, sun"


# -- for today ---------------------------------------------------------------------------------------------------------


def test_one_tap_closes_today_and_one_takes_it_back(caretaker: Browser, data: Path, lipowa: StandIn) -> None:
    assert "Dziś nieczynne" in caretaker.words("/menu/")
    assert caretaker.send("/menu/closed-today", hours="office", next="/").headers["Location"] == "/"
    [edit] = edits(lipowa)
    assert edit["path"] == ["hours", "office", "closed"]
    assert edit["value"][-1] == today()
    lipowa.asked.clear()
    lipowa.answers["document"]["building"]["hours"]["office"]["closed"] = ["2036-01-02", today()]  # type: ignore[index]
    assert "Dziś nieczynne (Biuro). Skończy się samo o północy." in caretaker.words("/menu/")
    caretaker.send("/menu/open-today", hours="office")
    assert edits(lipowa) == [{"op": "set", "path": ["hours", "office", "closed"], "value": ["2036-01-02"]}]


def test_both_taps_stand_on_the_first_page_too(caretaker: Browser, lipowa: StandIn) -> None:
    assert "Dziś nieczynne Wiemy o awarii" in caretaker.words("/")
    page = caretaker.get("/").get_data(as_text=True)
    assert '<input type="hidden" name="next" value="/">' in page
    assert not lipowa.asked_for("document"), "what lies on the disk suffices"


def test_a_known_failure_is_announced_until_a_time_for_a_building(
    caretaker: Browser, data: Path, exchange: StandIn
) -> None:
    running(data, exchange, "osiedle.toml")
    sent = {"text": "Wiemy, że winda stoi.", "text_en": "", "ends": "morning", "until": "", "building": "parkowa3"}
    assert caretaker.send("/menu/announce", base="r1", **sent).status_code == 303
    [edit] = edits(exchange)
    tomorrow = SystemClock().now().astimezone(ZONE).date() + timedelta(days=1)
    assert edit["value"]["until"] == f"{tomorrow} 08:00"
    assert (edit["value"]["text"], edit["value"]["building"]) == ("Wiemy, że winda stoi.", "parkowa3")


def test_an_announcement_needs_words_and_an_end_to_come(caretaker: Browser, lipowa: StandIn) -> None:
    answer = caretaker.send("/menu/announce", text="", ends="day", until="", building="")
    assert "Proszę napisać, co nie działa" in read(answer)
    answer = caretaker.send("/menu/announce", text="Winda stoi.", ends="other", until="2020-01-01T08:00", building="")
    assert "Ten czas już minął." in read(answer)
    assert "Winda stoi." in read(answer)
    caretaker.send("/menu/announce", text="Winda stoi. " * 60, ends="day", until="", building="")
    assert not lipowa.asked_for("edit"), "nobody listens that long"


def test_what_is_announced_is_shown_and_ended_by_a_tap(caretaker: Browser, lipowa: StandIn) -> None:
    later = datetime.now(ZONE) + timedelta(days=400)
    over = {"id": "stara", "text": "Było.", "from": "2026-01-01 08:00", "until": "2026-01-01 09:00"}
    held = {"id": "winda", "text": "Winda stoi.", "from": "2026-01-01 08:00", "until": f"{later:%Y-%m-%d} 08:00"}
    lipowa.answers["document"]["building"]["announcements"] = [over, held]  # type: ignore[index]
    words = caretaker.words("/menu/")
    assert "Winda stoi." in words
    assert "Było." not in words
    caretaker.send("/menu/announce", text="Nie ma wody.", ends="day", until="", building="")
    removed, added = edits(lipowa)
    assert removed == {"op": "remove", "path": ["announcements", {"id": "stara"}]}
    assert added["value"]["text"] == "Nie ma wody."
    lipowa.asked.clear()
    caretaker.send("/menu/announce/end", id="winda")
    assert edits(lipowa) == [{"op": "remove", "path": ["announcements", {"id": "winda"}]}]


def test_an_announcement_is_spoken_then_announced(caretaker: Browser, lipowa: StandIn) -> None:
    lipowa.answers["dictate"] = {"job": "j1"}
    lipowa.answers["job"] = {"state": "done", "steps": [], "result": {"kept": True, "text": "file:awaria.wav"}}
    sent = {"text": "", "ends": "morning", "until": "", "building": "", "phone": "ext:21", "speak": "1"}
    place = caretaker.send("/menu/announce", **sent).headers["Location"]
    assert "/menu/announce/spoken?until=" in caretaker.get(place).get_data(as_text=True)
    page = caretaker.get("/menu/announce/spoken?until=2036-01-01+08:00&sound=awaria.wav").get_data(as_text=True)
    assert "file:awaria.wav" in page.replace("file%3A", "file:")
    soon = f"{datetime.now(ZONE) + timedelta(days=2):%Y-%m-%d} 08:00"
    caretaker.send("/menu/announce", sound="awaria.wav", ends="other", until=soon, building="")
    assert edits(lipowa)[0]["value"]["text"] == "file:awaria.wav"


def test_a_sentence_with_a_value_says_why_it_is_not_recorded_and_what_happens_instead(
    administrator: Browser, lipowa: StandIn
) -> None:
    seen = administrator.words("/menu/texts/sentence/callback_ok")
    assert "Tego zdania nie da się nagrać w całości" in seen
    assert "({number})" in seen
    assert "Dyżurka mówi je własnym głosem" in seen
    assert "Prześlij plik" not in seen
