"""Every kind of mistake in a building file is told with its line and a remedy, in Polish and in English."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from appliance.building.checks import check_draft
from appliance.building.file import read
from appliance.building.messages import MESSAGES
from appliance.building.reader import draft, notes_for
from appliance.building.source import load

from .snippets import SMALL, changed, line_of, mistakes


class Row(NamedTuple):
    """`old` becomes `new` (or `new` is added at the end); the mistake is told at the line of `marked`."""

    old: str
    new: str
    marked: str
    polish: str
    english: str


SECOND_BUILDING = '[[buildings]]\nid = "lipowa9"\nname = "Lipowa dziewięć"\n'
PHONE = '["+48600100200"]'
PEOPLE = 'people = ["nowak", "kowalska"]\n'
SHIFTS = 'shifts = [{ who = "nowak", days = "mon-fri", hours = "08:00-20:00" }]\n'
ROTATION = 'rotation = { every = "week", starts = "2026-11-23 08:00", people = ["nowak"] }\n'
SWAP = (
    'substitutions = [{ from = "2026-12-20 08:00", to = "2026-12-19 08:00", who = "kowalska", instead_of = "nowak" }]\n'
)
SELF = 'substitutions = [{ from = "2026-12-20 08:00", to = "2026-12-21 08:00", who = "nowak", instead_of = "nowak" }]\n'
SECOND_LINE = '[[lines]]\nid = "other"\nkind = "gsm"\nnumber = "+48221234567"\n'
PANEL = "[panel]\nbuzzer = 5\nbutton = 5\n"
LOOP_MENU = '[[menus]]\nid = "loop"\nno_input = "menu:main"\n'

KEYS = [
    Row('name = "Jan Nowak"', 'nmae = "Jan"\nname = "Jan Nowak"', "nmae", "może „name”", "did you mean 'name'"),
    Row('name = "Jan Nowak"', "", '[[people]]\nid = "nowak"', "Brakuje klucza „name”", "'name' is missing"),
    Row('no_input = "duty:help"\n', "", "[[menus]]\n", "Brakuje klucza „no_input”", "'no_input' is missing"),
    Row('password = "dwadziescia"\n', "", "[[extensions]]", "Brakuje klucza „password”", "'password' is missing"),
    Row("", "[boxes]\n", "[boxes]", "Nieznany klucz „boxes” Usuń".replace("” ", "”. "), "did you mean 'box'"),
    Row('name = "Jan Nowak"', "name = 5", "name = 5", "Oczekiwano tekstu, jest 5", "Expected a text, found 5"),
    Row('name = "Jan Nowak"', 'name = " "', 'name = " "', "Tekst jest pusty", "The text is empty"),
    Row("", '[[voicemail]]\nid = "moja skrzynka"\n', 'id = "moja', "Niepoprawne id", "Bad id"),
    Row(
        'id = "help"', 'id = "help"\nconfirm = 1', "confirm = 1", "Oczekiwano true lub false", "Expected true or false"
    ),
    Row('id = "help"', 'id = "help"\nring_seconds = "x"', "ring_sec", "Oczekiwano liczby", "Expected a number"),
    Row('id = "help"', 'id = "help"\nring_seconds = -1', "ring_sec", "od > 0 do 120", "from > 0 to 120"),
    Row('id = "help"', 'id = "help"\nchase_minutes = 99999', "chase", "poza zakresem", "out of bounds"),
    Row('id = "help"', 'id = "help"\nrounds = 1.5', "rounds", "liczby całkowitej", "a whole number"),
    Row('id = "help"', 'id = "help"\nlast_round = "al"', "last_round", '"all", "in-order"', '"all", "in-order"'),
    Row('phones = ["ext:21"]', 'phones = "ext:21"', 'phones = "ext', "Oczekiwano listy", "Expected a list"),
    Row('phones = ["ext:21"]', "phones = []", "phones = []", "Lista jest pusta", "The list is empty"),
    Row('[hours.office]\nopen = ["mon-fri 08:00-16:00"]', '[hours]\noffice = "x"', "office = ", "tabeli", "a table"),
    Row("[[queues]]", "[queues]", "[queues]", "[[queues]]", "[[queues]]"),
    Row("", '[[voicemail]]\nid = "office" #\n', 'id = "office" #', "najpierw w linii 71", "first in line 71"),
    Row(
        "",
        '[[extensions]]\nnumber = "21"\nname = "b"\npassword = "c"\n',
        'number = "21"\nname = "b"',
        "drugi",
        "second",
    ),
]
VALUES = [
    Row(
        '"duty:help"', '"duty:halp"', "halp", "Nie ma dyżuru „halp”. Popraw nazwę (może „help”?)", "no duty list 'halp'"
    ),
    Row('"queue:office"', '"queue:ofice"', "ofice", "Nie ma kolejki", "no queue 'ofice'"),
    Row('"queue:office"', '"person:adam"', "adam", "Nie ma osoby", "no person 'adam'"),
    Row('"queue:office"', '"extension:99"', "extension:99", "Nie ma numeru wewnętrznego", "no extension '99'"),
    Row('"queue:office"', '"menu:x"', "menu:x", "Nie ma menu", "no menu 'x'"),
    Row('"voicemail:office"', '"voicemail:x"', "voicemail:x", "Nie ma skrzynki", "no mailbox 'x'"),
    Row('"queue:office"', '"kueue:office"', "kueue", "Niepoprawny cel połączenia", "Bad destination"),
    Row('"queue:office"', '"hangup:x"', "hangup:x", "Niepoprawny cel połączenia", "Bad destination"),
    Row('"queue:office"', '"say:"', "say:", "Niepoprawny cel połączenia", "Bad destination"),
    Row('"queue:office"', '"say:Adres {adres}"', "say:", "{adres}", "{adres}"),
    Row('when = "office"', 'when = "ofis"', "ofis", "Nie ma godzin „ofis”", "no hours 'ofis'"),
    Row('id = "night"', 'id = "night"\nbuilding = "x"', 'building = "x"', "Nie ma budynku „x”", "no building 'x'"),
    Row("ext:21", "ext:22", "ext:22", "Nie ma numeru wewnętrznego „22”", "no extension '22'"),
    Row('kind = "sip"', 'kind = "spi"', "spi", '"sip", "gsm"', '"sip", "gsm"'),
    Row("127.0.0.1:5070", "serwer z odstępem", "serwer z", "Niepoprawny adres serwera", "Bad server address"),
    Row('["+48"]', '["48"]', '["48"]', "Niepoprawny początek numeru", "Bad number prefix"),
    Row('key = "2"', 'key = "A"', 'key = "A"', "Niepoprawny klawisz", "Bad key"),
    Row(
        "", '[[extensions]]\nnumber = "dwa"\nname = "b"\npassword = "c"\n', '"dwa"', "numer wewnętrzny", "Bad extension"
    ),
    Row("", '[notify]\nmail = ["jan"]\n', '["jan"]', "Niepoprawny adres poczty", "Bad mail address"),
    Row(
        "", '[notify]\npush = ["ntfy.sh"]\n', '["ntfy.sh"]', "Niepoprawny adres usługi", "Bad address of a push service"
    ),
    Row('kind = "sip"', 'kind = "gsm"\npin = "12"', "pin", "Niepoprawny PIN", "Bad PIN"),
    Row(
        'name = "Lipowa 7"', 'name = "Lipowa 7"\ntest_call = "25:00"', "25:00", "Niepoprawna godzina", "Bad time of day"
    ),
    Row('id = "main"', 'id = "main"\ngreeting = "{helo}"', "helo", "wstawić za {helo}", "filled in for {helo}"),
    Row('id = "main"', 'id = "main"\ngreeting = "{hello"', "greeting", "Zbędny nawias", "stray brace"),
    Row('id = "main"', 'id = "main"\ngreeting = "file:../x"', "greeting", "prompts", "within the prompts"),
    Row('say = "Biuro"', 'say = "file:/etc/passwd"', "/etc", "Niepoprawna nazwa pliku", "Bad sound file name"),
    Row("", '[sentences]\ncomfort = ["a"]\n', "comfort", "Oczekiwano dwóch tekstów", "Expected two texts"),
    Row("", '[sentences]\nconfort = "a"\n', "confort", "(może „comfort”?)", "(did you mean 'comfort'?)"),
    Row("", '[sentences]\ncomfort = "a {count}"\n', "comfort", "wstawić za {count}", "filled in for {count}"),
    Row(
        "+48600100200", "600100200", '"600100200', "z plusem i kodem kraju: +48600100200", "country code: +48600100200"
    ),
    Row("+48600100200", "+4860010020", "+4860", "Nie ma takiego numeru", "no such telephone number"),
    Row("+48600100200", "112", '"112"', "Numeru alarmowego", "emergency number"),
    Row("+48600100200", "+48999", "+48999", "Numeru alarmowego", "emergency number"),
    Row(PHONE, '["sip:998@brama"]', "sip:998", "Numeru alarmowego", "emergency number"),
    Row("+48600100200", "+48700123456", "+48700", "o podwyższonej opłacie", "is premium-rate"),
    Row("+48600100200", "+4930123456", "+4930", "allow ma tylko +48", "allow has only +48"),
    Row(PHONE, '["sip:nowak"]', "sip:nowak", "Niepoprawny adres SIP", "Bad SIP address"),
    Row("", '[phones]\nnetworks = ["192.168.1.5/24"]\n', "192.168", "Niepoprawna sieć", "Bad network"),
    Row('id = "night"', 'id = "night"\ndays = "sob"', '"sob"', "Niepoprawne dni", "Bad days"),
    Row("mon-fri 08:00-16:00", "mon-fri 8-16", "8-16", "Niepoprawne dni i godziny", "Bad days and hours"),
    Row(PEOPLE, PEOPLE + SHIFTS.replace("20:00", "25:00"), "25:00", "Niepoprawne godziny", "Bad hours"),
    Row("[hours.office]", '[hours.office]\nclosed = ["2026-02-30"]', "02-30", "Niepoprawna data", "Bad date"),
    Row(
        "[hours.office]", '[hours.office]\nholidays = "XX"', '"XX"', "Nie znamy świąt", 'holidays of "XX" are not known'
    ),
    Row(PEOPLE, PEOPLE + ROTATION.replace("2026-11-23", "jutro"), "jutro", "Niepoprawna data i", "Bad date and time"),
    Row("Europe/Warsaw", "Europe/Lodz", "Lodz", "Nie ma strefy czasowej", "no time zone"),
]
ANNOUNCED = """
[[announcements]]
id = "water"
text = "x"
from = "2026-12-20 08:00"
until = "2026-12-20 07:00"
"""
SENSE = [
    Row('id = "provider"', 'id = "provider"\nexpires = 2027-03-01', "expires", "tylko karta SIM", "Only a SIM card"),
    Row(
        'id = "provider"',
        'id = "provider"\nstatus_page = "http://192.168.1.50/"',
        "status_page",
        "tylko bramka linii miedzianej",
        "Only a gateway for a copper line",
    ),
    Row(
        'id = "provider"',
        'id = "provider"\ngateway = "spa3102"\nstatus_page = "http://admin:x@192.168.1.50/"',
        "status_page",
        "bez hasła: http://192.168.1.50/",
        "without a password: http://192.168.1.50/",
    ),
    Row('no_input = "duty:help"', 'no_input = "menu:main"', "no_input", "menu:main → menu:main", "never gets out"),
    Row('id = "main"', 'id = "main"\nsilent = "menu:main"', "silent", "nigdy nie wyjdzie", "never gets out"),
    Row(
        'unanswered = "voicemail:office"', 'unanswered = "menu:main"', "no_input", "dzwoni bez końca", "rings for ever"
    ),
    Row('overflow = "voicemail:office"', 'overflow = "queue:office"', "overflow", "dzwoni bez końca", "rings for ever"),
    Row('key = "2"', 'key = "1"', 'key = "1"\n  say = "Biuro"', "ma już inny wybór, w linii", "already has another"),
    Row(
        'id = "main"',
        'id = "main"\nlanguages = { "1" = "en" }',
        "languages",
        "ma już inny wybór",
        "already has another",
    ),
    Row('key = "2"', 'key = "02"', '"02"', "ile mówi digits: 1", "as digits says: 1"),
    Row('id = "main"', 'id = "main"\nlanguages = { "99" = "en" }', "languages", "digits: 1", "digits says: 1"),
    Row('name = "Biuro"', 'name = "Biuro"\ncallback_key = "99"', "callback", "jednym klawiszem", "with one key"),
    Row(PEOPLE, "", "[[duty]]", "Nikt nie ma dyżuru: nigdy", "Nobody is on duty: never"),
    Row(PEOPLE, SHIFTS, "[[duty]]", "poniedziałek 00:00 – poniedziałek 08:00", "Monday 00:00 to Monday 08:00"),
    Row(PEOPLE, PEOPLE + "by_building = { lipowa7 = [] }\n", "by_building", "Nikt nie ma dyżuru", "Nobody is on duty"),
    Row(PEOPLE, ROTATION, "rotation", "Zanim rotacja się zacznie (2026-11-23 08:00)", "Before the rotation starts"),
    Row(PEOPLE, PEOPLE + SWAP, "substitutions", "kończy się, zanim się zacznie", "ends before it starts"),
    Row(PEOPLE, PEOPLE + SELF, "substitutions", "nowak zastępuje tu siebie", "nowak stands in for themselves"),
    Row("", ANNOUNCED, "[[announcements]]", "Zapowiedź kończy się, zanim się zacznie", "announcement ends before"),
    Row('when = "office"\n', "", '[[scenarios]]\nid = "night"', 'zawsze pasuje "day"', '"day" always matches before'),
    Row('["mon-fri 08:00-16:00"]', "[]", 'when = "office"', "nie otwierają się w te dni", "never open on these days"),
    Row('when = "office"', 'when = "office"\ndays = "sat-sun"', "when = ", "nie otwierają się", "never open"),
    Row('id = "night"', 'id = "night"\ndays = "mon-sat"', '[[scenarios]]\nid = "night"', "(nd)", "(sun)"),
    Row(
        'id = "day"',
        'id = "day"\nnumbers = ["+48221234568"]',
        "numbers",
        "nie jest numerem żadnej",
        "not a number of any",
    ),
    Row(
        "[outbound]", '[outbound]\ncaller_id = { lipowa7 = "+48221234568" }', "caller_id", "żadnej linii", "of any line"
    ),
    Row(
        "[outbound]",
        SECOND_LINE + "\n[outbound]",
        '[[lines]]\nid = "other"',
        "ma już linia „provider”",
        "line 'provider'",
    ),
    Row('server = "127.0.0.1:5070"\n', "", "[[lines]]", "nie ma serwera", "has no server"),
    Row('number = "+48221234567"\n', "", "[[lines]]", "nie ma numeru", "has no number"),
    Row("", PANEL, "button", "Wyprowadzenie 5 jest już użyte w linii", "Pin 5 is already used in line"),
    Row("", "[panel]\nbutton = 28\n", "button", "od 0 do 27", "from 0 to 27"),
    Row(
        "",
        '[panel]\nbuzzer = 5\n[[sensors]]\npin = 5\nname = "a"\nduty = "help"\n',
        "pin = 5",
        "jest już użyte",
        "already used",
    ),
    Row("", "[panel]\nbuzzer = 6\n[mains]\npin = 6\n", "pin = 6", "jest już użyte", "already used"),
    Row("", "[mains]\nstop_minutes = 5\n", "[mains]", "jedno z: ups, pin", "one of ups, pin"),
    Row("", "[mains]\npin = 6\nsimulated = true\n", "[mains]", "jedno z: ups, pin", "one of ups, pin"),
    Row("", '[mains]\npin = 6\nups = "ups@localhost"\n', "[mains]", "jedno z: ups, pin", "one of ups, pin"),
    Row("", '[mains]\nups = "localhost"\n', "ups =", "Niepoprawna nazwa UPS-a", "Bad name of a UPS"),
]


def _name(row: Row) -> str:
    return f"{row.english[:30]}:{row.new[:20]!r}"


@pytest.mark.parametrize("row", [*KEYS, *VALUES, *SENSE], ids=_name)
@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_mistake_is_told_with_its_line_and_what_to_do(row, language, tmp_path):
    text = changed((row.old, row.new), language=language)
    found = mistakes(tmp_path, text)
    said = row.polish if language == "pl" else row.english
    assert [each.line for each in found if said in str(each)] == [line_of(text, row.marked)], [
        str(each) for each in found
    ]
    assert len(found) == 1, [str(each) for each in found]
    assert str(found[0]).startswith(f"{tmp_path / 'building.toml'}:{found[0].line}: ")
    assert found[0].remedy


def test_residents_say_which_of_several_buildings(tmp_path):
    resident = '[[residents]]\nflat = "12"\nphones = ["+48501502503"]\n'
    assert mistakes(tmp_path, changed(("", resident))) == []
    assert read(tmp_path / "building.toml").residents[0].building == "lipowa7"
    text = changed(("[[lines]]", SECOND_BUILDING + "[[lines]]"), ("", resident))
    (found,) = mistakes(tmp_path, text)
    assert found.line == line_of(text, "[[residents]]")
    assert "lipowa7, lipowa9" in found.remedy


def test_a_telephone_belongs_to_one_flat(tmp_path):
    flats = "".join(f'[[residents]]\nflat = "{flat}"\nphones = ["+48501502503"]\n' for flat in (1, 2))
    (found,) = mistakes(tmp_path, changed(("", flats)))
    assert "inne mieszkanie" in found.problem


def test_a_key_that_refuses_recording_does_not_ask_for_a_call_back(tmp_path):
    text = changed(('name = "Biuro"', 'name = "Biuro"\ncallback_key = "0"'))
    assert mistakes(tmp_path, text) == []
    (found,) = mistakes(tmp_path, text + "[recording]\nconversations = true\n")
    assert found.line == line_of(text, "callback_key")


def test_all_mistakes_are_told_at_once_in_the_order_of_lines(tmp_path):
    text = changed(('server = "127.0.0.1:5070"', 'serwer = "x"'), ("ext:21", "ext:5"), ('"queue:office"', '"duty:x"'))
    assert [each.line for each in mistakes(tmp_path, text)] == [
        line_of(text, "[[lines]]"),
        line_of(text, "serwer"),
        line_of(text, "ext:5"),
        line_of(text, "duty:x"),
    ]


# Shown by other tests of this folder.
ELSEWHERE = {
    "unreadable",
    "not_utf8",
    "too_deep",
    "syntax",
    "secrets_mode",
    "stray_secret",
    "needs_building",
    "phone_twice",
    "callback_recording",
    "callback_nobody",
}


def test_every_message_is_shown_by_a_row(tmp_path):
    told = set()
    for row in [*KEYS, *VALUES, *SENSE]:
        file = tmp_path / "building.toml"
        file.write_text(changed((row.old, row.new)))
        source = load(file)
        notes = notes_for(source)
        check_draft(draft(source, notes), notes)
        told.update(each.message for each in notes.problems)
    assert told | ELSEWHERE == set(MESSAGES)


def test_the_small_building_has_no_mistakes(tmp_path):
    assert mistakes(tmp_path, SMALL) == []
