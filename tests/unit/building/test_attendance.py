"""When an office is there to call somebody back: the hours of the scenarios that lead to its queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from appliance.building.attendance import NOBODY, attended, next_attended
from appliance.building.file import read
from appliance.building.model import Building, Destination

from .snippets import SMALL, changed, mistakes

WARSAW = ZoneInfo("Europe/Warsaw")
EXAMPLES = Path(__file__).parents[3] / "examples"
OFFICE = "queue:office"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.fixture(scope="module")
def lipowa() -> Building:
    return read(EXAMPLES / "lipowa7.toml")


@pytest.mark.parametrize(
    ("now", "there", "comes"),
    [
        ("2026-11-22T21:14", False, "2026-11-23T08:00"),
        ("2026-11-23T09:00", True, "2026-11-24T08:00"),
        ("2026-11-27T16:00", False, "2026-11-30T08:00"),
        ("2026-12-23T12:00", False, "2026-12-28T08:00"),
        ("2026-03-27T16:00", False, "2026-03-30T08:00"),
    ],
)
def test_the_office_is_there_in_the_hours_of_the_scenario_that_leads_to_its_queue(lipowa, now, there, comes):
    assert attended(lipowa, OFFICE, at(now)) is there
    assert next_attended(lipowa, OFFICE, at(now)) == at(comes)


def test_an_office_that_every_scenario_leads_to_is_always_there(lipowa):
    closed = replace(lipowa.menus["closed"], no_input=Destination("queue", "office"))
    always = replace(lipowa, menus={**lipowa.menus, "closed": closed})
    assert attended(always, OFFICE, at("2026-11-22T03:00"))
    assert next_attended(always, OFFICE, at("2026-11-22T03:00")) is None


def test_days_of_a_scenario_count_as_its_hours_do(lipowa):
    scenarios = tuple(
        replace(each, when="", days=frozenset(range(5))) if each.id == "office" else each for each in lipowa.scenarios
    )
    weekdays = replace(lipowa, scenarios=scenarios)
    assert attended(weekdays, OFFICE, at("2026-11-20T23:59"))
    assert not attended(weekdays, OFFICE, at("2026-11-21T00:00"))
    assert next_attended(weekdays, OFFICE, at("2026-11-21T09:00")) == at("2026-11-23T00:00")


def test_people_to_whom_no_scenario_leads_are_there_in_any_hours_and_without_hours_by_day(lipowa):
    assert next_attended(lipowa, NOBODY, at("2026-11-22T21:14")) == at("2026-11-23T08:00")
    osiedle = replace(lipowa, scenarios=(replace(lipowa.scenarios[-1], menu="closed"),))
    assert attended(osiedle, NOBODY, at("2026-11-22T19:59"))
    assert not attended(osiedle, NOBODY, at("2026-11-22T20:00"))
    assert next_attended(osiedle, NOBODY, at("2026-11-22T21:14")) == at("2026-11-23T08:00")


def test_in_the_hour_that_comes_twice_the_next_coming_lies_ahead(lipowa):
    now = datetime(2026, 10, 25, 2, 30, tzinfo=WARSAW, fold=1)
    comes = next_attended(lipowa, OFFICE, now)
    assert comes is not None and timedelta(0) < timedelta(seconds=comes.timestamp() - now.timestamp())


def test_a_call_back_that_nobody_could_make_is_a_mistake(tmp_path):
    asked = 'key = "2"\n  say = "Biuro"\n  goto = "callback"'
    lonely = changed(
        ('key = "2"\n  say = "Biuro"\n  goto = "queue:office"', asked),
        ('no_input = "duty:help"', 'no_input = "voicemail:office"'),
        (
            'key = "1"\n  say = "Awaria"\n  goto = "duty:help"',
            'key = "1"\n  say = "Awaria"\n  goto = "voicemail:office"',
        ),
        (SMALL[SMALL.index("[[duty]]") : SMALL.index("[[voicemail]]")], ""),
    )
    (mistake,) = mistakes(tmp_path, lonely)
    assert "oddzwonił" in str(mistake)
    assert mistakes(tmp_path, changed(('goto = "queue:office"', 'goto = "callback"'))) == []
