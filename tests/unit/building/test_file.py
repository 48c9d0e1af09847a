"""Both example buildings are read whole, and any file at all gives a Building or told mistakes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from appliance.building.file import check, read
from appliance.building.model import Destination

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("name", ["lipowa7.toml", "osiedle.toml"])
def test_an_example_has_no_mistakes(name):
    assert check(EXAMPLES / name) == []


def test_lipowa_is_what_its_file_says():
    lipowa = read(EXAMPLES / "lipowa7.toml")
    assert lipowa.box.language == "pl"
    assert lipowa.lines["provider"].numbers == ("+48221234567",)
    assert lipowa.outbound.lines == ("provider", "sim")
    assert lipowa.people["kowalska"].phones == ("+48600300400", "ext:21")
    assert lipowa.menus["main"].options[0].goto == Destination("duty", "pogotowie")
    assert lipowa.duties["pogotowie"].escalate_to == ("zarzad",)
    assert [each.id for each in lipowa.scenarios] == ["office", "weekend", "night"]
    assert lipowa.revision == sha256((EXAMPLES / "lipowa7.toml").read_bytes()).hexdigest()


def test_osiedle_has_three_buildings_two_numbers_and_english():
    osiedle = read(EXAMPLES / "osiedle.toml")
    assert list(osiedle.premises) == ["parkowa1", "parkowa3", "debowa5"]
    assert osiedle.lines["provider"].numbers == ("+48225550000", "+48225550005")
    assert osiedle.outbound.caller_id == {"debowa5": "+48225550005"}
    assert osiedle.menus["which-building"].languages == {"9": "en"}
    assert osiedle.duties["osiedle"].name == "osiedle"
    assert osiedle.duties["osiedle"].by_building == {"debowa5": ("zielinska", "wisniewski")}
