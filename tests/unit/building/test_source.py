"""Files that cannot be read, secrets beside a building file, and any bytes at all."""

from __future__ import annotations

import copy
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.building.checks import check_draft
from appliance.building.file import BuildingErrors, check, read
from appliance.building.messages import in_words
from appliance.building.positions import locate
from appliance.building.reader import draft, notes_for
from appliance.building.source import Source

from .snippets import SMALL, changed, line_of, mistakes

ONE_FILE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


@pytest.mark.parametrize(
    ("text", "line", "polish"),
    [
        ("[box]\nname = Lipowa\n", 2, "brak cudzysłowu"),
        ("[box]\nname 5\n", 2, "brakuje znaku ="),
        ('[box]\nname = "Lipowa\nlanguage = "pl"\n', 2, "cudzysłowu"),
        ("[box]\n\n[box]\n", 3, "po raz drugi"),
        ('a = "b"\na = "c"\n', 2, "po raz drugi"),
        ("[box]\nlist = [1,\n2\n", 3, "nawiasu ]"),
        (b'[box]\n\nname = "Lipowa \xb3"\n', 3, "UTF-8"),
        ("a = " + "[" * 5000, 1, "zbyt głęboko"),
        ("a = 1" + "0" * 5000, 1, "TOML"),
    ],
    ids=["quotes", "equals", "unterminated", "table twice", "key twice", "open list", "latin-2", "nested", "huge"],
)
def test_what_is_not_toml_is_one_mistake_with_its_line(text, line, polish, tmp_path):
    (found,) = mistakes(tmp_path, text)
    assert found.line == line
    assert polish in str(found)


def test_a_file_that_is_not_there_is_a_mistake(tmp_path):
    (found,) = check(tmp_path / "nowhere.toml")
    assert str(found).startswith(f"{tmp_path / 'nowhere.toml'}:1: Nie można przeczytać pliku (No such file")


def test_a_broken_english_file_is_told_in_english(tmp_path):
    (found,) = mistakes(tmp_path, '[box]\nlanguage = "en"\nname = x\n')
    assert found.problem == "This is not valid TOML: Invalid value."


def test_a_file_saved_by_an_editor_of_another_system_is_read(tmp_path):
    assert mistakes(tmp_path, b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()) == []


def test_all_mistakes_of_the_exception_stand_in_its_text(tmp_path):
    file = tmp_path / "building.toml"
    file.write_text(changed(("ext:21", "ext:22"), ('"queue:office"', '"queue:x"')))
    with pytest.raises(BuildingErrors) as raised:
        read(file)
    assert [each.rpartition(file.name)[2][:4] for each in str(raised.value).splitlines()] == [":27:", ":58:"]


# --- secrets.toml


def write_secrets(directory, text, mode=0o600):
    file = directory / "secrets.toml"
    file.write_text(text)
    file.chmod(mode)


def test_secrets_are_merged_by_id_and_not_part_of_the_revision(tmp_path):
    file = tmp_path / "building.toml"
    file.write_text(changed(('password = "dwadziescia"\n', "")))
    write_secrets(
        tmp_path,
        '[[extensions]]\nnumber = "21"\npassword = "tajne"\n[[lines]]\nid = "provider"\npassword = "haslo"\n'
        '[notify]\nmail_server = "mail.example.com"\n',
    )
    building = read(file)
    assert building.extensions["21"].password == "tajne"
    assert building.lines["provider"].password == "haslo"
    assert building.lines["provider"].numbers == ("+48221234567",)
    assert building.notify.mail_server == "mail.example.com"
    before = building.revision
    write_secrets(tmp_path, '[[extensions]]\nnumber = "21"\npassword = "inne"\n')
    assert read(file).revision == before


def test_passwords_are_in_no_printed_building(tmp_path):
    assert mistakes(tmp_path, SMALL) == []
    assert "dwadziescia" not in repr(read(tmp_path / "building.toml"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_secrets_that_others_may_read_are_refused(mode, tmp_path):
    write_secrets(tmp_path, "", mode)
    (found,) = mistakes(tmp_path, SMALL)
    assert (found.file.name, found.line) == ("secrets.toml", 1)
    assert found.remedy == "Wykonaj: chmod 600 secrets.toml."


@pytest.mark.parametrize(
    ("secrets", "line", "said"),
    [
        ('[[lines]]\nid = "provider"\npasword = "x"\n', 3, "Nieznany klucz „pasword”"),
        (
            '\n[[lines]]\nid = "providr"\npassword = "x"\n',
            2,
            "nie ma linii „providr”. Użyj tego samego id co tam (może",
        ),
        ('[[lines]]\nid = "provider"\npassword = x\n', 3, "To nie jest poprawny TOML"),
        ("\n[notify]\nmail_server = 5\n", 3, "Oczekiwano tekstu"),
    ],
)
def test_a_mistake_in_the_secrets_is_told_at_their_line(secrets, line, said, tmp_path):
    write_secrets(tmp_path, secrets)
    (found,) = mistakes(tmp_path, SMALL)
    assert (found.file.name, found.line) == ("secrets.toml", line)
    assert said in str(found)


# --- anything at all


@pytest.mark.parametrize("value", ["0x" + "f" * 5000, "nan", "-inf", "[" * 90 + "]" * 90, '"""\n\n"""'])
@pytest.mark.parametrize("key", ["name", "ring_seconds", "rounds", "confirm", "people", "shifts"])
def test_absurd_values_are_mistakes(key, value, tmp_path):
    text = changed(('unanswered = "voicemail:office"', f"\n{key} = {value}"), ('people = ["nowak", "kowalska"]', ""))
    assert line_of(text, f"\n{key} = {value}") + 1 in [each.line for each in mistakes(tmp_path, text)]


@ONE_FILE
@given(content=st.binary(max_size=200))
def test_any_bytes_are_mistakes_and_nothing_else(content, tmp_path):
    assert mistakes(tmp_path, content)


@ONE_FILE
@given(data=st.data())
def test_a_damaged_file_is_read_or_its_mistakes_are_told(data, tmp_path):
    content = SMALL.encode()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    patch = data.draw(st.binary(max_size=5) | st.sampled_from([b'"', b"[", b"]]", b"\n", b"= 1\n", b"{", b"\x00"]))
    for found in mistakes(tmp_path, content[:start] + patch + content[end:]):
        assert found.line >= 1
        assert found.problem
        assert found.remedy


TOML_VALUES = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.sampled_from(
        ["", "office", "menu:main", "mon-fri", "00:00-24:00", "2026-03-29 02:30", "+48600100200", "ext:1"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
RICH = changed(
    (
        'people = ["nowak", "kowalska"]',
        """people = ["nowak"]
by_building = { lipowa7 = ["nowak"] }
contractor = "+48221112233"
rotation = { every = "week", starts = "2026-11-23 08:00", people = ["nowak"] }
shifts = [{ who = "nowak", days = "sat", hours = "08:00-20:00" }]
substitutions = [{ from = "2026-12-20 08:00", to = "2026-12-21 08:00", who = "nowak", instead_of = "kowalska" }]""",
    ),
    (
        "[hours.office]",
        """[hours.office]
closed = ["2026-12-24"]
special = [{ date = "2026-12-23", open = "08:00-12:00" }]""",
    ),
    (
        "",
        """
[[residents]]
flat = "1"
phones = ["+48501502503"]
[panel]
button = 3
status = { red = 4 }
[[sensors]]
pin = 5
name = "a"
duty = "help"
[phones]
networks = ["10.0.0.0/8"]
[sentences]
comfort = "a"
""",
    ),
)


def places(value, path=()):
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in pairs:
        yield from places(each, (*path, name))


@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_any_value_anywhere_is_read_or_told(data, tmp_path_factory):
    values = tomllib.loads(RICH)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([each for each in places(values) if each]))
        around = values
        for name in path[:-1]:
            around = around[name]
        around[path[-1]] = data.draw(TOML_VALUES)
    file = tmp_path_factory.getbasetemp() / "building.toml"
    source = Source(file, copy.deepcopy(values), {path: (file, line) for path, line in locate(RICH).items()})
    notes = notes_for(source)
    building = draft(source, notes)
    check_draft(building, notes)
    for problem in notes.problems:
        assert str(in_words(problem, source, notes.language))


def test_the_rich_building_has_no_mistakes(tmp_path):
    assert mistakes(tmp_path, RICH) == []
    assert line_of(RICH, "[panel]")
