"""The settings: who may log in, what was changed, backups and the way back, how long things are kept, HTTPS."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from lives import SetClock, lived
from looking import PASSWORD, Browser, StandIn, read, write_users
from werkzeug.test import TestResponse

from appliance.clock import SystemClock
from appliance.register.backup import back_up
from appliance.register.store import RegisterStore
from webui.passwords import is_right
from webui.settings.audit_words import detail, edited, place

PAGES = ["", "users", "users/prezes", "audit", "backup", "restore", "retention", "person", "papers", "https", "about"]
GOOD = {"password": "nowe proste hasło", "again": "nowe proste hasło"}
STATE = {"mode": "off", "names": [], "until": "", "fingerprint": ""}
OFFERED = {
    **STATE,
    "mode": "offered",
    "names": ["192.168.1.20"],
    "until": "2027-12-01T10:00:00+00:00",
    "fingerprint": "AB:CD",
}
FINDINGS = {
    "calls_can_be_taken": True,
    "findings": [
        {"check": "python", "level": "ok", "seen": "Python 3.11", "remedy": ""},
        {
            "check": "clock",
            "level": "note",
            "seen": "Zegar nie jest zsynchronizowany",
            "remedy": "timedatectl set-ntp true",
        },
        {"check": "line", "level": "fault", "seen": "Linia sip nie działa: no answer from box:5060", "remedy": ""},
    ],
}


@pytest.fixture(autouse=True)
def answers(exchange: StandIn) -> StandIn:
    """An exchange that knows what these pages ask."""
    exchange.answers["https"] = STATE
    exchange.answers["doctor"] = FINDINGS
    exchange.answers["document"] = {"building": {"recording": {"keep_days": 30}}, "revision": "r1"}
    return exchange


@pytest.mark.parametrize("page", PAGES)
def test_settings_are_the_administrators_alone(caretaker: Browser, administrator: Browser, page: str) -> None:
    assert administrator.get(f"/settings/{page}").status_code == 200
    assert caretaker.get(f"/settings/{page}").status_code == 403
    assert "/settings/" not in caretaker.get("/account").get_data(as_text=True)


@pytest.mark.parametrize(
    "place", ["users", "backup", "https", "restore/incoming/restore-0123456789abcdef.zip", "person/erase"]
)
def test_a_caretaker_changes_nothing_here(caretaker: Browser, exchange: StandIn, place: str) -> None:
    assert caretaker.send(f"/settings/{place}", mode="only", number="501502503", sure="1").status_code == 403
    assert [each["ask"] for each in exchange.asked if each["ask"] not in ("status",)] == []


# -- users ------------------------------------------------------------------------------------------------------


def test_somebody_new_may_log_in(administrator: Browser, exchange: StandIn) -> None:
    exchange.answers["user_save"] = {"version": 2}
    answer = administrator.send("/settings/users", name="anna", role="caretaker", **GOOD)
    assert answer.status_code == 303
    [asked] = exchange.asked_for("user_save")
    assert (asked["who"], asked["name"], asked["role"]) == ("prezes", "anna", "caretaker")
    assert is_right(GOOD["password"], asked["hash"])
    assert "anna może się już zalogować" in administrator.words("/settings/users")


def test_a_name_that_is_there_is_not_taken_over(administrator: Browser, exchange: StandIn) -> None:
    seen = read(administrator.send("/settings/users", name="Dozorca", role="admin", **GOOD))
    assert "Jest już użytkownik o tej nazwie" in seen
    assert exchange.asked_for("user_save") == []


def test_what_was_typed_wrong_is_said_beside_the_field(administrator: Browser, exchange: StandIn) -> None:
    wrong = administrator.send("/settings/users", name="anna", role="caretaker", password="krótkie", again="inne")
    assert "Co najmniej dziesięć znaków" in read(wrong)
    assert 'value="anna"' in wrong.get_data(as_text=True)
    assert exchange.asked_for("user_save") == []


def test_a_role_is_changed_and_somebody_renamed(administrator: Browser, exchange: StandIn) -> None:
    exchange.answers["user_save"] = {"version": 2}
    assert administrator.send("/settings/users/dozorca", name="dozorca2", role="admin").status_code == 303
    assert exchange.asked_for("user_save") == [{"who": "prezes", "name": "dozorca2", "role": "admin", "old": "dozorca"}]


def test_the_last_administrator_stays_one(administrator: Browser, exchange: StandIn) -> None:
    exchange.refuse("user_save", "last_admin")
    exchange.refuse("user_remove", "last_admin")
    seen = read(administrator.send("/settings/users/prezes", name="prezes", role="caretaker"))
    assert "To ostatni administrator" in seen
    administrator.send("/settings/users/prezes/remove")
    assert "To ostatni administrator" in administrator.words("/settings/users")


def test_a_forgotten_password_is_replaced(administrator: Browser, exchange: StandIn) -> None:
    exchange.answers["user_save"] = {"version": 2}
    assert administrator.send("/settings/users/dozorca/password", **GOOD).status_code == 303
    [asked] = exchange.asked_for("user_save")
    assert asked["name"] == "dozorca"
    assert "role" not in asked, "another administrator may be changing it at this moment"
    assert is_right(GOOD["password"], asked["hash"])
    assert "musi zalogować się ponownie" in administrator.words("/settings/users")


def test_who_changes_the_own_entry_stays_logged_in(data: Path, administrator: Browser, exchange: StandIn) -> None:
    def renamed(asked: dict[str, Any]) -> dict[str, Any]:
        write_users(data, **{asked["name"]: "admin", "dozorca": "caretaker"})
        return {"version": 2}

    exchange.answers["user_save"] = renamed
    administrator.send("/settings/users/prezes", name="prezeska", role="admin")
    assert "prezeska" in administrator.words("/settings/users")


def test_somebody_is_removed_but_nobody_removes_themselves_by_mistake(
    administrator: Browser, exchange: StandIn
) -> None:
    exchange.answers["user_remove"] = {"version": 2}
    assert administrator.send("/settings/users/dozorca/remove").status_code == 303
    assert exchange.asked_for("user_remove") == [{"who": "prezes", "name": "dozorca"}]
    assert "Usuń konto" not in administrator.words("/settings/users/prezes")
    assert administrator.get("/settings/users/nobody").status_code == 404


# -- the audit log ----------------------------------------------------------------------------------------------


@pytest.fixture
def changed(data: Path) -> Path:
    """A register with sixty changes, the last of them telling, and a start of the box."""

    async def year(store: RegisterStore) -> None:
        call = store.new_uid()
        store.record("call.started", call=call, building="lipowa7")
        for each in range(57):
            store.record("box.changed", who="prezes", what="hours office", detail={"change": each})
        store.record(
            "box.changed",
            who="prezes",
            what="hours office",
            detail={
                "keys": ["set menus.closed.greeting", "remove duty.x", "set box.name"],
                "until": "2026-11-22T21:14:00+01:00",
            },
        )
        store.record("box.started", version="0.1.0", python="3.11")
        store.record("duty.override", duty="pogotowie", who="nowak", instead_of="ktoś", **{"from": "a", "to": "b"})
        store.record("box.changed", who="dozorca", what="ticket_take", detail={"ticket": 4017})
        await store.record("box.changed", who="prezes", what="user_save", detail={"name": "anna", "password": True})

    lived(data, SetClock(), year)
    return data


def test_the_audit_log_tells_who_changed_what_the_newest_first(changed: Path, administrator: Browser) -> None:
    seen = administrator.words("/settings/audit")
    assert "prezes zmiana użytkownika nazwa: anna · nowe hasło: tak" in seen
    assert "dozorca przyjęcie zgłoszenia zgłoszenie nr: 4017" in seen
    assert "zmiana ustawień: godziny pracy „Biuro”" in seen
    assert (
        "zmieniono: menu „Menu, gdy nieczynne”: powitanie, lista dyżurnych „X” (usunięto), ustawienia ogólne: nazwa"
        in seen
    )
    assert "2026-11-22T" not in seen
    assert "[" not in seen
    assert seen.index("zmiana użytkownika") < seen.index("przyjęcie zgłoszenia")
    assert "centrala wystartowała" not in seen
    assert "centrala wystartowała" in administrator.words("/settings/audit?all=1")
    assert "Jan Nowak" in administrator.words("/settings/audit?all=1")


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("resident removed", "spis mieszkańców (usunięto)"),
        ("menu main added", "menu „Menu główne” (dodano)"),
        ("menu closed: key 1 moved", "menu „Menu, gdy nieczynne” klawisz 1 (przesunięto)"),
        ("menu closed: option added", "menu „Menu, gdy nieczynne” klawisz (dodano)"),
        ("hours office: 2026-12-31 as usual", "godziny pracy „Biuro” 2026-12-31 (jak zwykle)"),
        ("text greeting/closed", "zdanie powitanie „Menu, gdy nieczynne”"),
        ("text option/closed/2", "zdanie klawisz „Menu, gdy nieczynne” 2"),
        ("text sentence/duty_search", "zdanie zdanie Dyżurki duty_search"),
        ("voicemail office removed", "skrzynka „Biuro” (usunięto)"),
        ("duty ringing: pogotowie", "sposób wzywania „Pogotowie techniczne”"),
        ("residents read from a file", "spis mieszkańców wczytany z pliku"),
        ("first start: line", "pierwsze uruchomienie linia"),
        ("duty order", "kolejność na liście dyżurnych"),
        ("something newer", "something newer"),
    ],
)
def test_what_pages_edit_is_told_in_polish_as_far_as_it_is_known(what: str, told: str) -> None:
    assert edited(what) == told


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("menus.closed.options.1.goto", "menu „Menu, gdy nieczynne”: klawisz 1 dokąd prowadzi"),
        ("people.nowak.phones", "osoba „Jan Nowak”: telefony"),
        ("recording.keep_days", "przechowywanie: jak długo przechowuje się nagrania"),
        ("residents.17", "spis mieszkańców"),
        ("newer.thing", "newer.thing"),
        ("duty.pogotowie.newer_key", "lista dyżurnych „Pogotowie techniczne”: newer_key"),
    ],
)
def test_a_place_of_the_building_file_is_told_by_names(path: str, told: str) -> None:
    assert place(path) == told


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {"person": "nowak", "phone": "…200", "result": "not confirmed"},
            "kto: Jan Nowak · telefon: …200 · wynik: odebrano, nie naciśnięto 1",
        ),
        ({"name": "anna", "role": "caretaker"}, "nazwa: anna · rola: dozorca"),
        ({"duty": "pogotowie", "meaning": "one only"}, "lista dyżurnych: Pogotowie techniczne · wynik: linia przenosi"),
        ({"address": "192.168.1.20", "count": 5}, "z urządzenia: 192.168.1.20 · błędnych stamtąd dotąd: 5"),
        ({"file": "residents"}, "co: spis mieszkańców (CSV)"),
        ({"revision": "ba8ef4d1" * 8}, "stan pliku: ba8ef4d1"),
        ({"newer": "thing"}, "newer: thing"),
    ],
)
def test_details_are_told_in_words(values: dict[str, object], told: str) -> None:
    assert detail(values).startswith(told)


def test_the_audit_log_is_leafed_through(changed: Path, administrator: Browser) -> None:
    first = administrator.get("/settings/audit").get_data(as_text=True)
    assert first.count("<time") == 50
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = administrator.get(older[1].replace("&amp;", "&")).get_data(as_text=True)
    assert second.count("<time") == 10
    assert 'rel="next"' not in second
    for odd in ("-1", "99999999999999999999999", "x"):
        assert administrator.get(f"/settings/audit?before={odd}").status_code == 200


def test_without_a_register_the_log_says_so(administrator: Browser) -> None:
    assert "jeszcze pusty" in administrator.words("/settings/audit")


# -- backup and restore -----------------------------------------------------------------------------------------


@pytest.fixture
def backup(changed: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real backup of that box."""
    (changed / "recordings").mkdir()
    (changed / "recordings" / "a.wav").write_bytes(b"RIFF")
    path = tmp_path_factory.mktemp("elsewhere") / "box.zip"
    back_up(changed, changed / "building.toml", path, SystemClock())
    return path.read_bytes()


def test_a_backup_is_made_looked_at_and_downloaded(data: Path, administrator: Browser, exchange: StandIn) -> None:
    exchange.answers["backup"] = {"job": "0123456789abcdef"}
    exchange.answers["job"] = {"state": "running", "steps": [], "result": None}
    place = administrator.send("/settings/backup", recordings="1").headers["Location"]
    assert exchange.asked_for("backup") == [{"who": "prezes", "recordings": True}]
    assert "Trwa tworzenie kopii" in administrator.words(place)
    (data / "backups").mkdir()
    (data / "backups" / "dyzurka-20261122-211403.zip").write_bytes(b"x" * 2_500_000)
    done = {"path": "backups/dyzurka-20261122-211403.zip", "bytes": 2_500_000}
    exchange.answers["job"] = {"state": "done", "steps": [], "result": done}
    assert "Kopia jest gotowa: 2,5 MB" in administrator.words(place)
    file = administrator.get("/settings/backup/dyzurka-20261122-211403.zip")
    assert len(file.data) == 2_500_000
    assert "dyzurka-20261122-211403.zip" in file.headers["Content-Disposition"]
    file.close()
    assert "2,5 MB" in administrator.words("/settings/backup")


def test_a_backup_without_sound_and_one_that_fails(administrator: Browser, exchange: StandIn) -> None:
    exchange.answers["backup"] = {"job": "0123456789abcdef"}
    exchange.answers["job"] = {"state": "failed", "steps": [], "result": {"text": "dysk pełny"}}
    place = administrator.send("/settings/backup").headers["Location"]
    assert exchange.asked_for("backup") == [{"who": "prezes", "recordings": False}]
    assert "dysk pełny" in administrator.words(place)


@pytest.mark.parametrize("name", ["../users.json", "page.key", "dyzurka-20261122-211403.zip.part", "dyzurka-x.zip"])
def test_nothing_but_backups_is_downloaded(data: Path, administrator: Browser, name: str) -> None:
    (data / "backups").mkdir()
    assert administrator.get(f"/settings/backup/{name}").status_code == 404


def upload(browser: Browser, content: bytes) -> TestResponse:
    page = browser.get("/settings/restore").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    sent = {"csrf_token": token[1], "file": (io.BytesIO(content), "box.zip")}
    return browser.post("/settings/restore", data=sent, content_type="multipart/form-data")


def test_a_backup_says_what_it_holds_before_anything_begins(
    data: Path, administrator: Browser, exchange: StandIn, backup: bytes
) -> None:
    place = upload(administrator, backup).headers["Location"]
    seen = administrator.words(place)
    assert "Dyżurka &lt;Lipowa&gt;" in seen
    assert "Nagrania 1" in seen
    assert "Wszystkie trwające połączenia zostaną przerwane" in seen
    assert exchange.asked_for("restore") == []
    assert administrator.send(place).headers["Location"] == place
    assert "Proszę zaznaczyć" in administrator.words(place)
    assert exchange.asked_for("restore") == []


def test_it_is_brought_back_and_waited_for_until_the_box_is_there(
    app: Any, administrator: Browser, exchange: StandIn, backup: bytes
) -> None:
    exchange.answers["restore"] = {"restore": "begun"}
    place = upload(administrator, backup).headers["Location"]
    waiting = administrator.send(place, sure="1").get_data(as_text=True)
    [asked] = exchange.asked_for("restore")
    assert asked["path"].startswith("incoming/restore-")
    assert "Trwa przywracanie kopii" in waiting
    look = re.search(r'hx-get="([^"]+)"', waiting)
    assert look
    assert "Trwa przywracanie kopii" in administrator.words(look[1])
    app.config["BEGUN"] += 3600  # the page that the exchange starts after it
    assert administrator.get(look[1], headers={"HX-Request": "true"}).headers["HX-Redirect"] == look[1]
    assert administrator.get(look[1]).headers["Location"] == "/"
    assert "centrala znów odbiera połączenia" in administrator.words("/account")


def test_a_refused_restore_is_told_and_changes_nothing(
    administrator: Browser, exchange: StandIn, backup: bytes
) -> None:
    exchange.refuse("restore", "bad_backup", why="register.db is not what was backed up")
    place = upload(administrator, backup).headers["Location"]
    assert administrator.send(place, sure="1").headers["Location"] == place
    assert "register.db is not what was backed up" in administrator.words(place)


def _zip(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"no zip at all", _zip("holiday.jpg"), _zip("../../etc/passwd")])
def test_what_is_no_backup_is_said_beside_the_field_and_not_kept(
    data: Path, administrator: Browser, content: bytes
) -> None:
    answer = upload(administrator, content)
    assert 'class="mistake"' in answer.get_data(as_text=True)
    assert list((data / "incoming").glob("restore-*")) == []


def test_the_wrong_file_is_forgotten_and_none_but_uploads_are(
    data: Path, administrator: Browser, backup: bytes
) -> None:
    place = upload(administrator, backup).headers["Location"]
    administrator.send(f"{place}/forget")
    assert administrator.get(place).status_code == 404
    assert list((data / "incoming").glob("restore-*")) == []
    for other in ("incoming/box.zip", "recordings/a.wav", "incoming/..%2Fusers.json"):
        assert administrator.get(f"/settings/restore/{other}").status_code == 404


# -- retention --------------------------------------------------------------------------------------------------


def test_retention_is_shown_with_what_the_law_suggests_and_changed(administrator: Browser, exchange: StandIn) -> None:
    source = administrator.get("/settings/retention").get_data(as_text=True)
    assert 'value="30"' in source
    assert 'value="1095"' in source
    assert "art. 5 ust. 1 lit. e" in source
    exchange.answers["edit"] = {"revision": "r2", "taken_over": True, "until": None}
    sent = administrator.send("/settings/retention", base="r1", keep_days="60", keep_register_days="730")
    assert sent.status_code == 303
    [asked] = exchange.asked_for("edit")
    assert (asked["base"], asked["what"]) == ("r1", "retention")
    assert [(each["path"], each["value"]) for each in asked["edits"]] == [
        (["recording", "keep_days"], 60),
        (["recording", "keep_register_days"], 730),
    ]


def test_retention_says_what_is_wrong_and_when_somebody_was_faster(administrator: Browser, exchange: StandIn) -> None:
    wrong = administrator.send("/settings/retention", base="r1", keep_days="0", keep_register_days="x")
    assert "liczbę dni od 1 do 3650" in read(wrong)
    assert exchange.asked_for("edit") == []
    exchange.answers["edit"] = {"conflict": True, "revision": "r9"}
    late = administrator.send("/settings/retention", base="r1", keep_days="60", keep_register_days="730")
    assert 'value="60"' in late.get_data(as_text=True)
    assert 'value="r9"' in late.get_data(as_text=True)


# -- HTTPS and about --------------------------------------------------------------------------------------------


def test_https_is_explained_and_switched_on_in_two_steps(administrator: Browser, exchange: StandIn) -> None:
    seen = administrator.words("/settings/https")
    for head in ("Czym grozi zwykły HTTP", "Co znaczy ostrzeżenie przeglądarki", "Utwórz certyfikat"):
        assert head in seen
    exchange.answers["https_choose"] = exchange.answers["https"] = OFFERED
    assert administrator.send("/settings/https", mode="offered").status_code == 303
    assert exchange.asked_for("https_choose") == [{"who": "prezes", "mode": "offered", "name": "localhost"}]
    seen = administrator.words("/settings/https")
    assert "Android" in seen
    assert "AB:CD" in seen
    assert "Otwórz przez HTTPS" in seen
    administrator.send("/settings/https", mode="only")
    assert len(exchange.asked_for("https_choose")) == 1, "nobody is locked out by plain HTTP"
    assert administrator.send("/settings/https", mode="always").status_code == 404


def test_without_a_certificate_it_says_why(administrator: Browser, exchange: StandIn) -> None:
    exchange.refuse("https_choose", "no_certificate", why="apt install openssl")
    answer = administrator.send("/settings/https", mode="offered")
    assert answer.status_code == 409
    assert "apt install openssl" in read(answer)


def test_about_tells_version_licence_voices_and_what_is_wrong(administrator: Browser) -> None:
    seen = administrator.words("/settings/about")
    assert "Linia sip nie działa: brak odpowiedzi od box:5060" in seen
    for word in ("Dyżurka 0.", "GNU GPL", "Natan", "Edwin Tarka", "Slt", "htmx", "Można odbierać połączenia"):
        assert word in seen
    assert "Zegar nie jest zsynchronizowany timedatectl" in seen


def test_the_doctor_who_does_not_answer_takes_away_nothing_else(administrator: Browser, exchange: StandIn) -> None:
    exchange.refuse("doctor", "", "no")
    assert "Natan" in administrator.words("/settings/about")


def test_the_first_page_leads_everywhere_and_in_english(administrator: Browser) -> None:
    source = administrator.get("/settings/").get_data(as_text=True)
    for page in PAGES[1:]:
        if page != "restore" and "/" not in page:
            assert f'href="/settings/{page}"' in source
    assert "2 people may log in" in administrator.words("/settings/?lang=en")
    assert PASSWORD not in source
