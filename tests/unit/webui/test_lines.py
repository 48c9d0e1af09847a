"""Lines and messages in the settings: a SIM card, the order, test calls, mail and push, and a test of each."""

from __future__ import annotations

from typing import Any

import pytest
from looking import Browser, StandIn, read

TRUNK = {"id": "provider", "kind": "sip", "server": "sip.example.pl", "number": "+48221234567"}
SIM = {"id": "sim", "kind": "gsm", "number": "+48600000001", "expires": "2030-03-01"}
SEEN = {
    "model": "Quectel EC25",
    "operator": "Orange PL",
    "technology": "4G",
    "signal": "good",
    "dbm": -79,
    "sim": "ready",
    "voice": True,
    "roaming": False,
    "fault": None,
}
UNTIL = {"revision": "r2", "until": "2026-11-22T21:19:00+01:00", "what": "line sim added", "who": "prezes"}


@pytest.fixture(autouse=True)
def answers(exchange: StandIn) -> StandIn:
    """An exchange with a provider and a SIM card."""
    exchange.answers["document"] = {"building": {"lines": [TRUNK, SIM]}, "revision": "r1", "secrets": []}
    exchange.answers["edit"] = {"revision": "r2", "taken_over": True, "until": None}
    exchange.answers["status"] = {
        "lines": [
            {"id": "provider", "kind": "sip", "state": "up", "fault": None},
            {"id": "sim", "kind": "gsm", "state": "up", "fault": None, "modem": SEEN, "expires": "2030-03-01"},
        ],
        "calls": [],
        "on_duty": {},
        "lamps": {},
        "faults": [],
    }
    return exchange


def edits(exchange: StandIn) -> list[Any]:
    [asked] = exchange.asked_for("edit")
    return list(asked["edits"])


# -- lines ------------------------------------------------------------------------------------------------------------


def test_the_lines_stand_there_with_what_a_caretaker_wants_to_know(administrator: Browser) -> None:
    seen = administrator.words("/settings/lines")
    assert "Sieć: Orange PL, 4G. Sygnał: dobry (−79 dBm). Karta SIM działa. Modem: Quectel EC25." in seen
    assert "22 123 45 67" in seen and "600 000 001" in seen
    assert "Karta ważna do 1.03.2030" in seen


def test_a_card_is_added_for_a_while_and_its_pin_is_never_shown(administrator: Browser, exchange: StandIn) -> None:
    exchange.answers["document"] = {"building": {"lines": [TRUNK]}, "revision": "r1"}
    answer = administrator.send(
        "/settings/lines/sim", base="r1", numbers="600 000 001", pin="0412", expires="2027-03-01"
    )
    assert answer.headers["Location"] == "/settings/lines/confirm"
    line = {"id": "sim", "kind": "gsm", "number": "+48600000001", "expires": "2027-03-01", "pin": "0412"}
    assert edits(exchange) == [{"op": "add", "path": ["lines"], "value": line}]
    assert exchange.asked_for("edit")[0]["confirm_seconds"] == 300
    assert "0412" not in administrator.get("/settings/lines/sim").get_data(as_text=True)


def test_how_loud_a_card_is_and_what_its_network_may_do_is_chosen(administrator: Browser, exchange: StandIn) -> None:
    held = {**SIM, "louder_in": 3.5, "divert": False}
    exchange.answers["document"] = {"building": {"lines": [TRUNK, held]}, "revision": "r1"}
    page = administrator.get("/settings/line/sim").get_data(as_text=True)
    assert '<option selected value="3.5">3.5 dB</option>' in page and "znacznie głośniej" in page
    administrator.send(
        "/settings/line/sim",
        base="r1",
        numbers="600 000 001",
        expires="2030-03-01",
        louder_in="0",
        louder_out="6",
        no_conference="y",
    )
    path = ["lines", {"id": "sim"}]
    assert edits(exchange) == [
        {"op": "remove", "path": [*path, "louder_in"]},
        {"op": "set", "path": [*path, "louder_out"], "value": 6.0},
        {"op": "remove", "path": [*path, "divert"]},
        {"op": "set", "path": [*path, "conference"], "value": "never"},
    ]


def test_what_is_wrong_with_a_card_is_said_beside_its_field(administrator: Browser, exchange: StandIn) -> None:
    wrong = read(administrator.send("/settings/lines/sim", base="r1", numbers="112233", pin="12", expires="marzec"))
    assert "112233 to nie jest numer telefonu" in wrong and "od czterech do ośmiu cyfr" in wrong
    assert "Nie rozumiem daty „marzec”" in wrong and exchange.asked_for("edit") == []
    mistake = {"key": "lines[1].number", "problem": "Numer jest już na linii provider.", "remedy": "Zmień go."}
    exchange.answers["document"] = {"building": {"lines": [TRUNK]}, "revision": "r1"}
    exchange.answers["edit"] = {"errors": [mistake]}
    page = administrator.send("/settings/lines/sim", base="r1", numbers="22 123 45 67").get_data(as_text=True)
    assert 'id="numbers-wrong">Numer jest już na linii provider. Zmień go.' in page


def test_only_what_differs_of_a_card_is_changed(administrator: Browser, exchange: StandIn) -> None:
    page = administrator.get("/settings/line/none")
    assert page.status_code == 404
    fields = {"base": "r1", "numbers": "600 000 001", "expires": ""}
    exchange.answers["document"] = {"building": {"lines": [TRUNK, SIM]}, "revision": "r1"}
    assert administrator.send("/settings/line/sim", **fields, no_pin="y").status_code == 303
    path = ["lines", {"id": "sim"}]
    assert edits(exchange) == [
        {"op": "remove", "path": [*path, "expires"]},
        {"op": "set", "path": [*path, "pin"], "value": ""},
    ]


def test_a_line_is_removed_only_until_somebody_says_yes(administrator: Browser, exchange: StandIn) -> None:
    assert "próbuje się jej rozmową" in administrator.words("/settings/line/provider")
    answer = administrator.send("/settings/line/provider/remove", base="r1")
    assert answer.headers["Location"] == "/settings/lines/confirm"
    assert edits(exchange) == [{"op": "remove", "path": ["lines", {"id": "provider"}]}]
    exchange.answers["status"] |= {"confirm": UNTIL}  # type: ignore[operator]
    assert "poprzednie ustawienia" in administrator.words("/settings/lines/confirm")
    assert "czeka na potwierdzenie" in administrator.words("/settings/lines")
    exchange.answers["confirm"] = {"confirmed": True}
    administrator.send("/settings/lines/confirm", revision="r2")
    assert exchange.asked_for("confirm") == [{"who": "prezes", "revision": "r2"}]
    assert "Zmiana zostaje" in administrator.words("/settings/lines")


def test_a_yes_that_comes_too_late_says_so(administrator: Browser, exchange: StandIn) -> None:
    exchange.refuse("confirm", "nothing_to_confirm")
    assert "Było za późno" in read(administrator.send("/settings/lines/confirm", revision="r2"))


def test_which_line_goes_first(administrator: Browser, exchange: StandIn) -> None:
    administrator.send("/settings/lines/order", base="r1", first="sim")
    assert edits(exchange) == [{"op": "set", "path": ["outbound", "lines"], "value": ["sim", "provider"]}]


@pytest.mark.parametrize(
    ("fields", "value"), [({"daily": "y", "at": "04:20"}, "04:20"), ({"at": "04:20"}, "never"), ({}, "never")]
)
def test_when_the_box_calls_itself(
    administrator: Browser, exchange: StandIn, fields: dict[str, str], value: str
) -> None:
    administrator.send("/settings/lines/test-calls", base="r1", **fields)
    assert edits(exchange) == [{"op": "set", "path": ["box", "test_call"], "value": value}]


def test_test_calls_without_a_time_are_asked_about(administrator: Browser, exchange: StandIn) -> None:
    for at in ("", "rano"):
        asked = administrator.send("/settings/lines/test-calls", base="r1", daily="y", at=at)
        assert "Proszę podać godzinę" in read(asked)
    assert exchange.asked_for("edit") == []


# -- messages ---------------------------------------------------------------------------------------------------------


def notify(exchange: StandIn, secrets: list[str], **table: object) -> None:
    known = [["notify", each] for each in secrets]
    exchange.answers["document"] = {
        "building": {"lines": [TRUNK, SIM], "notify": table},
        "revision": "r1",
        "secrets": known,
    }


def test_mail_and_push_are_entered_and_their_secrets_stay_where_they_are(
    administrator: Browser, exchange: StandIn
) -> None:
    notify(exchange, ["mail_password", "push"], mail=["a@example.com"], mail_server="smtp.example.com")
    page = administrator.words("/settings/messages")
    assert "Jest już wpisane. Puste zostawia je." in page and "Wyślij próbną wiadomość push" in page
    fields = {"base": "r1", "sms": "y", "sms_letters": "plain", "mail_server": "smtp.example.com"}
    administrator.send("/settings/messages", **fields, mail="a@example.com\nb@example.com")
    assert edits(exchange) == [{"op": "set", "path": ["notify", "mail"], "value": ["a@example.com", "b@example.com"]}]
    exchange.asked.clear()
    administrator.send(
        "/settings/messages", **fields, mail="a@example.com", push="ntfys://ntfy.example.com/x", no_password="y"
    )
    assert edits(exchange) == [
        {"op": "set", "path": ["notify", "mail_password"], "value": ""},
        {"op": "set", "path": ["notify", "push"], "value": ["ntfys://ntfy.example.com/x"]},
    ]


def test_a_mistake_in_an_address_is_said_beside_it(administrator: Browser, exchange: StandIn) -> None:
    mistake = {"key": "notify.mail[0]", "problem": "To nie jest adres.", "remedy": "Popraw go."}
    exchange.answers["edit"] = {"errors": [mistake]}
    page = administrator.send("/settings/messages", base="r1", sms="y", sms_letters="plain", mail="zarząd")
    assert 'id="mail-wrong">To nie jest adres. Popraw go.' in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("channel", "told", "seen"),
    [
        ("sms", {"to": "+48600100200", "result": "sent", "by": "sim"}, "Sieć przyjęła SMS do 600 100 200 (linia sim)."),
        ("mail", {"to": "a@example.com", "result": "sent"}, "Serwer poczty przyjął wiadomość do a@example.com."),
        ("push", {"to": "ntfys-1a", "result": "sent"}, "Usługa push ntfys-1a przyjęła wiadomość."),
        (
            "mail",
            {"to": "a@example.com", "result": "not sent", "why": "[Errno 111] Connection refused"},
            "Do a@example.com nie wysłano: pod tym serwerem i portem nic nie odpowiada.",
        ),
        (
            "sms",
            {"to": "+48600100200", "result": "not sent", "why": "AT+CMGS=23: +CMS ERROR: 38"},
            "sieć odmówiła (CMS 38)",
        ),
    ],
)
def test_what_becomes_of_a_test_message_is_told_in_words(
    administrator: Browser, exchange: StandIn, channel: str, told: dict[str, str], seen: str
) -> None:
    exchange.answers["test_message"] = {"job": "f00d"}
    exchange.answers["job"] = {"state": "running", "steps": [], "result": None}
    answer = administrator.send(f"/settings/messages/test/{channel}", to="+48600100200")
    assert answer.headers["Location"] == "/settings/messages/tested/f00d"
    to = "+48600100200" if channel == "sms" else ""
    assert exchange.asked_for("test_message") == [{"who": "prezes", "channel": channel, "to": to}]
    assert "Trwa wysyłanie" in administrator.words("/settings/messages/tested/f00d")
    exchange.answers["job"] = {"state": "done", "steps": [], "result": {"channel": channel, "messages": [told]}}
    assert seen in administrator.words("/settings/messages/tested/f00d/piece")


def test_a_test_that_makes_no_sense_says_why(administrator: Browser, exchange: StandIn) -> None:
    exchange.refuse("test_message", "no_mail_server")
    administrator.send("/settings/messages/test/mail")
    assert "Najpierw trzeba wpisać serwer poczty" in administrator.words("/settings/messages")


@pytest.mark.parametrize("place", ["lines", "lines/sim", "line/provider", "lines/confirm", "messages"])
def test_lines_and_messages_are_the_administrators_alone(caretaker: Browser, place: str) -> None:
    assert caretaker.get(f"/settings/{place}").status_code == 403
