"""The building as its file has it now: watched, read again when it changes, with its sentences and public holidays.

A mistake in a changed file keeps the building that was. What is done with a new one is told by `take_over`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from appliance.building import file
from appliance.building.errors import BuildingErrors
from appliance.building.model import Building
from appliance.building.source import stamps
from appliance.callflow.sentences import everything, needed_first, stand_ins
from appliance.faults import Faults
from appliance.media.prompts import Prompts
from appliance.public_holidays import HolidaysUnknownError, filled

WATCH_SECONDS = 2.0  # between two looks at the building file
PROMPTS_SECONDS = 20.0  # for the association's own texts, before the first call is taken

log = logging.getLogger("dyzurka.exchange")

Later = Callable[[str, Coroutine[Any, Any, None]], None]


class Following:
    """Keeps `building` in step with its file. `later` does work that nobody waits for."""

    def __init__(
        self,
        building_file: Path,
        building: Building,
        prompts: Prompts,
        faults: Faults,
        take_over: Callable[[Building], Awaitable[None]],
        later: Later,
    ) -> None:
        self.building = building
        self._file, self._prompts, self._faults = building_file, prompts, faults
        self._take_over, self._later = take_over, later
        self._asked = asyncio.Event()
        self._turn = asyncio.Lock()
        self._first_prompts = asyncio.Event()
        self._stamps = stamps(building_file)

    async def fill_in_holidays(self) -> None:
        """Give the building its public holidays."""
        self.building = await _with_holidays(self.building)

    def reload(self) -> None:
        """Have the file read again as soon as possible."""
        self._asked.set()

    async def watch(self) -> None:
        """Notice a changed building file, or that somebody asked for it to be read again."""
        while True:
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                pass
            if self._asked.is_set() or stamps(self._file) != self._stamps:
                self._asked.clear()
                await self.read_again()

    async def read_again(self) -> bool:
        """Read the file now; whether calls are taken with it. A mistake in it keeps the old one, and is a fault."""
        async with self._turn:
            self._stamps = stamps(self._file)
            try:
                await self._read_again()
            except BuildingErrors as errors:
                self._not_taken_over(errors)
                return False
            except Exception as error:
                log.exception("reading the building file again failed")
                self._not_taken_over(error)
                return False
            return True

    async def _read_again(self) -> None:
        """Take over a changed building file. Raises BuildingErrors."""
        building = await _with_holidays(await asyncio.to_thread(file.read, self._file))
        try:
            async with asyncio.timeout(PROMPTS_SECONDS):
                await self._prepare_prompts(building)
        except TimeoutError:
            self._later("rendering the sentences", self._prepare_prompts(building))
        await self._take_over(building)
        self.building = building
        self._faults.clear("building file")
        log.info("building file taken over, revision %s", building.revision[:8])

    def _not_taken_over(self, why: Exception) -> None:
        self._faults.set("building file", f"the changed building file was not taken over: {why}")

    async def prepare_prompts(self) -> None:
        """Render the sentences of the building that are missing, what every call needs first of all."""
        await self._prepare_prompts(self.building)

    async def first_prompts(self) -> None:
        """Wait for what every call needs first."""
        await self._first_prompts.wait()

    async def _prepare_prompts(self, building: Building) -> None:
        others = stand_ins(building)
        faults = await self._prompts.prepare(needed_first(building), others)
        self._first_prompts.set()
        faults += await self._prompts.prepare(everything(building), others)
        if faults:
            self._faults.set("sentences", "; ".join(faults))
        else:
            self._faults.clear("sentences")


async def _with_holidays(building: Building) -> Building:
    """The building with its public holidays; what is not known now is looked up when a call needs it."""
    try:
        return await filled(building)
    except HolidaysUnknownError as error:
        log.warning("%s", error)
        return building
