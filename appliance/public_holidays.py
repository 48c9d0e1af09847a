"""Fills in a Building's public holidays with the help of a short-lived process, so that the exchange stays small.

Which days are holidays is known by `building/hours.py`; where the process fails, that is asked when it is needed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date

from appliance.building.hours import with_holidays
from appliance.building.model import Building

FIRST_YEAR, LAST_YEAR = 2024, 2099  # fixed, for a box without a clock of its own may start in 1970
ANSWER_SECONDS = 10.0  # calls are not taken before; longer than this, and the library is loaded when it is needed
WORKER = ("-m", "appliance.building.holiday_dates")


class HolidaysUnknownError(Exception):
    """The process did not answer; the text says why."""


async def filled(building: Building, program: tuple[str, ...] = (sys.executable, *WORKER)) -> Building:
    """The Building with the holidays of its countries filled in; itself where no hours ask for holidays.

    Raises HolidaysUnknownError.
    """
    countries = sorted({hours.holidays for hours in building.hours.values() if hours.holidays})
    if not countries:
        return building
    try:
        process = await asyncio.create_subprocess_exec(
            *program, str(FIRST_YEAR), str(LAST_YEAR), *countries, stdout=asyncio.subprocess.PIPE
        )
        answer = await _answer(process)
        found = {
            country: frozenset(date.fromisoformat(day) for day in days) for country, days in json.loads(answer).items()
        }
        return with_holidays(building, found)
    except (OSError, ValueError, TypeError, AttributeError, TimeoutError) as error:
        raise HolidaysUnknownError(f"public holidays: {error or 'no answer'}") from error


async def _answer(process: asyncio.subprocess.Process) -> bytes:
    """What the process prints; it is not left behind. Raises TimeoutError."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            answer, _ = await process.communicate()
            return answer
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
