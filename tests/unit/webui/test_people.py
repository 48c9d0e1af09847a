"""The people page: telephones in order, extensions with a code and a sheet, the residents' directory, the card."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from lives import SetClock, lived
from looking import Browser, StandIn, read

from appliance.register.store import RegisterStore
from webui.people.cards import linphone, vcard
from webui.people.numbers import read_number, read_phone
from webui.people.persons import id_for
from webui.people.residents_file import decoded, joined, separator, written
from webui.people.residents_file import read as read_file
from webui.people.telephones import OFFERED_SECONDS, Offers

HOUSES = {"lipowa7": "Lipowa 7", "lipowa9": "Lipowa 9"}
ONE_HOUSE = {"lipowa7": "Lipowa 7"}
CONTENT: dict[str, Any] = {
    "buildings": [{"id": "lipowa7", "name": "Lipowa 7"}],
    "lines": [{"id": "provider", "number": "+48221234567"}, {"id": "sim", "numbers": ["+48600000001"]}],
    "people": [
        {"id": "nowak", "name": "Jan Nowak", "phones": ["+48600100200", "ext:21"]},
        {"id": "biuro", "name": "Biuro", "phones": ["ext:11"], "confirm": False},
        {"id": "lis", "name": "Ewa Lis", "phones": ["+48600700800"]},
    ],
    "extensions": [{"number": "21", "name": "Dozorca"}, {"number": "31", "name": "Piwnica"}],
    "duty": [{"id": "pogotowie", "name": "Pogotowie", "people": ["nowak"], "rotation": {"people": ["nowak"]}}],
    "queues": [{"id": "office", "name": "Sekretariat", "people": ["biuro"]}],
    "residents": [{"flat": "12", "phones": ["+48501502503"]}, {"flat": "3", "phones": ["+48225556677"]}],
}


@pytest.fixture
def office(exchange: StandIn) -> StandIn:
    exchange.answers["document"] = {"building": CONTENT, "revision": "r1"}
    exchange.answers["edit"] = {"revision": "r2", "taken_over": True, "until": None}
    exchange.answers["telephones"] = {
        "port": 5060,
        "extensions": [{"number": "21", "registered": True}, {"number": "31", "registered": False}],
    }
    return exchange


# -- people ----------------------------------------------------------------------------------------------------------


def test_people_are_shown_with_their_telephones_in_order(caretaker: Browser, office: StandIn) -> None:
    seen = caretaker.words("/people/")
    assert seen.index("Jan Nowak") < seen.index("600 100 200") < seen.index("wewn. 21") < seen.index("Biuro")
    assert "Biuro przyjmuje przez odebranie" in seen
    assert "Dodaj osobę" not in seen, "a caretaker cannot"


def test_a_person_is_added_with_numbers_as_they_are_written_here(administrator: Browser, office: StandIn) -> None:
    fields = {"base": "r1", "name": "Łucja Żak", "phone_1": "501 502-503", "phone_2": "wewn. 31", "confirm": "no"}
    fields["phone_3"] = "sip:zak@192.168.1.9"
    assert administrator.send("/people/persons/new", **fields).status_code == 303
    [edit] = office.asked_for("edit")
    phones = ["+48501502503", "ext:31", "sip:zak@192.168.1.9"]
    value = {"id": "zak", "name": "Łucja Żak", "phones": phones, "confirm": False}
    assert edit["edits"] == [{"op": "add", "path": ["people"], "value": value}]
    assert "Teraz proszę wpisać tę osobę na listę dyżurnych" in administrator.words("/people/")


def test_mistakes_stand_beside_their_field_and_nothing_typed_is_lost(administrator: Browser, office: StandIn) -> None:
    fields = {"base": "r1", "name": "Jan Nowak", "phone_1": "12345678", "phone_2": "600 100 200", "confirm": ""}
    markup = administrator.send("/people/persons/nowak", **fields).get_data(as_text=True)
    assert re.search(r'id="phone_1-wrong">Polski numer ma dziewięć cyfr', markup)
    assert 'value="12345678"' in markup and 'value="600 100 200"' in markup
    nothing = read(administrator.send("/people/persons/nowak", base="r1", name="Jan", confirm=""))
    assert "Potrzebny jest choć jeden telefon" in nothing
    assert not office.asked_for("edit")


def test_what_only_the_exchange_knows_to_be_wrong_stands_beside_the_same_field(
    administrator: Browser, office: StandIn
) -> None:
    error = {"key": "people[0].phones[1]", "line": 1, "problem": "Numer jest płatny.", "remedy": "Podaj zwykły."}
    office.answers["edit"] = {"errors": [error]}
    fields = {"base": "r1", "name": "Jan Nowak", "phone_1": "600 100 200", "phone_3": "700 123 456", "confirm": ""}
    markup = administrator.send("/people/persons/nowak", **fields).get_data(as_text=True)
    assert 'id="phone_3-wrong">Numer jest płatny. Podaj zwykły.' in markup


def test_a_person_is_changed_key_by_key(administrator: Browser, office: StandIn) -> None:
    page = administrator.get("/people/persons/biuro").get_data(as_text=True)
    assert 'value="wewn. 11"' in page
    assert (
        administrator.send("/people/persons/biuro", base="r1", name="Biuro", phone_1="11", confirm="").status_code
        == 303
    )
    path = ["people", {"id": "biuro"}]
    assert office.asked_for("edit")[0]["edits"] == [
        {"op": "set", "path": [*path, "name"], "value": "Biuro"},
        {"op": "set", "path": [*path, "phones"], "value": ["ext:11"]},
        {"op": "remove", "path": [*path, "confirm"]},
    ]


def test_somebody_who_is_still_rung_is_not_removed_and_the_page_says_where(
    administrator: Browser, office: StandIn
) -> None:
    assert "lista dyżurnych Pogotowie: rotacja" in administrator.words("/people/persons/nowak")
    administrator.send("/people/persons/nowak/remove", base="r1")
    seen = administrator.words("/people/persons/nowak")
    assert "jeszcze nie można usunąć, bo Dyżurka nadal tam dzwoni: lista dyżurnych Pogotowie: kolejność" in seen
    administrator.send("/people/persons/biuro/remove", base="r1")
    assert "kolejka Sekretariat" in administrator.words("/people/persons/biuro")
    assert not office.asked_for("edit")
    administrator.send("/people/persons/lis/remove", base="r1")
    assert office.asked_for("edit")[0]["edits"] == [{"op": "remove", "path": ["people", {"id": "lis"}]}]
    assert "Usunięto: Ewa Lis" in administrator.words("/people/")


def test_two_who_edit_do_not_overwrite_each_other(administrator: Browser, office: StandIn) -> None:
    office.answers["edit"] = {"conflict": True, "revision": "r5"}
    answer = administrator.send("/people/persons/nowak", base="r0", name="Jan Kowal", phone_1="600 100 200", confirm="")
    assert "Ktoś inny" in read(answer)
    assert "Ktoś inny zapisał w międzyczasie: Imię i nazwisko: Jan Nowak Drugi telefon: wewn. 21" in read(answer)
    assert 'value="Jan Kowal"' in answer.get_data(as_text=True)


def test_while_the_exchange_is_away_the_numbers_are_still_there(caretaker: Browser, administrator: Browser) -> None:
    seen = caretaker.words("/people/")
    assert "Centrala nie odpowiada" in seen and "600 100 200" in seen
    assert "Dodaj osobę" not in administrator.words("/people/")


@pytest.mark.parametrize(
    "path", ["persons/nowak", "persons/new", "telephones/21", "residents/0", "residents/import", "residents.csv"]
)
def test_what_changes_or_carries_away_is_the_administrators(caretaker: Browser, office: StandIn, path: str) -> None:
    assert caretaker.get(f"/people/{path}").status_code == 403


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("501 502 503", "+48501502503"),
        ("22-123-45-67", "+48221234567"),
        ("(22) 123 45 67", "+48221234567"),
        ("0048 501502503", "+48501502503"),
        ("48501502503", "+48501502503"),
        ("+49 30 1234567", "+49301234567"),
        ("wewn. 21", "ext:21"),
        ("ext:21", "ext:21"),
        ("21", "ext:21"),
        ("sip:a@b.pl", "sip:a@b.pl"),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, number: str) -> None:
    assert read_phone(typed) == number


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("12345678", "dziewięć cyfr"),
        ("+48 5015025031", "dziewięć cyfr"),
        ("112", "alarmowe"),
        ("+48999", "alarmowe"),
        ("sip:nic", "sip:użytkownik@serwer"),
        ("Nowak", "nie jest numer"),
    ],
)
def test_what_is_no_number_is_told_in_words(typed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_phone(typed)


def test_a_short_name_is_made_of_the_surname() -> None:
    assert id_for("Łukasz Żółć", []) == "zolc"
    assert id_for("Jan Nowak", ["nowak", "nowak2"]) == "nowak3"
    assert id_for("…", []) == "osoba"


# -- telephones ------------------------------------------------------------------------------------------------------


def test_telephones_that_are_there_are_told_from_those_that_are_not(caretaker: Browser, office: StandIn) -> None:
    seen = caretaker.words("/people/telephones")
    assert "21 Dozorca działa" in seen
    assert "31 Piwnica nie ma go: wyłączony" in seen


def test_a_new_password_is_shown_once_with_a_code_and_the_settings_of_common_telephones(
    administrator: Browser, stranger: Browser, office: StandIn
) -> None:
    answer = administrator.send("/people/telephones/21/password")
    [edit] = office.asked_for("edit")
    password = edit["edits"][0]["value"]
    assert edit["edits"][0]["path"] == ["extensions", {"number": "21"}, "password"]
    assert len(password) == 16
    seen, markup = read(answer), answer.get_data(as_text=True)
    for part in ("Grandstream", "Yealink", "SIP User ID: 21", "Linphone", "localhost", password):
        assert part in seen
    assert "<svg" in markup and "style=" not in markup
    assert password not in administrator.words("/people/telephones/21")
    address = re.search(r"http://localhost(/people/linphone/[\w-]+\.xml)", markup)
    assert address
    fetched = stranger.get(address[1])
    assert fetched.content_type.startswith("application/xml")
    assert f'<entry name="passwd" overwrite="true">{password}</entry>' in fetched.get_data(as_text=True)
    assert stranger.get("/people/linphone/other.xml").status_code == 404
    again = administrator.send("/people/telephones/21/password").get_data(as_text=True)
    assert password not in again, "each is another one"


def test_what_linphone_may_fetch_is_forgotten_after_a_quarter_of_an_hour() -> None:
    offers = Offers()
    token = offers.offer("<config/>", 100.0)
    assert offers.find(token, 100.0 + OFFERED_SECONDS - 1) == "<config/>"
    assert offers.find(token, 100.0 + OFFERED_SECONDS) is None
    assert offers.find("", 0.0) is None


def test_linphone_is_told_whom_to_register_where() -> None:
    content = linphone("21", "Dozorca & syn", "tajne", "fd00::1", 5080)
    assert '"Dozorca &amp; syn" &lt;sip:21@[fd00::1]&gt;' in content
    assert "&lt;sip:[fd00::1]:5080;transport=udp&gt;" in content


def test_a_telephone_is_added_renamed_and_removed_unless_something_leads_to_it(
    administrator: Browser, office: StandIn
) -> None:
    added = administrator.send("/people/telephones/new", base="r1", number="41", name="Winda")
    assert added.status_code == 200 and "Ustawienia telefonu 41" in read(added)
    assert office.asked_for("edit")[0]["edits"][0]["value"]["number"] == "41"
    taken = read(administrator.send("/people/telephones/new", base="r1", number="21", name="Winda"))
    assert "Telefon o tym numerze już jest" in taken
    wrong = read(administrator.send("/people/telephones/new", base="r1", number="1234567", name="Winda"))
    assert "od jednej do sześciu cyfr" in wrong
    assert administrator.send("/people/telephones/21", base="r1", name="Lodge").status_code == 303
    administrator.send("/people/telephones/21/remove", base="r1")
    assert "nadal trafiają tu połączenia: telefon: Jan Nowak" in administrator.words("/people/telephones/21")
    administrator.send("/people/telephones/31/remove", base="r1")
    assert office.asked_for("edit")[-1]["edits"] == [{"op": "remove", "path": ["extensions", {"number": "31"}]}]


# -- residents -------------------------------------------------------------------------------------------------------


def test_residents_are_found_by_flat_and_by_telephone(caretaker: Browser, office: StandIn) -> None:
    assert "501 502 503" in caretaker.words("/people/residents?q=12")
    assert "22 555 66 77" not in caretaker.words("/people/residents?q=12")
    assert "22 555 66 77" in caretaker.words("/people/residents?q=555 66")
    assert "Nic nie znaleziono" in caretaker.words("/people/residents?q=99")


def test_a_flat_is_added_changed_and_removed(administrator: Browser, office: StandIn) -> None:
    fields = {"base": "r1", "flat": "14A", "phones": "501 111 222\n601111222", "building": "lipowa7"}
    assert administrator.send("/people/residents/new", **fields).status_code == 303
    value = {"flat": "14A", "phones": ["+48501111222", "+48601111222"]}
    assert office.asked_for("edit")[0]["edits"] == [{"op": "add", "path": ["residents"], "value": value}]
    assert administrator.send("/people/residents/1", **fields).status_code == 303
    assert office.asked_for("edit")[1]["edits"] == [{"op": "set", "path": ["residents", 1], "value": value}]
    wrong = administrator.send("/people/residents/new", **{**fields, "phones": "12"})
    assert "12: Polski numer ma dziewięć cyfr" in read(wrong)
    administrator.send("/people/residents/0/remove", base="r1")
    assert office.asked_for("edit")[-1]["edits"] == [{"op": "remove", "path": ["residents", 0]}]


def hidden(answer: Any) -> dict[str, str]:
    """The form's own hidden fields as a browser sends them again."""
    markup = answer.get_data(as_text=True).partition('class="narrow"')[2].partition("</form>")[0]
    return {
        key: unescape(value) for key, value in re.findall(r'name="(base|was)" type="hidden" value="([^"]*)"', markup)
    }


def test_a_flat_is_found_again_when_others_have_moved_it_and_no_other_flat_is_overwritten(
    administrator: Browser, office: StandIn
) -> None:
    place, fields = "/people/residents/1", {"flat": "3", "phones": "501 111 222", "building": "lipowa7"}
    opened = hidden(administrator.get(place))
    other = [{"flat": "7", "phones": ["+48501999888"]}, {"flat": "3", "phones": ["+48225550000"]}]
    office.answers["document"] = {
        "building": {**CONTENT, "residents": [*CONTENT["residents"][:1], *other]},
        "revision": "r5",
    }
    office.answers["edit"] = {"conflict": True, "revision": "r5"}
    answer = administrator.send(place, **opened, **fields)
    assert "Ktoś inny zapisał w międzyczasie: Telefony: 225 550 000" in read(answer)
    office.answers["edit"] = {"revision": "r6"}
    assert administrator.send(place, **hidden(answer), **fields).status_code == 303
    value = {"flat": "3", "phones": ["+48501111222"]}
    saved = office.asked_for("edit")[-1]
    assert (saved["base"], saved["edits"]) == ("r5", [{"op": "set", "path": ["residents", 2], "value": value}])
    administrator.send(f"{place}/remove", **hidden(answer))
    assert office.asked_for("edit")[-1]["edits"] == [{"op": "remove", "path": ["residents", 2]}]


def test_a_flat_that_is_gone_is_told_and_nothing_is_saved(administrator: Browser, office: StandIn) -> None:
    opened = hidden(administrator.get("/people/residents/0"))
    office.answers["document"] = {"building": {**CONTENT, "residents": CONTENT["residents"][1:]}, "revision": "r5"}
    fields = {"flat": "12", "phones": "501 111 222", "building": "lipowa7"}
    answer = administrator.send("/people/residents/0", **opened, **fields)
    assert "Ktoś inny w międzyczasie to zmienił albo usunął" in read(answer)
    assert "501 111 222" in answer.get_data(as_text=True)
    administrator.send("/people/residents/0/remove", **opened)
    assert "Ktoś inny w międzyczasie to zmienił albo usunął" in administrator.words("/people/")
    assert not office.asked_for("edit")


FILE = """Nr lokalu;Telefon 1;Telefon 2\r
12;501 502 503;\r
12;;22 123 45 67\r
\r
13;12;\r
;501 000 111;\r
14;;\r
15;501 502 503;\r
"Łącznik 2";600 100 200;+49 30 1234567\r
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
def test_a_file_is_shown_with_every_rejected_line_and_its_reason_and_the_good_ones_are_taken(
    administrator: Browser, office: StandIn, encoding: str
) -> None:
    file = (io.BytesIO(FILE.encode(encoding)), "lokale.csv")
    answer = administrator.send("/people/residents/import", file=file, mode="join")
    seen = read(answer)
    assert "4 wierszy nie da się wczytać" in seen and "2 mieszkania są w porządku" in seen
    for told in (
        "5 13 | 12 12: Polski numer ma dziewięć cyfr",
        "6 501 000 111 Brakuje mieszkania",
        "7 14 Brakuje telefonu",
        "8 15 | 501 502 503 501 502 503 to już telefon mieszkania 12",
    ):
        assert told in seen
    assert all(each["dry"] for each in office.asked_for("edit")), "nothing is taken before it was seen"
    taken = administrator.send("/people/residents/import/take", text=FILE, mode="join", base="r1")
    assert taken.status_code == 303
    assert office.asked_for("edit")[-1]["dry"] is False
    assert office.asked_for("edit")[-1]["edits"][0]["value"] == [
        {"flat": "12", "phones": ["+48501502503", "+48221234567"]},
        {"flat": "3", "phones": ["+48225556677"]},
        {"flat": "Łącznik 2", "phones": ["+48600100200", "+49301234567"]},
    ]
    assert "Wczytano 2 mieszkania" in administrator.words("/people/residents")


def test_the_whole_directory_is_replaced_when_that_was_chosen(administrator: Browser, office: StandIn) -> None:
    administrator.send("/people/residents/import/take", text="7,601 601 601", mode="replace", base="r1")
    assert office.asked_for("edit")[-1]["edits"][0]["value"] == [{"flat": "7", "phones": ["+48601601601"]}]


def test_a_line_that_only_the_exchange_refuses_is_rejected_with_its_reason(
    administrator: Browser, office: StandIn
) -> None:
    def judge(asked: dict[str, Any]) -> dict[str, Any]:
        residents = asked["edits"][0]["value"]
        at = next((at for at, each in enumerate(residents) if each["flat"] == "8"), None)
        error = {"key": f"residents[{at}].phones[0]", "line": 1, "problem": "Nie ma takiego numeru.", "remedy": ""}
        return {"revision": "r1"} if at is None else {"errors": [error]}

    office.answers["edit"] = judge
    seen = read(administrator.send("/people/residents/import", text="7,601601601\n8,+9991234567", mode="join"))
    assert "2 8 | +9991234567 Nie ma takiego numeru." in seen
    assert "1 mieszkanie jest w porządku" in seen


def test_an_import_without_a_file_or_with_a_huge_one_is_told(administrator: Browser, office: StandIn) -> None:
    assert "Proszę wybrać plik albo wkleić" in read(administrator.send("/people/residents/import", mode="join"))
    huge = (io.BytesIO(b"1;501502503\n" * 5000), "x.csv")
    assert "Plik jest za duży" in read(administrator.send("/people/residents/import", file=huge, mode="join"))


@pytest.mark.usefixtures("in_polish")
def test_a_file_with_several_buildings_says_which() -> None:
    text = (
        "mieszkanie\ttelefon\tbudynek\n1\t501502503\tLipowa 9\n1\t501502504\tlipowa7\n2\t501502505\t\n3\t501502506\tX"
    )
    found = read_file(text, HOUSES)
    assert [(each["flat"], each["building"]) for each in found.rows] == [("1", "lipowa9"), ("1", "lipowa7")]
    assert [each.reason for each in found.rejected] == [
        "Brakuje budynku, a jest ich kilka.",
        "Nie ma budynku „X”.",
    ]


@pytest.mark.usefixtures("in_polish")
def test_what_was_saved_as_a_file_is_read_again_and_no_spreadsheet_calculates_it() -> None:
    residents = [
        {"flat": "=1+1", "phones": ["+48501502503", "+48221234567"], "building": "lipowa9"},
        {"flat": "2", "phones": ["+49301234567"], "building": "lipowa7"},
    ]
    assert "'\t=1" in decoded(written([{"flat": "\t=1"}], HOUSES))
    content = written(residents, HOUSES)
    assert content.startswith(b"\xef\xbb\xbf")
    text = decoded(content)
    assert not re.search(r"(^|;)[=+@-]", text, re.MULTILINE)
    assert read_file(text, HOUSES).rows == residents
    assert separator("a,b\n1,2") == ","
    assert joined([{"flat": "1"}, {"flat": "2"}], [{"flat": "2", "x": 1}]) == [{"flat": "1"}, {"flat": "2", "x": 1}]


@pytest.mark.usefixtures("in_polish")
@pytest.mark.parametrize("text", ["", "\n\n", '"', ";;;;", "x" * 40000, "a;b\r\rc;d\x01", '"a";"b\n'])
def test_any_text_is_read_or_rejected(text: str) -> None:
    found = read_file(text, ONE_HOUSE)
    assert not found.rows


def test_the_directory_is_saved_as_a_file(administrator: Browser, office: StandIn) -> None:
    answer = administrator.get("/people/residents.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="mieszkancy.csv"'
    assert "12;501 502 503;\r\n" in answer.get_data(as_text=True)


# -- the card --------------------------------------------------------------------------------------------------------


def test_the_card_has_all_numbers_under_one_name_and_says_how_to_let_it_through(
    caretaker: Browser, office: StandIn
) -> None:
    page = caretaker.get("/people/card")
    seen = read(page)
    assert "22 123 45 67 , 600 000 001" in seen
    assert "Android: dzwonek mimo wyciszenia" in seen and "Emergency Bypass" in seen
    assert "<svg" in page.get_data(as_text=True)
    content = caretaker.get("/people/card.vcf").get_data(as_text=True)
    assert content.startswith("BEGIN:VCARD\r\nVERSION:3.0\r\n")
    assert "FN:Dyżurka <Lipowa>\r\n" in content
    assert "TEL;TYPE=WORK,VOICE:+48221234567\r\nTEL;TYPE=WORK,VOICE:+48600000001\r\n" in content
    assert "FN:A\\; B\\, C\r\n" in vcard("A; B, C", [])


@pytest.mark.usefixtures("in_polish")
def test_a_residents_number_is_no_extension() -> None:
    with pytest.raises(ValueError, match="dziewięć"):
        read_number("21")


# -- test calls ----------------------------------------------------------------------------------------------------


def ringing(office: StandIn, state: str, result: dict[str, Any] | None) -> None:
    office.answers["test_call"] = {"job": "ring"}
    steps = [{"key": "rings", "phone": "+48600100200", "at": "2026-11-22T21:14:00+01:00"}]
    office.answers["job"] = {"state": state, "steps": steps, "result": result}


def test_a_caretaker_rings_a_telephone_for_a_test_and_says_how_it_rang(caretaker: Browser, office: StandIn) -> None:
    office.answers["phone_heard"] = {}
    ringing(office, "running", None)
    assert caretaker.send("/people/test", phone="+48600100200").headers["Location"] == "/people/test/ring"
    assert office.asked_for("test_call") == [{"who": "dozorca", "phone": "+48600100200"}]
    page = caretaker.get("/people/test/ring").get_data(as_text=True)
    assert "Dzwoni: Jan Nowak" in page
    assert 'hx-get="/people/test/phone/ring/piece"' in page
    ringing(office, "done", {"result": "confirmed"})
    piece = caretaker.get("/people/test/phone/ring/piece").get_data(as_text=True)
    assert "Czy telefon zadzwonił na głos?" in piece
    assert 'action="/people/test/heard"' in piece
    muted = read(caretaker.send("/people/test/heard", phone="+48600100200", aloud="no"))
    assert "Nie przeszkadzać" in muted
    assert caretaker.send("/people/test/heard", phone="+48600100200", aloud="yes").status_code == 303
    assert [each["aloud"] for each in office.asked_for("phone_heard")] == [False, True]


def test_a_test_that_cannot_be_made_is_told_in_words(caretaker: Browser, office: StandIn) -> None:
    office.refuse("test_call", "urgent_call")
    assert "Trwa pilne połączenie" in read(caretaker.send("/people/test", phone="+48600100200"))


@pytest.mark.usefixtures("office")
def test_each_telephone_says_when_it_was_tested_by_whom_and_how_it_rang(caretaker: Browser, data: Path) -> None:
    assert caretaker.words("/people/").count("jeszcze nie sprawdzony") == 4
    nowak = {"person": "nowak", "phone": "…200"}

    async def tests(store: RegisterStore) -> None:
        store.record("box.changed", who="prezes", what="test_call", detail={**nowak, "result": "no answer"})
        store.record("box.changed", who="prezes", what="phone_heard", detail={**nowak, "aloud": True})
        store.record("box.changed", who="dozorca", what="test_call", detail={**nowak, "result": "confirmed"})
        store.record("box.changed", who="dozorca", what="phone_heard", detail={**nowak, "aloud": False})
        lis = {"person": "lis", "phone": "…800", "result": "no answer"}
        await store.record("box.changed", who="prezes", what="test_call", detail=lis)

    lived(data, SetClock(), tests)
    seen = caretaker.words("/people/")
    assert "600 100 200 ! sprawdzony 22.11.2026 21:14 (dozorca): odebrano i naciśnięto 1, był wyciszony" in seen
    assert "600 700 800 ! sprawdzony 22.11.2026 21:14 (prezes): nie odebrał" in seen
    assert seen.count("jeszcze nie sprawdzony") == 2
