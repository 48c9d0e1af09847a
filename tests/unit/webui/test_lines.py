"""Lines and messages in the settings: a SIM card, the order, test calls, mail and push, and a test of each."""

from __future__ import annotations

import re
from typing import Any

import pytest
from looking import Browser, StandIn, read

from webui.setup.standing import is_provider

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


# -- copper lines -----------------------------------------------------------------------------------------------------

STARTED = {
    "box": {"name": "Lipowa", "language": "pl"},
    "buildings": [{"id": "lipowa7", "name": "Lipowa 7"}],
    "menus": [{"id": "main", "options": [], "no_input": "hangup"}],
    "scenarios": [{"id": "always", "menu": "main"}],
}
GATEWAY = {
    "id": "copper",
    "kind": "sip",
    "gateway": "ht813",
    "server": "127.0.0.1:5062",
    "number": "+48224445566",
    "channels": 1,
    "dial_format": "national",
}
MODEM = {"id": "landline", "kind": "fxo", "number": "+48224445566", "silence_minutes": 7}
USUAL = {"silence_minutes": "10", "longest_minutes": "120"}


@pytest.fixture
def copper(exchange: StandIn) -> StandIn:
    """An exchange with a provider, a gateway and a voice modem."""
    exchange.answers["document"] = {"building": {"lines": [TRUNK, GATEWAY, MODEM]}, "revision": "r1"}
    exchange.answers["telephones"] = {"port": 5080, "extensions": []}
    return exchange


def test_a_gateway_is_added_for_a_while_as_a_line_of_one_call(administrator: Browser, copper: StandIn) -> None:
    sent = {"base": "r1", "gateway": "spa3102", "numbers": "22 111 22 33", "server": "192.168.1.50:5061", **USUAL}
    answer = administrator.send("/settings/lines/gateway", **sent, status_page="http://192.168.1.50/")
    assert answer.headers["Location"] == "/settings/lines/confirm"
    line = {
        "id": "landline-2",
        "kind": "sip",
        "channels": 1,
        "dial_format": "national",
        "number": "+48221112233",
        "gateway": "spa3102",
        "server": "192.168.1.50:5061",
        "status_page": "http://192.168.1.50/",
    }
    assert edits(copper) == [{"op": "add", "path": ["lines"], "value": line}]
    assert copper.asked_for("edit")[0]["confirm_seconds"] == 300


@pytest.mark.usefixtures("copper")
def test_the_sheet_stands_beside_the_form_filled_in_for_the_line(administrator: Browser) -> None:
    seen = administrator.words("/settings/line/copper")
    assert "Ustawienia bramki: Grandstream HT813" in seen
    assert "Primary SIP Server 127.0.0.1:5080 Adres Dyżurki." in seen
    assert "User ID 224445566, Sip Server 127.0.0.1, Sip Destination Port 5080" in seen
    assert "PSTN Disconnect Tone f1=425@-24,c=500/500; Fabryczny jest amerykański" in seen
    assert 'lang="en">PSTN Disconnect Tone' in administrator.get("/settings/line/copper").get_data(as_text=True)


@pytest.mark.usefixtures("copper")
def test_another_model_brings_its_own_sheet_with_what_was_typed_until_now(administrator: Browser) -> None:
    typed = "/settings/lines/gateway/sheet?gateway=spa3102&server=127.0.0.1%3A5061&numbers=22%20111%2022%2033"
    seen = read(administrator.get(typed))
    assert "Dial Plan 2 (S0&lt;:221112233@127.0.0.1:5080&gt;)" in seen
    assert "Ring Back Tone 425@-16;*(1/4/1)" in seen
    assert "Local SIP Port" not in seen
    assert "Dial Plan 2 (S0&lt;:…@localhost:5080&gt;)" in administrator.words("/settings/lines/gateway?gateway=spa3102")
    english = read(administrator.get(f"{typed}&lang=en"))
    assert "Settings of the gateway: Cisco (Linksys) SPA3102" in english and "User ID 221112233 The line" in english


@pytest.mark.parametrize(
    "asked", ["gateway=none", "gateway=", "server=%5B&numbers=1;2;drei", "server=192.168.1.50:%C2%B2", ""]
)
@pytest.mark.usefixtures("copper")
def test_a_sheet_of_what_makes_no_sense_is_one_with_gaps(administrator: Browser, asked: str) -> None:
    answer = administrator.get(f"/settings/lines/gateway/sheet?{asked}")
    assert answer.status_code == 200 and "Grandstream HT813" in read(answer)


def test_only_what_differs_of_a_gateway_is_changed(administrator: Browser, copper: StandIn) -> None:
    sent = {"base": "r1", "gateway": "ht813", "numbers": "22 444 55 66", "server": "127.0.0.1:5062"}
    administrator.send("/settings/line/copper", **sent, silence_minutes="0", longest_minutes="120")
    assert edits(copper) == [{"op": "set", "path": ["lines", {"id": "copper"}, "silence_minutes"], "value": 0.0}]
    copper.asked.clear()
    answer = administrator.send("/settings/line/copper", **sent, **USUAL)
    assert answer.headers["Location"] == "/settings/lines" and copper.asked_for("edit") == []


def test_a_sip_line_that_turns_out_to_be_a_gateway_gets_its_model_and_what_goes_with_it(
    administrator: Browser, copper: StandIn
) -> None:
    held = {**TRUNK, "server": "192.168.1.50:5062", "register": True}
    copper.answers["document"] = {"building": {"lines": [held]}, "revision": "r1"}
    link = re.search(r'href="(/settings/line/provider[?]gateway=)"', administrator.get("/settings/line/provider").text)
    assert link and 'value="192.168.1.50:5062"' in administrator.get(link[1]).text
    sent = {"base": "r1", "gateway": "ht503", "numbers": "22 123 45 67", "server": "192.168.1.50:5062", **USUAL}
    administrator.send(link[1], **sent)
    path = ["lines", {"id": "provider"}]
    assert edits(copper) == [
        {"op": "set", "path": [*path, "gateway"], "value": "ht503"},
        {"op": "set", "path": [*path, "channels"], "value": 1},
        {"op": "set", "path": [*path, "dial_format"], "value": "national"},
        {"op": "remove", "path": [*path, "register"]},
    ]


def test_what_is_wrong_with_a_gateway_is_said_beside_its_field(administrator: Browser, copper: StandIn) -> None:
    wrong = read(administrator.send("/settings/lines/gateway", base="r1", gateway="ht813", numbers="12", **USUAL))
    assert "12 to nie jest numer telefonu" in wrong and copper.asked_for("edit") == []
    mistake = {"key": "lines[3].status_page", "problem": "Niepoprawny adres.", "remedy": "Popraw go."}
    copper.answers["edit"] = {"errors": [mistake]}
    sent = {"base": "r1", "gateway": "ht813", "numbers": "22 111 22 33", "server": "192.168.1.50", **USUAL}
    page = administrator.send("/settings/lines/gateway", **sent, status_page="ftp://x").get_data(as_text=True)
    assert 'id="status_page-wrong">Niepoprawny adres. Popraw go.' in page


def test_a_voice_modem_is_added_and_changed(administrator: Browser, copper: StandIn) -> None:
    sent = {"base": "r1", "numbers": "22 111 22 33", "louder_in": "6", "louder_out": "0", **USUAL}
    administrator.send("/settings/lines/modem", **sent, device="1-1.2")
    line = {"id": "landline-2", "kind": "fxo", "number": "+48221112233", "louder_in": 6.0, "device": "1-1.2"}
    assert edits(copper) == [{"op": "add", "path": ["lines"], "value": line}]
    copper.asked.clear()
    page = administrator.get("/settings/line/landline").get_data(as_text=True)
    assert '<option selected value="7">7 min</option>' in page
    administrator.send("/settings/line/landline", **{**sent, "numbers": "22 444 55 66", "silence_minutes": "7"})
    assert edits(copper) == [{"op": "set", "path": ["lines", {"id": "landline"}, "louder_in"], "value": 6.0}]


@pytest.mark.usefixtures("copper")
def test_the_lines_say_which_is_a_gateway_and_which_a_modem(administrator: Browser) -> None:
    seen = administrator.words("/settings/lines")
    assert "linia miedziana przez bramkę: Grandstream HT813" in seen and "linia miedziana w modemie USB" in seen


def test_the_voltage_of_the_line_stands_beside_it(administrator: Browser, copper: StandIn) -> None:
    told = {"id": "copper", "kind": "sip", "gateway": "ht813", "state": "up", "fault": None, "about": "48 V na linii"}
    copper.answers["status"] |= {"lines": [told]}  # type: ignore[operator]
    assert "48 V na linii" in administrator.words("/settings/lines")


@pytest.mark.usefixtures("copper")
def test_a_gateway_is_not_taken_for_the_provider_of_the_first_start(administrator: Browser, copper: StandIn) -> None:
    assert [is_provider(each) for each in (TRUNK, GATEWAY, MODEM, SIM)] == [True, False, False, False]
    copper.answers["document"] = {"building": {**STARTED, "lines": [GATEWAY]}, "revision": "r1"}
    page = administrator.get("/setup/line").get_data(as_text=True)
    found = re.search(r'<input[^>]*name="server"[^>]*>', page)
    assert found and 'value=""' in found[0]
    assert "Dodaj linię miedzianą przez bramkę" in page


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


@pytest.mark.parametrize(
    "place",
    [
        "lines",
        "lines/sim",
        "lines/gateway",
        "lines/gateway/sheet",
        "lines/modem",
        "line/provider",
        "lines/confirm",
        "messages",
    ],
)
def test_lines_and_messages_are_the_administrators_alone(caretaker: Browser, place: str) -> None:
    assert caretaker.get(f"/settings/{place}").status_code == 403
