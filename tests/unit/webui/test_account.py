"""Who gets in, who does not, and what they are told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import Flask
from lived import live, one_night
from looking import PASSWORD, Browser, StandIn, browser, hash_of, read, write_users

from appliance.clock import SystemClock
from webui import account, session
from webui.app import create_app
from webui.attempts import (
    FIRST_WAIT_SECONDS,
    FREE_TRIES,
    FREE_TRIES_ADDRESS,
    LONGEST_WAIT_SECONDS,
    TOLD_AN_HOUR,
    Attempts,
)
from webui.session import IDLE_SECONDS, admin_only

PAGES = ["/", "/register/", "/register/1", "/account", "/?lang=en"]


def log_in(somebody: Browser, name: str = "dozorca", password: str = PASSWORD, **more: str):
    return somebody.send("/login", form_at="/login", name=name, password=password, **more)


@pytest.mark.parametrize("path", PAGES)
def test_whoever_has_not_logged_in_sees_nothing_and_comes_back_after_it(stranger: Browser, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=")
    page = stranger.get(answer.headers["Location"])
    place = re.search(r'name="next" value="([^"]+)"', page.get_data(as_text=True))
    assert place
    assert log_in(stranger, next=place[1]).headers["Location"] == path


def test_a_wrong_password_is_said_beside_the_field_and_the_name_is_kept(stranger: Browser) -> None:
    answer = log_in(stranger, password="nie to")
    assert answer.status_code == 401
    text = answer.get_data(as_text=True)
    assert re.search(r'<p class="mistake" id="password-wrong">Nazwa użytkownika albo hasło', text)
    assert re.search(r'<input aria-describedby="password-wrong" aria-invalid="true"[^>]* id="password"', text)
    assert 'value="dozorca"' in text
    assert "nie to" not in text
    assert stranger.get("/").status_code == 303


def test_a_name_that_does_not_exist_is_told_the_same_as_a_wrong_password(stranger: Browser) -> None:
    assert "Nazwa użytkownika albo hasło się nie zgadza" in read(log_in(stranger, name="nikt"))


def test_capitals_of_the_name_do_not_matter(stranger: Browser) -> None:
    assert log_in(stranger, name=" Dozorca ").status_code == 303
    assert "dozorca" in stranger.words("/")


@pytest.mark.parametrize(
    "place", ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_a_log_in_leads_nowhere_else(stranger: Browser, place: str) -> None:
    assert log_in(stranger, next=place).headers["Location"] == "/"


def test_after_five_wrong_ones_even_the_right_one_waits_and_the_page_says_how_to_unlock(app: Flask, data: Path) -> None:
    somebody = browser(app)
    for _ in range(FREE_TRIES):
        last = log_in(somebody, password="nie to")
    assert "Za dużo błędnych haseł" in read(last)
    locked = read(log_in(somebody))
    assert "Proszę poczekać 1 minutę" in locked
    assert "dyzurka unlock" in locked
    assert log_in(somebody, name="prezes").status_code == 303  # somebody else at the same place
    elsewhere = browser(app)
    elsewhere.environ_base["REMOTE_ADDR"] = "192.168.1.77"
    assert log_in(elsewhere).status_code == 303

    users = json.loads((data / "users.json").read_text())
    (data / "users.new").write_text(json.dumps({**users, "unlocked": "2026-11-22T21:14:03+01:00"}))
    (data / "users.new").replace(data / "users.json")
    assert log_in(somebody).status_code == 303


def test_waits_grow_end_and_are_forgotten() -> None:
    counted = Attempts()
    for _ in range(FREE_TRIES):
        assert counted.wait("a", "10.0.0.1", 0.0) == 0.0
        counted.wrong("a", "10.0.0.1", 0.0)
    assert counted.wait("A ", "10.0.0.1", 0.0) == FIRST_WAIT_SECONDS
    assert counted.wait("a", "10.0.0.1", FIRST_WAIT_SECONDS) == 0.0
    counted.wrong("a", "10.0.0.1", FIRST_WAIT_SECONDS)
    assert counted.wait("a", "10.0.0.1", FIRST_WAIT_SECONDS) == 2 * FIRST_WAIT_SECONDS
    for _ in range(50):
        counted.wrong("a", "10.0.0.1", 1000.0)
    assert counted.wait("a", "10.0.0.1", 1000.0) == LONGEST_WAIT_SECONDS
    assert counted.wait("a", "10.0.0.2", 1000.0) == 0.0
    assert counted.wait("a", "10.0.0.1", 100_000.0) == 0.0


def test_one_address_that_tries_many_names_waits_too_and_ipv6_counts_by_network() -> None:
    counted = Attempts()
    for each in range(FREE_TRIES_ADDRESS):
        counted.wrong(f"name{each}", f"fd00::{each:x}", 0.0)
    assert counted.wait("another", "fd00::ffff", 0.0) > 0.0
    assert counted.wait("another", "fd00:1::1", 0.0) == 0.0


@pytest.mark.parametrize(("one", "another"), [("::ffff:10.0.0.1", "::ffff:10.0.0.2"), ("fe80::1%eth0", "fe80::2%eth0")])
def test_neighbours_on_one_socket_or_link_do_not_lock_each_other_out(one: str, another: str) -> None:
    counted = Attempts()
    for _ in range(FREE_TRIES_ADDRESS):
        counted.wrong("prezes", one, 0.0)
    assert counted.wait("prezes", one, 0.0) > 0.0
    assert counted.wait("prezes", another, 0.0) == 0.0


def test_logging_out_ends_it(caretaker: Browser) -> None:
    assert caretaker.send("/logout").status_code == 303
    assert caretaker.get("/").status_code == 303
    assert "Wylogowano" in caretaker.words("/login")


@pytest.mark.parametrize("users", [{"prezes": "admin"}, {"dozorca": "admin", "prezes": "admin"}])
def test_a_removed_or_changed_user_is_out_at_once(caretaker: Browser, data: Path, users: dict[str, str]) -> None:
    assert caretaker.get("/").status_code == 200
    write_users(data, **users)
    assert caretaker.get("/").status_code == 303


def test_eight_hours_without_use_end_the_session(caretaker: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    now = int(SystemClock().now().timestamp())
    monkeypatch.setattr(session, "_now", lambda: now + IDLE_SECONDS - 5)
    assert caretaker.get("/").status_code == 200
    monkeypatch.setattr(session, "_now", lambda: now + 2 * IDLE_SECONDS - 10)
    assert caretaker.get("/", headers={"HX-Request": "true"}).status_code == 200
    monkeypatch.setattr(session, "_now", lambda: now + 2 * IDLE_SECONDS)
    assert caretaker.get("/").status_code == 303, "a page that refreshes itself kept the session"


def test_a_piece_of_a_page_takes_the_whole_page_to_the_log_in(stranger: Browser) -> None:
    asked = {"HX-Request": "true", "HX-Current-URL": "http://localhost/register/?skip=50"}
    answer = stranger.get("/", headers=asked)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/register/?skip%3D50")


def test_a_form_sent_too_late_is_kept_through_the_log_in(app: Flask, caretaker: Browser, data: Path) -> None:
    add_note_page(app)
    page = caretaker.get("/account").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    write_users(data, dozorca="caretaker", zastepca="admin")
    with caretaker.session_transaction() as held:
        held["used"] = 0
    late = {"csrf_token": token[1], "text": "rura <pęknięta>", "password": "tajne"}
    answer = caretaker.post("/note?x=1", data=late)
    assert answer.status_code == 401
    seen = answer.get_data(as_text=True)
    assert 'name="kept.text" value="rura &lt;pęknięta&gt;"' in seen
    assert "tajne" not in seen
    again = re.search(r'name="csrf_token" value="([^"]+)"', seen)
    assert again
    typed = {"csrf_token": again[1], "name": "dozorca", "password": PASSWORD, "next": "/note?x=1"}
    answer = caretaker.post("/login", data={**typed, "kept.text": "rura <pęknięta>"})
    seen = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'action="/note?x=1"' in seen
    assert 'name="text" value="rura &lt;pęknięta&gt;"' in seen
    last = re.search(r'name="csrf_token" value="([^"]+)"', seen)
    assert last
    answer = caretaker.post("/note?x=1", data={"csrf_token": last[1], "text": "rura"})
    assert answer.get_data(as_text=True) == "rura"


def test_a_form_of_another_site_does_nothing(app: Flask, caretaker: Browser, stranger: Browser) -> None:
    add_note_page(app)
    for somebody in (caretaker, stranger):
        answer = somebody.post("/note", data={"text": "x"})
        assert answer.status_code == 400
        assert "Nic nie zmieniono" in read(answer)
    assert "kept" not in answer.get_data(as_text=True)
    assert stranger.post("/login", data={"name": "dozorca", "password": PASSWORD}).headers["Location"] == "/login"
    assert "Proszę spróbować jeszcze raz" in stranger.words("/login")


def test_what_is_for_administrators_a_caretaker_is_refused(
    app: Flask, caretaker: Browser, administrator: Browser
) -> None:
    app.add_url_rule("/secret", "account.secret", admin_only(lambda: "for you"))
    assert administrator.get("/secret").get_data(as_text=True) == "for you"
    answer = caretaker.get("/secret")
    assert answer.status_code == 403
    assert "tylko administrator" in read(answer)


def test_the_cookie_is_for_the_browser_alone_and_by_https_for_https(app: Flask) -> None:
    for scheme, secure in (("http", False), ("https", True)):
        somebody = browser(app)
        page = somebody.get("/login", base_url=f"{scheme}://localhost")
        cookie = page.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert ("Secure" in cookie) is secure


def test_sessions_last_over_a_restart_and_end_with_another_key(caretaker: Browser, data: Path) -> None:
    cookie = caretaker.get_cookie("session")
    assert cookie
    for key, status in (("5f" * 32, 200), ("60" * 32, 303)):
        (data / "page.key").write_text(key)
        anew = create_app(data, data / "building.toml").test_client()
        anew.set_cookie("session", cookie.value)
        assert anew.get("/").status_code == status


def test_a_new_box_leads_to_the_claim_and_makes_its_administrator(
    stranger: Browser, exchange: StandIn, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "users.json").unlink()
    for path in ("/", "/login", "/register/"):
        assert stranger.get(path).headers["Location"] == "/claim"
    assert 'value="AB23-CD45"' in stranger.get("/claim?code=AB23-CD45").get_data(as_text=True), (
        "the QR on the box's screen fills it in"
    )
    typed = {"code": " 1234-5678 ", "name": "prezes", "password": PASSWORD, "again": PASSWORD}
    differs = stranger.send("/claim", form_at="/claim", **{**typed, "again": "inne"})
    assert "Hasła się różnią" in read(differs)
    assert 'value="prezes"' in differs.get_data(as_text=True)
    short = stranger.send("/claim", form_at="/claim", **{**typed, "password": "krótkie"})
    assert "Proszę wpisać co najmniej dziesięć znaków" in read(short)
    hashed: list[str] = []
    real = hash_of(PASSWORD)

    def counted(typed: str) -> str:
        hashed.append(typed)
        return real

    monkeypatch.setattr("webui.passwords.hashed", counted)
    exchange.refuse("claim_code", "wrong_code")
    wrong = stranger.send("/claim", form_at="/claim", **typed)
    assert re.search(r'id="code-wrong">To nie jest ten kod', wrong.get_data(as_text=True))
    exchange.refuse("claim_code", "too_soon", seconds=16.2)
    assert "Proszę spróbować za 17 s" in read(stranger.send("/claim", form_at="/claim", **typed))
    assert hashed == []  # whoever guesses does not keep the processor busy
    assert exchange.asked_for("claim") == []
    exchange.answers["claim_code"] = {}

    def made(request: dict) -> dict:
        write_users(data, **{request["name"]: "admin"})
        return {"version": 1}

    exchange.answers["claim"] = made
    assert stranger.send("/claim", form_at="/claim", **typed).headers["Location"] == "/setup/"
    asked = exchange.asked_for("claim")[-1]
    assert (asked["code"], asked["name"], asked["address"]) == ("1234-5678", "prezes", "127.0.0.1")
    assert asked["hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert stranger.get("/").status_code == 200


def test_the_claim_never_fills_in_the_code_and_says_how_whoever_stands_at_the_box_learns_it(
    stranger: Browser, exchange: StandIn
) -> None:
    for told, words in (
        ({"by_button": True, "spoken": True}, ["dyzurka unlock", "wybrać na nim 0", "przez dziesięć minut"]),
        ({"by_button": True, "spoken": False}, ["dyzurka unlock"]),
        ({"by_button": False, "spoken": True}, ["wybrać na nim 0"]),
    ):
        exchange.answers["claim_way"] = {**told, "code": "7KQM-X2WD"}  # told or not, it is not shown
        page = stranger.get("/claim").get_data(as_text=True)
        assert "7KQM" not in page
        assert re.search(r'<input[^>]*name="code"[^>]*value=""', page)
        for said in ("wybrać na nim 0", "przez dziesięć minut", "przycisk"):
            expected = said in words or (said == "przycisk" and told["by_button"])
            assert (said in page) is expected, (told, said)


def test_a_claim_without_an_exchange_says_so(stranger: Browser, data: Path) -> None:
    (data / "users.json").unlink()
    typed = {"code": "1", "name": "prezes", "password": PASSWORD, "again": PASSWORD}
    assert "Centrala nie odpowiada" in read(stranger.send("/claim", form_at="/claim", **typed))


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"users": 5}', '{"users": [{"name": "x"}]}'])
def test_users_that_cannot_be_read_make_nobody_the_owner(stranger: Browser, data: Path, content: str) -> None:
    (data / "users.json").write_text(content)
    assert stranger.get("/").headers["Location"].startswith("/login")


def test_one_changes_ones_own_password_and_stays(caretaker: Browser, exchange: StandIn, data: Path) -> None:
    new = "zupełnie inne hasło"
    typed = {"old_password": "nie to", "password": new, "again": new}
    assert re.search(r'id="old_password-wrong">', caretaker.send("/account", **typed).get_data(as_text=True))
    assert not exchange.asked_for("user_save")

    def saved(request: dict) -> dict:
        users = {"users": [{"name": "dozorca", "role": "caretaker", "hash": request["hash"], "version": 2}]}
        (data / "users.new").write_text(json.dumps(users))
        (data / "users.new").replace(data / "users.json")
        return {"version": 2}

    exchange.answers["user_save"] = saved
    assert caretaker.send("/account", **{**typed, "old_password": PASSWORD}).status_code == 303
    [saving] = exchange.asked_for("user_save")
    assert (saving["who"], saving["name"]) == ("dozorca", "dozorca")
    assert "role" not in saving, "another administrator may be changing it at this moment"
    assert "Hasło zostało zmienione" in caretaker.words("/account")
    assert caretaker.get("/").status_code == 200


def add_note_page(app: Flask) -> None:
    """A page that only takes a text."""
    from flask import request

    app.add_url_rule("/note", "account.note", lambda: request.form["text"], methods=["POST"])


def test_nothing_that_is_kept_is_a_secret() -> None:
    assert {"password", "pin", "csrf_token"} <= set(account.NOT_KEPT)


def test_who_comes_and_goes_is_told_for_the_audit_log(app: Flask, exchange: StandIn) -> None:
    exchange.answers["visit"] = {}
    somebody = browser(app)
    somebody.environ_base["REMOTE_ADDR"] = "192.168.1.20"
    log_in(somebody)
    somebody.send("/logout")
    came, went = exchange.asked_for("visit")
    assert came == {"what": "log_in", "who": "dozorca", "detail": {"address": "192.168.1.20"}}
    assert went == {"what": "log_out", "who": "dozorca", "detail": {}}


def test_wrong_passwords_are_told_counted_and_never_what_was_typed(app: Flask, exchange: StandIn) -> None:
    exchange.answers["visit"] = {}
    somebody = browser(app)
    for _ in range(FREE_TRIES + 3):
        log_in(somebody, password="nie to")
    for each in range(3):
        log_in(somebody, name=f"tajne hasło w złym polu {each}", password="nie to")
    told = exchange.asked_for("visit")
    assert [each["detail"]["count"] for each in told] == [1, FREE_TRIES]
    assert {each["who"] for each in told} == {"dozorca"}
    assert "tajne" not in str(told)


def test_a_thousand_wrong_passwords_make_few_rows() -> None:
    counted = Attempts()
    told = []
    for each in range(1000):
        counted.wrong("prezes", "10.0.0.1", 0.0)
        told.append(counted.to_tell("10.0.0.1", float(each)))
    assert [each[0] for each in told if each] == [1, 5, 10, 20, 40, 80, 160, 320, 640]
    for each in range(1000):  # from as many addresses as a neighbour's machine likes to have
        counted.wrong("prezes", f"fe80::{each:x}", 1000.0)
        told.append(counted.to_tell(f"fe80::{each:x}", 1000.0))
    assert len([each for each in told if each]) == TOLD_AN_HOUR
    counted.wrong("prezes", "10.0.0.3", 10_000.0)
    assert counted.to_tell("10.0.0.3", 10_000.0) == (1, 1000 - (TOLD_AN_HOUR - 9))


def test_without_an_exchange_one_logs_in_all_the_same(app: Flask) -> None:
    assert log_in(browser(app)).status_code == 303


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/register/calls.csv", "calls"),
        ("/register/tickets.csv", "tickets"),
        ("/reports/days.csv", "report"),
        ("/people/residents.csv", "residents"),
    ],
)
def test_what_is_taken_along_is_told_for_the_audit_log(
    administrator: Browser, exchange: StandIn, data: Path, path: str, told: str
) -> None:
    live(data, one_night)
    exchange.answers.update(visit={}, document={"building": {}, "revision": "r1"})
    assert administrator.get(path).status_code == 200
    assert exchange.asked_for("visit") == [{"what": "took_away", "who": "prezes", "detail": {"file": told}}]
