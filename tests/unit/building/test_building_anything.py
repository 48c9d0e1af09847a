"""Any bytes as building.toml or secrets.toml are a building, or mistakes with their lines; also for the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from appliance.building import file
from appliance.building.errors import BuildingErrors
from appliance.building.source import SourceError, parse
from tests.anything import in_time, some, spoilt
from webui.names import Names, read_names

EXAMPLES = [path.read_bytes() for path in sorted((Path(__file__).parents[3] / "examples").glob("*.toml"))]
SECRETS = b'[[lines]]\nid = "provider"\npassword = "x"\n[[extensions]]\nnumber = "21"\npassword = "y"\n'
SPICE = [
    b"[[",
    b"]]",
    b'"""',
    b"'''",
    b"= {",
    b"inf",
    b"1979-05-27T07:32:00Z",
    b"[a.b]\n",
    b"id = 7\n",
    b"0x",
    b"\\u00",
]
FILE_SECONDS = 5.0  # a building with some hundred keys is read in 0.1 s
in_one_folder = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "building.toml"


@some
@given(spoilt([*EXAMPLES, SECRETS, b'[a]\nb = ["c", {d = 1}]\n"e.f" = """g\nh"""\n'], SPICE))
def test_any_bytes_are_values_with_their_places_or_one_mistake(data):
    with in_time(FILE_SECONDS):
        try:
            source = parse(Path("building.toml"), data)
        except SourceError as error:
            assert 1 <= error.line <= data.count(b"\n") + 1
        else:
            assert all(line >= 1 for _, line in source.places.values())


@in_one_folder
@given(spoilt(EXAMPLES, SPICE))
def test_any_file_is_a_building_or_all_its_mistakes(path, data):
    path.write_bytes(data)
    with in_time(FILE_SECONDS):
        try:
            file.read(path)
        except BuildingErrors as errors:
            assert errors.errors and all(each.line >= 1 and each.problem and each.remedy for each in errors.errors)
        assert isinstance(read_names(path), Names)


@in_one_folder
@given(spoilt([SECRETS], SPICE))
def test_any_secrets_are_taken_or_told_as_mistakes(path, data):
    path.write_bytes(EXAMPLES[0])
    beside = path.with_name("secrets.toml")
    beside.touch(0o600)
    beside.write_bytes(data)
    with in_time(FILE_SECONDS):
        assert all(each.line >= 1 for each in file.check(path))


@pytest.mark.parametrize("deep", [b"a = " + b"[" * 5000, b"a = " + b"{b=" * 5000, b"[" + b"a." * 5000 + b"a]\nb = 1"])
def test_a_file_as_deep_as_a_well_is_a_mistake_and_the_page_shows_no_names(path, deep):
    path.write_bytes(deep)
    with in_time(FILE_SECONDS):
        assert file.check(path)
        assert read_names(path) == Names()


@pytest.mark.parametrize("long", [b"a = " + b"9" * 5000, b"[box]\nname = " + b"9" * 5000])
def test_a_number_as_long_as_a_page_is_a_mistake(path, long):
    path.write_bytes(long)
    assert file.check(path)
    assert read_names(path) == Names()


@pytest.mark.parametrize("name", ["urope/Warsaw", "../Warsaw", "Warsaw\u0105", ""])
def test_a_time_zone_that_is_none_leaves_the_page_in_warsaw(path, name):
    path.write_text(f'[box]\nname = "Lipowa"\ntimezone = "{name}"\n')
    assert file.check(path)
    names = read_names(path)
    assert (names.box, names.timezone) == ("Lipowa", "Europe/Warsaw")
