"""A program, not a library: prints public holidays as JSON, `{"PL": ["2026-01-01", …], …}`, and ends.

    python -m appliance.building.holiday_dates 2024 2099 PL [COUNTRY …]

The holidays library takes 15 MB, which this short life keeps out of the exchange (`appliance/public_holidays.py`).
"""

from __future__ import annotations

import json
import sys

from appliance.building.hours import public_holidays


def main(first: str, last: str, *countries: str) -> None:
    """Print the holidays of each country in the years from `first` to `last`."""
    years = range(int(first), int(last) + 1)
    found = {each: sorted(str(day) for year in years for day in public_holidays(each, year)) for each in countries}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
