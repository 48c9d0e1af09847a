"""An edit of the building file changes what it names: every comment and every other value stays as it was written."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.building.file import check
from appliance.requests.edits import (
    EditError,
    apply,
    beside,
    changed,
    resolved,
    secret_paths,
    value_or,
    without_empty_arrays,
    without_secrets,
)

EXAMPLES = Path(__file__).parents[3] / "examples"
LIPOWA, OSIEDLE = ((EXAMPLES / f"{name}.toml").read_text("utf-8") for name in ("lipowa7", "osiedle"))

SUBSTITUTION = {"from": "2026-12-20 08:00", "to": "2027-01-02 08:00", "who": "kowalska", "instead_of": "nowak"}
LINE = {"id": "second", "kind": "sip", "server": "sip.example", "number": "+48221234569", "password": "tajne-2"}


def comments(text):
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


def lines_changed(before, after):
    """The lines that went and those that came."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def edit(op, *path, **more):
    return {"op": op, "path": list(path), **more}


def test_a_value_changes_in_its_line_and_the_comment_behind_it_stays():
    after, secrets = apply(LIPOWA, "", [edit("set", "duty", {"id": "pogotowie"}, "ring_seconds", value=30)])
    assert lines_changed(LIPOWA, after) == (["ring_seconds = 25"], ["ring_seconds = 30"])
    assert secrets == ""
    after, _ = apply(LIPOWA, "", [edit("set", "recording", "keep_days", value=30)])
    assert lines_changed(LIPOWA, after)[1] == ["keep_days = 30                       # sound"]


def test_a_person_comes_and_goes_and_the_file_is_as_it_was():
    person = {"id": "zielinska", "name": "Ewa Zielińska", "phones": ["+48600700800"]}
    came, _ = apply(LIPOWA, "", [edit("add", "people", value=person)])
    assert tomllib.loads(came)["people"][-1] == person
    gone, _ = apply(came, "", [edit("remove", "people", {"id": "zielinska"})])
    assert gone == LIPOWA


def test_the_last_entry_of_its_kind_goes_too():
    said = {"id": "winda", "text": "Winda stoi.", "from": "2026-11-26 08:00", "until": "2026-11-26 09:00"}
    came, _ = apply(LIPOWA, "", [edit("add", "announcements", value=said)])
    gone, _ = apply(came, "", [edit("remove", "announcements", {"id": "winda"})])
    assert gone == LIPOWA


def test_the_first_substitution_of_a_list_and_the_next():
    one = edit("add", "duty", {"id": "pogotowie"}, "substitutions", value=SUBSTITUTION)
    two = edit("add", "duty", {"id": "pogotowie"}, "substitutions", value={**SUBSTITUTION, "from": "2026-12-21 08:00"})
    after, _ = apply(LIPOWA, "", [one, two, two])
    assert len(tomllib.loads(after)["duty"][0]["substitutions"]) == 3
    assert comments(after) == comments(LIPOWA)
    back, _ = apply(after, "", [edit("remove", "duty", 0, "substitutions", 1)])
    assert len(tomllib.loads(back)["duty"][0]["substitutions"]) == 2


def test_an_option_is_put_before_another_with_what_is_written_above_it():
    option = {"key": "6", "say": "Winda", "goto": "duty:pogotowie", "urgent": True}
    after, _ = apply(LIPOWA, "", [edit("add", "menus", {"id": "main"}, "options", value=option, at=1)])
    assert [each["key"] for each in tomllib.loads(after)["menus"][0]["options"]] == ["1", "6", "2", "3", "4", "5"]
    assert lines_changed(LIPOWA, after)[0] == []


def test_a_table_that_is_not_there_yet():
    edits = [
        edit("set", "sentences", "goodbye", value="Do usłyszenia."),
        edit("set", "outbound", "caller_id", "lipowa7", value="+48221234567"),
        edit("set", "hours", "gym", "open", value=["sat-sun 10:00-12:00"]),
    ]
    data = tomllib.loads(apply(LIPOWA, "", edits)[0])
    assert data["sentences"] == {"goodbye": "Do usłyszenia."}
    assert data["outbound"]["caller_id"] == {"lipowa7": "+48221234567"}
    assert data["hours"]["gym"] == {"open": ["sat-sun 10:00-12:00"]}


def test_a_directory_of_a_thousand_flats_is_one_edit():
    flats = [{"flat": str(n), "phones": [f"+48601{n:06}"], "building": "lipowa7"} for n in range(1000)]
    after, _ = apply(LIPOWA, "", [edit("set", "residents", value=flats)])
    assert tomllib.loads(after)["residents"] == flats
    assert comments(after) == comments(LIPOWA)


# -- secrets ---------------------------------------------------------------------------------------------------------


def test_a_password_goes_to_the_secrets_and_out_of_the_building():
    after, secrets = apply(LIPOWA, "", [edit("set", "lines", {"id": "provider"}, "password", value="nowe-haslo")])
    assert "password" not in tomllib.loads(after)["lines"][0]
    assert tomllib.loads(secrets) == {"lines": [{"id": "provider", "password": "nowe-haslo"}]}
    after, secrets = apply(after, secrets, [edit("set", "lines", {"id": "provider"}, "password", value="")])
    assert tomllib.loads(secrets) == {}


def test_a_new_line_brings_its_password_and_takes_it_away_when_it_goes():
    after, secrets = apply(LIPOWA, "", [edit("add", "lines", value=LINE)])
    assert "tajne-2" not in after
    assert tomllib.loads(secrets)["lines"] == [{"id": "second", "password": "tajne-2"}]
    renamed, secrets = apply(after, secrets, [edit("set", "lines", {"id": "second"}, "id", value="third")])
    assert tomllib.loads(secrets)["lines"] == [{"id": "third", "password": "tajne-2"}]
    assert tomllib.loads(apply(renamed, secrets, [edit("remove", "lines", {"id": "third"})])[1]) == {}


def test_an_entry_that_is_set_without_the_password_nobody_was_shown_keeps_it():
    shown = without_secrets(tomllib.loads(LIPOWA))
    after, secrets = apply(LIPOWA, "", [edit("set", "lines", value=shown["lines"])])
    assert "tajne-haslo" not in after
    assert tomllib.loads(secrets)["lines"] == [{"id": "provider", "password": "tajne-haslo"}]
    telephone = {"number": "21", "name": "Portiernia"}
    after, secrets = apply(LIPOWA, "", [edit("set", "extensions", {"number": "21"}, value=telephone)])
    assert tomllib.loads(secrets)["extensions"] == [{"number": "21", "password": "dwadziescia-21"}]


def test_push_addresses_are_secrets_though_they_are_a_list():
    url = ["ntfys://ntfy.example.com/x"]
    after, secrets = apply(LIPOWA, "", [edit("set", "notify", "push", value=url)])
    assert "ntfy.example.com" not in after and tomllib.loads(secrets) == {"notify": {"push": url}}
    assert secret_paths(tomllib.loads(secrets)) == [["notify", "push"]]
    assert tomllib.loads(apply(after, secrets, [edit("set", "notify", "push", value=[])])[1]) in ({}, {"notify": {}})
    with pytest.raises(EditError):
        apply(after, secrets, [edit("set", "notify", "push", value=[1])])


def test_what_an_edit_sets_is_not_beaten_by_what_stood_in_the_secrets():
    known = '[notify]\nmail_server = "old.example.com"\nmail_password = "tajne"\n'
    building = tomllib.loads(LIPOWA)
    assert beside(without_secrets(building), tomllib.loads(known))["notify"]["mail_server"] == "old.example.com"
    assert "tajne" not in str(beside(without_secrets(building), tomllib.loads(known)))
    after, secrets = apply(LIPOWA, known, [edit("set", "notify", "mail_server", value="new.example.com")])
    assert tomllib.loads(after)["notify"]["mail_server"] == "new.example.com"
    assert tomllib.loads(secrets) == {"notify": {"mail_password": "tajne"}}
    after, secrets = apply(LIPOWA, known, [edit("remove", "notify", "mail_server")])
    assert tomllib.loads(secrets) == {"notify": {"mail_password": "tajne"}}


def test_a_pin_of_the_panel_is_no_secret():
    after, secrets = apply(LIPOWA, "", [edit("set", "panel", "button", value=25)])
    assert (tomllib.loads(after)["panel"], secrets) == ({"button": 25}, "")


def test_a_list_that_is_set_to_nonsense_is_left_to_the_check():
    after, _ = apply(LIPOWA, "", [edit("set", "extensions", value=[""])])
    assert tomllib.loads(after)["extensions"] == [""]


def test_what_is_shown_has_no_secret_and_names_those_that_are_set():
    data = tomllib.loads(LIPOWA)
    assert "tajne-haslo" not in str(without_secrets(data))
    assert secret_paths(data) == [
        ["lines", {"id": "provider"}, "password"],
        ["extensions", {"number": "11"}, "password"],
        ["extensions", {"number": "21"}, "password"],
    ]
    assert data == tomllib.loads(LIPOWA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"op": "rub out", "path": ["box"]},
        {"op": "set", "path": []},
        "set",
        edit("set", "people", {"id": "nobody"}, "name", value="x"),
        edit("set", "people", 99, "name", value="x"),
        edit("set", "people", "name", value="x"),
        edit("remove", "panel"),
        edit("remove", "people", 99),
        edit("add", "box", value={"id": "x"}),
        edit("add", "people", value="nowak"),
        edit("add", "people", value={"id": "x"}, at="first"),
        edit("set", "box", "name", value=None),
        edit("set", "box", "name", "first", value="x"),
        edit("set", "lines", 0, "password", value=7),
        edit("set", "recording", "keep_days", value=float("nan")),
        edit("set", True, value=1),
        edit("set", "extensions", {"number": "99"}, "name", value="x"),
    ],
)
def test_an_edit_that_makes_no_sense_says_which_it_is(wrong):
    with pytest.raises(EditError) as error:
        apply(LIPOWA, "", [edit("set", "box", "name", value="Lipowa"), wrong])
    assert error.value.index == 1


# -- whatever is edited ------------------------------------------------------------------------------------------------

names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)
scalars = st.one_of(
    names, st.booleans(), st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names.filter(bool), inner, max_size=3),
    max_leaves=8,
)


def paths_of(data, above=()):
    """Every path of a document."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*above, key)
        yield from paths_of(value, (*above, key))


@st.composite
def sensible_edits(draw, data):
    """An edit of something in this document that could be made of any such data."""
    path = draw(st.sampled_from(sorted(paths_of(data), key=str)))
    op = draw(st.sampled_from(["set", "remove", "add"]))
    return {"op": op, "path": list(path), "value": draw(values), "at": draw(st.none() | st.integers(0, 5))}


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from([LIPOWA, OSIEDLE]))
def test_the_text_says_what_the_edit_says_and_no_comment_outside_it_is_lost(data, text):
    before = tomllib.loads(text)
    one = data.draw(sensible_edits(before))
    path = resolved(before, one["path"])
    if path[-1] in ("password", "id", "number"):
        return
    try:
        expected = changed(before, one["op"], path, one["value"], one["at"])
        after, _ = apply(text, "", [one])
    except (EditError, KeyError, IndexError):
        return
    told = tomllib.loads(after)
    wanted = without_secrets(copy.deepcopy(expected))
    assert without_empty_arrays(without_secrets(told)) == without_empty_arrays(wanted)
    held = value_or(before, path, None)
    first = held[0] if isinstance(held, list) and held else held
    if one["op"] != "add" and isinstance(first, dict):
        return  # a table or an entry goes with what is written in it
    lines = after.splitlines()  # a text that was set may hold a # of its own
    lost = [each for each in comments(text) if not any(line.endswith(f"#{each}") for line in lines)]
    assert len(lost) <= (one["op"] == "remove")  # of a key that goes, the comment behind it goes too


def test_the_edited_examples_are_still_buildings(tmp_path):
    edits = [
        edit("add", "duty", {"id": "pogotowie"}, "substitutions", value=SUBSTITUTION),
        edit("set", "menus", {"id": "main"}, "greeting", value="{hello}, tu Lipowa siedem."),
        edit("add", "hours", "office", "closed", value="2027-05-02"),
        edit("add", "lines", value=LINE),
    ]
    after, secrets = apply(LIPOWA, "", edits)
    (tmp_path / "building.toml").write_text(after)
    (tmp_path / "secrets.toml").write_text(secrets)
    (tmp_path / "secrets.toml").chmod(0o600)
    assert check(tmp_path / "building.toml") == []
