"""The exchange knows public holidays without holding the library that tells them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from appliance.building.file import read
from appliance.building.hours import is_open, public_holidays
from appliance.public_holidays import FIRST_YEAR, LAST_YEAR, HolidaysUnknownError, filled

LIPOWA = Path(__file__).parents[2] / "examples" / "lipowa7.toml"


def test_the_helper_tells_the_holidays_that_the_library_tells():
    office = asyncio.run(filled(read(LIPOWA))).hours["office"]
    assert office.holiday_dates == {
        day for year in range(FIRST_YEAR, LAST_YEAR + 1) for day in public_holidays("PL", year)
    }


def test_a_building_that_asks_for_no_holidays_starts_no_helper():
    building = read(LIPOWA)
    without = replace(building, hours={"office": replace(building.hours["office"], holidays="")})
    assert asyncio.run(filled(without, ("/no/such/program",))) is without


@pytest.mark.parametrize(
    "program",
    [("/no/such/program",), ("sh", "-c", "exit 1"), ("sh", "-c", "echo '[]'"), ("sh", "-c", 'echo \'{"PL": ["x"]}\'')],
)
def test_a_helper_that_fails_is_said(program: tuple[str, ...]):
    with pytest.raises(HolidaysUnknownError, match="public holidays"):
        asyncio.run(filled(read(LIPOWA), program))


def test_whether_the_office_is_open_is_known_without_the_library():
    """In a process of its own, as the exchange is one: the library is never loaded there."""
    story = (
        "import asyncio, sys; from datetime import datetime; from pathlib import Path\n"
        "from appliance.building.file import read\n"
        "from appliance.building.hours import scenario_at\n"
        "from appliance.public_holidays import filled\n"
        "building = asyncio.run(filled(read(Path(sys.argv[1]))))\n"
        "zone = building.box.timezone\n"
        "for text in ('2026-11-10T10:00', '2026-11-11T10:00'):\n"
        "    print(scenario_at(building, None, datetime.fromisoformat(text).replace(tzinfo=zone)).id)\n"
        "print('holidays' in sys.modules)\n"
    )
    told = subprocess.run([sys.executable, "-c", story, str(LIPOWA)], capture_output=True, text=True, check=True)
    weekday, independence_day, loaded = told.stdout.split()
    assert (weekday, independence_day) == ("office", "night")
    assert loaded == "False"


def test_without_the_helper_the_library_is_asked():
    building = read(LIPOWA)
    zone = building.box.timezone
    assert not is_open(building.hours["office"], datetime(2026, 11, 11, 10, tzinfo=zone), zone)
    assert is_open(building.hours["office"], datetime(2026, 11, 10, 10, tzinfo=zone), zone)
